# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which entry of aws-auth changes; everything else in the document is other people's and stays.

Format: https://github.com/kubernetes-sigs/aws-iam-authenticator (EKSConfigMap); the last entry of an ARN wins there,
ARNs are compared without the role's path and without regard to case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.principal import canonical, kind_of

ROLES, USERS = "mapRoles", "mapUsers"
ARN_KEYS = {ROLES: "rolearn", USERS: "userarn"}
NODES = "system:nodes"


@dataclass(frozen=True)
class WantedMapping:
    """The entry as its user wants it; None is "not given, not touched".

    `purge` takes groups away that are not wanted, and further entries of the same ARN.
    """

    arn: str
    username: str | None = None
    groups: Sequence[str] | None = None
    purge: bool = False
    state: str = "present"


class Found(NamedTuple):
    """An entry of the wanted ARN: in which list, the how many-th of it, and what it says."""

    section: str
    index: int
    entry: Mapping[str, Any]


@dataclass(frozen=True)
class Edit:
    """One change of one list: `entry` takes the place of the `index`-th, of none (append), or is None (remove)."""

    section: str
    index: int | None
    entry: Mapping[str, Any] | None


def edits(document: Mapping[str, Sequence[Mapping[str, Any]]], wanted: WantedMapping) -> list[Edit]:
    """The changes of the lists `mapRoles` and `mapUsers`, none when the entry is as wanted.

    Raises a Refusal where fewer nodes could join the cluster afterwards.
    """
    found = entries_of(document, wanted.arn)
    changes = _removals(found) if wanted.state == "absent" else _enforced(found, wanted)
    refuse_lost_nodes(document, applied(document, changes))
    return changes


def applied(document: Mapping[str, Sequence[Mapping[str, Any]]], changes: Sequence[Edit]) -> dict[str, list[Any]]:
    """The lists after the changes."""
    after = {section: [dict(entry) for entry in document.get(section, ())] for section in ARN_KEYS}
    for change in sorted(changes, key=_last_first):
        entries = after[change.section]
        if change.index is None:
            entries.append(dict(change.entry or {}))
        elif change.entry is None:
            del entries[change.index]
        else:
            entries[change.index] = dict(change.entry)
    return after


def plan(document: Mapping[str, Any] | None, wanted: WantedMapping) -> Plan:
    """`document` is `{mapRoles: [...], mapUsers: [...], mapAccounts: [...]}`, None when there is no aws-auth."""
    lists = document or {}
    changes = edits(lists, wanted)
    before = mapping_record(lists, wanted.arn)
    after = mapping_record(applied(lists, changes), wanted.arn)
    return Plan(before, after, (Call("change_aws_auth", {"wanted": wanted}),) if changes else ())


def mapping_record(document: Mapping[str, Sequence[Mapping[str, Any]]], arn: str) -> dict[str, Any] | None:
    """The entry that counts for an ARN, in the shape that the module returns; roles are looked up before users."""
    found = entries_of(document, arn)
    if not found:
        return None
    section = ROLES if any(item.section == ROLES for item in found) else USERS
    entry = [item.entry for item in found if item.section == section][-1]
    return {
        "arn": entry[ARN_KEYS[section]],
        "section": section,
        "username": entry.get("username"),
        "groups": list(entry.get("groups") or ()),
        "entries": len(found),
    }


def entries_of(document: Mapping[str, Sequence[Mapping[str, Any]]], arn: str) -> list[Found]:
    """Where the ARN stands, in the order of the document."""
    same = canonical(arn).lower()
    return [
        Found(section, index, entry)
        for section, key in ARN_KEYS.items()
        for index, entry in enumerate(document.get(section, ()))
        if canonical(str(entry.get(key, ""))).lower() == same
    ]


def refuse_lost_nodes(before: Mapping[str, Sequence[Any]], after: Mapping[str, Sequence[Any]]) -> None:
    """Raise where fewer entries than before let nodes in."""
    lost = _node_entries(before) - _node_entries(after)
    if lost > 0:
        raise Refusal(
            f"aws-auth would lose {lost} entry of the group {NODES}: nodes of that role could not join the cluster any "
            "more. Remove the nodes first; EKS takes the entry out with a managed node group. Nothing was changed."
        )


def _enforced(found: Sequence[Found], wanted: WantedMapping) -> list[Edit]:
    """Roles belong into mapRoles: the article's entry under mapUsers is moved there, with what it grants."""
    section = ROLES if kind_of(wanted.arn) == "role" else USERS
    here = [item for item in found if item.section == section]
    elsewhere = [item for item in found if item.section != section]
    index, entry = (here[-1].index, here[-1].entry) if here else (None, None)
    source = entry if entry is not None else (elsewhere[-1].entry if elsewhere else {})
    target = _merged(source, section, wanted)
    changes = [] if entry == target else [Edit(section, index, target)]
    changes += _removals(elsewhere)
    if wanted.purge:
        changes += _removals(here[:-1])
    return changes


def _merged(source: Mapping[str, Any], section: str, wanted: WantedMapping) -> dict[str, Any]:
    key = ARN_KEYS[section]
    others = {name: value for name, value in source.items() if name not in ARN_KEYS.values()}
    arn = source.get(key) if key in source and _needs_no_repair(source[key]) else canonical(wanted.arn)
    target = {key: arn, **others}
    if wanted.username is not None:
        target["username"] = wanted.username
    if wanted.groups is not None:
        kept = [] if wanted.purge else list(source.get("groups") or ())
        groups = kept + [group for group in wanted.groups if group not in kept]
        if groups or "groups" in source:
            target["groups"] = groups
    return target


def _needs_no_repair(arn: str) -> bool:
    """An ARN with a path is never matched by the authenticator."""
    return canonical(arn) == arn


def _removals(found: Sequence[Found]) -> list[Edit]:
    return [Edit(item.section, item.index, None) for item in found]


def _node_entries(document: Mapping[str, Sequence[Mapping[str, Any]]]) -> int:
    return sum(NODES in (entry.get("groups") or ()) for entry in document.get(ROLES, ()))


def _last_first(change: Edit) -> tuple[int, int]:
    """Appending first, then from the end backwards, so that no place moves before its turn."""
    return (0, 0) if change.index is None else (1, -change.index)
