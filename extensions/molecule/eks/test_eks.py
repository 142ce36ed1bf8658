"""A cluster that can be reached, by those who may, with nodes on their way."""

from __future__ import annotations

import json
import stat

import pytest

NAME = "kubeflow-sandbox"


@pytest.fixture
def cluster(aws):
    return aws("eks").describe_cluster(name=NAME)["cluster"]


def test_it_is_active(cluster) -> None:
    assert cluster["status"] == "ACTIVE"
    assert cluster["accessConfig"]["authenticationMode"] == "API_AND_CONFIG_MAP"


def test_it_stands_in_the_given_subnets(cluster, addresses) -> None:
    assert sorted(cluster["resourcesVpcConfig"]["subnetIds"]) == sorted(addresses["subnet_ids"])


def test_what_happens_in_it_is_logged(cluster) -> None:
    enabled = [kind for setup in cluster["logging"]["clusterLogging"] if setup["enabled"] for kind in setup["types"]]
    assert {"api", "audit", "authenticator"} <= set(enabled)


@pytest.mark.parametrize("service", ["eks.amazonaws.com", "ec2.amazonaws.com"])
def test_its_roles_are_for_services_only(aws, service) -> None:
    trusts = [role["AssumeRolePolicyDocument"]["Statement"] for role in aws("iam").list_roles()["Roles"]]
    assert [statement["Principal"] for statement, *more in trusts if not more].count({"Service": service}) == 1


def test_it_has_nodes(aws) -> None:
    (group,) = aws("eks").list_nodegroups(clusterName=NAME)["nodegroups"]
    status = aws("eks").describe_nodegroup(clusterName=NAME, nodegroupName=group)["nodegroup"]["status"]
    assert status in ("CREATING", "ACTIVE")


def test_its_volumes_come_from_a_driver_with_a_role_of_its_own(aws, kubectl) -> None:
    addon = aws("eks").describe_addon(clusterName=NAME, addonName="aws-ebs-csi-driver")["addon"]
    assert addon["status"] in ("CREATING", "ACTIVE", "DEGRADED") and len(addon["podIdentityAssociations"]) == 1
    (storage,) = json.loads(kubectl("get", "storageclass", "--output=json", kubeconfig="kubeconfig"))["items"]
    assert storage["provisioner"] == "ebs.csi.aws.com"


def test_the_kubeconfig_is_the_users_own(state) -> None:
    assert stat.S_IMODE((state / "kubeconfig").stat().st_mode) == 0o600


def test_the_kubeconfig_leads_into_the_cluster(kubectl) -> None:
    review = json.loads(kubectl("auth", "whoami", "--output=json", kubeconfig="kubeconfig"))
    assert review["status"]["userInfo"]["username"].startswith("arn:aws:")
    assert kubectl("auth", "can-i", "create", "namespaces", kubeconfig="kubeconfig").strip() == "yes"
