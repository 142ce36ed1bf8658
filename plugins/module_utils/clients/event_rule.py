# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon EventBridge: one scheduled rule of the default bus, and what it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

GONE = ("ResourceNotFoundException",)


class EventRuleClient:
    """Rules by name."""

    def __init__(self, events: Any) -> None:
        self.events = events

    @aws_call("read the rule {name} of EventBridge", missing=GONE)
    def read_rule(self, name: str) -> dict[str, Any] | None:
        """The rule in the shape that the module returns, None when there is none."""
        rule = self.events.describe_rule(Name=name)
        return {
            "name": name,
            "expression": rule.get("ScheduleExpression") or "",
            "state": rule.get("State", ""),
            "description": rule.get("Description") or "",
            "targets": {target["Id"]: target["Arn"] for target in self._targets(name)},
            "tags": self._tags(rule["Arn"]),
        }

    @aws_call("list what the rule {name} of EventBridge starts")
    def _targets(self, name: str) -> list[dict[str, Any]]:
        return self.events.list_targets_by_rule(Rule=name).get("Targets", [])  # a rule has five at most

    @aws_call("read the tags of {arn}")
    def _tags(self, arn: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.events.list_tags_for_resource(ResourceARN=arn).get("Tags", [])}

    @aws_call("put the rule {name} of EventBridge in place")
    def put_rule(
        self, name: str, expression: str, state: str, description: str, tags: Mapping[str, str] | None = None
    ) -> None:
        """Make or replace the rule; tags are heeded only when it is made."""
        created = {"Tags": _pairs(tags)} if tags else {}
        self.events.put_rule(Name=name, ScheduleExpression=expression, State=state, Description=description, **created)

    @aws_call("let the rule {name} of EventBridge start {arn}")
    def put_target(self, name: str, target_id: str, arn: str) -> None:
        """Say what the rule starts."""
        self._refuse_failed(self.events.put_targets(Rule=name, Targets=[{"Id": target_id, "Arn": arn}]), name)

    @aws_call("take the targets of the rule {name} of EventBridge away", missing=GONE)
    def remove_targets(self, name: str, target_ids: Sequence[str]) -> None:
        """Let the rule start these no more."""
        self._refuse_failed(self.events.remove_targets(Rule=name, Ids=list(target_ids)), name)

    @aws_call("remove the rule {name} of EventBridge", missing=GONE)
    def delete_rule(self, name: str) -> None:
        """Remove the rule, whose targets must be gone."""
        self.events.delete_rule(Name=name)

    @aws_call("tag {arn}")
    def tag_rule(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.events.tag_resource(ResourceARN=arn, Tags=_pairs(tags))

    @aws_call("remove tags from {arn}")
    def untag_rule(self, arn: str, keys: Sequence[str]) -> None:
        """Remove tags."""
        self.events.untag_resource(ResourceARN=arn, TagKeys=list(keys))

    @staticmethod
    def _refuse_failed(answer: Mapping[str, Any], name: str) -> None:
        """EventBridge tells failures of single targets in an answer that is no error."""
        for entry in answer.get("FailedEntries") or ():
            raise ServiceError(
                f"EventBridge did not change the target {entry.get('TargetId')} of the rule {name}: "
                f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}. Run this task again.",
                code=entry.get("ErrorCode"),
            )


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
