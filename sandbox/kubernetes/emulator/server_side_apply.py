"""Server-side apply: the applied configuration merged into the live object, with owners and conflicts.

The steps are those of sigs.k8s.io/structured-merge-diff/merge: merge, prune what the manager no longer applies,
then find out who else claims the changed fields.
"""

from __future__ import annotations

from sandbox.kubernetes.emulator.errors import ApiError
from sandbox.kubernetes.emulator.field_sets import (
    Comparison,
    Path,
    compare,
    dotted,
    field_set,
    merge,
    remove_items,
    with_named_ancestors,
)
from sandbox.kubernetes.emulator.managed_fields import (
    UPDATE,
    Manager,
    Managers,
    Owned,
    applier,
    decode,
    disown,
    encode,
    ownable,
    take_changes,
    unmanaged,
    updater,
)
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.shapes import Shape, shape_of
from sandbox.kubernetes.emulator.values import now

BEFORE_FIRST_APPLY = "before-first-apply"


def apply(
    live: dict | None, config: dict, name: str, resource: Resource, *, force: bool = False, subresource: str = ""
) -> dict:
    """The object after the apply; without force, fields that others own with another value are a 409."""
    shape, manager = shape_of(resource), applier(name, subresource)
    base, config = unmanaged(live or {"metadata": {}}), unmanaged(config)
    managers = decode((live or {}).get("metadata", {}).get("managedFields"))
    if live is not None and not managers:
        first = updater(BEFORE_FIRST_APPLY, resource)
        managers = take_changes({}, {"metadata": {}}, base, first, resource)

    last = managers.get(manager)
    named = field_set(config, shape) | {("f:metadata", "f:name")}
    claimed = ownable(named, resource, subresource)
    managers[manager] = Owned(claimed, resource.group_version, now())
    merged = merge(base, config, shape)
    if last and not last.fields <= claimed:
        merged = _pruned(merged, set(last.fields), named.union(*(owned.fields for owned in managers.values())), shape)

    comparison = compare(base, merged, shape)
    conflicts = _conflicts(managers, manager, comparison)
    if conflicts and not force:
        raise _conflict_error(conflicts, managers)
    managers = disown(managers, comparison, manager)
    if last and manager in managers and last.fields == managers[manager].fields and not _changed(comparison):
        managers[manager] = last
    return {**merged, "metadata": {**merged["metadata"], "managedFields": encode(managers)}}


def _changed(comparison: Comparison) -> bool:
    return bool(comparison.added or comparison.modified or comparison.removed)


def _pruned(merged: dict, last: set[Path], claimed: set[Path], shape: Shape) -> dict:
    """Without what this manager applied last time and neither it nor anybody else claims now."""
    last, claimed = with_named_ancestors(last, shape), with_named_ancestors(claimed, shape)
    everything = with_named_ancestors(field_set(merged, shape), shape)
    pruned = remove_items(merged, last, shape)

    left = with_named_ancestors(field_set(pruned, shape), shape)
    pruned = remove_items(merged, everything - left - claimed, shape)

    left = with_named_ancestors(field_set(pruned, shape), shape)
    return remove_items(merged, (everything - left) & last, shape)


def _conflicts(managers: Managers, manager: Manager, comparison: Comparison) -> list[tuple[Manager, Path]]:
    changed = comparison.added | comparison.modified
    others = sorted(((m, o) for m, o in managers.items() if m != manager), key=lambda pair: pair[0].name)
    return [(other, path) for other, owned in others for path in sorted(owned.fields & changed)]


def _conflict_error(conflicts: list[tuple[Manager, Path]], managers: Managers) -> ApiError:
    shown = {manager: _shown(manager, managers[manager]) for manager, _ in conflicts}
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {shown[manager]}", "field": dotted(path)}
        for manager, path in conflicts
    ]
    if len(conflicts) == 1:
        message = f"Apply failed with 1 conflict: conflict with {shown[conflicts[0][0]]}: {dotted(conflicts[0][1])}"
    else:
        lines = []
        for manager, text in shown.items():
            lines.append(f"conflicts with {text}:")
            lines += [f"- {dotted(path)}" for other, path in conflicts if other == manager]
        message = f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)
    return ApiError(409, "Conflict", message, causes=causes)


def _shown(manager: Manager, owned: Owned) -> str:
    text = f'"{manager.name}"'
    if manager.subresource:
        text += f' with subresource "{manager.subresource}"'
    if manager.operation != UPDATE:
        return text
    return f"{text} using {owned.api_version}" + (f" at {owned.time}" if owned.time else "")
