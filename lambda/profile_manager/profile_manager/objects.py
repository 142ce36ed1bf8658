"""Builds every object that the profile manager writes: names, labels, annotations and bodies, here and nowhere else.

The pair per user, namespace and role is KFAM's own (kubeflow/dashboard, access-management/kfam/bindings.go), so that
the dashboard lists it and can remove it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .access import Grant
from .names import binding_name, user_label
from .resources import (
    AUTHORIZATION_POLICIES,
    CONFIG_MAPS,
    PROFILES,
    ROLE_BINDINGS,
    SERVICE_ROLE_BINDINGS,
    Resource,
)

MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
MANAGED_BY = "kubeflow-profile-manager"
USER_LABEL = "multitenant.kubeflow/user"
USER_ANNOTATION = "user"
ROLE_ANNOTATION = "role"
GROUP_ANNOTATION = "multitenant.kubeflow/group"
RECEIPT_ANNOTATION = "multitenant.kubeflow/receipt"
OWNER_ANNOTATION = "owner"  # the profile controller's, on namespaces

OURS = f"{MANAGED_BY_LABEL}={MANAGED_BY}"

Object = dict[str, Any]


@dataclass(frozen=True)
class BindingWriter:
    """One kind of object that gives a user access to a namespace, with the part that is its own."""

    resource: Resource
    body: Callable[[str, Grant, Any], Object]


def of_user(email: str) -> str:
    """The label selector of everything that was made for one user."""
    return f"{OURS},{USER_LABEL}={user_label(email)}"


def metadata(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return found.get("metadata") or {}


def annotations(found: Mapping[str, Any]) -> Mapping[str, str]:
    return metadata(found).get("annotations") or {}


def is_ours(found: Mapping[str, Any]) -> bool:
    return (metadata(found).get("labels") or {}).get(MANAGED_BY_LABEL) == MANAGED_BY


def owner_of(profile: Mapping[str, Any]) -> str:
    """The user that owns a Profile, "" when its owner is not a user."""
    owner = (profile.get("spec") or {}).get("owner") or {}
    return owner.get("name", "") if owner.get("kind") == "User" else ""


def own_profile(name: str, email: str, settings: Any, receipt: str) -> Object:
    profile = _profile(name, email, {USER_LABEL: user_label(email)}, {RECEIPT_ANNOTATION: receipt})
    if settings.personal_profile == "quota":
        profile["spec"]["resourceQuotaSpec"] = {"hard": dict(settings.quota)}
    return profile


def group_profile(grant: Grant, settings: Any) -> Object:
    """A namespace that belongs to a group; KFAM lists only namespaces that are Profiles."""
    notes = {} if grant.mapped else {GROUP_ANNOTATION: grant.group}
    return _profile(grant.namespace, settings.profile_owner, {}, notes)


def receipt_map(namespace: str, name: str, email: str, receipt: str) -> Object:
    return {
        "apiVersion": CONFIG_MAPS.api_version,
        "kind": CONFIG_MAPS.kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {MANAGED_BY_LABEL: MANAGED_BY, USER_LABEL: user_label(email)},
            "annotations": {USER_ANNOTATION: email, RECEIPT_ANNOTATION: receipt},
        },
    }


def binding(writer: BindingWriter, email: str, grant: Grant, settings: Any) -> Object:
    return {
        "apiVersion": writer.resource.api_version,
        "kind": writer.resource.kind,
        "metadata": {
            "name": binding_name(email, grant.role),
            "namespace": grant.namespace,
            "labels": {MANAGED_BY_LABEL: MANAGED_BY, USER_LABEL: user_label(email)},
            "annotations": {USER_ANNOTATION: email, ROLE_ANNOTATION: grant.role, GROUP_ANNOTATION: grant.group},
        },
        **writer.body(email, grant, settings),
    }


def _profile(name: str, owner: str, labels: dict[str, str], notes: dict[str, str]) -> Object:
    return {
        "apiVersion": PROFILES.api_version,
        "kind": PROFILES.kind,
        "metadata": {"name": name, "labels": {MANAGED_BY_LABEL: MANAGED_BY, **labels}, "annotations": notes},
        "spec": {"owner": {"kind": "User", "name": owner}},
    }


def _role_binding(email: str, grant: Grant, settings: Any) -> Object:
    group = "rbac.authorization.k8s.io"
    return {
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": f"kubeflow-{grant.role}"},
        # Exactly one subject: with more, KFAM's listing of the whole cluster fails.
        "subjects": [{"apiGroup": group, "kind": "User", "name": email}],
    }


def _authorization_policy(email: str, grant: Grant, settings: Any) -> Object:
    principals = [settings.gateway_principal, settings.pipelines_principal]
    header = {"key": f"request.headers[{settings.user_id_header}]", "values": [settings.user_id_prefix + email]}
    return {"spec": {"rules": [{"from": [{"source": {"principals": principals}}], "when": [header]}]}}


def _service_role_binding(email: str, grant: Grant, settings: Any) -> Object:
    header = {f"request.headers[{settings.user_id_header}]": settings.user_id_prefix + email}
    return {
        "spec": {
            "subjects": [{"properties": header}],
            "roleRef": {"kind": "ServiceRole", "name": "ns-access-istio"},
        }
    }


ROLE_BINDING_WRITER = BindingWriter(ROLE_BINDINGS, _role_binding)
# Kubeflow 1.3 and later, and Kubeflow 1.2 with Istio's first access rules. A writer of group bindings would be a third.
ISTIO_WRITERS = {
    "authorizationPolicy": BindingWriter(AUTHORIZATION_POLICIES, _authorization_policy),
    "serviceRoleBinding": BindingWriter(SERVICE_ROLE_BINDINGS, _service_role_binding),
}
