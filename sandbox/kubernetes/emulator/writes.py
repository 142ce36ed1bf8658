"""Create, update and delete: one object from the request's form to its stored form."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.kubernetes.emulator.admission import Policy, Write
from sandbox.kubernetes.emulator.decoding import typed
from sandbox.kubernetes.emulator.defaults import fill_in
from sandbox.kubernetes.emulator.errors import (
    already_exists,
    bad_request,
    conflict,
    invalid,
    not_found,
)
from sandbox.kubernetes.emulator.escalation import refuse_escalation
from sandbox.kubernetes.emulator.managed_fields import same_but_times, track_update
from sandbox.kubernetes.emulator.metadata import generated_name
from sandbox.kubernetes.emulator.rbac import Authorizer
from sandbox.kubernetes.emulator.resources import Registry, Resource
from sandbox.kubernetes.emulator.schemas import default, prune
from sandbox.kubernetes.emulator.store import Store
from sandbox.kubernetes.emulator.validation import validation_errors
from sandbox.kubernetes.emulator.values import clone, now, without
from sandbox.kubernetes.identity import UserInfo

FOREGROUND = "foregroundDeletion"
_SET_BY_SERVER = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
)

Reaction = Callable[[Resource, "dict | None", "dict | None"], None]  # kind, before, after


@dataclass(frozen=True)
class Options:
    """How a write was asked for; `applied` means that managedFields are worked out already."""

    user: UserInfo
    manager: str = "unknown"
    dry_run: bool = False
    subresource: str = ""
    applied: bool = False
    strict: bool = False  # unknown fields of custom resources are refused instead of dropped


@dataclass(frozen=True)
class Deletion:
    """The DeleteOptions of a request."""

    uid: str = ""
    resource_version: str = ""
    policy: str = "Background"
    dry_run: bool = False


@dataclass
class Writer:
    store: Store
    registry: Registry
    authorizer: Authorizer
    policies: list[Policy] = field(default_factory=list)
    last_policies: list[Policy] = field(default_factory=list)  # asked once the object is valid
    reactions: list[Reaction] = field(default_factory=list)

    def get(self, resource: Resource, namespace: str, name: str) -> dict:
        obj = self.store.get(resource.storage, namespace, name)
        if obj is None:
            raise not_found(resource, name)
        return obj

    def create(self, resource: Resource, namespace: str, obj: dict, options: Options) -> dict:
        obj = self._for_create(resource, namespace, obj, options)
        name = obj["metadata"].get("name", "")
        write = Write("CREATE", resource, namespace, name, None, obj, options.user, options.dry_run)
        _admit(self.policies, write)
        refuse_escalation(self.authorizer, resource, None, obj, options.user, namespace)
        self._validate(resource, None, obj)
        _admit(self.last_policies, write)
        if self.store.get(resource.storage, namespace, name) is not None:
            raise already_exists(resource, name)
        if options.dry_run:
            return obj
        return self._put(resource, namespace, name, None, obj)

    def update(self, resource: Resource, namespace: str, name: str, obj: dict, options: Options) -> dict:
        old = self.get(resource, namespace, name)
        obj = self._for_update(resource, namespace, old, obj, options)
        who, part = options.user, options.subresource
        write = Write("UPDATE", resource, namespace, name, old, obj, who, options.dry_run, part)
        _admit(self.policies, write)
        refuse_escalation(self.authorizer, resource, old, obj, options.user, namespace)
        self._validate(resource, old, obj)
        _admit(self.last_policies, write)
        if same_but_times(obj, old):
            return old  # a write that changes nothing does not move the resourceVersion
        if _content(resource, obj) != _content(resource, old) and "generation" in old["metadata"]:
            obj["metadata"]["generation"] = old["metadata"]["generation"] + 1
        if options.dry_run:
            return obj
        if (
            old["metadata"].get("deletionTimestamp")
            and not obj["metadata"].get("finalizers")
            and not _emptied_first(resource)
        ):
            return self.remove(resource, namespace, name, obj)
        return self._put(resource, namespace, name, old, obj)

    def delete(self, resource: Resource, namespace: str, name: str, deletion: Deletion, user: UserInfo) -> dict:
        """Deletes, or marks for deletion what finalizers or dependents still hold; the answer is the last state."""
        obj = self.get(resource, namespace, name)
        _check_preconditions(resource, obj, deletion)
        write = Write("DELETE", resource, namespace, name, obj, None, user, deletion.dry_run)
        _admit([*self.policies, *self.last_policies], write)
        if deletion.dry_run:
            return obj
        if deletion.policy == "Orphan":
            for storage, key, dependent in self.store.dependents(obj["metadata"]["uid"]):
                self.disown(storage, key, dependent, obj["metadata"]["uid"])
        finalizers = list(obj["metadata"].get("finalizers", []))
        if deletion.policy == "Foreground" and self.store.dependents(obj["metadata"]["uid"]):
            finalizers = list(dict.fromkeys([*finalizers, FOREGROUND]))
        if finalizers or _emptied_first(resource):
            return self._mark_deleted(resource, namespace, name, obj, finalizers)
        return self.remove(resource, namespace, name)

    def remove(self, resource: Resource, namespace: str, name: str, last: dict | None = None) -> dict:
        before = self.store.get(resource.storage, namespace, name)
        gone = self.store.remove(resource.storage, namespace, name, last)
        self._react(resource, before, None)
        return gone

    def disown(self, storage: tuple[str, str], key: tuple[str, str], dependent: dict, uid: str) -> None:
        """Drops the reference to the owner with this uid."""
        references = [r for r in dependent["metadata"].get("ownerReferences", []) if r.get("uid") != uid]
        metadata = without(dependent["metadata"], "ownerReferences")
        if references:
            metadata["ownerReferences"] = references
        self.store.put(storage, *key, {**dependent, "metadata": metadata})

    def store_as_is(self, resource: Resource, obj: dict) -> dict:
        """A controller's own write: no admission, no owners, no reaction."""
        return self.store.put(resource.storage, obj["metadata"].get("namespace", ""), obj["metadata"]["name"], obj)

    def _put(self, resource: Resource, namespace: str, name: str, before: dict | None, obj: dict) -> dict:
        stored = self.store.put(resource.storage, namespace, name, obj)
        self._react(resource, before, stored)
        return self.store.get(resource.storage, namespace, name) or stored

    def _react(self, resource: Resource, before: dict | None, after: dict | None) -> None:
        for reaction in self.reactions:
            reaction(resource, before, after)

    def _validate(self, resource: Resource, before: dict | None, obj: dict) -> None:
        errors = validation_errors(resource, before, obj)
        if errors:
            raise invalid(resource, obj["metadata"].get("name", ""), errors)

    def _mark_deleted(self, resource: Resource, namespace: str, name: str, obj: dict, finalizers: list[str]) -> dict:
        if obj["metadata"].get("deletionTimestamp"):
            return obj
        metadata = {**obj["metadata"], "deletionTimestamp": now(), "deletionGracePeriodSeconds": 0}
        if finalizers:
            metadata["finalizers"] = finalizers
        if "generation" in metadata:
            metadata["generation"] += 1
        marked = {**obj, "metadata": metadata}
        if resource.is_core("Namespace"):
            marked["status"] = {**obj.get("status", {}), "phase": "Terminating"}
        stored = self.store.put(resource.storage, namespace, name, marked)
        self._react(resource, obj, stored)
        return stored

    def _for_create(self, resource: Resource, namespace: str, obj: dict, options: Options) -> dict:
        obj = clone(obj)
        metadata = obj.setdefault("metadata", {})
        if resource.namespaced and metadata.setdefault("namespace", namespace) != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        if not resource.namespaced:
            metadata.pop("namespace", None)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = generated_name(metadata["generateName"])
        if resource.has_status and not resource.is_core("Namespace"):
            obj.pop("status", None)
        obj = _decoded(resource, obj, options)
        metadata = obj["metadata"]
        if not options.applied:
            metadata["managedFields"] = track_update(None, obj, options.manager, resource)
        for name in (*_SET_BY_SERVER, "resourceVersion"):
            metadata.pop(name, None)
        metadata.update(uid=str(uuid.uuid4()), creationTimestamp=now())
        if resource.has_generation:
            metadata["generation"] = 1
        return obj

    def _for_update(self, resource: Resource, namespace: str, old: dict, obj: dict, options: Options) -> dict:
        obj = clone(obj)
        metadata, had = obj.setdefault("metadata", {}), old["metadata"]
        _check_identity(resource, namespace, had, metadata)
        for name in (*_SET_BY_SERVER, "name", "namespace"):
            metadata.pop(name, None)
            if name in had:
                metadata[name] = had[name]
        obj = _decoded(resource, _endpoint_part(resource, old, obj, options.subresource), options)
        if not options.applied:
            entries = track_update(old, obj, options.manager, resource, options.subresource)
            obj["metadata"] = without(obj["metadata"], "managedFields")
            if entries:
                obj["metadata"]["managedFields"] = entries
        return obj


