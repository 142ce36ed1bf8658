"""The mapping table: which namespace and role a group stands for.

A rule names a group exactly (`group`, without regard to case) or by a regular expression that must match it whole
(`pattern`); `namespace` and `role` may use what the pattern captured, as {1} or {name}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STRENGTH = {"view": 0, "edit": 1, "admin": 2}
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Rule:
    """One line of the table."""

    pattern: re.Pattern[str]
    namespace: str
    role: str

    def apply(self, group: str) -> tuple[str, str] | None:
        """The namespace's text and the role that the group stands for, None when the rule is not about it."""
        match = self.pattern.fullmatch(group)
        return (_fill(self.namespace, match), _fill(self.role, match).lower()) if match else None


def parse_rule(entry: Any) -> Rule:
    """The rule that an entry of the settings describes; ValueError says what is wrong with it."""
    if not isinstance(entry, Mapping):
        raise ValueError("must be an object")
    unknown = set(entry) - {"group", "pattern", "namespace", "role"}
    if unknown:
        raise ValueError(f"has no key {sorted(unknown)[0]}; known are group, pattern, namespace, role")
    if ("group" in entry) == ("pattern" in entry):
        raise ValueError("needs either group or pattern")
    if not all(isinstance(value, str) for value in entry.values()) or not entry.get("namespace"):
        raise ValueError("needs a namespace, and texts only")
    try:
        pattern = re.compile(entry.get("pattern") or re.escape(entry["group"]), re.IGNORECASE)
    except re.error as cause:
        raise ValueError(f"pattern is not a regular expression: {cause}") from cause
    rule = Rule(pattern, entry["namespace"], entry.get("role", "edit"))
    _check_places(rule)
    if not _PLACE.search(rule.role) and rule.role.lower() not in STRENGTH:
        raise ValueError(f"role must be admin, edit or view, not {rule.role!r}")
    return rule


def stronger(one: str, other: str) -> bool:
    return STRENGTH[one] > STRENGTH[other]


def _check_places(rule: Rule) -> None:
    known = set(rule.pattern.groupindex) | {str(number) for number in range(rule.pattern.groups + 1)}
    for place in _PLACE.findall(rule.namespace + rule.role):
        if place not in known:
            raise ValueError(f"{{{place}}} is not captured by the pattern")


def _fill(template: str, match: re.Match[str]) -> str:
    def captured(place: re.Match[str]) -> str:
        key = place.group(1)
        return match.group(int(key) if key.isdigit() else key) or ""

    return _PLACE.sub(captured, template)
