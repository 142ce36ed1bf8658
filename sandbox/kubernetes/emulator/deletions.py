"""The DeleteOptions of a request, from its body or its query."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.emulator.errors import unprocessable
from sandbox.kubernetes.emulator.writes import Deletion

_POLICIES = ("Background", "Foreground", "Orphan")


def deletion_of(body: Any, query: dict[str, str]) -> Deletion:
    options = body if isinstance(body, dict) else {}
    preconditions = options.get("preconditions") or {}
    orphan = options.get("orphanDependents") or query.get("orphanDependents") == "true"
    policy = (
        options.get("propagationPolicy") or query.get("propagationPolicy") or ("Orphan" if orphan else "Background")
    )
    if policy not in _POLICIES:
        raise unprocessable(f'propagationPolicy: Unsupported value: "{policy}"')
    dry_run = "All" in (options.get("dryRun") or []) or query.get("dryRun") == "All"
    return Deletion(preconditions.get("uid") or "", preconditions.get("resourceVersion") or "", policy, dry_run)
