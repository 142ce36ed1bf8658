"""Who owns which fields: metadata.managedFields, and what a create or update does to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.kubernetes.emulator.field_sets import Comparison, Path, compare, from_fields_v1, to_fields_v1
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.shapes import shape_of
from sandbox.kubernetes.emulator.values import now, without, words

APPLY, UPDATE = "Apply", "Update"

_SERVER_METADATA = words(
    "name namespace creationTimestamp selfLink uid resourceVersion generation managedFields clusterName "
    "deletionTimestamp deletionGracePeriodSeconds"
)
_OWNED_BY_NOBODY = {("f:apiVersion",), ("f:kind",), ("f:metadata",)} | {
    ("f:metadata", f"f:{name}") for name in _SERVER_METADATA
}


@dataclass(frozen=True)
class Manager:
    """The name of an entry; an applier has no version here, so it keeps one entry whatever version it uses."""

    name: str
    operation: str
    api_version: str = ""
    subresource: str = ""


@dataclass(frozen=True)
class Owned:
    fields: frozenset[Path]
    api_version: str
    time: str


Managers = dict[Manager, Owned]


def applier(name: str, subresource: str = "") -> Manager:
    return Manager(name, APPLY, "", subresource)


def updater(name: str, resource: Resource, subresource: str = "") -> Manager:
    return Manager(name, UPDATE, resource.group_version, subresource)


def decode(entries: list[dict] | None) -> Managers:
    managers: Managers = {}
    for entry in entries or []:
        operation, version = entry.get("operation", UPDATE), entry.get("apiVersion", "")
        manager = Manager(
            entry.get("manager", ""), operation, "" if operation == APPLY else version, entry.get("subresource", "")
        )
        managers[manager] = Owned(frozenset(from_fields_v1(entry.get("fieldsV1") or {})), version, entry.get("time"))
    return managers


def encode(managers: Managers) -> list[dict]:
    entries = sorted(
        managers.items(), key=lambda e: (e[0].operation, e[1].time or "", e[0].name, e[1].api_version, e[0].subresource)
    )
    return [
        {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": owned.api_version,
            **({"time": owned.time} if owned.time else {}),
            "fieldsType": "FieldsV1",
            "fieldsV1": to_fields_v1(set(owned.fields)),
            **({"subresource": manager.subresource} if manager.subresource else {}),
        }
        for manager, owned in entries
    ]


def unmanaged(obj: dict) -> dict:
    return {**obj, "metadata": without(obj.get("metadata", {}), "managedFields")}


def ownable(paths: set[Path], resource: Resource, subresource: str) -> frozenset[Path]:
    """Without the fields nobody owns: identity, and those this endpoint does not write."""
    if subresource == "status":
        paths = {path for path in paths if path[0] == "f:status"}
    elif resource.has_status:
        paths = {path for path in paths if path[0] != "f:status"}
    return frozenset(paths - _OWNED_BY_NOBODY)


def disown(managers: Managers, comparison: Comparison, but: Manager) -> Managers:
    """The other managers lose the fields that changed or went."""
    lost = comparison.added | comparison.modified | comparison.removed
    left = {m: o if m == but else replace(o, fields=o.fields - lost) for m, o in managers.items()}
    return {manager: owned for manager, owned in left.items() if owned.fields}


def take_changes(managers: Managers, before: dict, after: dict, manager: Manager, resource: Resource) -> Managers:
    """The manager owns what differs between the two objects; all others lose it."""
    comparison = compare(unmanaged(before), unmanaged(after), shape_of(resource))
    gained = ownable(comparison.added | comparison.modified, resource, manager.subresource)
    nobody = Manager("", "")
    managers = disown(managers, comparison, nobody)
    if gained:
        had = managers.get(manager)
        fields = gained | had.fields if had else gained
        managers[manager] = Owned(fields, resource.group_version, now())
    return managers


def track_update(before: dict | None, after: dict, name: str, resource: Resource, subresource: str = "") -> list[dict]:
    """The managedFields after a write that is no apply."""
    sent = after["metadata"].get("managedFields")
    if sent == [{}]:  # the documented way to forget all owners
        return []
    stored = (before or {}).get("metadata", {}).get("managedFields")
    managers = decode(sent or stored) if before is not None else {}
    if before is not None and not managers:
        return []  # an object that nobody tracks stays so until its first apply
    base = before or {"metadata": {}}
    return encode(take_changes(managers, base, after, updater(name, resource, subresource), resource))


def same_but_times(one: dict, other: dict) -> bool:
    """Whether two objects differ at most in resourceVersion and the times of managedFields."""
    return _timeless(one) == _timeless(other)


def _timeless(obj: dict) -> dict:
    entries = [without(entry, "time") for entry in obj["metadata"].get("managedFields") or []]
    entries.sort(key=lambda entry: str((entry.get("operation"), entry.get("manager"), entry.get("apiVersion"))))
    metadata = without(obj["metadata"], "managedFields", "resourceVersion")
    return {**obj, "metadata": {**metadata, "managedFields": entries}}
