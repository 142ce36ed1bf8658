"""Sets of fields, as managedFields holds them, and the algebra server-side apply does with them.

A path is a tuple of FieldsV1 steps: "f:<name>", 'k:{"name":"a"}' for an item with keys, 'v:"x"' for an item of a set.
The rules follow sigs.k8s.io/structured-merge-diff (ToFieldSet, Compare, Merge, RemoveItems).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes.emulator.shapes import Shape
from sandbox.kubernetes.emulator.values import clone

Path = tuple[str, ...]
_MISSING: Any = object()


def to_fields_v1(paths: set[Path]) -> dict:
    root: dict = {}
    for path in sorted(paths):
        node = root
        for step in path:
            node = node.setdefault(step, {})
    for path in paths:  # a member that has children says so with "."
        node = root
        for step in path:
            node = node[step]
        if node:
            node["."] = {}
    return root


def from_fields_v1(fields: dict, prefix: Path = ()) -> set[Path]:
    paths: set[Path] = set()
    for step, below in fields.items():
        if step == ".":
            continue
        path = (*prefix, step)
        if not below or "." in below:
            paths.add(path)
        paths |= from_fields_v1(below, path)
    return paths


def dotted(path: Path) -> str:
    """The path as conflict messages show it: .spec.containers[name="a"].image"""
    text = ""
    for step in path:
        kind, _, rest = step.partition(":")
        if kind == "f":
            text += f".{rest}"
        elif kind == "k":
            keys = json.loads(rest)
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in sorted(keys.items())) + "]"
        else:
            text += f"[={rest}]"
    return text


def is_keyed(items: list, shape: Shape) -> bool:
    return bool(items) and (shape.is_set() or bool(shape.keys_of(items)))


def item_steps(items: list, shape: Shape) -> list[str]:
    """The step that names each item of a keyed list."""
    if shape.is_set():
        return [f"v:{json.dumps(item, separators=(',', ':'))}" for item in items]
    keys = shape.keys_of(items)
    named = [{key: item.get(key, shape.key_default(key)) for key in sorted(keys)} for item in items]
    present = [{key: value for key, value in one.items() if value is not None} for one in named]
    return [f"k:{json.dumps(one, separators=(',', ':'))}" for one in present]


def field_set(value: Any, shape: Shape, path: Path = ()) -> set[Path]:
    """The fields that an applied configuration claims."""
    if isinstance(value, dict) and not shape.atomic_map:
        paths: set[Path] = set()
        for key, below in value.items():
            step = (*path, f"f:{key}")
            paths |= field_set(below, shape.member(key), step)
            if below is None or below == {} or not shape.named(key):
                paths.add(step)
        return paths
    if isinstance(value, list) and is_keyed(value, shape):
        paths = set()
        for step, item in zip(item_steps(value, shape), value, strict=True):
            paths |= field_set(item, shape.item(), (*path, step)) | {(*path, step)}
        return paths
    return {path} if path else set()


@dataclass
class Comparison:
    added: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)


def compare(before: dict, after: dict, shape: Shape) -> Comparison:
    comparison = Comparison()
    _compare(before, after, shape, (), comparison)
    return comparison


def _compare(before: Any, after: Any, shape: Shape, path: Path, comparison: Comparison) -> None:
    children = _children(before, after, shape)
    if children is not None:
        for step, old, new, below in children:
            _compare(old, new, below, (*path, step), comparison)
    elif before is not _MISSING and after is not _MISSING and not _equal(before, after):
        comparison.modified.add(path)
    if before is _MISSING:
        comparison.added.add(path)
    elif after is _MISSING:
        comparison.removed.add(path)


def _equal(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _children(before: Any, after: Any, shape: Shape) -> list[tuple[str, Any, Any, Shape]] | None:
    """The parts of both values that merge by themselves; None where the values count as a whole."""
    for kind, empty, parts in ((dict, {}, _map_parts), (list, [], _list_parts)):
        old = empty if before is None or before is _MISSING else before
        new = empty if after is None or after is _MISSING else after
        if isinstance(old, kind) and isinstance(new, kind) and (old or new):
            return parts(old, new, shape)
    return None


def _map_parts(before: dict, after: dict, shape: Shape) -> list[tuple[str, Any, Any, Shape]] | None:
    if shape.atomic_map:
        return None
    keys = list(before) + [key for key in after if key not in before]
    return [(f"f:{key}", before.get(key, _MISSING), after.get(key, _MISSING), shape.member(key)) for key in keys]


def _list_parts(before: list, after: list, shape: Shape) -> list[tuple[str, Any, Any, Shape]] | None:
    if not is_keyed(before + after, shape):
        return None
    old = dict(zip(item_steps(before, shape), before, strict=True))
    new = dict(zip(item_steps(after, shape), after, strict=True))
    return [(step, old.get(step, _MISSING), new.get(step, _MISSING), shape.item()) for step in {**old, **new}]


def merge(live: Any, applied: Any, shape: Shape) -> Any:
    """The live value with the applied one laid over it; items of keyed lists keep the live order."""
    if applied is _MISSING:
        return live
    if live is _MISSING:
        return clone(applied)
    children = _children(live, applied, shape)
    if children is None:
        return clone(applied)
    merged = [(step, merge(old, new, below)) for step, old, new, below in children]
    if isinstance(live, list) or isinstance(applied, list):
        return [value for _, value in merged]
    return {step.removeprefix("f:"): value for step, value in merged}


def remove_items(value: Any, paths: set[Path], shape: Shape) -> Any:
    """The value without the fields in `paths`; a map or list that loses all it has becomes null."""
    if not paths:
        return value
    if isinstance(value, dict):
        kept = _without({f"f:{key}": (item, shape.member(key)) for key, item in value.items()}, paths)
        return {step.removeprefix("f:"): item for step, item in kept}
    if isinstance(value, list) and is_keyed(value, shape):
        steps = item_steps(value, shape)
        return [item for _, item in _without({s: (i, shape.item()) for s, i in zip(steps, value, strict=True)}, paths)]
    return value


def _without(parts: dict[str, tuple[Any, Shape]], paths: set[Path]) -> Iterator[tuple[str, Any]]:
    below: dict[str, set[Path]] = {}
    for step, *rest in paths:
        below.setdefault(step, set()).add(tuple(rest))
    for step, (item, shape) in parts.items():
        removed = below.get(step, set())
        if () in removed:
            continue
        left = remove_items(item, removed, shape)
        yield step, None if removed and left in ({}, []) and item else left


def with_named_ancestors(paths: set[Path], shape: Shape) -> set[Path]:
    """The paths and every struct field above them."""
    complete = set(paths)
    for path in paths:
        here: Shape = shape
        for end, step in enumerate(path[:-1], start=1):
            if step.startswith("f:"):
                name = step.removeprefix("f:")
                if here.named(name):
                    complete.add(path[:end])
                here = here.member(name)
            else:
                here = here.item()
    return complete
