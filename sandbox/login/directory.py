"""The sample company: users, their groups, the namespace each group stands for (`directory.yml` in the state folder).

The namespaces are written down, not computed, so that the check after the logins does not repeat what it checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from sandbox.state import write_text

HEADER = "# The sample directory of this sandbox. Edit it and run `python -m sandbox login` to see what changes.\n"


class DirectoryError(Exception):
    """directory.yml is missing or not of the shape described here."""


@dataclass(frozen=True)
class User:
    """An account; `groups` are the names of Active Directory, in the order of the file.

    An account without a password, or one that is not enabled, cannot log in.
    """

    name: str
    mail: str
    groups: tuple[str, ...] = ()
    password: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class Directory:
    """`domain` is the NetBIOS name; `namespaces` maps a group to what it opens, groups of other kinds are not in it."""

    domain: str
    users: tuple[User, ...]
    namespaces: Mapping[str, str] = field(default_factory=dict)
    group_prefix: str = "kubeflow-"
    no_group: str = "none"

    def user(self, name: str) -> User:
        for user in self.users:
            if user.name == name:
                return user
        raise DirectoryError(f"directory.yml has no user {name!r}")

    @property
    def active(self) -> tuple[User, ...]:
        """The users who may log in."""
        return tuple(user for user in self.users if user.enabled)

    def account(self, given: str) -> User | None:
        r"""The user by what he types: `DOMAIN\name` or his address, in any case; a bare name is not enough."""
        for user in self.users:
            if given.lower() in (rf"{self.domain}\{user.name}".lower(), user.mail.lower()):
                return user
        return None

    def platform_groups(self, user: User) -> tuple[str, ...]:
        """The user's groups that open a namespace."""
        return tuple(group for group in user.groups if group in self.namespaces)

    def namespaces_of(self, user: User) -> frozenset[str]:
        return frozenset(self.namespaces[group] for group in self.platform_groups(user))


def sample_directory(domain: str) -> Directory:
    """alice in two groups, bob in one, carol in none, dave's account is disabled; and groups that have nothing to do
    with the platform.  The passwords are printed, and good for nothing else."""
    everybody = ("Domain Users", "VPN Users")
    vision, speech = "kubeflow-vision", "kubeflow-speech"
    return Directory(
        domain="CORP",
        namespaces={vision: "vision", speech: "speech"},
        users=(
            User("alice", f"alice@{domain}", (*everybody, vision, speech), "alice-knows"),
            User("bob", f"bob@{domain}", (*everybody, "SG-Printers 3rd Floor", vision), "bob-knows"),
            User("carol", f"carol@{domain}", (*everybody, "AWS-Billing"), "carol-knows"),
            User("dave", f"dave@{domain}", (*everybody, vision), "dave-knows", enabled=False),
        ),
    )


def with_group_exchanged(directory: Directory, name: str, old: str, new: str) -> Directory:
    """The directory in which this one user has left the group `old` for `new`."""
    user = directory.user(name)
    moved = replace(user, groups=tuple(new if group == old else group for group in user.groups))
    return replace(directory, users=tuple(moved if other.name == name else other for other in directory.users))


def load(path: Path) -> Directory:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _from_document(document)
    except FileNotFoundError:
        raise DirectoryError(f"{path} is missing: is the sandbox running? (python -m sandbox up)") from None
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise DirectoryError(f"{path} cannot be read as a directory: {error!r}") from error


def save(directory: Directory, path: Path) -> None:
    write_text(path, HEADER + yaml.safe_dump(_to_document(directory), sort_keys=False, allow_unicode=True))


def _from_document(document: Mapping[str, Any]) -> Directory:
    users = tuple(
        User(
            name,
            str(entry["mail"]),
            tuple(entry.get("groups") or ()),
            str(entry.get("password", "")),
            bool(entry.get("enabled", True)),
        )
        for name, entry in document["users"].items()
    )
    rules = document.get("claim_rules") or {}
    return Directory(
        domain=document["domain"],
        users=users,
        namespaces=dict(document.get("namespaces") or {}),
        group_prefix=rules.get("group_prefix", "kubeflow-"),
        no_group=rules.get("no_group", "none"),
    )


def _to_document(directory: Directory) -> dict[str, Any]:
    return {
        "domain": directory.domain,
        "claim_rules": {"group_prefix": directory.group_prefix, "no_group": directory.no_group},
        "namespaces": dict(directory.namespaces),
        "users": {user.name: _user_document(user) for user in directory.users},
    }


def _user_document(user: User) -> dict[str, Any]:
    document: dict[str, Any] = {"mail": user.mail, "groups": list(user.groups), "password": user.password}
    return document if user.enabled else {**document, "enabled": False}
