# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done so that the function's group may do in the cluster what it needs, and no more.

RBAC: whoever binds a role must hold its rights or the verb `bind` on it; `resourceNames` narrows that to KFAM's roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Call, Plan

NAME = "kubeflow-profile-manager"
LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": "multitenant.kubeflow"}
API = "rbac.authorization.k8s.io"
ISTIO_FORMS = {
    "authorizationPolicy": ("security.istio.io", "authorizationpolicies"),
    "serviceRoleBinding": ("rbac.istio.io", "servicerolebindings"),
}
"""What the setting `bindingWriter` stands for; without it the function looks, and finds the former in any Istio since 1.4."""


def rules(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rights of the function; `kubeflow-admin` may be bound only where the settings (can) give it to a group.

    There is no `delete` on profiles: it would delete the namespace with all its data. `patch` on profiles is for the
    note of the last login on a user's own profile. Of Istio's two forms it gets the one that the settings name.
    """
    roles = ["kubeflow-edit", "kubeflow-view"]
    given = [settings.get("defaultRole"), *(rule.get("role") for rule in settings.get("mapping") or ())]
    if any(str(role).lower() == "admin" or "{" in str(role) for role in given):
        roles.insert(0, "kubeflow-admin")
    istio = ISTIO_FORMS.get(settings.get("bindingWriter"), ISTIO_FORMS["authorizationPolicy"])
    return [
        {"apiGroups": ["kubeflow.org"], "resources": ["profiles"], "verbs": ["get", "list", "create", "patch"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
        {"apiGroups": [API], "resources": ["rolebindings"], "verbs": ["get", "list", "create", "delete"]},
        {"apiGroups": [istio[0]], "resources": [istio[1]], "verbs": ["get", "list", "create", "delete"]},
        {"apiGroups": [API], "resources": ["clusterroles"], "resourceNames": roles, "verbs": ["bind"]},
    ]


def cluster_role(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the function may do in the cluster."""
    return {
        "apiVersion": f"{API}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": NAME, "labels": LABELS},
        "rules": rules(settings),
    }


def cluster_role_binding(group: str) -> dict[str, Any]:
    """Who may do so: the group that the registration of the function's role puts it into."""
    return {
        "apiVersion": f"{API}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": NAME, "labels": LABELS},
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": NAME},
        "subjects": [{"apiGroup": API, "kind": "Group", "name": group}],
    }


def user_name(group: str) -> str:
    """The function's own name in the cluster, which is nobody else's.

    Whoever owns a Profile is admin of its namespace, secrets included, so no Profile may belong to the function.
    """
    return f"{group}-function"


def refuse_ownership(settings: Mapping[str, Any], group: str) -> None:
    """Raise when the function would make Profiles that belong to itself."""
    if settings.get("profileOwner") == user_name(group):
        raise Refusal(
            f"settings.profileOwner is {user_name(group)}, the function's own name in the cluster: it would be admin of "
            "every namespace that it makes. Give the name of somebody else, or leave it out."
        )


def refuse_masters(group: str) -> None:
    """Raise for groups that are not bound but built in, above all the one that may do everything."""
    if group.startswith("system:"):
        raise Refusal(
            f"The profile manager does not become a member of {group}: a function that every login calls must not hold "
            f"rights that nobody has listed. Leave kubernetes_group out, or give a group of your own."
        )


def present(current: Mapping[str, Any] | None, manifest: Mapping[str, Any]) -> Plan:
    """`current` is the object in the cluster, or None; fields and labels that we do not set are others' affair."""
    after = rbac_record(manifest)
    if current is None:
        return Plan(None, after, (Call("apply_object", {"manifest": manifest}),))
    before = rbac_record(current)
    if before == after:
        return Plan(before, after)
    calls = [Call("apply_object", {"manifest": manifest})]
    if before["role"] != after["role"]:
        calls.insert(0, _removal(manifest))  # Kubernetes does not let a binding change its role
    return Plan(before, after, tuple(calls))


def absent(current: Mapping[str, Any] | None) -> Plan:
    """Remove the object."""
    if current is None:
        return Plan(None, None)
    return Plan(rbac_record(current), None, (_removal(current),))


def rbac_record(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """An object of RBAC in the shape that the module returns: what of it is ours."""
    labels = manifest["metadata"].get("labels") or {}
    return {
        "name": manifest["metadata"]["name"],
        "labels": {key: labels[key] for key in LABELS if key in labels},
        "rules": manifest.get("rules"),
        "role": (manifest.get("roleRef") or {}).get("name"),
        "groups": [subject["name"] for subject in manifest.get("subjects") or () if subject.get("kind") == "Group"],
        "others": [subject["name"] for subject in manifest.get("subjects") or () if subject.get("kind") != "Group"],
    }


def _removal(manifest: Mapping[str, Any]) -> Call:
    metadata = manifest["metadata"]
    place = {"namespace": metadata["namespace"]} if metadata.get("namespace") else {}
    return Call("delete_object", {"kind": manifest["kind"], "name": metadata["name"], **place})
