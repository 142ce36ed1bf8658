"""moto's function with what AWS's has besides: states that follow the clock, logging, snap start, revisions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from moto.awslambda import models
from moto.ec2.models import ec2_backends

from sandbox.pace import Pace


class SandboxFunction(models.LambdaFunction):
    """A function that is Pending after its creation and InProgress after each update; `pace` is the serving cloud's."""

    pace = Pace(0.0)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        spec = named.get("spec") or arguments[1]
        self.logging_config = {
            "LogFormat": "Text",
            "LogGroup": f"/aws/lambda/{self.function_name}",
            **spec.get("LoggingConfig", {}),
        }
        self.snap_start = spec.get("SnapStart", {"ApplyOn": "None"})
        self.active = self.pace.over("function")
        self.updated = self.pace.after(0)
        self.touch()

    def touch(self) -> None:
        moment = dt.datetime.now(dt.UTC)
        self.last_modified = moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        self.revision_id = str(uuid.uuid4())

    @property
    def current_state(self) -> str:
        return "Active" if self.active.passed else "Pending"

    @property
    def current_update(self) -> str:
        return "Successful" if self.updated.passed and self.active.passed else "InProgress"

    @property
    def vpc_config(self) -> dict[str, Any] | None:
        if not self._vpc_config or not self._vpc_config.get("SubnetIds"):
            return None
        subnet = ec2_backends[self.account_id][self.region].get_subnet(self._vpc_config["SubnetIds"][0])
        return {**self._vpc_config, "VpcId": subnet.vpc_id}

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:
        snap = (
            "On" if self.snap_start.get("ApplyOn") == "PublishedVersions" and str(self.version) != "$LATEST" else "Off"
        )
        configuration = {
            **super().get_configuration(on_create),
            "State": self.current_state,
            "LastUpdateStatus": self.current_update,
            "LastModified": self.last_modified,
            "RevisionId": self.revision_id,
            "LoggingConfig": self.logging_config,
            "SnapStart": {"ApplyOn": self.snap_start.get("ApplyOn", "None"), "OptimizationStatus": snap},
        }
        if self.current_state == "Pending":
            configuration |= {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
        return {name: value for name, value in configuration.items() if value is not None}

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        changes = {name: value for name, value in config_updates.items() if value is not None}
        if "TracingConfig" in changes:
            self.tracing_config = changes["TracingConfig"]
        if "EphemeralStorage" in changes:
            self.ephemeral_storage = changes["EphemeralStorage"]["Size"]
        if "LoggingConfig" in changes:
            self.logging_config = {**self.logging_config, **changes["LoggingConfig"]}
        if "Environment" in changes:
            changes["Environment"] = {"Variables": changes["Environment"].get("Variables") or {}}
        self.snap_start = changes.get("SnapStart", self.snap_start)
        self.kms_key_arn = changes.get("KMSKeyArn", self.kms_key_arn)
        super().update_configuration(changes)
        return self.begin_update()

    def update_function_code(self, updated_spec: dict[str, Any]) -> dict[str, Any]:
        if updated_spec.get("DryRun"):
            return self.get_configuration()
        self.architectures = updated_spec.get("Architectures") or self.architectures
        super().update_function_code(updated_spec)
        return self.begin_update()

    def begin_update(self) -> dict[str, Any]:
        self.updated = self.pace.over("function_update")
        self.touch()
        return self.get_configuration()


def install(pace: Pace) -> None:
    SandboxFunction.pace = pace
    models.LambdaFunction = SandboxFunction
