"""One tag at a time, on the emulator, since tags are Ansible's affair.  These tests run in the order they stand.

The platform is made role by role, in another order than site.yml's, from nothing; then each tag finds nothing to do, though
nothing but its own role and the looking of the others runs.  What all tags find done is what site.yml finds done: it has no
tasks but theirs.

All that happens in EKS Auto Mode, where EKS itself brings nodes, volumes and load balancers; no other test does without node
groups, add-ons and a controller.
"""

from __future__ import annotations

import json

import pytest

from sandbox.login.web import request_to

from .conftest import Sandbox
from .rooms import Room

DOMAIN = "platform.example.com"
ORDER = ["eks", "acm", "cognito_adfs", "kubeflow", "profile_manager", "callback"]
"""As somebody would who is in a hurry for the cluster.  Made before Kubeflow, the function would have to be brought up to date
afterwards: it takes its settings from Kubeflow's own."""
CLUSTER = "kubeflow-sandbox"
AUTO_MODE = {
    "eks_load_balancer_controller": "auto_mode",
    "eks_addons": [],
    "eks_load_balancer_subnet_role": "internal-elb",
    "kubeflow_load_balancer_scheme": "internal",
    # As for somebody who has the role callback only, which then knows the load balancer by EKS's tags.
    "callback_load_balancer_hostname": "",
    "callback_load_balancer_hosted_zone_id": "",
}
OPTIONS = ("-e", json.dumps(AUTO_MODE))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), "emulator")
    started = running.command("up")
    assert started.code == 0, started.output
    yield running
    running.command("down")


@pytest.mark.parametrize("role", ORDER)
def test_a_role_is_made_by_its_tag(sandbox: Sandbox, role: str) -> None:
    made = sandbox.play("site", "--tags", role, *OPTIONS)
    assert (made.code, made.recap["failed"]) == (0, 0), made.output
    assert made.changed_tasks, "it has made nothing"


@pytest.mark.parametrize("role", ORDER[::-1])
def test_its_tag_alone_finds_nothing_to_do_afterwards(sandbox: Sandbox, role: str) -> None:
    alone = sandbox.play("site", "--tags", role, *OPTIONS)
    assert (alone.code, alone.recap["failed"], alone.changed_tasks) == (0, 0, []), alone.output


def test_it_stands_on_what_eks_brings(sandbox: Sandbox) -> None:
    room = Room(sandbox.state)
    eks, elb = room.client("eks"), room.client("elbv2")
    assert eks.describe_cluster(name=CLUSTER)["cluster"]["computeConfig"]["enabled"]
    members = eks.list_nodegroups(clusterName=CLUSTER)["nodegroups"], eks.list_addons(clusterName=CLUSTER)["addons"]
    assert members == ([], [])
    storage = room.cluster.get("/apis/storage.k8s.io/v1/storageclasses/gp3")
    assert storage["provisioner"] == "ebs.csi.eks.amazonaws.com"

    [balancer] = elb.describe_load_balancers()["LoadBalancers"]
    assert balancer["Scheme"] == "internal", "as the ingress asks"
    [described] = elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"]])["TagDescriptions"]
    assert {"Key": "eks:eks-cluster-name", "Value": CLUSTER} in described["Tags"]
    zone = room.client("route53").list_resource_record_sets(HostedZoneId=room.found["hosted_zone_id"])
    leads_to = {
        record["AliasTarget"]["DNSName"].rstrip(".")
        for record in zone["ResourceRecordSets"]
        if record["Name"] == f"kubeflow.{DOMAIN}."
    }
    assert leads_to == {balancer["DNSName"].lower()}


def test_users_can_log_in(sandbox: Sandbox) -> None:
    login = sandbox.command("login")
    assert login.code == 0, login.output


def test_one_tag_lets_the_load_balancer_log_users_in(sandbox: Sandbox) -> None:
    switched = sandbox.play("site", "--tags", "kubeflow", *OPTIONS, "-e", "kubeflow_authentication=alb")
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
    announced = sandbox.play("destroy", "--check", *OPTIONS)
    assert (announced.code, announced.recap["failed"]) == (0, 0), announced.output
    told = {task.partition(" : ")[2] for task in announced.changed_tasks}
    assert {"Remove the ingress and its load balancer", "Remove the cluster", "Remove the certificates"} <= told
    assert sandbox.resources() == before


def test_no_load_balancer_is_left(sandbox: Sandbox) -> None:
    removed = sandbox.play("destroy", "--tags", "kubeflow,eks", *OPTIONS, "-e", "destroy_user_data=true")
    assert removed.code == 0, removed.output
    room = Room(sandbox.state)
    elb = room.client("elbv2")
    assert (elb.describe_load_balancers()["LoadBalancers"], elb.describe_target_groups()["TargetGroups"]) == ([], [])
    assert room.client("eks").list_clusters()["clusters"] == []
