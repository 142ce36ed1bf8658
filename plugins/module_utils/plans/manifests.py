# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must be applied and removed so that a cluster holds the manifests.

Kubernetes itself says what an apply would change, by a dry run: only it knows its defaults and how it merges.
An inventory of what was ever applied is written before anything is, so that a run that was killed forgets nothing.
It also says what was there before, made by somebody else: that is changed like the rest, and never removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.manifest_order import (
    REST,
    Ref,
    removal_groups,
    wave_of,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Call, Plan

KEPT = ("CustomResourceDefinition", "Namespace", "PersistentVolumeClaim", "Profile")
"""Kinds that are not pruned: with them goes what others have made."""

HIDDEN = "(hidden)"
APPLIED, REMOVED = "applied", "there"

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """What is there; both maps are by identity.

    `foretold` is what a dry run has answered, None where it could not say: the webhook that is asked may not run yet.
    `wanted` are the manifests with what is generated filled in.  `inventory` is None when none was ever written, and
    `adopted` is what of it somebody else had made before.
    """

    wanted: Sequence[Object] = ()
    live: Mapping[tuple[str, ...], Object] = field(default_factory=dict)
    foretold: Mapping[tuple[str, ...], Object | None] = field(default_factory=dict)
    inventory: Sequence[Ref] | None = None
    adopted: Sequence[Ref] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """How it is to be applied: `obsolete` is removed whoever has made it, `all_refs` are those of every wave."""

    manager: str
    wave: str | None = None
    foundation: Collection[str] = ()
    prune: bool = False
    obsolete: Sequence[Ref] = ()
    all_refs: Sequence[Ref] = ()

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after this wave, so that what has left the manifests can be looked at."""
        return self.wave in (None, REST)


def present(found: Found, wanted: Wanted) -> Plan:
    """Apply what differs, remove what is obsolete, and what has left the manifests when pruning is asked for."""
    changing = [manifest for manifest in found.wanted if is_changed(found, manifest, wanted.manager)]
    leaving = [ref for ref in wanted.obsolete if ref.identity in found.live]
    leaving += prunable(found, wanted) if wanted.prune and wanted.is_last else []
    calls = []
    if unknown := _to_record(found):
        calls.append(Call("record_objects", {"refs": unknown, "adopted": _newly_adopted(found, wanted)}))
    if changing:
        calls.append(Call("apply_objects", {"manifests": changing}))
    kinds = [Ref.of(manifest) for manifest in changing if Ref.of(manifest).kind == "CustomResourceDefinition"]
    if kinds:
        calls.append(Call("await_kinds", {"refs": kinds}, changes=False))
    calls += [Call("delete_objects", {"refs": group}) for group in removal_groups(leaving)]
    if leaving:
        calls.append(Call("forget_objects", {"refs": leaving}))
    before, after = told(found, changing, leaving)
    return Plan(before, after, tuple(calls), found.warnings)


def absent(found: Found, wanted: Wanted) -> Plan:
    """Remove what the inventory lists and is still ours, objects of Kubeflow's own kinds while their controllers run.

    What was there before stays, in the inventory too: our fields are still on it, and would make it ours the next time.
    """
    staying = {ref.identity for ref in staying_adopted(found, wanted)}
    forgotten = [ref for ref in _listed(found.inventory, wanted) if ref.identity not in staying]
    leaving = [ref for ref in forgotten if is_ours(found.live.get(ref.identity), wanted.manager)]
    calls = [Call("delete_objects", {"refs": group}) for group in removal_groups(leaving)]
    if forgotten:
        calls.append(Call("forget_objects", {"refs": forgotten}))
    before, after = told(found, (), leaving)
    return Plan(before, after, tuple(calls), found.warnings)


def looked_for(
    inventory: Sequence[Ref] | None, manifests: Iterable[Object], wanted: Wanted, removing: bool
) -> list[Ref]:
    """What must be read before it can be decided."""
    if removing:
        return _listed(inventory, wanted)
    return [*map(Ref.of, manifests), *wanted.obsolete, *(_departed(inventory, wanted) if wanted.is_last else ())]


def prunable(found: Found, wanted: Wanted) -> list[Ref]:
    """What was applied once, is in the manifests no more, still ours, was never somebody else's, and holds nothing of others."""
    adopted = {ref.identity for ref in found.adopted}
    departed = _departed_and_ours(found, wanted)
    return [ref for ref in departed if ref.kind not in KEPT and ref.identity not in adopted]


def left_over(found: Found, wanted: Wanted) -> list[Ref]:
    """What was applied once, is in the manifests no more, and stays all the same."""
    leaving = set(prunable(found, wanted)) if wanted.prune else set()
    obsolete = {ref.identity for ref in wanted.obsolete}
    departed = _departed_and_ours(found, wanted) if wanted.is_last else []
    return [ref for ref in departed if ref not in leaving and ref.identity not in obsolete]


def wanted_adopted(found: Found, wanted: Wanted) -> list[Ref]:
    """Those of the manifests' objects that somebody else had made before."""
    adopted = {ref.identity for ref in (*found.adopted, *_newly_adopted(found, wanted))}
    refs = map(Ref.of, found.wanted)
    return [ref for ref in refs if ref.identity in adopted and ref.identity in found.live]


def staying_adopted(found: Found, wanted: Wanted) -> list[Ref]:
    """Those of the inventory's objects that `absent` leaves, as somebody else had made them before."""
    adopted = {ref.identity for ref in found.adopted}
    return [
        ref
        for ref in _listed(found.inventory, wanted)
        if ref.identity in adopted and is_ours(found.live.get(ref.identity), wanted.manager)
    ]


def is_changed(found: Found, manifest: Object, manager: str) -> bool:
    """Whether applying the manifest would change anything, who owns its fields included."""
    identity = Ref.of(manifest).identity
    live, foretold = found.live.get(identity), found.foretold.get(identity)
    if live is None or foretold is None:
        return True
    return comparable(live) != comparable(foretold) or owned(live, manager) != owned(foretold, manager)


def is_ours(live: Object | None, manager: str) -> bool:
    """Whether the object is there and was applied by us."""
    return live is not None and bool(owned(live, manager))


def owned(manifest: Object, manager: str) -> list[Any]:
    """The fields that the manager has applied."""
    entries = manifest["metadata"].get("managedFields") or ()
    return [
        entry.get("fieldsV1")
        for entry in entries
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")
    ]


def comparable(manifest: Object) -> dict[str, Any]:
    """The object without what every write changes, and without what controllers report."""
    told_by_server = ("managedFields", "resourceVersion", "generation")
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in told_by_server}
    return {**{key: value for key, value in manifest.items() if key != "status"}, "metadata": metadata}


