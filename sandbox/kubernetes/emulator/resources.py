"""Which kinds the API serves: the built-in table, and the registry that custom resources join at run time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
REVIEW_GROUPS = ("authorization.k8s.io", "authentication.k8s.io")

# plural:Kind:Namespaced|Cluster[:short names[:s = status, g = generation, c = scale]]
BUILT_IN = {
    "v1": """
        namespaces:Namespace:C:ns:s configmaps:ConfigMap:N:cm secrets:Secret:N services:Service:N:svc:s
        serviceaccounts:ServiceAccount:N:sa pods:Pod:N:po:sg events:Event:N:ev nodes:Node:C:no:s
        persistentvolumeclaims:PersistentVolumeClaim:N:pvc:s persistentvolumes:PersistentVolume:C:pv:s
        endpoints:Endpoints:N:ep resourcequotas:ResourceQuota:N:quota:s limitranges:LimitRange:N:limits
        replicationcontrollers:ReplicationController:N:rc:sgc podtemplates:PodTemplate:N::g
    """,
    "apps/v1": """
        deployments:Deployment:N:deploy:sgc statefulsets:StatefulSet:N:sts:sgc daemonsets:DaemonSet:N:ds:sg
        replicasets:ReplicaSet:N:rs:sgc controllerrevisions:ControllerRevision:N
    """,
    "batch/v1": "jobs:Job:N::sg cronjobs:CronJob:N:cj:sg",
    "autoscaling/v1": "horizontalpodautoscalers:HorizontalPodAutoscaler:N:hpa:s",
    "autoscaling/v2": "horizontalpodautoscalers:HorizontalPodAutoscaler:N:hpa:s",
    "networking.k8s.io/v1": """
        ingresses:Ingress:N:ing:sg ingressclasses:IngressClass:C::g networkpolicies:NetworkPolicy:N:netpol:g
    """,
    "policy/v1": "poddisruptionbudgets:PodDisruptionBudget:N:pdb:sg",
    "rbac.authorization.k8s.io/v1": """
        roles:Role:N rolebindings:RoleBinding:N clusterroles:ClusterRole:C clusterrolebindings:ClusterRoleBinding:C
    """,
    "storage.k8s.io/v1": "storageclasses:StorageClass:C:sc csidrivers:CSIDriver:C csinodes:CSINode:C",
    "scheduling.k8s.io/v1": "priorityclasses:PriorityClass:C:pc:g",
    "node.k8s.io/v1": "runtimeclasses:RuntimeClass:C",
    "coordination.k8s.io/v1": "leases:Lease:N",
    "discovery.k8s.io/v1": "endpointslices:EndpointSlice:N::g",
    "apiextensions.k8s.io/v1": "customresourcedefinitions:CustomResourceDefinition:C:crd,crds:sg",
    "apiregistration.k8s.io/v1": "apiservices:APIService:C::s",
    "admissionregistration.k8s.io/v1": """
        mutatingwebhookconfigurations:MutatingWebhookConfiguration:C::g
        validatingwebhookconfigurations:ValidatingWebhookConfiguration:C::g
        validatingadmissionpolicies:ValidatingAdmissionPolicy:C::sg
        validatingadmissionpolicybindings:ValidatingAdmissionPolicyBinding:C::g
    """,
    "authorization.k8s.io/v1": """
        selfsubjectaccessreviews:SelfSubjectAccessReview:C subjectaccessreviews:SubjectAccessReview:C
        localsubjectaccessreviews:LocalSubjectAccessReview:N selfsubjectrulesreviews:SelfSubjectRulesReview:C
    """,
    "authentication.k8s.io/v1": "tokenreviews:TokenReview:C selfsubjectreviews:SelfSubjectReview:C",
}


@dataclass(frozen=True)
class Scale:
    """Where a custom resource keeps what its scale subresource shows (dotted paths)."""

    replicas: str
    status_replicas: str
    selector: str = ""


@dataclass(frozen=True)
class Resource:
    """A kind as it is served under one group and version; `schema` is None for built-in kinds."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    has_status: bool = False
    has_generation: bool = True
    scale: Scale | None = None
    schema: dict | None = field(default=None, compare=False)
    selectable_fields: tuple[str, ...] = ()

    @property
    def group_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified_name(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def storage(self) -> tuple[str, str]:
        """All served versions of a kind share one storage."""
        return self.group, self.plural

    @property
    def custom(self) -> bool:
        return self.schema is not None

    @property
    def virtual(self) -> bool:
        """Reviews are answered, never stored."""
        return self.group in REVIEW_GROUPS

    @property
    def verbs(self) -> tuple[str, ...]:
        return ("create",) if self.virtual else VERBS

    def is_core(self, kind: str) -> bool:
        return not self.group and self.kind == kind


def _built_in(group_version: str, entry: str) -> Resource:
    group, _, version = group_version.rpartition("/")
    plural, kind, scope, short, flags = (*entry.split(":"), "", "")[:5]
    scale = Scale("spec.replicas", "status.replicas", "spec.selector") if "c" in flags else None
    return Resource(
        group,
        version,
        plural,
        kind,
        namespaced=scope == "N",
        singular=kind.lower(),
        short_names=tuple(name for name in short.split(",") if name),
        has_status="s" in flags,
        has_generation="g" in flags,
        scale=scale,
    )


class Registry:
    """The served kinds by (group, version, plural); replaced as a whole on change, so readers need no lock."""

    def __init__(self) -> None:
        self._served: dict[tuple[str, str, str], Resource] = {}
        for group_version, entries in BUILT_IN.items():
            for entry in entries.split():
                resource = _built_in(group_version, entry)
                self._served[resource.group, resource.version, resource.plural] = resource

    def replace(self, group: str, plural: str, resources: Iterable[Resource] = ()) -> None:
        """Serves this kind as told, in no version where `resources` is empty."""
        others = {key: r for key, r in self._served.items() if (r.group, r.plural) != (group, plural)}
        self._served = {**others, **{(r.group, r.version, r.plural): r for r in resources}}

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        return self._served.get((group, version, plural))

    def find_kind(self, group: str, version: str, kind: str) -> Resource | None:
        return next((r for r in self.in_version(group, version) if r.kind == kind), None)

    def of_storage(self, storage: tuple[str, str]) -> Resource | None:
        return next((r for r in self._served.values() if r.storage == storage), None)

    def in_version(self, group: str, version: str) -> list[Resource]:
        return [r for r in self._served.values() if (r.group, r.version) == (group, version)]

    def groups(self) -> dict[str, list[str]]:
        """The versions of each named group, the preferred one first."""
        found: dict[str, set[str]] = {}
        for group, version, _ in self._served:
            found.setdefault(group, set()).add(version)
        return {g: sorted(vs, key=version_order) for g, vs in found.items() if g}


def version_order(version: str) -> tuple:
    """Sort key: stable before beta before alpha, newer first, other names last (Kubernetes' version priority)."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if not match:
        return (1, 0, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (0, stage, -int(match[1]), -int(match[3] or 0), version)