def _admit(policies: list[Policy], write: Write) -> None:
    for policy in policies:
        policy(write)


def _check_identity(resource: Resource, namespace: str, had: dict, metadata: dict) -> None:
    if metadata.get("name", had["name"]) != had["name"]:
        message = f"the name of the object ({metadata['name']}) does not match the name on the URL ({had['name']})"
        raise bad_request(message)
    if resource.namespaced and metadata.get("namespace", namespace) != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if metadata.get("uid") and metadata["uid"] != had["uid"]:
        why = f"Precondition failed: UID in precondition: {metadata['uid']}, UID in object meta: {had['uid']}"
        raise conflict(resource, had["name"], why)
    if metadata.get("resourceVersion") and metadata["resourceVersion"] != had["resourceVersion"]:
        why = "the object has been modified; please apply your changes to the latest version and try again"
        raise conflict(resource, had["name"], why)


def _check_preconditions(resource: Resource, obj: dict, deletion: Deletion) -> None:
    wanted = (("UID", deletion.uid, "uid"), ("ResourceVersion", deletion.resource_version, "resourceVersion"))
    for title, value, key in wanted:
        have = obj["metadata"][key]
        if value and value != have:
            why = f"Precondition failed: {title} in precondition: {value}, {title} in object meta: {have}"
            raise conflict(resource, obj["metadata"]["name"], why)