def told(found: Found, changing: Iterable[Object], leaving: Iterable[Ref]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Before and after, of what changes only; of a Secret only which of its keys."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for manifest in changing:
        ref = Ref.of(manifest)
        live, foretold = found.live.get(ref.identity), found.foretold.get(ref.identity)
        if live is None or foretold is None:
            after[ref.label] = APPLIED
        else:
            before[ref.label], after[ref.label] = differences(
                comparable(live), comparable(foretold), hidden=ref.kind == "Secret"
            )
    before.update({ref.label: REMOVED for ref in leaving})
    return before, after


def differences(before: Any, after: Any, hidden: bool, path: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ, by their path."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        old: dict[str, Any] = {}
        new: dict[str, Any] = {}
        for key in sorted({*before, *after}):
            place = f"{path}.{key}" if path else key
            if key not in after:
                old[place] = HIDDEN if hidden else before[key]
            elif key not in before:
                new[place] = HIDDEN if hidden else after[key]
            elif before[key] != after[key]:
                was, becomes = differences(before[key], after[key], hidden, place)
                old.update(was)
                new.update(becomes)
        return old, new
    return ({path: HIDDEN}, {path: f"{HIDDEN}, another value"}) if hidden else ({path: before}, {path: after})


def _departed(inventory: Sequence[Ref] | None, wanted: Wanted) -> list[Ref]:
    kept = {ref.identity for ref in wanted.all_refs}
    return [ref for ref in inventory or () if ref.identity not in kept]


def _departed_and_ours(found: Found, wanted: Wanted) -> list[Ref]:
    departed = _departed(found.inventory, wanted)
    return [ref for ref in departed if is_ours(found.live.get(ref.identity), wanted.manager)]


def _listed(inventory: Sequence[Ref] | None, wanted: Wanted) -> list[Ref]:
    return [ref for ref in inventory or () if wanted.wave in (None, _wave_of_entry(ref, wanted))]


def _to_record(found: Found) -> list[Ref]:
    """What the inventory does not list, and what was there before but is gone: made again, it is ours."""
    adopted = {ref.identity for ref in found.adopted}
    recorded = {ref.identity for ref in found.inventory or ()} - (adopted - found.live.keys())
    return [ref for ref in map(Ref.of, found.wanted) if ref.identity not in recorded]


def _newly_adopted(found: Found, wanted: Wanted) -> list[Ref]:
    """What is there at first sight and not applied by us; in a namespace of ours it is what our controllers have made."""
    adopted = {ref.identity for ref in found.adopted}
    own_namespaces = {
        ref.name
        for ref in found.inventory or ()
        if (ref.group, ref.kind) == ("", "Namespace") and ref.identity not in adopted
    }
    there = [ref for ref in _to_record(found) if ref.identity in found.live and ref.namespace not in own_namespaces]
    return [ref for ref in there if not is_ours(found.live[ref.identity], wanted.manager)]


def _wave_of_entry(ref: Ref, wanted: Wanted) -> str:
    """Webhooks go with the rest, whomever they call: they must not outlive those who answer."""
    return wave_of(ref, (), wanted.foundation)
