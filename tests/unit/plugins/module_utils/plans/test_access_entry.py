"""Access entries: what EKS takes, what it fixes, and when an entry that looks right lets nobody in."""

from __future__ import annotations

import datetime as dt

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import access_entry
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.access_entry import WantedAccessEntry

ARN = "arn:aws:iam::123456789012:role/path/pm"
ADMIN = {"policy_arn": "arn:admin", "scope_type": "cluster", "namespaces": []}
VIEW = {"policy_arn": "arn:view", "scope_type": "namespace", "namespaces": ["a"]}
ENTRY = {
    "cluster_name": "k",
    "principal_arn": ARN,
    "arn": "arn:entry",
    "kubernetes_groups": ["a"],
    "username": "pm",
    "type": "STANDARD",
    "access_policies": [ADMIN],
    "tags": {},
}
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def current(entry=ENTRY, mode="API", made=NOON, role_made=NOON - dt.timedelta(hours=1), **more):
    return {"mode": mode, "entry": entry, "entry_created_at": made, "role_created_at": role_made, **more}


def wanted(**options):
    return WantedAccessEntry("k", ARN, **options)


CASES = {
    "nothing given": (current(), wanted(), []),
    "the same": (current(), wanted(kubernetes_groups=["a"], username="pm", type="STANDARD"), []),
    "other groups": (current(), wanted(kubernetes_groups=["b", "a"]), ["update_access_entry"]),
    "new": (current(entry=None), wanted(kubernetes_groups=["a"]), ["create_access_entry"]),
    "new with policies": (
        current(entry=None),
        wanted(access_policies=[{"policy_arn": "arn:view"}]),
        ["create_access_entry", "associate_policy"],
    ),
    "policy added": (current(), wanted(access_policies=[VIEW]), ["associate_policy"]),
    "policy exchanged": (
        current(),
        wanted(access_policies=[VIEW], purge_access_policies=True),
        ["disassociate_policy", "associate_policy"],
    ),
    "policy of another scope": (
        current(),
        wanted(access_policies=[{**ADMIN, "scope_type": "namespace", "namespaces": ["b"]}]),
        ["associate_policy"],
    ),
    "of a former role": (
        current(role_made=NOON + dt.timedelta(seconds=2)),
        wanted(kubernetes_groups=["b"]),
        ["delete_access_entry", "create_access_entry", "associate_policy"],
    ),
    "role and entry of one second": (current(role_made=NOON.replace(microsecond=900)), wanted(), []),
    "role made by the same run": (
        current(role_is_new=True, entry={**ENTRY, "access_policies": []}),
        wanted(),
        ["delete_access_entry", "create_access_entry"],
    ),
    "tags": (current(), wanted(tags={"a": "b"}), ["add_tags"]),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_differs_is_changed(case):
    before, desired, methods = CASES[case]
    assert [call.method for call in access_entry.present(before, desired).calls] == methods


REFUSED = {
    "system group": (current(entry=None), wanted(kubernetes_groups=["system:masters"]), "system:masters"),
    "reserved user": (current(entry=None), wanted(username="eks:x"), "Give another one"),
    "mode": (current(entry=None, mode="CONFIG_MAP"), wanted(), "API_AND_CONFIG_MAP"),
    "no cluster": (current(entry=None, mode=None), wanted(), "no cluster k"),
    "type": (current(), wanted(type="EC2_LINUX"), "fixes it when the entry is made"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_eks_refuses_is_refused_before_it_is_asked(case):
    before, desired, message = REFUSED[case]
    with pytest.raises(Refusal, match=message):
        access_entry.present(before, desired)


def test_an_entry_made_anew_keeps_what_is_not_given():
    plan = access_entry.present(current(role_made=NOON + dt.timedelta(seconds=2)), wanted())
    assert {key: plan.after[key] for key in ("kubernetes_groups", "username", "access_policies")} == {
        "kubernetes_groups": ["a"],
        "username": "pm",
        "access_policies": [ADMIN],
    }
    assert "newer than its access entry" in plan.warnings[0]


def test_removal():
    assert [call.method for call in access_entry.absent(current(), wanted()).calls] == ["delete_access_entry"]
    assert not access_entry.absent(current(entry=None), wanted()).calls
