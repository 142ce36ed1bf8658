# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the clients of everything in EKS have in common: tags by ARN, and how to wait for something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call

GONE = ("ResourceNotFoundException",)
IN_PROGRESS_REMEDY = {"ResourceInUseException": "Another change of it is going on: run this task again later."}


class EksClient:
    """A client of EKS; `progress` is told what is waited for."""

    def __init__(
        self, eks: Any, wait_timeout: float = 1800, progress: Callable[[str], None] = lambda line: None
    ) -> None:
        self.eks = eks
        self.wait_timeout = wait_timeout
        self.progress = progress

    @aws_call("tag {arn}")
    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.eks.tag_resource(resourceArn=arn, tags=dict(tags))

    @aws_call("remove tags from {arn}")
    def remove_tags(self, arn: str, keys: Sequence[str]) -> None:
        """Remove tags."""
        self.eks.untag_resource(resourceArn=arn, tagKeys=list(keys))
