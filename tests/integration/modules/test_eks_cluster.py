"""eks_cluster against the project's own AWS: made, moved forward, removed; what EKS cannot do is explained."""

from __future__ import annotations

import json
import time

import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture(scope="module")
def made():
    """What the tests of this file share: the ARN of the control plane's role."""
    return {}


@pytest.fixture
def role(aws, made):
    if "role" not in made:
        created = aws("iam").create_role(RoleName="cluster", AssumeRolePolicyDocument=json.dumps(TRUST))
        made["role"] = created["Role"]["Arn"]
        aws("iam").attach_role_policy(RoleName="cluster", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    return made["role"]


@pytest.fixture
def needed(role, account):
    return {"role_arn": role, "subnet_ids": list(account.subnet_ids)}


def test_a_cluster_is_made_changed_and_removed(converge, run_module, needed):
    made = converge(
        "eks_cluster", name="life", **needed, authentication_mode="CONFIG_MAP", tags={"project": "kubeflow"}
    )
    assert made["cluster"]["status"] == "ACTIVE"
    assert made["cluster"]["endpoint"]
    assert made["cluster"]["vpc_id"]

    changed = converge(
        "eks_cluster",
        name="life",
        authentication_mode="API",
        endpoint_private_access=True,
        logging_types=["audit"],
        tags={"owner": "us"},
    )
    assert changed["cluster"]["authentication_mode"] == "API"
    assert changed["cluster"]["logging_types"] == ["audit"]
    assert changed["cluster"]["tags"] == {"owner": "us"}

    untouched = run_module("eks_cluster", name="life")
    assert not untouched["changed"]
    assert untouched["cluster"] == changed["cluster"]

    gone = converge("eks_cluster", name="life", state="absent")
    assert gone["cluster"] == {}


def test_a_cluster_gets_the_newest_version_and_is_upgraded_only_when_asked(converge, run_module, needed):
    newest = converge("eks_cluster", name="newest", **needed)["cluster"]["version"]
    minor = int(newest.split(".")[1])
    older = converge("eks_cluster", name="older", **needed, version=f"1.{minor - 2}")
    assert not run_module("eks_cluster", name="older")["changed"]

    too_far = run_module("eks_cluster", name="older", version=newest)
    assert f"Give version: '1.{minor - 1}' first" in too_far["msg"]
    upgraded = converge("eks_cluster", name="older", version=f"1.{minor - 1}")
    assert upgraded["cluster"]["version"] == f"1.{minor - 1}"
    back = run_module("eks_cluster", name="older", version=older["cluster"]["version"])
    assert "does not go back" in back["msg"]
    for name in ("newest", "older"):
        converge("eks_cluster", name=name, state="absent")


def test_what_cannot_be_changed_is_refused_with_its_remedy(converge, run_module, needed):
    converge("eks_cluster", name="fixed", **needed, authentication_mode="API_AND_CONFIG_MAP")
    cases = {
        "role_arn": ("arn:aws:iam::123456789012:role/other", "EKS fixes it when the cluster is made"),
        "subnet_ids": (["subnet-1"], "does not move a running cluster"),
        "authentication_mode": ("CONFIG_MAP", "does not go back to CONFIG_MAP"),
    }
    for option, (value, message) in cases.items():
        assert message in run_module("eks_cluster", name="fixed", **{option: value})["msg"]
    converge("eks_cluster", name="fixed", state="absent")


def test_a_cluster_that_another_run_began_is_waited_for(run_module, needed, cloud, monkeypatch):
    stopped = [time.monotonic()]  # AWS's clock stands still until we have looked
    monkeypatch.setattr(cloud.pace, "clock", lambda: stopped[0] if stopped else time.monotonic())
    begun = run_module("eks_cluster", name="begun", **needed, wait=False)
    assert begun["cluster"]["status"] == "CREATING"
    stopped.clear()
    done = run_module("eks_cluster", name="begun", **needed)
    assert not done["changed"]
    assert done["cluster"]["status"] == "ACTIVE"
    run_module("eks_cluster", name="begun", state="absent", wait=False)
    made_again = run_module("eks_cluster", name="begun", **needed)
    assert made_again["cluster"]["status"] == "ACTIVE"
    run_module("eks_cluster", name="begun", state="absent")


def test_node_groups_are_named_before_the_cluster_is_removed(run_module, converge, aws, needed, role):
    converge("eks_cluster", name="manned", **needed)
    aws("eks").create_nodegroup(
        clusterName="manned", nodegroupName="workers", subnets=needed["subnet_ids"], nodeRole=role
    )
    assert "workers" in run_module("eks_cluster", name="manned", state="absent")["msg"]


def test_without_role_and_subnets_nothing_is_made_but_announced(run_module):
    assert "give role_arn and subnet_ids" in run_module("eks_cluster", name="none")["msg"]
    announced = run_module("eks_cluster", name="none", check=True)
    assert announced["changed"]
    assert announced["diff"]["before"] == {}
