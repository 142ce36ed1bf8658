"""The parameters that a binding gives its policy: one object by name, or all that a selector chooses."""

from __future__ import annotations

from sandbox.kubernetes.emulator.resources import Registry, Resource
from sandbox.kubernetes.emulator.selectors import matches_label_selector
from sandbox.kubernetes.emulator.store import Store


class NoParams(Exception):
    """There are no parameters where the binding demands some, or they cannot be looked for."""


def params_of(policy: dict, binding: dict, namespace: str, store: Store, registry: Registry) -> list[dict | None]:
    """What the policy is to be tried with, once each; [None] for a policy without parameters.

    `policy` and `binding` are specs, `namespace` is that of the write. An empty list is an empty trial: all may pass.
    """
    kind, reference = policy.get("paramKind"), binding.get("paramRef")
    if not kind or not reference:
        return [None]
    resource = _resource(kind, registry)
    if resource.namespaced:
        namespace = reference.get("namespace") or namespace
        if not namespace:
            raise NoParams("cannot use namespaced paramRef for a cluster-scoped object without paramRef.namespace")
    elif reference.get("namespace"):
        raise NoParams("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
    found = [*_found(reference, resource, namespace if resource.namespaced else "", store)]
    if not found and reference.get("parameterNotFoundAction") == "Deny":
        raise NoParams("no params found for policy binding with `Deny` parameterNotFoundAction")
    return found


def _resource(kind: dict, registry: Registry) -> Resource:
    group, _, version = kind.get("apiVersion", "").rpartition("/")
    resource = registry.find_kind(group, version, kind.get("kind", ""))
    if resource is None:
        raise NoParams(f"paramKind kind `{kind.get('apiVersion')}, Kind={kind.get('kind')}` not known")
    return resource


def _found(reference: dict, resource: Resource, namespace: str, store: Store) -> list[dict]:
    if reference.get("name"):
        one = store.get(resource.storage, namespace, reference["name"])
        return [one] if one is not None else []
    selector = reference.get("selector") or {}
    return [
        obj
        for key, obj in sorted(store.objects(resource.storage).items())
        if key[0] == namespace and matches_label_selector(selector, obj["metadata"].get("labels") or {})
    ]
