"""Who has what, and why: read from the labels and annotations of what the profile manager made. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from .objects import GROUP_ANNOTATION, ROLE_ANNOTATION, annotations, metadata
from .resources import ROLE_BINDINGS
from .scheduled import Holder


def access_report(holders: Iterable[Holder]) -> dict[str, Any]:
    return {"users": [_user(holder) for holder in sorted(holders, key=lambda holder: holder.email)]}


def _user(holder: Holder) -> dict[str, Any]:
    receipt = holder.receipt
    return {
        "email": holder.email,
        "lastLogin": _time(receipt.login) if receipt and receipt.login else None,
        "unfinished": receipt is None or receipt.state == "open",
        "access": _access(holder),
    }


def _access(holder: Holder) -> list[dict[str, Any]]:
    """One entry per namespace and role; `complete` when the role binding and Istio's object are both there."""
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    kinds: dict[tuple[str, str], set[str]] = {}
    for item in holder.current:
        kind, namespace, name = item.key
        notes, since = annotations(item.object), metadata(item.object).get("creationTimestamp")
        entry = entries.setdefault(
            (namespace, name),
            {
                "namespace": namespace,
                "role": notes.get(ROLE_ANNOTATION, ""),
                "group": notes.get(GROUP_ANNOTATION, ""),
                "since": since,
            },
        )
        entry["since"] = min(filter(None, (entry["since"], since)), default=None)
        kinds.setdefault((namespace, name), set()).add(kind)
    for key, entry in entries.items():
        entry["complete"] = ROLE_BINDINGS.kind in kinds[key] and len(kinds[key]) == 2
    return [entries[key] for key in sorted(entries)]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
