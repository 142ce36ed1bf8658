"""One tag at a time: the platform made role by role, in another order than site.yml's, from nothing."""

from __future__ import annotations

import pytest

from .conftest import Sandbox

ORDER = ["eks", "acm", "cognito_adfs", "kubeflow", "profile_manager", "callback"]
"""As somebody would who is in a hurry for the cluster.  Made before Kubeflow, the function would have to be brought up to date
afterwards: it takes its settings from Kubeflow's own."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """On the emulator only: tags are Ansible's affair."""
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


def test_together_they_are_the_whole_platform(sandbox: Sandbox) -> None:
    whole = sandbox.play("site")
    assert (whole.code, whole.recap["failed"], whole.changed_tasks) == (0, 0, []), whole.output


def test_users_can_log_in(sandbox: Sandbox) -> None:
    login = sandbox.command("login")
    assert login.code == 0, login.output
