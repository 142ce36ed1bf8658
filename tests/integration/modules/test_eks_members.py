"""What belongs to a cluster, against the project's own AWS: nodes, add-ons, roles of service accounts, encryption."""

from __future__ import annotations

import json

import pytest


def trust(service, *actions):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:AssumeRole", *actions]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def role(aws):
    def made(name, service, *actions):
        iam = aws("iam")
        try:
            return iam.get_role(RoleName=name)["Role"]["Arn"]
        except iam.exceptions.NoSuchEntityException:
            document = trust(service, *actions)
            return iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]

    return made


@pytest.fixture
def pod_role(role):
    return lambda name: role(name, "pods.eks.amazonaws.com", "sts:TagSession")


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture
def cluster_name(cluster, made):
    """One cluster for all tests of this file."""
    return (
        made.setdefault("name", "members")
        if made
        else cluster(made.setdefault("name", "members"), "API")["cluster_name"]
    )


@pytest.fixture
def node_group(role, account, cluster_name):
    return {
        "cluster_name": cluster_name,
        "node_role_arn": role("nodes", "ec2.amazonaws.com"),
        "subnet_ids": list(account.subnet_ids),
    }


def test_a_node_group_is_made_changed_upgraded_and_removed(converge, run_module, node_group, cluster_name, aws):
    older = "1.34"
    group = {"name": "life", "cluster_name": cluster_name}
    first = converge(
        "eks_node_group",
        **{**group, **node_group},
        instance_types=["m6i.xlarge"],
        ami_type="AL2023_x86_64_NVIDIA",
        max_size=3,
        labels={"team": "a"},
        taints=[{"key": "gpu", "effect": "NO_SCHEDULE"}],
        version=older,
        tags={"project": "kubeflow"},
    )["node_group"]
    assert (first["status"], first["min_size"], first["desired_size"]) == ("ACTIVE", 1, 1)

    changed = converge(
        "eks_node_group", **group, min_size=2, labels={"team": "b"}, taints=[], version="1.35", tags={"owner": "us"}
    )["node_group"]
    assert (changed["desired_size"], changed["labels"], changed["taints"]) == (2, {"team": "b"}, [])
    assert (changed["version"], changed["tags"]) == ("1.35", {"owner": "us"})

    aws("eks").update_nodegroup_config(clusterName=cluster_name, nodegroupName="life", scalingConfig={"desiredSize": 3})
    kept = run_module("eks_node_group", **group, min_size=2, max_size=3, desired_size=2)
    assert (kept["changed"], kept["node_group"]["desired_size"]) == (False, 3)
    assert "EKS fixes it" in run_module("eks_node_group", **group, disk_size=50)["msg"]
    converge("eks_node_group", **group, state="absent")


def test_an_addon_is_made_changed_and_removed(converge, run_module, cluster_name, pod_role):
    driver = {"cluster_name": cluster_name, "name": "vpc-cni"}
    identities = [{"service_account": "aws-node", "role_arn": pod_role("cni")}]
    first = converge("eks_addon", **driver, version="v1.20.4-eksbuild.2", pod_identities=identities)["addon"]
    assert (first["status"], first["pod_identities"]) == ("ACTIVE", identities)

    changed = converge(
        "eks_addon", **driver, version="default", configuration={"enableNetworkPolicy": "true"}, tags={"a": "1"}
    )["addon"]
    assert changed["version"] == "v1.21.1-eksbuild.1"
    assert changed["pod_identities"] == identities
    owned = {"cluster_name": cluster_name, "namespace": "kube-system", "service_account": "aws-node"}
    assert "belongs to the add-on" in run_module("eks_pod_identity_association", **owned, state="absent")["msg"]

    converge("eks_addon", **driver, pod_identities=[])
    converge("eks_addon", **driver, state="absent")


def test_an_addon_that_failed_is_installed_anew(converge, run_module, cluster_name, aws):
    proxy = {"cluster_name": cluster_name, "name": "kube-proxy"}
    failed = run_module("eks_addon", **proxy, resolve_conflicts="none")
    assert "ConfigurationConflict" in failed["msg"]
    assert converge("eks_addon", **proxy)["addon"]["status"] == "ACTIVE"


def test_an_addon_without_nodes_says_what_it_waits_for(run_module, cluster_name):
    dns = {"cluster_name": cluster_name, "name": "coredns"}
    waited = run_module("eks_addon", **dns, wait_timeout=1)
    assert "DEGRADED (InsufficientNumberOfReplicas" in waited["msg"]
    assert not run_module("eks_addon", **dns, wait=False)["changed"]
    assert run_module("eks_addon", **dns, state="absent")["changed"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"name": "nothing", "version": "default"}, "no default version of nothing", id="no such add-on"),
        pytest.param({"name": "coredns", "version": "v0"}, "describe-addon-versions", id="no such version"),
        pytest.param({"name": "coredns", "cluster_name": "none"}, "There is no cluster none", id="no cluster"),
    ],
)
def test_an_addon_that_cannot_be(run_module, cluster_name, options, said):
    assert said in run_module("eks_addon", **{"cluster_name": cluster_name, **options})["msg"]


def test_a_service_account_gets_another_role_and_none(converge, cluster_name, pod_role):
    account = {"cluster_name": cluster_name, "namespace": "kube-system", "service_account": "controller"}
    converge("eks_pod_identity_association", **account, role_arn=pod_role("one"), tags={"a": "1"})
    other = converge("eks_pod_identity_association", **account, role_arn=pod_role("two"), tags={"b": "2"})
    assert (other["association"]["role_arn"], other["association"]["tags"]) == (pod_role("two"), {"b": "2"})
    converge("eks_pod_identity_association", **account, state="absent")


def test_an_issuer_is_trusted_and_no_longer(converge, aws, cluster_name):
    issuer = aws("eks").describe_cluster(name=cluster_name)["cluster"]["identity"]["oidc"]["issuer"]
    converge("iam_oidc_provider", url=issuer, client_ids=["sts.amazonaws.com"], tags={"platform": "a"})
    more = converge("iam_oidc_provider", url=issuer, client_ids=["other"], tags={"platform": "b"})
    assert more["provider"]["client_ids"] == ["other", "sts.amazonaws.com"]
    assert more["provider"]["tags"] == {"platform": "b"}
    converge("iam_oidc_provider", url=issuer, state="absent")


def test_secrets_are_encrypted_at_any_time_and_by_one_key(converge, run_module, cluster_name, aws):
    keys = [aws("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    encrypted = converge("eks_cluster", name=cluster_name, encryption_key_arn=keys[0])
    assert encrypted["cluster"]["encryption_key_arn"] == keys[0]
    assert "never takes another key" in run_module("eks_cluster", name=cluster_name, encryption_key_arn=keys[1])["msg"]


def test_auto_mode_is_switched_on_for_a_new_cluster_and_for_one_that_is_there(
    converge, run_module, cluster_name, account, role, aws
):
    on = {"node_pools": ["system", "general-purpose"], "node_role_arn": role("nodes", "ec2.amazonaws.com")}
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    needed = {"role_arn": role("cluster", "eks.amazonaws.com"), "subnet_ids": list(account.subnet_ids)}
    new = converge(
        "eks_cluster", name="auto", **needed, authentication_mode="API", auto_mode=on, encryption_key_arn=key
    )
    assert new["cluster"]["auto_mode"]["node_pools"] == ["general-purpose", "system"]
    assert new["cluster"]["encryption_key_arn"] == key
    converge("eks_cluster", name="auto", auto_mode={"enabled": False})
    converge("eks_cluster", name="auto", auto_mode=on)
