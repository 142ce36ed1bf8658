"""Python stand-ins for kube-controller-manager, for API servers that have none (envtest).

They finish what an API server alone leaves undone: deleting a namespace's content, filling aggregated ClusterRoles, and
deleting objects whose owner is gone.  All three are plain API clients.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from sandbox.kubernetes.client import KubernetesClient, KubernetesError, Object
from sandbox.kubernetes.control_loop import ControlLoop

CLUSTER_ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
SOON = 0.3
SWEEP_SECONDS = 1.0


class ControllerManager:
    """The three stand-ins, started and stopped together."""

    def __init__(self, client: KubernetesClient) -> None:
        self._loops = [NamespaceFinalizer(client), RoleAggregator(client), OwnerCollector(client)]

    def start(self) -> None:
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        for loop in self._loops:
            loop.stop()


class NamespaceFinalizer(ControlLoop):
    """Empties a namespace that is being deleted, then lets it go."""

    collection = "/api/v1/namespaces"

    def reconcile(self, namespace: Object) -> float | None:
        finalizers = namespace["spec"].get("finalizers") or []
        if not namespace["metadata"].get("deletionTimestamp") or "kubernetes" not in finalizers:
            return None
        name = namespace["metadata"]["name"]
        filled = [
            f"{root}/namespaces/{name}/{plural}"
            for root, plural in deletable_kinds(self.client, namespaced=True)
            if self.client.items(f"{root}/namespaces/{name}/{plural}?limit=1")
        ]
        for collection in filled:
            self.client.delete(collection)
        if filled:
            return SOON
        kept = [finalizer for finalizer in finalizers if finalizer != "kubernetes"]
        emptied = {**namespace, "spec": {**namespace["spec"], "finalizers": kept}}
        self.client.replace(f"{self.collection}/{name}/finalize", emptied)
        return None


class RoleAggregator(ControlLoop):
    """Fills each ClusterRole that has an aggregationRule with the rules of the roles it selects."""

    collection = CLUSTER_ROLES

    def reconcile(self, changed: Object) -> float | None:
        roles = self.client.items(CLUSTER_ROLES)
        for role in roles:
            if role.get("aggregationRule"):
                rules = aggregated_rules(role, roles)
                if rules != (role.get("rules") or []):
                    self.client.merge(f"{CLUSTER_ROLES}/{role['metadata']['name']}", {"rules": rules})
        return None


class OwnerCollector(ControlLoop):
    """Deletes what belongs to an owner that no longer exists; looks everywhere once a second: a sandbox is small."""

    # The loop turns on one object that always exists; it looks at all kinds whenever it turns.
    collection = "/api/v1/namespaces"
    turned_by = "default"

    def reconcile(self, namespace: Object) -> float | None:
        if namespace["metadata"]["name"] != self.turned_by:
            return None
        for root, plural in deletable_kinds(self.client):
            with contextlib.suppress(KubernetesError):
                for owned in self.client.items(f"{root}/{plural}"):
                    self._collect(root, plural, owned)
        return SWEEP_SECONDS

    def _collect(self, root: str, plural: str, owned: Object) -> None:
        metadata = owned["metadata"]
        owners = metadata.get("ownerReferences") or []
        if not owners or metadata.get("deletionTimestamp"):
            return
        if not any(self._lives(owner, metadata.get("namespace")) for owner in owners):
            place = f"/namespaces/{metadata['namespace']}" if metadata.get("namespace") else ""
            self.client.delete(f"{root}{place}/{plural}/{metadata['name']}")

    def _lives(self, owner: Object, namespace: str | None) -> bool:
        """Whether the owner exists with the very identity named; an owner of an unknown kind counts as living."""
        root = group_root(owner["apiVersion"])
        kinds = self.client.get(root) or {}
        for resource in kinds.get("resources") or []:
            if resource["kind"] == owner["kind"] and "/" not in resource["name"]:
                place = f"/namespaces/{namespace}" if resource["namespaced"] else ""
                found = self.client.get(f"{root}{place}/{resource['name']}/{owner['name']}")
                return found is not None and found["metadata"]["uid"] == owner["uid"]
        return True


def aggregated_rules(role: Object, roles: Iterable[Object]) -> list[Object]:
    """The rules of all other roles that the role selects, by name, each rule once."""
    selectors = [each.get("matchLabels") or {} for each in role["aggregationRule"].get("clusterRoleSelectors") or []]
    rules: list[Object] = []
    for other in sorted(roles, key=lambda each: each["metadata"]["name"]):
        labels = other["metadata"].get("labels") or {}
        is_selected = any(selector.items() <= labels.items() for selector in selectors)
        if is_selected and other["metadata"]["name"] != role["metadata"]["name"]:
            rules += [rule for rule in other.get("rules") or [] if rule not in rules]
    return rules


def deletable_kinds(client: KubernetesClient, namespaced: bool = False) -> Iterator[tuple[str, str]]:
    """(root path, plural name) of every kind that can be listed and deleted, as discovery tells now."""
    groups = client.call("GET", "/apis").get("groups") or []
    roots = ["/api/v1"] + [group_root(group["preferredVersion"]["groupVersion"]) for group in groups]
    for root in roots:
        for resource in (client.get(root) or {}).get("resources") or []:
            is_kind = "/" not in resource["name"] and {"list", "delete"} <= set(resource["verbs"])
            if is_kind and (resource["namespaced"] or not namespaced):
                yield root, resource["name"]


def group_root(api_version: str) -> str:
    """Where the kinds of an apiVersion are served."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
