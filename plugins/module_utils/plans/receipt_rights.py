# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done so that the function may keep its receipts as ConfigMaps, in the one namespace that its settings name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import cluster_rbac
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Plan

RULES = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "patch"]}]


def role(namespace: str) -> dict[str, Any]:
    """What the function may do in the namespace of the receipts."""
    return {
        "apiVersion": f"{cluster_rbac.API}/v1",
        "kind": "Role",
        "metadata": _metadata(namespace),
        "rules": RULES,
    }


def role_binding(namespace: str, group: str) -> dict[str, Any]:
    """Who may do so."""
    return {
        "apiVersion": f"{cluster_rbac.API}/v1",
        "kind": "RoleBinding",
        "metadata": _metadata(namespace),
        "roleRef": {"apiGroup": cluster_rbac.API, "kind": "Role", "name": cluster_rbac.NAME},
        "subjects": [{"apiGroup": cluster_rbac.API, "kind": "Group", "name": group}],
    }


def present(current: Sequence[Mapping[str, Any]], namespace: str, group: str) -> Plan:
    """`current` are the roles and bindings of our name and labels in whatever namespace; "" wants none of them."""
    wanted = [role(namespace), role_binding(namespace, group)] if namespace else []
    places = [_place(manifest) for manifest in wanted]
    there = {_place(manifest): manifest for manifest in current}
    parts = [cluster_rbac.present(there.get(place), manifest) for place, manifest in zip(places, wanted, strict=True)]
    parts += [cluster_rbac.absent(manifest) for place, manifest in there.items() if place not in places]
    return Plan(receipt_record(current), receipt_record(wanted), tuple(call for part in parts for call in part.calls))


def receipt_record(manifests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """Roles and bindings in the shape that the module returns, None when there are none."""
    shown = [
        {
            "kind": manifest["kind"],
            "namespace": manifest["metadata"]["namespace"],
            **cluster_rbac.rbac_record(manifest),
        }
        for manifest in sorted(manifests, key=_place)
    ]
    return shown or None


def _metadata(namespace: str) -> dict[str, Any]:
    return {"name": cluster_rbac.NAME, "namespace": namespace, "labels": cluster_rbac.LABELS}


def _place(manifest: Mapping[str, Any]) -> tuple[str, str]:
    return manifest["metadata"]["namespace"], manifest["kind"]
