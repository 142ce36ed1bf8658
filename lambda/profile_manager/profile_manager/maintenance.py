"""Events that are no logins: the scheduled run, {"dryRun": true}, {"report": true}."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .access import Grant
from .converge import Outcome, Tools
from .deadline import Deadline
from .errors import ProfileManagerError, SettingsError
from .log import Log
from .pool import list_users
from .report import access_report
from .scheduled import Step, carry_out, holders, steps
from .surroundings import Surroundings

LONGEST_RUN = 840.0  # seconds; the invocation's own limit is the one that counts
GO_ON_AFTER = "after"


class UnknownEvent(ProfileManagerError):
    """Nobody that this function knows sends such an event."""


def run_maintenance(event: Any, context: Any, surroundings: Surroundings, log: Log) -> dict[str, Any]:
    event = event if isinstance(event, Mapping) else {}
    settings = surroundings.settings
    tools = surroundings.tools(Deadline.of(context, LONGEST_RUN))
    if event.get("report") is True:
        return access_report(holders(tools).values())
    if event.get("dryRun") is True:
        return {"dryRun": True, "users": [_described(step) for step in _steps(tools, surroundings)]}
    if event.get("reconcile") is True or event.get("source") == "aws.events":
        if not settings.scheduled_run:
            log("info", "scheduled run is switched off")
            return {"ended": "off"}
        return _reconcile(tools, str(event.get(GO_ON_AFTER) or ""), surroundings, log)
    raise UnknownEvent("the event is neither a login nor a scheduled run nor one of report, dryRun, reconcile")


def _steps(tools: Tools, surroundings: Surroundings) -> list[Step]:
    settings = surroundings.settings
    if not settings.user_pool_id:
        raise SettingsError("settings.userPoolId is missing, which a scheduled run needs")
    found = holders(tools)  # before the pool is read: see scheduled.py
    users = list_users(settings.user_pool_id, surroundings.variables, tools.deadline)
    return steps(tools, users, surroundings.environment.group_field, found)


def _reconcile(tools: Tools, after: str, surroundings: Surroundings, log: Log) -> dict[str, Any]:
    started = time.monotonic()
    done, go_on_after = carry_out(tools, _steps(tools, surroundings), after)
    if go_on_after:
        payload = {"reconcile": True, GO_ON_AFTER: go_on_after}
        surroundings.invoke_self(payload, surroundings.variables, tools.deadline)
    outcomes = [outcome for user, outcome in done if isinstance(outcome, Outcome)]
    failures = [outcome for user, outcome in done if isinstance(outcome, str)]
    for reason in failures:
        log("error", "a user could not be reconciled", reason=reason)
    summary = {
        "ended": "to be continued" if go_on_after else "complete",
        "users": len(done),
        "changes": sum(outcome.changes for outcome in outcomes),
        "failed": len(failures),
    }
    duration = round((time.monotonic() - started) * 1000, 1)
    log("info", "scheduled run", duration=duration, **summary)
    log.metrics(reconciled=len(done), reconcileChanges=summary["changes"], reconcileFailed=len(failures))
    return summary


def _described(step: Step) -> dict[str, Any]:
    return {
        "email": step.holder.email,
        "why": step.verdict.why,
        "revoke": [{"kind": kind, "namespace": where, "name": name} for kind, where, name in _keys(step)],
        "grant": [_grant(task.grant) for task in step.plan.grant],
    }


def _keys(step: Step) -> list[tuple[str, str, str]]:
    return [item.key for item in step.plan.revoke]


def _grant(grant: Grant) -> dict[str, str]:
    return {"namespace": grant.namespace, "role": grant.role, "group": grant.group}
