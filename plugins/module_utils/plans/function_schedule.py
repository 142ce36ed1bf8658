# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done so that EventBridge runs the function now and then, by one rule that bears the function's name.

Expressions: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.function_role import refuse_foreign
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    OWN_TAG,
    WantedProfileManager,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_changes

PRINCIPAL = "events.amazonaws.com"
STATEMENT_ID = "schedule"
TARGET_ID = "profile-manager"
DESCRIPTION = "Takes access from users who are gone, and repairs what logins left undone."
ENABLED = "ENABLED"
SETTINGS = ("scheduledRun", "userPoolId")
"""The settings of the function that the schedule decides, unless the user names them himself."""

SHORTEST_SECONDS = 60
RATE = re.compile(r"rate\((?:1 (?:minute|hour|day)|(?!1 )[1-9][0-9]* (?:minutes|hours|days))\)")
CRON = re.compile(r"cron\([^\s()]+ [^\s()]+ ([^\s()]+) [^\s()]+ ([^\s()]+) [^\s()]+\)")
"""Minute, hour, day of the month, month, day of the week, year; one of the days is a question mark."""


def is_on(rule: Mapping[str, Any] | None, wanted: WantedProfileManager) -> bool:
    """Whether the function is run by schedule when all is done; what is not given stays as it is."""
    if wanted.schedule is None:
        return rule is not None and _is_ours(rule, wanted)
    return bool(wanted.schedule)


def settings(rule: Mapping[str, Any] | None, wanted: WantedProfileManager) -> dict[str, Any]:
    """What the function has to be told: the pool that it compares with, or that it is not run by schedule."""
    if is_on(rule, wanted):
        return {"scheduledRun": True, "userPoolId": wanted.user_pool_id or UNKNOWN}
    return {} if wanted.schedule is None else {"scheduledRun": False}


def present(
    rule: Mapping[str, Any] | None, statements: Sequence[Mapping[str, Any]], wanted: WantedProfileManager
) -> Plan:
    """`rule` is `{name, expression, state, description, targets: {id: arn}, tags}`, `statements` the function's permissions."""
    if wanted.schedule is None:
        there = schedule_record(rule, statements)
        return Plan(there, there)
    if not wanted.schedule:
        return absent(rule, statements, wanted)
    refuse_malformed(wanted.schedule)
    if rule is not None:
        refuse_foreign(rule["tags"], f"The rule {wanted.rule_name} of EventBridge", "function_name", wanted)
    calls, after = _rule(rule, wanted)
    permission, removed = _permission(wanted), _other_permission(statements, wanted)
    calls += removed
    if permission not in statements:
        calls.append(Call("add_permission", {"name": wanted.function_name, "permission": permission}))
    if after["targets"].get(TARGET_ID) != wanted.function_arn:
        after["targets"][TARGET_ID] = wanted.function_arn
        calls.append(Call("put_target", {"name": wanted.rule_name, "target_id": TARGET_ID, "arn": wanted.function_arn}))
    warnings = (TOO_SHORT.format(wanted.timeout),) if wanted.timeout < SHORTEST_SECONDS else ()
    return Plan(schedule_record(rule, statements), schedule_record(after, [permission]), tuple(calls), warnings)


def absent(
    rule: Mapping[str, Any] | None, statements: Sequence[Mapping[str, Any]], wanted: WantedProfileManager
) -> Plan:
    """Remove the rule with its targets, and its permission; a rule that we have not made is left alone."""
    calls, warnings, left = [], (), None
    if rule is not None and not _is_ours(rule, wanted):
        left = rule
        warnings = (f"The rule {wanted.rule_name} of EventBridge is left alone: it lacks the tag {OWN_TAG}.",)
    elif rule is not None:
        if rule["targets"]:
            calls.append(Call("remove_targets", {"name": wanted.rule_name, "target_ids": sorted(rule["targets"])}))
        calls.append(Call("delete_rule", {"name": wanted.rule_name}))
    if _statement(statements) is not None:
        calls.append(_permission_removal(wanted))
    return Plan(schedule_record(rule, statements), schedule_record(left, ()), tuple(calls), warnings)


def schedule_record(rule: Mapping[str, Any] | None, statements: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Rule and permission in the shape that the module returns, None when there is neither."""
    permission = _statement(statements)
    if rule is None and permission is None:
        return None
    found = rule or {"name": "", "expression": "", "state": "", "description": "", "targets": {}, "tags": {}}
    return {**found, "permission": permission}


def refuse_malformed(expression: str) -> None:
    """Raise for what EventBridge would refuse, before anything is made."""
    cron = CRON.fullmatch(expression)
    if not (RATE.fullmatch(expression) or (cron and (cron[1] == "?") != (cron[2] == "?"))):
        raise Refusal(
            f"{expression!r} is no schedule. Give rate(12 hours), rate(1 day), or cron() with six fields in UTC "
            'such as cron(0 3 * * ? *), one of the days being "?"; "" switches it off.'
        )


TOO_SHORT = (
    "The function may take {} seconds, which is short for a scheduled run over many users; what is left of it goes on in "
    "further runs, of which Lambda allows sixteen in a row. Give timeout: 300; logins end by their own deadline."
)


def _rule(rule: Mapping[str, Any] | None, wanted: WantedProfileManager) -> tuple[list[Call], dict[str, Any]]:
    """PutRule replaces the rule as a whole, but for its targets and tags; tags count only when it makes the rule."""
    target = {"expression": wanted.schedule, "state": ENABLED, "description": DESCRIPTION}
    put = {"name": wanted.rule_name, **target}
    if rule is None:
        tags = tag_changes({}, wanted.tags, False, wanted.own_tags).after
        return [Call("put_rule", {**put, "tags": tags})], {**put, "targets": {}, "tags": tags}
    after = {**rule, **target, "targets": dict(rule["targets"])}
    calls = [Call("put_rule", put)] if any(rule[key] != value for key, value in target.items()) else []
    tags = tag_changes(rule["tags"], wanted.tags, wanted.purge_tags, wanted.own_tags)
    if tags.added:
        calls.append(Call("tag_rule", {"arn": wanted.rule_arn, "tags": tags.added}))
    if tags.removed:
        calls.append(Call("untag_rule", {"arn": wanted.rule_arn, "keys": tags.removed}))
    after["tags"] = tags.after
    return calls, after


def _permission(wanted: WantedProfileManager) -> dict[str, str]:
    return {
        "statement_id": STATEMENT_ID,
        "principal": PRINCIPAL,
        "source_arn": wanted.rule_arn,
        "source_account": wanted.place.account,
    }


def _statement(statements: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((item for item in statements if item["statement_id"] == STATEMENT_ID), None)


def _other_permission(statements: Sequence[Mapping[str, Any]], wanted: WantedProfileManager) -> list[Call]:
    """A permission of our name that lets somebody else in has to go first: a name is used once."""
    return [_permission_removal(wanted)] if _statement(statements) not in (None, _permission(wanted)) else []


def _permission_removal(wanted: WantedProfileManager) -> Call:
    return Call("remove_permission", {"name": wanted.function_name, "statement_id": STATEMENT_ID})


def _is_ours(rule: Mapping[str, Any], wanted: WantedProfileManager) -> bool:
    return rule["tags"].get(OWN_TAG) == wanted.function_name
