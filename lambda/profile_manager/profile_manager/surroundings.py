"""What outlives an invocation: the environment as it was read once, and the connections to the cluster."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .cluster import Cluster
from .converge import Tools
from .deadline import Deadline
from .errors import SettingsError
from .invoke import invoke_self
from .log import Log
from .settings import Environment, Settings
from .token import TokenSource


def open_cluster(environment: Environment, variables: Mapping[str, str]) -> Cluster:
    region = variables.get("AWS_REGION") or ""
    if not region:
        raise SettingsError("the environment variable AWS_REGION is missing")
    token = TokenSource(environment.cluster_name, region, variables, lambda: datetime.now(UTC))
    settings = environment.settings
    return Cluster(
        environment.cluster_endpoint, environment.cluster_ca, token, settings.request_seconds, settings.connections
    )


@dataclass
class Surroundings:
    variables: Mapping[str, str]
    open_cluster: Callable[[Environment, Mapping[str, str]], Any] = open_cluster
    invoke_self: Callable[[Mapping[str, Any], Mapping[str, str], Deadline], None] = invoke_self
    write: Callable[[str], object] = sys.stdout.write
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _environment: Environment | None = None
    _cluster: Any = None

    @property
    def environment(self) -> Environment:
        if self._environment is None:
            self._environment = Environment.from_variables(self.variables)
        return self._environment

    @property
    def settings(self) -> Settings:
        return self.environment.settings

    @property
    def cluster(self) -> Any:
        if self._cluster is None:
            self._cluster = self.open_cluster(self.environment, self.variables)
        return self._cluster

    def tools(self, deadline: Deadline) -> Tools:
        """For one run, under a name of its own."""
        return Tools(self.cluster, self.settings, deadline, uuid.uuid4().hex[:12], self.now, self.sleep)

    def log(self, context: Any) -> Log:
        name = self.variables.get("AWS_LAMBDA_FUNCTION_NAME", "")
        return Log(getattr(context, "aws_request_id", ""), name, self.write)
