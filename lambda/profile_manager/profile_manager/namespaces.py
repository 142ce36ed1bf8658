"""Whether a grant's namespace may be entered and is there yet; makes its Profile when nobody has.

A namespace counts only when its Profile is ours (or adopted) and its own annotation names that Profile's owner: the
profile controller leaves a Profile that came after a stranger's namespace without effect and without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .access import Grant
from .cluster import Cluster, Object
from .deadline import Deadline
from .objects import (
    GROUP_ANNOTATION,
    OWNER_ANNOTATION,
    USER_LABEL,
    annotations,
    group_profile,
    is_ours,
    metadata,
    owner_of,
)
from .resources import NAMESPACES, PROFILES

READY, WAITING = "ready", "waiting"


@dataclass(frozen=True)
class Place:
    """`state` is READY, WAITING, or the reason for a no; `profile` is the one whose namespace is waited for."""

    state: str
    made: bool = False
    profile: Object | None = None


def prepare(cluster: Cluster, deadline: Deadline, grant: Grant, settings: Any, profile: Object | None = None) -> Place:
    """`profile` is what an earlier look of the same run has found, so that a look costs one request."""
    if profile is None:
        profile = cluster.get(deadline, PROFILES, grant.namespace)
    namespace = cluster.get(deadline, NAMESPACES, grant.namespace)
    made = False
    if profile is None:
        if namespace is not None and annotations(namespace).get(OWNER_ANNOTATION) != settings.profile_owner:
            return Place("the namespace exists and belongs to no Profile")
        profile, how = cluster.create(deadline, PROFILES, group_profile(grant, settings))
        made = how == "created"
        profile = profile or cluster.get(deadline, PROFILES, grant.namespace)
        if profile is None:
            return Place(WAITING)
    objection = _objection(profile, grant, settings)
    return Place(objection) if objection else Place(_state(profile, namespace), made, profile)


def _objection(profile: Mapping[str, Any], grant: Grant, settings: Any) -> str:
    """Why nobody may be let into this Profile's namespace by us, "" when we may."""
    if USER_LABEL in (metadata(profile).get("labels") or {}):
        return "the Profile is a user's own"
    adopted = any(fnmatchcase(grant.namespace, pattern) for pattern in settings.adopt)
    if not adopted and not is_ours(profile):
        return "the Profile is not ours"
    if not adopted and owner_of(profile) != settings.profile_owner:
        return "the Profile belongs to another owner"
    if grant.mapped:
        return ""
    made_for = annotations(profile).get(GROUP_ANNOTATION, "")
    if not made_for:  # by the mapping table, for groups that it names, or by whoever made an adopted one
        return "" if adopted else "the namespace belongs to groups of the mapping table"
    if made_for.casefold() != grant.group.casefold():
        return "the namespace belongs to another group whose name reads the same"
    return ""


def _state(profile: Mapping[str, Any], namespace: Object | None) -> str:
    if metadata(profile).get("deletionTimestamp"):
        return WAITING
    if namespace is None or metadata(namespace).get("deletionTimestamp"):
        return WAITING
    if annotations(namespace).get(OWNER_ANNOTATION) != owner_of(profile):
        return "the namespace belongs to somebody else than its Profile"
    return READY
