"""What should exist for a login: one grant per namespace, and why. Pure; knows nothing of Kubernetes objects."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from .event import Login
from .mapping import STRENGTH, stronger
from .names import is_namespace_name, is_reserved, namespace_name

ACCESS_VERSION = 1  # raise it when the objects change for the same wish: every receipt is then out of date


@dataclass(frozen=True, order=True)
class Grant:
    """One user may enter one namespace with one role, because of one group of the directory."""

    namespace: str
    role: str
    group: str
    mapped: bool = False  # by the mapping table, in which several groups may share a namespace


@dataclass(frozen=True)
class Access:
    """All that a user should have, in the order of namespaces, and the groups that give nothing, with the reason."""

    user: str
    email: str
    grants: tuple[Grant, ...]
    refused: tuple[tuple[str, str], ...] = ()

    def digest(self, settings: Any) -> str:
        """Changes whenever the objects in the cluster would: it stands for the wanted access in a receipt."""
        wish = [ACCESS_VERSION, self.email, [[g.namespace, g.role, g.group] for g in self.grants]]
        form = [
            settings.binding_writer,
            settings.user_id_header,
            settings.user_id_prefix,
            settings.gateway_principal,
            settings.pipelines_principal,
            settings.profile_owner,
            settings.personal_profile,
            list(settings.adopt),
        ]
        return hashlib.sha256(json.dumps([wish, form]).encode()).hexdigest()[:32]


def wanted_access(login: Login, settings: Any) -> Access:
    grants: dict[str, Grant] = {}
    refused: list[tuple[str, str]] = []
    for group in login.groups:
        for candidate in _candidates(group, settings):
            reason = _objection(candidate, settings)
            if reason:
                refused.append((group, reason))
                continue
            present = grants.get(candidate.namespace)
            if present is None or stronger(candidate.role, present.role):
                grants[candidate.namespace] = candidate
    return Access(login.user, login.email, tuple(sorted(grants.values())), tuple(refused))


def no_access(user: str, email: str) -> Access:
    """What is left to somebody who is gone."""
    return Access(user, email, ())


def _candidates(group: str, settings: Any) -> list[Grant]:
    name = _without_prefix(group, settings)
    if name is None or name.casefold() in {value.casefold() for value in settings.no_groups}:
        return []
    mapped = [found for rule in settings.mapping if (found := rule.apply(name))]
    if mapped:
        return [Grant(_namespace(text, settings), role, group, mapped=True) for text, role in mapped]
    if settings.unmapped_groups == "ignore":
        return []
    return [Grant(_namespace(name, settings), settings.default_role, group)]


def _without_prefix(group: str, settings: Any) -> str | None:
    """The group's name in this installation, None when it lacks the prefix and so is not ours to read."""
    prefix = settings.group_prefix
    if not group.casefold().startswith(prefix.casefold()):
        return None
    return group if settings.keep_prefix else group[len(prefix) :]


def _namespace(text: str, settings: Any) -> str:
    return text.lower() if settings.strict_names else namespace_name(text)


def _objection(grant: Grant, settings: Any) -> str:
    """Why this grant must not be, "" when it may."""
    if not is_namespace_name(grant.namespace):
        return "not the name of a namespace"
    if grant.role not in STRENGTH:
        return "not a role"
    if is_reserved(grant.namespace, settings.reserved_namespaces) or grant.namespace == settings.receipt_namespace:
        return "reserved namespace"
    if not grant.mapped and grant.namespace in {_namespace(rule.namespace, settings) for rule in settings.mapping}:
        return "the mapping table gives the namespace to other groups"
    if grant.namespace.startswith(settings.personal_prefix):
        return "reserved for users' own profiles"
    return ""
