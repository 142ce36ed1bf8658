# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user of the module profile_manager wants, in one value that all of its plans read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ENTRY_POINT = "index.py"
HANDLER = "index.lambda_handler"
OWN_TAG = "multitenant.kubeflow/profile-manager"


@dataclass(frozen=True)
class Place:
    """Where in AWS everything is: names and ARNs can be told before anything exists."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, rest: str, *, regional: bool = True) -> str:
        """An ARN of this account."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account}:{rest}"


@dataclass(frozen=True)
class WantedProfileManager:
    """The function and all it needs; None is "not given, not touched".

    `announced_only` is true in check mode, where pool and cluster may be made by the same, merely announced run.
    """

    function_name: str
    role_name: str
    package: bytes | None = None
    user_pool_id: str | None = None
    trigger_version: str = "V1_0"
    cluster_name: str | None = None
    cluster_endpoint: str | None = None
    certificate_authority_data: str | None = None
    authentication_mode: str | None = None
    registration: str = "auto"
    kubernetes_group: str = "kubeflow-profile-manager"
    group_field: str = "custom:groups"
    settings: Mapping[str, Any] | None = None
    environment: Mapping[str, str] | None = None
    runtime: str = "python3.13"
    architecture: str = "arm64"
    memory_size: int = 512
    timeout: int = 5
    reserved_concurrency: int | None = None
    tracing: str | None = None
    schedule: str | None = None
    log_retention_days: int = 90
    subnet_ids: Sequence[str] | None = None
    security_group_ids: Sequence[str] | None = None
    permissions_boundary: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    announced_only: bool = False
    place: Place = field(default_factory=lambda: Place("", ""))

    @property
    def own_tags(self) -> dict[str, str]:
        """By these a role or function is known as one that this module has made."""
        return {OWN_TAG: self.function_name}

    @property
    def log_group(self) -> str:
        """Where Lambda writes by itself."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def function_arn(self) -> str:
        """ARN of the function, whether it exists or not."""
        return self.place.arn("lambda", f"function:{self.function_name}")

    @property
    def rule_name(self) -> str:
        """The rule of EventBridge that runs the function by schedule."""
        return self.function_name

    @property
    def rule_arn(self) -> str:
        """Its ARN, whether it exists or not."""
        return self.place.arn("events", f"rule/{self.rule_name}")

    @property
    def role_arn(self) -> str:
        """ARN of a role that this module makes."""
        return self.place.arn("iam", f"role/{self.role_name}", regional=False)

    @property
    def user_pool_arn(self) -> str | None:
        """ARN of the user pool, None while it is not known."""
        return self.place.arn("cognito-idp", f"userpool/{self.user_pool_id}") if self.user_pool_id else None
