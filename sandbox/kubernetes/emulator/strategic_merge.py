"""Strategic merge patch: kubectl's patch format for built-in kinds.

Directives: https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md
"""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.emulator.built_in_lists import is_set, merge_key
from sandbox.kubernetes.emulator.values import clone, without

_ORDER, _DELETE_FROM = "$setElementOrder/", "$deleteFromPrimitiveList/"


def strategic_merge(target: Any, patch: Any, field: str = "") -> Any:
    if target is None:
        return _without_directives(patch)
    if isinstance(patch, dict):
        return _merge_maps(target if isinstance(target, dict) else {}, patch)
    if isinstance(patch, list):
        return _merge_lists(target if isinstance(target, list) else [], patch, field)
    return patch


def _without_directives(patch: Any) -> Any:
    """A patch of something that is not there yet is taken as it is, even what it says is to be deleted."""
    if isinstance(patch, dict):
        plain = {key: value for key, value in patch.items() if not key.startswith("$") and value is not None}
        return {key: _without_directives(value) for key, value in plain.items()}
    if isinstance(patch, list):
        return [_without_directives(item) for item in patch]
    return patch


def _merge_maps(target: dict, patch: dict) -> dict:
    directive = patch.get("$patch")
    if directive == "replace":
        return clone(without(patch, "$patch"))
    if directive == "delete":
        return {}
    merged = dict(target)
    for key, value in patch.items():
        if key.startswith(_DELETE_FROM):
            name = key.removeprefix(_DELETE_FROM)
            merged[name] = [item for item in merged.get(name) or [] if item not in value]
        elif value is None:
            merged.pop(key, None)
        elif not key.startswith("$"):
            merged[key] = strategic_merge(merged.get(key), value, key)
    for key, order in patch.items():
        if key.startswith(_ORDER) and isinstance(merged.get(name := key.removeprefix(_ORDER)), list):
            merged[name] = _ordered(merged[name], order, name)
    if "$retainKeys" in patch:
        merged = {key: value for key, value in merged.items() if key in patch["$retainKeys"]}
    return merged


def _merge_lists(target: list, patch: list, field: str) -> list:
    if is_set(field):
        return target + [item for item in patch if item not in target]
    items = [item for item in patch if not (isinstance(item, dict) and set(item) == {"$patch"})]
    key = merge_key(field, items + target)
    if key is None or len(items) != len(patch):  # replaced as a whole, or told so by {"$patch": "replace"}
        return clone(items)
    merged, new = list(target), []
    for item in items:
        place = next((i for i, have in enumerate(merged) if have[key] == item[key]), None)
        if item.get("$patch") == "delete":
            merged = [have for have in merged if have[key] != item[key]]
        elif place is None:
            new.append(strategic_merge(None, item))
        else:
            merged[place] = strategic_merge(merged[place], item)
    return new + merged  # new items come first, as in the Go implementation


def _ordered(items: list, order: list, field: str) -> list:
    """The items named in `order` in that order; the others keep their distance from the start."""
    key = merge_key(field, [item for item in items if isinstance(item, dict)])
    wanted = [entry.get(key) if isinstance(entry, dict) else entry for entry in order]

    def identity(item: Any) -> Any:
        return item.get(key) if isinstance(item, dict) else item

    named = sorted((i for i in items if identity(i) in wanted), key=lambda item: wanted.index(identity(item)))
    result = list(named)
    for place, item in enumerate(items):
        if identity(item) not in wanted:
            result.insert(place, item)
    return result
