"""What the expressions of a policy can see of a write: object, oldObject, request, namespaceObject."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.emulator.admission import Write
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.store import Store
from sandbox.kubernetes.identity import UserInfo

_OF_A_NAMESPACE = (
    "name",
    "labels",
    "annotations",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "resourceVersion",
    "finalizers",
)


def seen(write: Write, resource: Resource) -> dict[str, Any]:
    """As JSON values, in the version of `resource`; `namespaceObject` is None, as conditions see it."""
    return {
        "object": _in_version(write.after, resource),
        "oldObject": _in_version(write.before, resource),
        "request": _request(write, resource),
        "namespaceObject": None,
    }


def namespace_seen(write: Write, store: Store) -> dict | None:
    """The namespace that the written object is in; None for objects without one."""
    namespace = store.get(("", "namespaces"), "", write.namespace) if write.resource.namespaced else None
    if namespace is None:
        return None
    metadata = {key: value for key, value in namespace["metadata"].items() if key in _OF_A_NAMESPACE}
    return {"metadata": metadata, "spec": namespace.get("spec", {}), "status": namespace.get("status", {})}


def _in_version(obj: dict | None, resource: Resource) -> dict | None:
    return obj and {**obj, "apiVersion": resource.group_version, "kind": resource.kind}


def _request(write: Write, resource: Resource) -> dict[str, Any]:
    """An AdmissionRequest; what is empty is left out, so that an expression must ask with has()."""
    request = {
        "kind": _kind(resource),
        "resource": _resource(resource),
        "subResource": write.subresource,
        "requestKind": _kind(write.resource),
        "requestResource": _resource(write.resource),
        "requestSubResource": write.subresource,
        "name": write.name,
        "namespace": write.namespace,
        "operation": write.operation,
        "userInfo": _user(write.user),
    }
    options = {"kind": f"{write.operation.capitalize()}Options", "apiVersion": "meta.k8s.io/v1"}
    return {**_filled(request), "dryRun": write.dry_run, "options": options}


def _user(user: UserInfo) -> dict[str, Any]:
    return _filled({"username": user.username, "uid": user.uid, "groups": list(user.groups), "extra": dict(user.extra)})


def _kind(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _resource(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "resource": resource.plural}


def _filled(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value}
