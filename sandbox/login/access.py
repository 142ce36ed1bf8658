"""Who may do what where, asked as Kubeflow's web apps ask: a SubjectAccessReview for the e-mail, without groups.

Two locks must open: RBAC (may the user create notebooks?) and the mesh (does an AuthorizationPolicy of the namespace
let the user's header through the gateway?).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes.client import KubernetesClient

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
    policies: dict[str, list[Object]] = {}
    for policy in cluster.items(POLICIES):
        policies.setdefault(policy["metadata"]["namespace"], []).append(policy)

    def allowed(user: str, namespace: str, verb: str) -> bool:
        return cluster.create(REVIEWS, review(user, namespace, verb))["status"]["allowed"]

    def admitted(user: str, namespace: str) -> bool:
        return any(admits(policy, user, mesh) for policy in policies.get(namespace, ()))

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


def admits(policy: Object, user: str, mesh: Mesh) -> bool:
    """Whether one of the policy's rules is about this user's header and lets the gateway's requests in."""
    spec = policy.get("spec") or {}
    if spec.get("action", "ALLOW") != "ALLOW":
        return False
    key = f"request.headers[{mesh.header}]"
    return any(
        _from_gateway(rule, mesh.gateway) and _about(rule, key, f"{mesh.prefix}{user}")
        for rule in spec.get("rules") or ()
    )


def _from_gateway(rule: Object, gateway: str) -> bool:
    """A rule without `from` admits every sender, a source without principals too."""
    sources = rule.get("from")
    if not sources:
        return True
    principals = [(entry.get("source") or {}).get("principals") for entry in sources]
    return any(names is None or gateway in names for names in principals)


def _about(rule: Object, key: str, value: str) -> bool:
    return any(entry.get("key") == key and value in (entry.get("values") or ()) for entry in rule.get("when") or ())
