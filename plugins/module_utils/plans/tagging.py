# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which tags are to be set and which to be removed; the same rule for every resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Call


@dataclass(frozen=True)
class TagChanges:
    """`added` holds new and altered tags, `removed` the keys that go, `after` all tags that are then there."""

    added: dict[str, str]
    removed: list[str]
    after: dict[str, str]


def tag_changes(
    current: Mapping[str, str],
    wanted: Mapping[str, str] | None,
    purge: bool,
    always: Mapping[str, str] | None = None,
) -> TagChanges:
    """What is to be done about tags: None wants nothing touched, `purge` removes what is not wanted.

    `always` holds tags that the module itself needs to find the resource again; they are set whatever the user wants.
    Tags in AWS's own name (`aws:`) can neither be set nor removed.
    """
    own = dict(always or {})
    target = {**{key: str(value) for key, value in (wanted or {}).items()}, **own}
    added = {key: value for key, value in target.items() if current.get(key) != value}
    removed = []
    if wanted is not None and purge:
        removed = sorted(key for key in current if key not in target and not key.startswith("aws:"))
    after = {key: value for key, value in {**current, **target}.items() if key not in removed}
    return TagChanges(added, removed, after)


def tag_calls(arn: str, tags: TagChanges) -> list[Call]:
    """The calls that carry the changes out, by the names that every client has for them."""
    calls = []
    if tags.added:
        calls.append(Call("add_tags", {"arn": arn, "tags": tags.added}))
    if tags.removed:
        calls.append(Call("remove_tags", {"arn": arn, "keys": tags.removed}))
    return calls
