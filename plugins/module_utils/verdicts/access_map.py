# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may do what where, and since when: the function's own report as a table of users and namespaces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    Verdict,
    broken,
    items,
    ok,
    unknown,
    within,
)

AREA, ANSWERS, ACCESS = "profile_manager", "answer of the function", "access of the users"


def function_report(invocation: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the function has reported, None when it was not asked or did not answer."""
    output = within(invocation, "result", "output")
    if isinstance(output, str):
        try:
            output = json.loads(output)
        except ValueError:
            return None
    return dict(output) if isinstance(output, Mapping) and isinstance(output.get("users"), list) else None


def access_map(report: Mapping[str, Any] | None) -> dict[str, Any]:
    """The namespaces, and one row per user; `cells` stand in the order of the namespaces, None where there is no access."""
    users = items((report or {}).get("users"))
    namespaces = sorted({entry["namespace"] for user in users for entry in items(user.get("access"))})
    return {
        "is_known": report is not None,
        "namespaces": namespaces,
        "users": [_row(user, namespaces) for user in users],
    }


def _row(user: Mapping[str, Any], namespaces: list[str]) -> dict[str, Any]:
    by_namespace: dict[str, list[Mapping[str, Any]]] = {}
    for entry in items(user.get("access")):
        by_namespace.setdefault(entry["namespace"], []).append(entry)
    return {
        "email": user.get("email"),
        "last_login": user.get("lastLogin"),
        "unfinished": bool(user.get("unfinished")),
        "cells": [by_namespace.get(namespace, []) for namespace in namespaces],
    }


def judged_invocation(invocation: Mapping[str, Any], why_not: str) -> list[Verdict]:
    """Whether the function answers, which it can do only when it reaches the cluster and is let in; and what it reports."""
    if why_not or not invocation or invocation.get("skipped"):
        reason = f"not asked: {why_not or 'there is no function to ask'}"
        return [unknown(AREA, "function", ANSWERS, reason), unknown(AREA, "rights", ACCESS, reason)]
    report = function_report(invocation)
    if report is None:
        output = within(invocation, "result", "output")
        # Of a failure its message; the way there through the code is in the log.
        said = within(output, "errorMessage") or output or invocation.get("msg") or "it does not answer"
        remedy = "Look at its log group in CloudWatch, then run site.yml --tags eks,profile_manager."
        return [
            broken(AREA, "function", ANSWERS, f"it fails, and so does every login: {_short(said)}", remedy),
            unknown(AREA, "rights", ACCESS, "not asked: the function fails"),
        ]
    return [ok(AREA, "function", ANSWERS, "it reaches the cluster and may read there"), _judged_access(report)]


def _judged_access(report: Mapping[str, Any]) -> Verdict:
    users = items(report.get("users"))
    entries = [(user.get("email"), entry) for user in users for entry in items(user.get("access"))]
    half = sorted(f"{email} in {entry['namespace']}" for email, entry in entries if not entry.get("complete", True))
    if half:
        reason = f"half of it is missing (RoleBinding or AuthorizationPolicy): {', '.join(half)}"
        remedy = 'Let these users log in again, or invoke the function with {"reconcile": true}.'
        return broken(AREA, "rights", ACCESS, reason, remedy)
    return ok(AREA, "rights", ACCESS, f"{len(users)} users, {len(entries)} memberships, all complete")


def _short(said: Any) -> str:
    text = " ".join((said if isinstance(said, str) else json.dumps(said, default=str)).split())
    return text if len(text) <= 300 else f"{text[:300]}…"
