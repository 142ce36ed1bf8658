"""EventBridge: expressions that it takes, and tags that it heeds once."""

from __future__ import annotations

import pytest


@pytest.fixture
def events(world):
    return world.client("events")


@pytest.mark.parametrize("expression", ["rate(1 hour)", "rate(2 days)", "cron(0 3 * * ? *)", "cron(0 3 ? * MON *)"])
def test_what_is_a_schedule_makes_a_rule(events, expression):
    assert events.put_rule(Name="timed", ScheduleExpression=expression)["RuleArn"].endswith("rule/timed")


@pytest.mark.parametrize(
    "expression", ["rate(1 hours)", "rate(2 day)", "rate(0 days)", "cron(0 3 * * * *)", "cron(0 3 * *)"]
)
def test_what_is_none_is_refused(world, events, expression):
    code, message = world.error_of(events.put_rule, Name="never", ScheduleExpression=expression)
    assert (code, message) == ("ValidationException", "Parameter ScheduleExpression is not valid.")


def test_tags_count_only_when_the_rule_is_made(events):
    arn = events.put_rule(Name="tagged", ScheduleExpression="rate(1 day)", Tags=[{"Key": "a", "Value": "b"}])["RuleArn"]
    events.put_rule(Name="tagged", ScheduleExpression="rate(2 days)", Tags=[{"Key": "c", "Value": "d"}])
    assert events.describe_rule(Name="tagged")["ScheduleExpression"] == "rate(2 days)"
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
