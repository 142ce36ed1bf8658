"""EventBridge is strict about when a rule runs, and heeds tags only when it makes the rule.

Sources: EventBridge user guide, "Cron and rate expressions"; EventBridge API reference, PutRule ("If you are updating an
existing rule, any tags you specify in the PutRule operation are ignored").
"""

from __future__ import annotations

import re

from moto.events.models import events_backends

from sandbox.aws.calls import Answer, Call, Desk, refuse

RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
CRON = re.compile(r"cron\((\S+ \S+ (\S+) \S+ (\S+) \S+)\)")


def is_schedule(expression: str) -> bool:
    rate, cron = RATE.fullmatch(expression), CRON.fullmatch(expression)
    if rate:
        return (rate[1] == "1") != bool(rate[3])
    return bool(cron) and (cron[2] == "?") != (cron[3] == "?")


def check_expression(call: Call) -> None:
    expression = call.get("ScheduleExpression")
    if expression and not is_schedule(expression):
        raise refuse("ValidationException", "Parameter ScheduleExpression is not valid.")


def put_rule(call: Call) -> Answer:
    """moto's own, without tags for a rule that is there already."""
    backend = events_backends[call.account][call.region]
    bus = backend.event_buses.get(call.get("EventBusName", "default").split("/")[-1])
    rule = bus.rules.get(call.get("Name")) if bus else None
    tags = dict(backend.tagger.get_tag_dict_for_resource(rule.arn)) if rule else {}
    answer = call.moto()
    if rule:
        backend.tagger.delete_all_tags_for_resource(rule.arn)
        backend.tagger.tag_resource(rule.arn, [{"Key": key, "Value": value} for key, value in tags.items()])
    return answer


def install(desk: Desk) -> None:
    desk.refuse_by(check_expression, "events", ("PutRule",))
    desk.answer_by("events", {"PutRule": put_rule})
