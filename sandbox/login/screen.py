"""What is printed: one line per login, and the closing screen with addresses, access table and the roles' times."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.login.access import Access

NOTHING = "-"


@dataclass(frozen=True)
class LoginLine:
    """One login as it went: who, with which groups of the directory, how long, and what he may edit afterwards."""

    name: str
    groups: tuple[str, ...]
    seconds: float
    namespaces: tuple[str, ...]

    def __str__(self) -> str:
        groups = ", ".join(self.groups) or "no group"
        namespaces = ", ".join(self.namespaces) or "nothing"
        return f"{self.name:<8}{self.seconds:5.2f} s   {groups}  ->  edits {namespaces}"


def closing_screen(
    found: Mapping[str, Any],
    access: Access,
    names: Mapping[str, str],
    roles: Mapping[str, Any],
    directions: Sequence[str] = (),
    users: Sequence[str] = (),
) -> str:
    """All parts under each other; `names` is e-mail -> short name, `roles` the content of role_times.json.

    `directions` are how to open Kubeflow and stand at the end with the users, where they are seen.
    """
    parts = [
        ("Addresses", address_lines(found)),
        ("Who may create notebooks where (asked of the cluster)", access_lines(access, names)),
        ("Time each role took", role_lines(roles)),
        ("Log in", directions),
        ("As one of these", users),
    ]
    return "\n\n".join("\n".join([title, *(f"  {line}" for line in lines)]) for title, lines in parts if lines)


def address_lines(found: Mapping[str, Any]) -> list[str]:
    rows = [(name, str(value)) for name, value in found.items() if value]
    return table(rows)


def access_lines(access: Access, names: Mapping[str, str]) -> list[str]:
    """User x namespace; namespaces nobody may use are left to one line of their own."""
    used = [name for name in access.namespaces if any(name in row for row in access.table.values())]
    shut = [name for name in access.namespaces if name not in used]
    rows = [("", *used, "own profile")]
    for user, allowed in access.table.items():
        own = ", ".join(access.personal.get(user, ())) or NOTHING
        rows.append((names.get(user, user), *(allowed.get(name, NOTHING) for name in used), own))
    closing = [f"nobody: {', '.join(shut)}"] if shut else []
    return table(rows) + closing


def role_lines(roles: Mapping[str, Any]) -> list[str]:
    entries = roles.get("roles") or {}
    rows = [(name, f"{entry['seconds']:.1f} s", f"{entry['tasks']} tasks") for name, entry in entries.items()]
    if rows:
        rows.append(("in all", f"{roles['seconds']:.1f} s", roles.get("playbook", "")))
    return table(rows)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def read_role_times(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
