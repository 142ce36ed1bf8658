# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In which order manifests are applied: what others stand on first, and in four waves between which one can wait.

Kinds before their objects, namespaces before what is in them, and before anything that webhooks look at the namespaces
whose pods answer webhooks for the whole cluster: Istio's adds its proxy only to pods that are made after it runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KINDS, NAMESPACES, FOUNDATION, REST = "kinds", "namespaces", "foundation", "rest"
WAVES = (KINDS, NAMESPACES, FOUNDATION, REST)

BUILT_IN = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
"""Groups of kinds that a cluster has without being told."""

WITHOUT_NAMESPACE = frozenset(
    {
        ("", "Namespace"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "StorageClass"),
    }
)
"""Those of the built-in kinds, by group, whose objects are in no namespace."""


@dataclass(frozen=True)
class Ref:
    """Which object is meant, as text `v1 ConfigMap kubeflow/settings`; without a namespace `v1 Namespace kubeflow`."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """The same for every version in which an object is served."""
        return (self.group, self.kind, self.namespace, self.name)

    @property
    def label(self) -> str:
        return f"{self.kind} {f'{self.namespace}/' if self.namespace else ''}{self.name}"

    def __str__(self) -> str:
        return f"{self.api_version} {self.label}"

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Ref:
        metadata = manifest["metadata"]
        return cls(manifest["apiVersion"], manifest["kind"], metadata.get("namespace") or "", metadata["name"])

    @classmethod
    def from_text(cls, text: str) -> Ref:
        api_version, kind, place = text.split(" ")
        namespace, _slash, name = place.rpartition("/")
        return cls(api_version, kind, namespace, name)


def objects_of(documents: Iterable[Any]) -> list[dict[str, Any]]:
    """The objects of a stream: empty documents are left out, lists are opened.

    kustomize writes a namespace also on objects that can have none; Kubernetes drops it, and so do we.
    The rules of an aggregated role, and an authority of a webhook that is empty, are what others write there: applied,
    they would be taken away each time.
    """
    found = _flattened(documents)
    own = {
        (manifest["spec"]["group"], manifest["spec"]["names"]["kind"])
        for manifest in found
        if manifest["kind"] == "CustomResourceDefinition" and manifest["spec"]["scope"] == "Cluster"
    }
    return [_without_what_others_write(_unscoped(manifest, WITHOUT_NAMESPACE | own)) for manifest in found]


def _flattened(documents: Iterable[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for document in documents:
        if document and document["kind"].endswith("List") and "items" in document:
            found += _flattened(document["items"])
        elif document:
            found.append(document)
    return found


def wave_of(ref: Ref, services: Collection[str], foundation: Collection[str]) -> str:
    """The wave of an object; `services` are the namespaces whose pods it calls, when it is a webhook's configuration."""
    if ref.kind == "CustomResourceDefinition":
        return KINDS
    if ref.kind == "Namespace" and not ref.group:
        return NAMESPACES
    if ref.group not in BUILT_IN:
        return REST
    if is_webhook(ref):
        return FOUNDATION if services and set(services) <= set(foundation) else REST
    return FOUNDATION if not ref.namespace or ref.namespace in foundation else REST


def in_order(manifests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Webhooks after what answers them, and objects of new kinds last; otherwise as they came."""
    return sorted(manifests, key=lambda manifest: _rank(Ref.of(manifest)))


def removal_groups(refs: Iterable[Ref]) -> list[list[Ref]]:
    """What goes together, each group after the one before is gone; in a group the last applied first.

    Webhooks go first, for nobody may be left to answer them; then the objects of new kinds, whose controllers must
    still run to clean up behind them.
    """
    backwards = list(refs)[::-1]
    groups = [[ref for ref in backwards if _rank(ref) == rank] for rank in (1, 2, 0)]
    return [group for group in groups if group]


def of_wave(
    manifests: Iterable[Mapping[str, Any]], wave: str | None, foundation: Collection[str]
) -> list[Mapping[str, Any]]:
    """The objects of a wave, or of all when none is named, in the order in which they are applied."""
    waves: dict[str, list[Mapping[str, Any]]] = {name: [] for name in WAVES}
    for manifest in manifests:
        waves[wave_of(Ref.of(manifest), called_namespaces(manifest), foundation)].append(manifest)
    return [manifest for name in WAVES if wave in (None, name) for manifest in in_order(waves[name])]


def called_namespaces(manifest: Mapping[str, Any]) -> set[str]:
    """The namespaces of the services that a webhook's configuration calls; none for all other objects."""
    services = [hook.get("clientConfig", {}).get("service") for hook in manifest.get("webhooks") or ()]
    return {service["namespace"] for service in services if service}


def is_webhook(ref: Ref) -> bool:
    return ref.kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def _unscoped(manifest: dict[str, Any], without_namespace: Collection[tuple[str, str]]) -> dict[str, Any]:
    ref = Ref.of(manifest)
    if not ref.namespace or (ref.group, ref.kind) not in without_namespace:
        return manifest
    metadata = {key: value for key, value in manifest["metadata"].items() if key != "namespace"}
    return {**manifest, "metadata": metadata}


def _without_what_others_write(manifest: dict[str, Any]) -> dict[str, Any]:
    if manifest["kind"] == "ClusterRole" and manifest.get("aggregationRule"):
        return {key: value for key, value in manifest.items() if key != "rules"}
    if not is_webhook(Ref.of(manifest)):
        return manifest
    webhooks = []
    for hook in manifest.get("webhooks") or ():
        config = hook.get("clientConfig") or {}
        kept = {key: value for key, value in config.items() if key != "caBundle" or value}
        webhooks.append({**hook, "clientConfig": kept})
    return {**manifest, "webhooks": webhooks}


def _rank(ref: Ref) -> int:
    if is_webhook(ref):
        return 1
    return 0 if ref.group in BUILT_IN else 2
