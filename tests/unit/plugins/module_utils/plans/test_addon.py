"""What becomes of an add-on, whatever state it is found in."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import addon
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.addon import WantedAddon

THERE = {
    "cluster_name": "k",
    "name": "vpc-cni",
    "arn": "arn:addon",
    "status": "ACTIVE",
    "version": "v1",
    "configuration": {"a": 1},
    "pod_identities": [{"service_account": "s", "role_arn": "arn:r"}],
    "service_account_role_arn": "",
    "tags": {},
}


def current(default=None, cluster="ACTIVE", **changes):
    return {"cluster_status": cluster, "addon": {**THERE, **changes}, "default_version": default}


NONE = {"cluster_status": "ACTIVE", "addon": None, "default_version": "v2"}


def wanted(**options):
    return WantedAddon("k", "vpc-cni", **options)


CASES = {
    "nothing given": (current(), wanted(), []),
    "all as it is": (
        current("v1"),
        wanted(version="default", configuration={"a": 1}, pod_identities=THERE["pod_identities"]),
        [],
    ),
    "new": (NONE, wanted(), ["create_addon", "wait_active"]),
    "new, not waited for": (NONE, wanted(wait=False), ["create_addon"]),
    "upgraded": (current("v2"), wanted(version="default"), ["update_addon", "wait_active"]),
    "configured anew": (current(), wanted(configuration={}), ["update_addon", "wait_active"]),
    "another role": (
        current(),
        wanted(pod_identities=[{"service_account": "s", "role_arn": "arn:q"}]),
        ["update_addon", "wait_active"],
    ),
    "changed while busy": (
        current(status="CREATING"),
        wanted(version="v2"),
        ["wait_settled", "update_addon", "wait_active"],
    ),
    "begun by another run": (current(status="CREATING"), wanted(), ["wait_active"]),
    "not well, not waited for": (current(status="DEGRADED"), wanted(wait=False), []),
    "being removed": (current(status="DELETING"), wanted(), ["wait_deleted", "create_addon", "wait_active"]),
    "failed": (
        current(status="CREATE_FAILED"),
        wanted(),
        ["delete_addon", "wait_deleted", "create_addon", "wait_active"],
    ),
    "tagged": (current(), wanted(tags={"x": "1"}), ["add_tags"]),
}


@pytest.mark.parametrize("case", CASES)
def test_the_calls_for(case):
    before, options, methods = CASES[case]
    assert [call.method for call in addon.present(before, options).calls] == methods


def test_a_new_addon_takes_over_what_eks_has_put_there_and_a_change_keeps_what_others_did():
    created = addon.present(NONE, wanted(version="default")).calls[0].arguments["request"]
    assert created == {"addonVersion": "v2", "resolveConflicts": "OVERWRITE"}
    changed = addon.present(current(), wanted(version="v2")).calls[0].arguments["request"]
    assert changed == {"addonVersion": "v2", "resolveConflicts": "PRESERVE"}


def test_a_failed_addon_is_made_anew_without_taking_its_software_away():
    deletion = addon.present(current(status="CREATE_FAILED"), wanted()).calls[0]
    assert deletion.arguments["preserve"] is True


def test_waiting_changes_nothing():
    assert not addon.present(current(status="CREATING"), wanted()).changed


REMOVED = {
    "gone": (NONE, wanted(), []),
    "there": (current(), wanted(), ["delete_addon", "wait_deleted"]),
    "on its way": (current(status="DELETING"), wanted(), ["wait_deleted"]),
}


@pytest.mark.parametrize("case", REMOVED)
def test_it_is_removed(case):
    before, options, methods = REMOVED[case]
    assert [call.method for call in addon.absent(before, options).calls] == methods


REFUSED = {
    "no cluster": ({**NONE, "cluster_status": None}, wanted(), "There is no cluster k"),
    "no such add-on": ({**NONE, "default_version": None}, wanted(version="default"), "names no default version"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_explained(case):
    before, options, message = REFUSED[case]
    with pytest.raises(Refusal, match=message):
        addon.present(before, options)
