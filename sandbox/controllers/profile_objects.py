"""What Kubeflow's profile controller makes for one Profile, as values.

Names, annotations and rules are those of kubeflow/dashboard v2.0.0, components/profile-controller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RBAC = "rbac.authorization.k8s.io"
ISTIO = "security.istio.io/v1beta1"
EDITOR = "default-editor"
VIEWER = "default-viewer"
QUOTA = "kf-resource-quota"
FINALIZER = "profile-finalizer"
DEFAULT_LABELS = {
    "app.kubernetes.io/part-of": "kubeflow-profile",
    "katib.kubeflow.org/metrics-collector-injection": "enabled",
    "pipelines.kubeflow.org/enabled": "true",
    "serving.kubeflow.org/inferenceservice": "enabled",
}

Object = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """The controller's settings, from the ConfigMap kubeflow/profiles-config; upstream's defaults otherwise."""

    user_id_header: str = "kubeflow-userid"
    user_id_prefix: str = ""
    gateway_principal: str = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
    pipelines_principal: str = "cluster.local/ns/kubeflow/sa/ml-pipeline-ui"
    notebooks_principal: str = "cluster.local/ns/kubeflow/sa/notebook-controller-service-account"

    @classmethod
    def from_config(cls, data: Mapping[str, str]) -> Settings:
        """An empty value counts as none, as upstream reads its environment."""
        return cls(
            user_id_header=data.get("USERID_HEADER") or cls.user_id_header,
            user_id_prefix=data.get("USERID_PREFIX") or cls.user_id_prefix,
            gateway_principal=data.get("ISTIO_INGRESS_GATEWAY_PRINCIPAL") or cls.gateway_principal,
            pipelines_principal=data.get("KFP_UI_PRINCIPAL") or cls.pipelines_principal,
            notebooks_principal=data.get("NOTEBOOK_CONTROLLER_PRINCIPAL") or cls.notebooks_principal,
        )


def owner_name(profile: Object) -> str:
    return (profile["spec"].get("owner") or {}).get("name", "")


def namespace(profile: Object, labels: Mapping[str, str]) -> Object:
    """The profile's new namespace; only a new one gets istio-injection and an owner reference."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": profile["metadata"]["name"],
            "annotations": {"owner": owner_name(profile)},
            "labels": with_labels({"istio-injection": "enabled"}, labels),
            "ownerReferences": [_owner_reference(profile)],
        },
    }


def with_labels(current: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """The labels with the configured ones added: a key that exists keeps its value, an empty value removes the key."""
    merged = dict(current)
    for key, value in labels.items():
        if value == "":
            merged.pop(key, None)
        else:
            merged.setdefault(key, value)
    return merged


def is_owned(namespace: Object, profile: Object) -> bool:
    """Whether an existing namespace is the profile's: its owner annotation names the profile's owner."""
    annotations = namespace["metadata"].get("annotations") or {}
    return "owner" in annotations and annotations["owner"] == owner_name(profile)


def service_accounts(profile: Object) -> list[Object]:
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(profile, name)}
        for name in (EDITOR, VIEWER)
    ]


def role_bindings(profile: Object) -> list[Object]:
    """The rights of the two service accounts and of the owner."""
    place = profile["metadata"]["name"]
    accounts = [
        _role_binding(profile, name, role, {"kind": "ServiceAccount", "name": name, "namespace": place})
        for name, role in ((EDITOR, "kubeflow-edit"), (VIEWER, "kubeflow-view"))
    ]
    owner = dict(profile["spec"].get("owner") or {})
    if owner.get("kind") in ("User", "Group"):
        # The API adds it anyway; without it the binding would look changed for ever.
        owner.setdefault("apiGroup", RBAC)
    admin = _role_binding(profile, "namespaceAdmin", "kubeflow-admin", owner, _owner_annotations(profile))
    return [*accounts, admin]


def authorization_policy(profile: Object, settings: Settings) -> Object:
    """Who reaches the namespace's workloads: the owner, the namespace itself, probes, and the notebook controller."""
    place = profile["metadata"]["name"]
    owner = {
        "from": [{"source": {"principals": [settings.gateway_principal, settings.pipelines_principal]}}],
        "when": [
            {
                "key": f"request.headers[{settings.user_id_header}]",
                "values": [settings.user_id_prefix + owner_name(profile)],
            }
        ],
    }
    itself = {"when": [{"key": "source.namespace", "values": [place]}]}
    probes = {"to": [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}]}
    culling = {
        "from": [{"source": {"principals": [settings.notebooks_principal]}}],
        "to": [{"operation": {"methods": ["GET"], "paths": ["*/api/kernels"]}}],
    }
    return {
        "apiVersion": ISTIO,
        "kind": "AuthorizationPolicy",
        "metadata": _metadata(profile, "ns-owner-access-istio", _owner_annotations(profile)),
        "spec": {"rules": [owner, itself, probes, culling]},
    }


def quota(profile: Object) -> Object | None:
    """The profile's quota, or None when it sets no hard limit."""
    spec = profile["spec"].get("resourceQuotaSpec") or {}
    if not spec.get("hard"):
        return None
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": _metadata(profile, QUOTA), "spec": spec}


def _role_binding(
    profile: Object, name: str, role: str, subject: Object, annotations: Mapping[str, str] | None = None
) -> Object:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": _metadata(profile, name, annotations),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def _metadata(profile: Object, name: str, annotations: Mapping[str, str] | None = None) -> Object:
    place = profile["metadata"]["name"]
    metadata: Object = {"name": name, "namespace": place, "ownerReferences": [_owner_reference(profile)]}
    return {**metadata, "annotations": dict(annotations)} if annotations else metadata


def _owner_annotations(profile: Object) -> dict[str, str]:
    return {"user": owner_name(profile), "role": "admin"}


def _owner_reference(profile: Object) -> Object:
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Profile",
        "name": profile["metadata"]["name"],
        "uid": profile["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
