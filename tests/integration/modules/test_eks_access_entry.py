"""eks_access_entry against the project's own AWS: made, changed, made anew with the role, removed."""

from __future__ import annotations

import json
import time

import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


def new_role(aws, name):
    return aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]


@pytest.fixture(scope="module")
def made():
    """Clusters that the tests of this file share, by mode."""
    return {}


@pytest.fixture
def cluster(aws, account, run_module, made):
    def named(mode):
        if mode not in made:
            if not made:
                made["role"] = new_role(aws, "cluster")
                policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
                aws("iam").attach_role_policy(RoleName="cluster", PolicyArn=policy)
            made[mode] = mode.lower().replace("_", "-")
            result = run_module(
                "eks_cluster",
                name=made[mode],
                role_arn=made["role"],
                subnet_ids=list(account.subnet_ids),
                authentication_mode=mode,
            )
            assert not result.get("failed"), result
        return made[mode]

    return named


def test_an_entry_is_made_changed_and_removed(converge, run_module, aws, cluster):
    entry = {"cluster_name": cluster("API"), "principal_arn": new_role(aws, "life")}
    made = converge("eks_access_entry", **entry, kubernetes_groups=["b", "a"], tags={"project": "kubeflow"})
    assert made["access_entry"]["kubernetes_groups"] == ["a", "b"]
    assert made["access_entry"]["type"] == "STANDARD"

    converge("eks_access_entry", **entry, username="life", access_policies=[{"policy_arn": ADMIN}])
    exchanged = converge(
        "eks_access_entry",
        **entry,
        kubernetes_groups=["c"],
        access_policies=[{"policy_arn": VIEW, "scope_type": "namespace", "namespaces": ["team"]}],
        purge_access_policies=True,
        tags={"owner": "us"},
    )
    assert [policy["policy_arn"] for policy in exchanged["access_entry"]["access_policies"]] == [VIEW]
    assert exchanged["access_entry"]["username"] == "life"
    assert not run_module("eks_access_entry", **entry)["changed"]

    converge("eks_access_entry", **entry, state="absent")


def test_the_entry_of_a_role_that_was_made_again_is_made_anew(converge, aws, cluster):
    entry = {"cluster_name": cluster("API"), "principal_arn": new_role(aws, "again"), "kubernetes_groups": ["a"]}
    converge("eks_access_entry", **entry)
    aws("iam").delete_role(RoleName="again")
    time.sleep(1.1)  # IAM tells when a role was made in whole seconds
    new_role(aws, "again")
    anew = converge("eks_access_entry", **entry, changed=None)
    assert anew["changed"]
    assert "newer than its access entry" in str(anew["warnings"])


REFUSED = {
    "a group of the system": ("API", {"kubernetes_groups": ["system:masters"]}, "AmazonEKSClusterAdminPolicy"),
    "a cluster without entries": ("CONFIG_MAP", {}, "multitenant.kubeflow.aws_auth"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_eks_refuses_is_explained_before(run_module, cluster, case):
    mode, options, message = REFUSED[case]
    result = run_module(
        "eks_access_entry",
        cluster_name=cluster(mode),
        principal_arn="arn:aws:iam::123456789012:role/nobody",
        **options,
    )
    assert message in result["msg"]


def test_a_cluster_that_is_not_there_yet_is_announced_only(run_module):
    entry = {"cluster_name": "not-yet", "principal_arn": "(known after the real run)"}
    assert run_module("eks_access_entry", check=True, **entry)["changed"]
    assert "There is no cluster not-yet" in run_module("eks_access_entry", **entry)["msg"]
