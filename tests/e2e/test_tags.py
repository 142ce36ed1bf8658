"""One tag at a time, on the emulator, since tags are Ansible's affair.  These tests run in the order they stand.

The platform is made role by role, in another order than site.yml's, from nothing; then each tag finds nothing to do, though
nothing but its own role and the looking of the others runs.  What all tags find done is what site.yml finds done: it has no
tasks but theirs.
"""

from __future__ import annotations

import pytest

from sandbox.login.web import request_to

from .conftest import Sandbox
from .rooms import Room

DOMAIN = "platform.example.com"
ORDER = ["eks", "acm", "cognito_adfs", "kubeflow", "profile_manager", "callback"]
"""As somebody would who is in a hurry for the cluster.  Made before Kubeflow, the function would have to be brought up to date
afterwards: it takes its settings from Kubeflow's own."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), "emulator")
    started = running.command("up")
    assert started.code == 0, started.output
    yield running
    running.command("down")


@pytest.mark.parametrize("role", ORDER)
def test_a_role_is_made_by_its_tag(sandbox: Sandbox, role: str) -> None:
    made = sandbox.play("site", "--tags", role)
    assert (made.code, made.recap["failed"]) == (0, 0), made.output
    assert made.changed_tasks, "it has made nothing"


@pytest.mark.parametrize("role", ORDER[::-1])
def test_its_tag_alone_finds_nothing_to_do_afterwards(sandbox: Sandbox, role: str) -> None:
    alone = sandbox.play("site", "--tags", role)
    assert (alone.code, alone.recap["failed"], alone.changed_tasks) == (0, 0, []), alone.output


def test_users_can_log_in(sandbox: Sandbox) -> None:
    login = sandbox.command("login")
    assert login.code == 0, login.output


def test_one_tag_lets_the_load_balancer_log_users_in(sandbox: Sandbox) -> None:
    switched = sandbox.play("site", "--tags", "kubeflow", "-e", "kubeflow_authentication=alb")
    assert switched.code == 0, switched.output
    room = Room(sandbox.state)
    browser = room.browser()
    found = room.log_in("alice", browser)
    assert (found.failed_at, found.namespaces) == (0, ("speech", "vision")), found
    assert "AWSELBAuthSessionCookie-0" in {cookie.name for cookie in browser.cookies}
    # Whoever has no session may write into the headers what he likes.
    forged = (
        ("kubeflow-userid", f"alice@{DOMAIN}"),
        ("x-amzn-oidc-accesstoken", "forged"),
        ("x-amzn-oidc-data", "forged"),
    )
    answer = room.visit.network.fetch(f"https://kubeflow.{DOMAIN}/", headers=forged)
    assert (answer.status, "/oauth2/authorize" in answer.location) == (302, True)
    # And bob, who has one, remains bob.
    other = room.browser()
    assert room.log_in("bob", other).failed_at == 0
    request = request_to(f"https://kubeflow.{DOMAIN}/", headers=forged)
    assert f'id="user">bob@{DOMAIN}<' in other.ask(request).response.text
    # The dashboard's button ends the session of the load balancer and Cognito's; ADFS still knows her.
    begun = len(browser.history)
    browser.open(f"https://kubeflow.{DOMAIN}/oauth2/sign_out")
    paths = [step.request.path for step in browser.history[begun:]]
    assert paths[:3] == ["/oauth2/sign_out", "/logout", "/"]
    assert "/oauth2/idpresponse" in paths


def test_the_removal_of_a_whole_platform_is_announced_and_nothing_removed(sandbox: Sandbox) -> None:
    before = sandbox.resources()
    announced = sandbox.play("destroy", "--check")
    assert (announced.code, announced.recap["failed"]) == (0, 0), announced.output
    told = {task.partition(" : ")[2] for task in announced.changed_tasks}
    assert {"Remove the ingress and its load balancer", "Remove the cluster", "Remove the certificates"} <= told
    assert sandbox.resources() == before
