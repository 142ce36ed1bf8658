# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch Logs: one log group, its retention and its tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call

GONE = ("ResourceNotFoundException",)


class LogGroupClient:
    """Log groups by name."""

    def __init__(self, logs: Any) -> None:
        self.logs = logs

    @aws_call("read the log group {name}", missing=GONE)
    def read_log_group(self, name: str) -> dict[str, Any] | None:
        """The group in the shape that the module returns, None when there is none."""
        groups = self.logs.describe_log_groups(logGroupNamePrefix=name).get("logGroups", [])
        for group in groups:
            if group["logGroupName"] == name:
                tags = self.logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*")).get("tags", {})
                return {"name": name, "retention_days": group.get("retentionInDays", 0), "tags": dict(tags)}
        return None

    @aws_call("create the log group {name}", missing=("ResourceAlreadyExistsException",))
    def create_log_group(self, name: str, tags: Mapping[str, str]) -> None:
        """Make the group; one that Lambda made in the same moment is as good."""
        self.logs.create_log_group(logGroupName=name, tags=dict(tags))

    @aws_call("set the retention of the log group {name}")
    def set_retention(self, name: str, days: int) -> None:
        """Keep logs for so many days, 0 for ever."""
        if days:
            self.logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            self.logs.delete_retention_policy(logGroupName=name)

    @aws_call("tag {arn}")
    def tag_log_group(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.logs.tag_resource(resourceArn=arn, tags=dict(tags))

    @aws_call("remove tags from {arn}")
    def untag_log_group(self, arn: str, keys: Sequence[str]) -> None:
        """Remove tags."""
        self.logs.untag_resource(resourceArn=arn, tagKeys=list(keys))

    @aws_call("remove the log group {name}", missing=GONE)
    def delete_log_group(self, name: str) -> None:
        """Remove the group and the logs in it."""
        self.logs.delete_log_group(logGroupName=name)
