"""What becomes of a node group, and what EKS fixes."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import node_group
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.node_group import WantedNodeGroup

TAINT = {"key": "gpu", "value": "", "effect": "NO_SCHEDULE"}
THERE = {
    "cluster_name": "k",
    "name": "g",
    "arn": "arn:g",
    "status": "ACTIVE",
    "node_role_arn": "arn:role",
    "subnet_ids": ["a", "b"],
    "instance_types": ["m6i.xlarge"],
    "ami_type": "BOTTLEROCKET_x86_64",
    "capacity_type": "ON_DEMAND",
    "disk_size": 100,
    "min_size": 2,
    "max_size": 4,
    "desired_size": 3,
    "max_unavailable": 1,
    "labels": {"x": "1", "y": "2"},
    "taints": [TAINT],
    "version": "1.35",
    "release_version": "1.35.0-1",
    "tags": {},
}


def current(cluster="ACTIVE", **changes):
    return {"cluster_status": cluster, "node_group": {**THERE, **changes}}


NONE = {"cluster_status": "ACTIVE", "node_group": None}


def wanted(**options):
    return WantedNodeGroup("k", "g", **options)


CHANGES = {
    "nothing given": (wanted(), None),
    "all as it is": (
        wanted(subnet_ids=["b", "a"], min_size=2, max_size=4, desired_size=2, labels=THERE["labels"], taints=[TAINT]),
        None,
    ),
    "an autoscaler's choice within the bounds": (wanted(desired_size=2), None),
    "more at least": (wanted(min_size=4), {"scalingConfig": {"minSize": 4, "maxSize": 4, "desiredSize": 4}}),
    "fewer at most": (wanted(max_size=2), {"scalingConfig": {"minSize": 2, "maxSize": 2, "desiredSize": 2}}),
    "labels": (
        wanted(labels={"x": 2, "z": "3"}),
        {"labels": {"addOrUpdateLabels": {"x": "2", "z": "3"}, "removeLabels": ["y"]}},
    ),
    "no taints": (wanted(taints=[]), {"taints": {"removeTaints": [{"key": "gpu", "effect": "NO_SCHEDULE"}]}}),
    "a taint of another value": (
        wanted(taints=[{**TAINT, "value": "t4"}]),
        {"taints": {"addOrUpdateTaints": [{"key": "gpu", "value": "t4", "effect": "NO_SCHEDULE"}]}},
    ),
    "more at once": (wanted(max_unavailable=2), {"updateConfig": {"maxUnavailable": 2}}),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_is_one_call_of_what_differs(case):
    options, request = CHANGES[case]
    calls = node_group.present(current(), options).calls
    assert [call.arguments["request"] for call in calls] == ([request] if request else [])


ORDER = {
    "upgraded": (current(), wanted(version="1.36"), ["update_version"]),
    "changed, upgraded and tagged": (
        current(),
        wanted(version="1.36", labels={}, tags={"a": "1"}),
        ["update_config", "update_version", "add_tags"],
    ),
    "busy": (current(status="CREATING"), wanted(min_size=3), ["wait_active", "update_config"]),
    "busy, not waited for": (current(status="CREATING"), wanted(wait=False), []),
    "being removed": (
        current(status="DELETING"),
        wanted(node_role_arn="arn:role", subnet_ids=["a"]),
        ["wait_deleted", "create_node_group", "wait_active"],
    ),
}


@pytest.mark.parametrize("case", ORDER)
def test_the_calls_for(case):
    before, options, methods = ORDER[case]
    assert [call.method for call in node_group.present(before, options).calls] == methods


def test_a_new_group_begins_with_what_is_wanted():
    options = wanted(node_role_arn="arn:role", subnet_ids=["a", "b"], min_size=0, max_size=3, taints=[TAINT])
    plan = node_group.present(NONE, options)
    assert plan.calls[0].arguments["request"] == {
        "nodeRole": "arn:role",
        "subnets": ["a", "b"],
        "scalingConfig": {"minSize": 0, "maxSize": 3, "desiredSize": 0},
        "taints": [{"key": "gpu", "effect": "NO_SCHEDULE"}],
    }
    assert plan.after["status"] == "ACTIVE"


REFUSED = {
    "other instances": (current(), wanted(instance_types=["m5.large"]), "Make another group under another name"),
    "another role": (current(), wanted(node_role_arn="arn:other"), "has node_role_arn arn:role"),
    "an older version": (current(), wanted(version="1.34"), "does not go back to 1.34"),
    "failed": (current(status="CREATE_FAILED"), wanted(), "state: absent"),
    "nothing to make it from": (NONE, wanted(), "give node_role_arn and subnet_ids"),
    "no cluster": ({**NONE, "cluster_status": None}, wanted(), "There is no cluster k"),
    "sizes that contradict": (
        NONE,
        wanted(node_role_arn="r", subnet_ids=["a"], min_size=3, max_size=2),
        "between 3 and 2 nodes",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_eks_cannot_do_is_explained(case):
    before, options, message = REFUSED[case]
    with pytest.raises(Refusal, match=message):
        node_group.present(before, options)
