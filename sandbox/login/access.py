"""Who may do what where, asked as Kubeflow's web apps ask: a SubjectAccessReview for the e-mail, without groups.

Two locks must open: RBAC (may the user create notebooks?) and the mesh (do the AuthorizationPolicies let the user's
header in through the gateway?).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes.client import KubernetesClient
from sandbox.login.mesh.policies import Workload, decide
from sandbox.login.mesh.request import MeshRequest

REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
POLICIES = "/apis/security.istio.io/v1/authorizationpolicies"
PROFILES_CONFIG = "/api/v1/namespaces/kubeflow/configmaps/profiles-config"
LEVELS = {"edit": "create", "view": "list"}
"""What a level is called and the verb on notebooks that proves it, the strongest first."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Mesh:
    """How the mesh knows a user: the header, what stands before the e-mail, the gateway the request comes through."""

    header: str = "kubeflow-userid"
    prefix: str = ""
    gateway: str = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"


@dataclass(frozen=True)
class Access:
    """`table` is user -> namespace -> level, only where something is allowed; `personal` is user -> his own namespaces.

    `closed` lists (user, namespace) that RBAC opens and the mesh does not, or the other way round.
    """

    namespaces: tuple[str, ...]
    table: Mapping[str, Mapping[str, str]]
    personal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed: tuple[tuple[str, str], ...] = ()


def read_access(cluster: KubernetesClient, users: Collection[str]) -> Access:
    """The access of these e-mails in every namespace there is."""
    namespaces = cluster.items("/api/v1/namespaces")
    owners = {item["metadata"]["name"]: owner_of(item) for item in namespaces}
    mesh = mesh_of((cluster.get(PROFILES_CONFIG) or {}).get("data") or {})
    policies = cluster.items(POLICIES)

    def allowed(user: str, namespace: str, verb: str) -> bool:
        return cluster.create(REVIEWS, review(user, namespace, verb))["status"]["allowed"]

    def admitted(user: str, namespace: str) -> bool:
        return admits(policies, namespace, user, mesh)

    return tabulate(users, owners, allowed, admitted)


def tabulate(
    users: Collection[str],
    owners: Mapping[str, str],
    allowed: Callable[[str, str, str], bool],
    admitted: Callable[[str, str], bool],
) -> Access:
    """The table of users and namespaces (name -> owner), by the two questions."""
    table: dict[str, dict[str, str]] = {user: {} for user in users}
    personal: dict[str, list[str]] = {user: [] for user in users}
    closed = []
    for user in users:
        for namespace, owner in sorted(owners.items()):
            level = next((level for level, verb in LEVELS.items() if allowed(user, namespace, verb)), None)
            if owner == user:
                personal[user].append(namespace)
            elif level:
                table[user][namespace] = level
            if (level is not None) != admitted(user, namespace):
                closed.append((user, namespace))
    own = {namespace for names in personal.values() for namespace in names}
    shared = tuple(sorted(name for name in owners if name not in own))
    return Access(shared, table, {user: tuple(names) for user, names in personal.items()}, tuple(closed))


def review(user: str, namespace: str, verb: str) -> Object:
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": user,
            "resourceAttributes": {
                "namespace": namespace,
                "verb": verb,
                "group": "kubeflow.org",
                "version": "v1",
                "resource": "notebooks",
            },
        },
    }


def owner_of(namespace: Object) -> str:
    """The owner that the profile controller has written on the namespace; empty for all others."""
    return (namespace["metadata"].get("annotations") or {}).get("owner", "")


def mesh_of(settings: Mapping[str, str]) -> Mesh:
    """The mesh as profiles-config describes it, upstream's values where it is silent."""
    usual = Mesh()
    return Mesh(
        settings.get("USERID_HEADER") or usual.header,
        settings.get("USERID_PREFIX", usual.prefix),
        settings.get("ISTIO_INGRESS_GATEWAY_PRINCIPAL") or usual.gateway,
    )


def admits(policies: Collection[Object], namespace: str, user: str, mesh: Mesh) -> bool:
    """Whether a policy lets this user's request in when it comes through the gateway, and none keeps it out."""
    headers = {mesh.header.lower(): f"{mesh.prefix}{user}"}
    request = MeshRequest("GET", "", f"/notebook/{namespace}/", headers, mesh.gateway)
    decision = decide(policies, Workload(namespace), request)
    return decision.allowed and decision.policy != ""
