"""The rights to keep receipts: in one namespace, taken away everywhere else."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import receipt_rights

GROUP = "kubeflow-profile-manager"


def rights(namespace, group=GROUP):
    return [receipt_rights.role(namespace), receipt_rights.role_binding(namespace, group)]


# what is there, the wanted namespace, the calls as (method, kind, namespace)
CASES = {
    "none wanted, none there": ([], "", []),
    "new": ([], "kubeflow", [("apply_object", "Role", "kubeflow"), ("apply_object", "RoleBinding", "kubeflow")]),
    "as wanted": (rights("kubeflow"), "kubeflow", []),
    "half of it": (rights("kubeflow")[:1], "kubeflow", [("apply_object", "RoleBinding", "kubeflow")]),
    "another group": (rights("kubeflow", "g"), "kubeflow", [("apply_object", "RoleBinding", "kubeflow")]),
    "no more": (rights("old"), "", [("delete_object", "Role", "old"), ("delete_object", "RoleBinding", "old")]),
    "moved, the old ones last": (
        rights("old"),
        "new",
        [
            ("apply_object", "Role", "new"),
            ("apply_object", "RoleBinding", "new"),
            ("delete_object", "Role", "old"),
            ("delete_object", "RoleBinding", "old"),
        ],
    ),
}


def told(call):
    metadata = call.arguments.get("manifest", {}).get("metadata") or call.arguments
    return call.method, call.arguments.get("kind") or call.arguments["manifest"]["kind"], metadata["namespace"]


@pytest.mark.parametrize("case", CASES)
def test_rights_follow_the_namespace(case):
    there, namespace, expected = CASES[case]
    plan = receipt_rights.present(there, namespace, GROUP)
    assert [told(call) for call in plan.calls] == expected
    assert (plan.before == plan.after) == (not expected)
    assert bool(plan.after) == bool(namespace)


def test_receipts_are_config_maps_that_are_never_deleted():
    assert receipt_rights.RULES == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "patch"]}
    ]
