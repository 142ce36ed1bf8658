"""Compares what a user should have with what he has: which objects to delete, which to create. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .access import Grant
from .names import user_label
from .objects import (
    GROUP_ANNOTATION,
    ROLE_ANNOTATION,
    USER_ANNOTATION,
    USER_LABEL,
    BindingWriter,
    annotations,
    binding,
    is_ours,
    metadata,
)
from .resources import Resource

COMPARED_ANNOTATIONS = (USER_ANNOTATION, ROLE_ANNOTATION, GROUP_ANNOTATION)
COMPARED_FIELDS = ("roleRef", "subjects", "spec")


@dataclass(frozen=True)
class Current:
    """An object as it was listed."""

    resource: Resource
    object: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str, str]:
        found = metadata(self.object)
        return self.resource.kind, found.get("namespace", ""), found.get("name", "")

    @property
    def namespace(self) -> str:
        return metadata(self.object).get("namespace", "")

    @property
    def role(self) -> str:
        return annotations(self.object).get(ROLE_ANNOTATION, "")


@dataclass(frozen=True)
class Task:
    """The objects that are missing for one grant."""

    grant: Grant
    missing: tuple[tuple[Resource, Mapping[str, Any]], ...]


@dataclass(frozen=True)
class Plan:
    revoke: tuple[Current, ...]
    grant: tuple[Task, ...]

    def __bool__(self) -> bool:
        return bool(self.revoke or self.grant)


def belongs_to(found: Mapping[str, Any], email: str) -> bool:
    """Whether we made this object for this user: both labels, and the e-mail behind the label's hash."""
    labels = metadata(found).get("labels") or {}
    same_person = annotations(found).get(USER_ANNOTATION) == email
    return is_ours(found) and labels.get(USER_LABEL) == user_label(email) and same_person


def same(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether an object says what it should; what others have added to its metadata does not matter."""
    notes, wanted_notes = annotations(found), annotations(wanted)
    if any(notes.get(key) != wanted_notes.get(key) for key in COMPARED_ANNOTATIONS):
        return False
    return all(found.get(key) == wanted.get(key) for key in COMPARED_FIELDS)


def gives_the_same(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether an object, whoever made it, gives the wanted user the wanted role."""
    notes, wanted_notes = annotations(found), annotations(wanted)
    if any(notes.get(key) != wanted_notes.get(key) for key in (USER_ANNOTATION, ROLE_ANNOTATION)):
        return False
    return all(found.get(key) == wanted.get(key) for key in COMPARED_FIELDS)


def compare(
    email: str,
    grants: Iterable[Grant],
    current: Iterable[Current],
    writers: Iterable[BindingWriter],
    settings: Any,
) -> Plan:
    writers = tuple(writers)
    present = {item.key: item for item in current if belongs_to(item.object, email)}
    kept: set[tuple[str, str, str]] = set()
    tasks = []
    for grant in grants:
        missing = []
        for writer in writers:
            wanted = binding(writer, email, grant, settings)
            key = (writer.resource.kind, grant.namespace, metadata(wanted)["name"])
            if key in present and same(wanted, present[key].object):
                kept.add(key)
            else:
                missing.append((writer.resource, wanted))
        if missing:
            tasks.append(Task(grant, tuple(missing)))
    revoke = tuple(item for key, item in sorted(present.items()) if key not in kept)
    return Plan(revoke, tuple(tasks))


def surplus(email: str, want: Iterable[tuple[str, str]], current: Iterable[Current]) -> tuple[Current, ...]:
    """What the user has beyond another run's wish ([namespace, role]); a run that has lost its claim takes it back."""
    wish = set(want)
    of_this_user = (item for item in current if belongs_to(item.object, email))
    return tuple(item for item in of_this_user if (item.namespace, item.role) not in wish)
