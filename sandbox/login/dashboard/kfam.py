"""What Kubeflow's access management (KFAM) lists for a user: by annotations, in the namespaces of Profiles only.

The rules are those of kubeflow/dashboard v2.0.0, components/access-management/kfam/bindings.go: one RoleBinding of an
unexpected shape makes the whole list fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ROLE_NAMES = {"kubeflow-admin": "admin", "kubeflow-edit": "edit", "kubeflow-view": "view"}
DASHBOARD_ROLES = {"admin": "owner", "edit": "contributor", "view": "viewer"}
"""What the dashboard calls KFAM's roles."""

Object = Mapping[str, Any]


class KfamError(Exception):
    """The list cannot be made; the message is KFAM's."""


@dataclass(frozen=True)
class Binding:
    """One line of the list: what the user is in a namespace."""

    namespace: str
    role: str


def bindings_of(user: str, profiles: Iterable[Object], role_bindings: Iterable[Object]) -> tuple[Binding, ...]:
    """The user's namespaces, by name; nothing about namespaces that are no Profile's."""
    places = {profile["metadata"]["name"] for profile in profiles}
    found = set()
    for obj in role_bindings:
        notes = obj["metadata"].get("annotations") or {}
        if obj["metadata"]["namespace"] not in places or notes.get("user") != user or "role" not in notes:
            continue
        subjects = obj.get("subjects") or ()
        if len(subjects) != 1:
            raise KfamError(f"binding subject length not equal to 1, actual length: {len(subjects)}")
        role = ROLE_NAMES.get(obj["roleRef"]["name"], "")
        found.add(Binding(obj["metadata"]["namespace"], DASHBOARD_ROLES.get(role, role)))
    return tuple(sorted(found, key=lambda binding: (binding.namespace, binding.role)))
