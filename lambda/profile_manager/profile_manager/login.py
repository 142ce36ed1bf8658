"""A login from the event to the decision, and the rest of one that did not fit into Cognito's five seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .access import Access, wanted_access
from .converge import Outcome, Tools, Wish, converge
from .deadline import Deadline
from .errors import LoginDenied, NotAUser, OutOfTime, ProfileManagerError
from .event import Login, read_login
from .log import Log
from .surroundings import Surroundings

HAND_OVER = "profileManagerHandOver"
LONGEST_RUN = 840.0  # seconds; the invocation's own limit is the one that counts


def log_in(event: Mapping[str, Any], context: Any, surroundings: Surroundings, log: Log) -> None:
    """Returns when the user may come in; LoginDenied otherwise."""
    started, user_name = time.monotonic(), str(event.get("userName") or "")
    changes = denied = 0
    try:
        changes = _first_run(event, context, surroundings, log, user_name)
    except NotAUser as cause:
        denied = 1
        log("error", "login denied", user=user_name, reason=str(cause))
        raise _denial("Your account has no usable e-mail address for Kubeflow.", surroundings, log) from None
    except Exception as cause:  # whatever went wrong: a login ends in a decision, never in a traceback
        decision = _on_error(surroundings)
        denied = int(decision == "deny")
        log("error", "login failed", user=user_name, reason=_reason(cause), decision=decision)
        if denied:
            text = "Kubeflow could not check your access just now. Please sign in again in a minute."
            raise _denial(text, surroundings, log) from None
    finally:
        log.metrics(logins=1, changes=changes, denied=denied, duration=_milliseconds(started))


def continue_login(request: Mapping[str, Any], context: Any, surroundings: Surroundings, log: Log) -> dict[str, Any]:
    """What an earlier run left; does nothing when another login has come since.

    An error is for Lambda: it runs the same event again after one minute and after two. The run has the same name then,
    so that it knows its own claim.
    """
    started, count = time.monotonic(), int(request["count"])
    settings = surroundings.settings
    login = Login(request["user"], request["email"], tuple(request["groups"]))
    access = wanted_access(login, settings)
    run = f"{request['run'].split('.')[0]}.{count}"
    tools = replace(surroundings.tools(Deadline.of(context, LONGEST_RUN)), run=run)
    outcome = converge(tools, Wish(access, after_run=request["run"], rest=tuple(request["rest"])))
    _report(log, access, outcome, started, request["userName"])
    if outcome.waiting:
        if count >= settings.hand_overs:
            log("warning", "namespaces are still missing after the last hand-over", user=request["userName"])
            raise OutOfTime("namespaces are still missing after the last hand-over")
        _hand_over(tools, login, outcome, request["userName"], count + 1, surroundings)
    return {"ended": outcome.ended, "changes": outcome.changes, "waiting": len(outcome.waiting)}


def _first_run(event: Mapping[str, Any], context: Any, surroundings: Surroundings, log: Log, user_name: str) -> int:
    """How many objects were changed."""
    started = time.monotonic()
    environment = surroundings.environment
    settings = environment.settings
    login = read_login(event, environment.group_field, settings)
    access = wanted_access(login, settings)
    tools = surroundings.tools(Deadline.of(context, settings.deadline_seconds))
    outcome = converge(tools, Wish(access, login=tools.now(), trust_receipt=True))
    _report(log, access, outcome, started, user_name)
    # Without a receipt a late run could not tell that it is late: then the next login or the scheduled run does it.
    if outcome.waiting and outcome.has_receipt:
        try:
            _hand_over(tools, login, outcome, user_name, 1, surroundings)
        except (ProfileManagerError, LookupError) as cause:
            # No reason to refuse a login: nothing was granted too much, and the next one finishes it.
            log("warning", "hand-over failed", user=user_name, reason=_reason(cause))
    return outcome.changes


def _hand_over(
    tools: Tools, login: Login, outcome: Outcome, user_name: str, count: int, surroundings: Surroundings
) -> None:
    """Asks for another run, which looks only at the groups that this one could not finish."""
    rest = sorted({grant.group for grant in outcome.waiting} | {group for group, reason in outcome.refused})
    who = {"user": login.user, "email": login.email, "groups": list(login.groups), "userName": user_name}
    payload = {HAND_OVER: {**who, "run": tools.run, "count": count, "rest": rest}}
    surroundings.invoke_self(payload, surroundings.variables, tools.deadline)


def _report(log: Log, access: Access, outcome: Outcome, started: float, user_name: str) -> None:
    for group, reason in (*access.refused, *outcome.refused):
        log("warning", "group refused", group=group, reason=reason)
    log(
        "info",
        f"login {outcome.ended}",
        user=user_name,
        changes=outcome.changes,
        waiting=len(outcome.waiting),
        duration=_milliseconds(started),
    )


def _on_error(surroundings: Surroundings) -> str:
    try:
        return surroundings.settings.on_error
    except ProfileManagerError:
        return "deny"


def _denial(text: str, surroundings: Surroundings, log: Log) -> LoginDenied:
    try:
        contact = surroundings.settings.support_contact
    except ProfileManagerError:
        contact = ""
    helper = contact or "your administrator"
    return LoginDenied(f"{text} If it stays so, give {helper} this number: {log.request_id}")


def _reason(cause: Exception) -> str:
    """Our own errors say what happened without naming anybody; of others only the type is safe to write down."""
    return str(cause) if isinstance(cause, ProfileManagerError) else type(cause).__name__


def _milliseconds(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
