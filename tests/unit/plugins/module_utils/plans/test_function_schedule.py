"""The schedule of the function: when there is a rule, what else depends on it, and what is left alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import function, function_schedule
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    OWN_TAG,
    Place,
    WantedProfileManager,
)

DAILY = "rate(1 day)"
WANTED = WantedProfileManager(
    function_name="pm",
    role_name="pm",
    user_pool_id="eu-west-1_A",
    timeout=300,
    schedule=DAILY,
    place=Place("123456789012", "eu-west-1"),
)
RULE = {
    "name": "pm",
    "expression": DAILY,
    "state": "ENABLED",
    "description": function_schedule.DESCRIPTION,
    "targets": {"profile-manager": "arn:aws:lambda:eu-west-1:123456789012:function:pm"},
    "tags": {OWN_TAG: "pm"},
}
PERMISSION = {
    "statement_id": "schedule",
    "principal": "events.amazonaws.com",
    "source_arn": "arn:aws:events:eu-west-1:123456789012:rule/pm",
    "source_account": "123456789012",
}
OF_THE_POOL = {**PERMISSION, "statement_id": "cognito-eu-west-1_A", "principal": "cognito-idp.amazonaws.com"}
ALL = ["remove_targets", "delete_rule", "remove_permission"]

# what is there (rule, statements), what is wanted, the calls
CASES = {
    "new": (None, [], {}, ["put_rule", "add_permission", "put_target"]),
    "as wanted": (RULE, [PERMISSION], {}, []),
    "another time": ({**RULE, "expression": "rate(2 days)"}, [PERMISSION], {}, ["put_rule"]),
    "disabled by hand": ({**RULE, "state": "DISABLED"}, [PERMISSION], {}, ["put_rule"]),
    "stopped after the rule": ({**RULE, "targets": {}}, [], {}, ["add_permission", "put_target"]),
    "another target of that id": (
        {**RULE, "targets": {"profile-manager": "arn:old"}},
        [PERMISSION],
        {},
        ["put_target"],
    ),
    "somebody's further target": ({**RULE, "targets": {**RULE["targets"], "x": "arn:x"}}, [PERMISSION], {}, []),
    "another rule may call": (
        RULE,
        [{**PERMISSION, "source_arn": "arn:other"}],
        {},
        ["remove_permission", "add_permission"],
    ),
    "any account's rule may call": (
        RULE,
        [{**PERMISSION, "source_account": ""}],
        {},
        ["remove_permission", "add_permission"],
    ),
    "the pool's permission is not ours": (RULE, [OF_THE_POOL, PERMISSION], {}, []),
    "more tags": (RULE, [PERMISSION], {"tags": {"a": "b"}}, ["tag_rule"]),
    "fewer tags": ({**RULE, "tags": {**RULE["tags"], "a": "b"}}, [PERMISSION], {"tags": {}}, ["untag_rule"]),
    "not given, none there": (None, [], {"schedule": None}, []),
    "not given, one there": ({**RULE, "expression": "rate(2 days)"}, [], {"schedule": None}, []),
    "off, none there": (None, [OF_THE_POOL], {"schedule": ""}, []),
    "off, one there": (RULE, [PERMISSION], {"schedule": ""}, ALL),
    "off, without targets": ({**RULE, "targets": {}}, [PERMISSION], {"schedule": ""}, ALL[1:]),
    "off, only the permission left": (None, [PERMISSION], {"schedule": ""}, ALL[2:]),
    "off, somebody's rule": ({**RULE, "tags": {}}, [], {"schedule": ""}, []),
}


@pytest.mark.parametrize("case", CASES)
def test_calls_lead_from_what_is_to_what_is_wanted(case):
    rule, statements, options, expected = CASES[case]
    plan = function_schedule.present(rule, statements, replace(WANTED, **options))
    assert [call.method for call in plan.calls] == expected
    assert (plan.before == plan.after) == (not expected)


def test_everything_of_it_goes_with_the_function():
    plan = function_schedule.absent(RULE, [OF_THE_POOL, PERMISSION], WANTED)
    assert ([call.method for call in plan.calls], plan.after) == (ALL, None)
    left = function_schedule.absent({**RULE, "tags": {}}, [], WANTED)
    assert not left.calls
    assert left.after
    assert "left alone" in left.warnings[0]


def test_somebodys_rule_of_the_same_name_is_refused():
    with pytest.raises(Refusal, match="The rule pm of EventBridge exists already"):
        function_schedule.present({**RULE, "tags": {}}, [], WANTED)


@pytest.mark.parametrize(
    "expression",
    ["rate(1 minute)", "rate(12 hours)", "rate(10 days)", "cron(0 3 * * ? *)", "cron(0/15 8-17 ? * MON-FRI *)"],
)
def test_expressions_of_eventbridge_are_taken(expression):
    function_schedule.refuse_malformed(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "daily",
        "rate(1 days)",
        "rate(2 day)",
        "rate(0 days)",
        "rate(1 week)",
        "cron(0 3 * * *)",
        "cron(0 3 * * * *)",
        "0 3 * * ? *",
        "rate(1 day) ",
    ],
)
def test_what_eventbridge_would_refuse_is_refused_before_anything_is_made(expression):
    with pytest.raises(Refusal, match="is no schedule"):
        function_schedule.present(None, [], replace(WANTED, schedule=expression))


def test_a_function_that_may_take_seconds_only_is_warned_of():
    assert not function_schedule.present(RULE, [PERMISSION], WANTED).warnings
    assert "timeout: 300" in function_schedule.present(RULE, [PERMISSION], replace(WANTED, timeout=5)).warnings[0]


ON = {"scheduledRun": True, "userPoolId": "eu-west-1_A"}
# what is there (rule, settings), what is wanted (schedule, settings), the settings after
TOLD = {
    "never heard of": (None, {}, None, None, {}),
    "on": (None, {}, DAILY, None, ON),
    "still on": (RULE, ON, DAILY, {}, ON),
    "not given, on": (RULE, ON, None, {}, ON),
    "not given, somebody's rule": ({**RULE, "tags": {}}, {}, None, {}, {}),
    "switched off": (RULE, ON, "", None, {"scheduledRun": False}),
    "switched on again": (None, {"scheduledRun": False}, DAILY, None, ON),
    "others stay": (RULE, {**ON, "onError": "allow"}, "", None, {"onError": "allow", "scheduledRun": False}),
    "the user's word wins": (None, {}, DAILY, {"userPoolId": "eu-west-1_B"}, {**ON, "userPoolId": "eu-west-1_B"}),
}


@pytest.mark.parametrize("case", TOLD)
def test_the_function_is_told_of_its_schedule(case):
    rule, there, schedule, given, expected = TOLD[case]
    wanted = replace(WANTED, schedule=schedule, settings=given)
    told = function_schedule.settings(rule, wanted)
    made = function.variables({"settings": json.dumps(there)}, wanted, told)
    assert json.loads(made["settings"]) == expected


def test_a_pool_that_is_only_announced_is_not_known_yet():
    assert function_schedule.settings(None, replace(WANTED, user_pool_id=None))["userPoolId"] == UNKNOWN
