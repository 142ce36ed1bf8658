"""What an EKS cluster can become, and what not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import cluster
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.auto_mode import AutoMode
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.cluster import WantedCluster

THERE = {
    "name": "k",
    "arn": "arn:k",
    "status": "ACTIVE",
    "version": "1.34",
    "platform_version": "eks.1",
    "endpoint": "https://k",
    "certificate_authority_data": "CA",
    "oidc_issuer": "https://o",
    "authentication_mode": "CONFIG_MAP",
    "role_arn": "arn:role",
    "vpc_id": "vpc-1",
    "subnet_ids": ["a", "b"],
    "security_group_ids": [],
    "cluster_security_group_id": "sg-1",
    "endpoint_public_access": True,
    "endpoint_private_access": False,
    "public_access_cidrs": ["0.0.0.0/0"],
    "logging_types": [],
    "encryption_key_arn": "",
    "auto_mode": {"enabled": False, "node_pools": [], "node_role_arn": ""},
    "tags": {"x": "1"},
}
NAMED = WantedCluster("k")
VERSIONS = [
    {"version": "1.9", "standard_support": True},
    {"version": "1.36", "standard_support": True},
    {"version": "1.37", "standard_support": False},
]


def current(**changes):
    return {"cluster": {**THERE, **changes}, "versions": [], "node_groups": [], "fargate_profiles": []}


UPDATES = {
    "nothing given": (current(), NAMED, []),
    "all as it is": (
        current(),
        WantedCluster(
            "k", role_arn="arn:role", subnet_ids=["b", "a"], version="1.34", authentication_mode="CONFIG_MAP"
        ),
        [],
    ),
    "mode, step by step": (
        current(),
        WantedCluster("k", authentication_mode="API"),
        [
            {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}},
            {"accessConfig": {"authenticationMode": "API"}},
        ],
    ),
    "endpoint": (
        current(),
        WantedCluster("k", endpoint_private_access=True, endpoint_public_access=True),
        [{"resourcesVpcConfig": {"endpointPublicAccess": True, "endpointPrivateAccess": True}}],
    ),
    "Auto Mode": (
        current(),
        WantedCluster("k", auto_mode=AutoMode()),
        [
            {
                "computeConfig": {"enabled": True},
                "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
                "storageConfig": {"blockStorage": {"enabled": True}},
            }
        ],
    ),
    "Auto Mode, off as it was": (current(), WantedCluster("k", auto_mode=AutoMode(enabled=False)), []),
    "logging": (
        current(logging_types=["api"]),
        WantedCluster("k", logging_types=["audit"]),
        [
            {
                "logging": {
                    "clusterLogging": [
                        {"types": ["audit"], "enabled": True},
                        {"types": ["api", "authenticator", "controllerManager", "scheduler"], "enabled": False},
                    ]
                }
            }
        ],
    ),
}


@pytest.mark.parametrize("case", UPDATES)
def test_one_update_for_each_kind_of_setting(case):
    before, wanted, requests = UPDATES[case]
    calls = cluster.present(before, wanted).calls
    assert [call.arguments["request"] for call in calls] == requests
    assert {call.method for call in calls} <= {"update_config"}


REFUSED = {
    "another role": (current(), WantedCluster("k", role_arn="arn:other"), "EKS fixes it"),
    "other subnets": (current(), WantedCluster("k", subnet_ids=["a", "c"]), "does not move a running cluster"),
    "other groups": (current(), WantedCluster("k", security_group_ids=["sg"]), "security groups none"),
    "mode backwards": (
        current(authentication_mode="API"),
        WantedCluster("k", authentication_mode="CONFIG_MAP"),
        "does not go back",
    ),
    "two versions up": (current(), WantedCluster("k", version="1.36"), "Give version: '1.35' first"),
    "a version down": (current(), WantedCluster("k", version="1.33"), "does not go back to 1.33"),
    "no version": (current(), WantedCluster("k", version="latest"), "no version of Kubernetes"),
    "another key": (
        current(encryption_key_arn="arn:key"),
        WantedCluster("k", encryption_key_arn="arn:other"),
        "another key",
    ),
    "failed": (current(status="FAILED"), NAMED, "state: absent"),
    "nothing to make it from": ({"cluster": None, "versions": []}, NAMED, "give role_arn and subnet_ids"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_eks_cannot_do_is_explained(case):
    before, wanted, message = REFUSED[case]
    with pytest.raises(Refusal, match=message):
        cluster.present(before, wanted)


def test_a_new_cluster_gets_the_newest_version_in_standard_support():
    wanted = WantedCluster("k", role_arn="arn:role", subnet_ids=["a", "b"], bootstrap_creator_admin=True)
    plan = cluster.present({"cluster": None, "versions": VERSIONS}, wanted)
    assert plan.calls[0].arguments["request"] == {
        "name": "k",
        "roleArn": "arn:role",
        "version": "1.36",
        "resourcesVpcConfig": {"subnetIds": ["a", "b"]},
        "accessConfig": {"bootstrapClusterCreatorAdminPermissions": True},
    }
    assert plan.after["version"] == "1.36"
    given = cluster.present({"cluster": None, "versions": []}, replace(wanted, version="1.35"))
    assert given.calls[0].arguments["request"]["version"] == "1.35"
    unknown = cluster.present({"cluster": None, "versions": []}, wanted)
    assert "version" not in unknown.calls[0].arguments["request"]


WAITING = {
    "being made by another run": ("CREATING", NAMED, ["wait_active"]),
    "being made, nobody waits": ("CREATING", WantedCluster("k", wait=False), []),
    "being changed": ("UPDATING", WantedCluster("k", tags={"x": "2"}), ["wait_active", "add_tags"]),
    "being removed": (
        "DELETING",
        WantedCluster("k", role_arn="r", subnet_ids=["a"]),
        ["wait_deleted", "create_cluster", "wait_active"],
    ),
}


@pytest.mark.parametrize("case", WAITING)
def test_what_others_began_is_waited_for(case):
    status, wanted, methods = WAITING[case]
    assert [call.method for call in cluster.present(current(status=status), wanted).calls] == methods


REMOVALS = {
    "there": ("ACTIVE", NAMED, ["delete_cluster", "wait_deleted"]),
    "being made": ("CREATING", NAMED, ["wait_active", "delete_cluster", "wait_deleted"]),
    "failed": ("FAILED", NAMED, ["delete_cluster", "wait_deleted"]),
    "being removed": ("DELETING", NAMED, ["wait_deleted"]),
    "without waiting": ("ACTIVE", WantedCluster("k", wait=False), ["delete_cluster"]),
}


@pytest.mark.parametrize("case", REMOVALS)
def test_removal(case):
    status, wanted, methods = REMOVALS[case]
    assert [call.method for call in cluster.absent(current(status=status), wanted).calls] == methods


def test_node_groups_are_named_before_anything_is_removed():
    with pytest.raises(Refusal, match="workers"):
        cluster.absent({**current(), "node_groups": ["workers"]}, NAMED)


def test_a_removal_of_node_groups_may_be_announced_along_with_the_clusters():
    plan = cluster.absent({**current(), "node_groups": ["workers"]}, replace(NAMED, announced_only=True))
    assert [call.method for call in plan.calls] == ["delete_cluster", "wait_deleted"]
    assert "workers" in plan.warnings[0]


def test_a_cluster_that_is_gone_needs_nothing():
    assert not cluster.absent({"cluster": None, "node_groups": [], "fargate_profiles": []}, NAMED).calls
