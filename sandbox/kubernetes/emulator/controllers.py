"""What a controller manager does for the API itself: namespaces, owners, aggregated roles, default service accounts.

All of it happens within the write that causes it, so a client never waits for it.
"""

from __future__ import annotations

from sandbox.kubernetes.emulator.bootstrap_roles import RBAC
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.selectors import matches_label_selector
from sandbox.kubernetes.emulator.values import without
from sandbox.kubernetes.emulator.writes import FOREGROUND, Deletion, Options, Writer
from sandbox.kubernetes.identity import UserInfo

CONTROLLER = UserInfo("system:kube-controller-manager", ("system:masters",))
_DEPTH = 8  # aggregates of aggregates


class Namespaces:
    """Gives an active namespace its service account and empties one that is on its way out."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._emptying: set[str] = set()

    def __call__(self, resource: Resource, before: dict | None, after: dict | None) -> None:
        if not resource.is_core("Namespace"):
            if after is None and before["metadata"].get("namespace"):
                self._finish(before["metadata"]["namespace"])
        elif after is not None and after["metadata"].get("deletionTimestamp"):
            self._empty(after["metadata"]["name"])
        elif after is not None and before is None:
            self._default_service_account(after["metadata"]["name"])

    def _default_service_account(self, namespace: str) -> None:
        resource = self._writer.registry.find("", "v1", "serviceaccounts")
        account = {"metadata": {"name": "default", "namespace": namespace}}
        self._writer.create(resource, namespace, account, Options(CONTROLLER, "kube-controller-manager"))

    def _empty(self, namespace: str) -> None:
        if namespace in self._emptying:
            return
        self._emptying.add(namespace)
        store, registry = self._writer.store, self._writer.registry
        try:
            for storage, key, _ in list(store.in_namespace(namespace)):
                resource = registry.of_storage(storage)
                if resource is not None and store.get(storage, *key) is not None:
                    self._writer.delete(resource, *key, Deletion(), CONTROLLER)
        finally:
            self._emptying.discard(namespace)
        self._finish(namespace)

    def _finish(self, namespace: str) -> None:
        store, resource = self._writer.store, self._writer.registry.find("", "v1", "namespaces")
        obj = store.get(resource.storage, "", namespace)
        if obj is None or not obj["metadata"].get("deletionTimestamp") or namespace in self._emptying:
            return
        if obj["metadata"].get("finalizers") or any(True for _ in store.in_namespace(namespace)):
            return
        self._writer.remove(resource, "", namespace, {**obj, "spec": without(obj.get("spec", {}), "finalizers")})


class GarbageCollector:
    """Objects whose owners are all gone go too; foreground deletion waits for them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def __call__(self, resource: Resource, before: dict | None, after: dict | None) -> None:
        if after is None:
            self._collect(before["metadata"]["uid"])
            for owner in before["metadata"].get("ownerReferences", []):
                self._release(owner.get("uid", ""))
        elif self._orphaned(before, after):
            self._writer.delete(resource, *_key(after), Deletion(), CONTROLLER)
        elif FOREGROUND in after["metadata"].get("finalizers", []) and after["metadata"].get("deletionTimestamp"):
            self._collect(after["metadata"]["uid"], "Foreground")
            self._release(after["metadata"]["uid"])

    def _orphaned(self, before: dict | None, after: dict) -> bool:
        """The object names owners, newly, and none of them is there."""
        owners = [reference.get("uid", "") for reference in after["metadata"].get("ownerReferences", [])]
        if not owners or after["metadata"].get("deletionTimestamp"):
            return False
        if before is not None and before["metadata"].get("ownerReferences") == after["metadata"]["ownerReferences"]:
            return False
        return not any(self._writer.store.by_uid(owner) for owner in owners)

    def _collect(self, uid: str, policy: str = "Background") -> None:
        store = self._writer.store
        for storage, key, _ in store.dependents(uid):
            dependent = store.get(storage, *key)
            resource = self._writer.registry.of_storage(storage)
            if dependent is None or resource is None:
                continue
            owners = {reference.get("uid") for reference in dependent["metadata"].get("ownerReferences", [])} - {uid}
            if any(store.by_uid(owner) for owner in owners if owner):
                self._writer.disown(storage, key, dependent, uid)
            elif not dependent["metadata"].get("deletionTimestamp"):
                self._writer.delete(resource, *key, Deletion(policy=policy), CONTROLLER)

    def _release(self, uid: str) -> None:
        """Ends a foreground deletion whose dependents are gone."""
        found = self._writer.store.by_uid(uid)
        if found is None:
            return
        storage, key, owner = found
        finalizers = owner["metadata"].get("finalizers", [])
        if FOREGROUND not in finalizers or self._writer.store.dependents(uid):
            return
        resource = self._writer.registry.of_storage(storage)
        left = [finalizer for finalizer in finalizers if finalizer != FOREGROUND]
        metadata = without(owner["metadata"], "finalizers")
        if left:
            self._writer.store_as_is(resource, {**owner, "metadata": {**metadata, "finalizers": left}})
        else:
            self._writer.remove(resource, *key, {**owner, "metadata": metadata})


def _key(obj: dict) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


class Aggregation:
    """Keeps the rules of aggregated ClusterRoles equal to those of the roles they select."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def __call__(self, resource: Resource, before: dict | None, after: dict | None) -> None:
        if resource.group == RBAC and resource.kind == "ClusterRole":
            for _ in range(_DEPTH):
                if not self._round(resource):
                    return

    def _round(self, resource: Resource) -> bool:
        changed = False
        for role in list(self._writer.store.objects(resource.storage).values()):
            if role.get("aggregationRule"):
                rules = self._rules(resource, role)
                if rules != (role.get("rules") or []):
                    self._writer.store_as_is(resource, {**role, "rules": rules})
                    changed = True
        return changed

    def _rules(self, resource: Resource, role: dict) -> list[dict]:
        selectors = role["aggregationRule"].get("clusterRoleSelectors") or []
        rules: list[dict] = []
        for (_, name), other in sorted(self._writer.store.objects(resource.storage).items()):
            labels = other["metadata"].get("labels") or {}
            if name == role["metadata"]["name"] or not any(matches_label_selector(s, labels) for s in selectors):
                continue
            rules += [rule for rule in other.get("rules") or [] if rule not in rules]
        return rules