def _endpoint_part(resource: Resource, old: dict, obj: dict, subresource: str) -> dict:
    """What the endpoint may write: everything but status, or status alone, or a namespace's finalizers."""
    if subresource == "status":
        metadata = without(clone(old["metadata"]), "managedFields")
        if "managedFields" in obj["metadata"]:
            metadata["managedFields"] = obj["metadata"]["managedFields"]
        part = {**clone(without(old, "status")), "metadata": metadata}
        return {**part, "status": obj["status"]} if obj.get("status") is not None else part
    if subresource == "finalize":
        spec = {**old.get("spec", {}), "finalizers": (obj.get("spec") or {}).get("finalizers") or []}
        return {**clone(old), "spec": spec}
    if not resource.has_status:
        return obj
    part = without(obj, "status")
    return {**part, "status": clone(old["status"])} if "status" in old else part


def _decoded(resource: Resource, obj: dict, options: Options) -> dict:
    obj = typed(resource, {**obj, "apiVersion": resource.group_version, "kind": resource.kind})
    if resource.custom:
        dropped = prune(resource.schema or {}, obj)
        if dropped and options.strict:
            unknown = ", ".join(f'unknown field "{path}"' for path in dropped)
            raise bad_request(
                f"{resource.kind} in version {resource.version!r} cannot be handled as a "
                f"{resource.kind}: strict decoding error: {unknown}"
            )
        default(without_root(resource.schema or {}), obj)
    else:
        fill_in(resource, obj)
    return obj


def without_root(schema: dict) -> dict:
    """The schema without what it says about apiVersion, kind and metadata, which are the server's."""
    return {**schema, "properties": without(schema.get("properties", {}), "apiVersion", "kind", "metadata")}


def _content(resource: Resource, obj: dict) -> dict:
    """What counts for metadata.generation."""
    if not resource.custom and "spec" in obj:
        return obj["spec"]
    return without(obj, "metadata", "status", "apiVersion", "kind")


def _emptied_first(resource: Resource) -> bool:
    """Kinds whose contents go before they do."""
    return resource.is_core("Namespace") or resource.kind == "CustomResourceDefinition"
