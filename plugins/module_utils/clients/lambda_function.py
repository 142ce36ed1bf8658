# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Lambda: one function, its code, its settings and who may call it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.settling import (
    is_not_yet_assumable,
    until_settled,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.waiting import wait_until
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

GONE = ("ResourceNotFoundException",)
ACTIVE_SECONDS = 600  # a function in a VPC gets its network interfaces first


class LambdaFunctionClient:
    """Functions by name; every change is waited for, as Lambda takes one at a time."""

    def __init__(self, functions: Any, progress: Callable[[str], None] = lambda line: None) -> None:
        self.functions = functions
        self.progress = progress

    @aws_call("read the function {name}", missing=GONE)
    def read_function(self, name: str) -> dict[str, Any] | None:
        """The function in the shape that the module returns, None when there is none."""
        answer = self.functions.get_function(FunctionName=name)
        found = answer["Configuration"]
        network = found.get("VpcConfig") or {}
        return {
            "name": name,
            "arn": found["FunctionArn"],
            "architecture": (found.get("Architectures") or ["x86_64"])[0],
            "runtime": found.get("Runtime", ""),
            "handler": found.get("Handler", ""),
            "role": found["Role"],
            "memory_size": found.get("MemorySize"),
            "timeout": found.get("Timeout"),
            "environment": dict((found.get("Environment") or {}).get("Variables") or {}),
            "network": {
                "subnet_ids": sorted(network.get("SubnetIds") or []),
                "security_group_ids": sorted(network.get("SecurityGroupIds") or []),
            },
            "tracing": (found.get("TracingConfig") or {}).get("Mode", "PassThrough"),
            "reserved_concurrency": (answer.get("Concurrency") or {}).get("ReservedConcurrentExecutions"),
            "code_sha256": found["CodeSha256"],
            "tags": dict(answer.get("Tags") or {}),
        }

    def create_function(self, request: Mapping[str, Any], package: bytes) -> None:
        """Make the function and wait until it can be called; a role that is new is believed after some seconds."""
        name = request["FunctionName"]
        self._patiently(lambda: self._create(name, request, package), name)
        self.wait_active(name)

    @aws_call("create the function {name}")
    def _create(self, name: str, request: Mapping[str, Any], package: bytes) -> None:
        self.functions.create_function(**request, Code={"ZipFile": package})

    def update_code(self, name: str, package: bytes, architecture: str) -> None:
        """Upload code and wait until it runs."""
        self.wait_active(name)
        self._patiently(lambda: self._update_code(name, package, architecture), name)
        self.wait_active(name)

    @aws_call("upload the code of the function {name}")
    def _update_code(self, name: str, package: bytes, architecture: str) -> None:
        self.functions.update_function_code(FunctionName=name, ZipFile=package, Architectures=[architecture])

    def update_configuration(self, name: str, request: Mapping[str, Any]) -> None:
        """Change settings and wait until they count."""
        self.wait_active(name)
        self._patiently(lambda: self._update_configuration(name, request), name)
        self.wait_active(name)

    @aws_call("change the settings of the function {name}")
    def _update_configuration(self, name: str, request: Mapping[str, Any]) -> None:
        self.functions.update_function_configuration(FunctionName=name, **request)

    def _patiently(self, call: Callable[[], None], name: str) -> None:
        until_settled(
            call,
            lambda failure: _is_busy(failure) or is_not_yet_assumable(failure),
            what=f"The function {name}",
            progress=self.progress,
        )

    def wait_active(self, name: str) -> None:
        """Wait until no change of the function is under way."""
        wait_until(
            lambda: self._state(name),
            _is_settled,
            what=f"The function {name}",
            timeout=ACTIVE_SECONDS,
            state=lambda state: " / ".join(part for part in state[:2] if part),
            remedy="Run this task again.",
            progress=self.progress,
        )

    @aws_call("read the state of the function {name}")
    def _state(self, name: str) -> tuple[str, str, str]:
        found = self.functions.get_function_configuration(FunctionName=name)
        reason = found.get("StateReason") or found.get("LastUpdateStatusReason") or "no reason given"
        return found.get("State", "Active"), found.get("LastUpdateStatus", "Successful"), reason

    @aws_call(
        "reserve executions for the function {name}",
        remedies={"InvalidParameterValueException": "Reserve fewer, or ask AWS for a higher quota of the account."},
    )
    def reserve_concurrency(self, name: str, executions: int | None) -> None:
        """Keep so many executions for the function and allow it no more; None shares the account's."""
        if executions is None:
            self.functions.delete_function_concurrency(FunctionName=name)
        else:
            self.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=executions)

    @aws_call("tag {arn}")
    def tag_function(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.functions.tag_resource(Resource=arn, Tags=dict(tags))

    @aws_call("remove tags from {arn}")
    def untag_function(self, arn: str, keys: Sequence[str]) -> None:
        """Remove tags."""
        self.functions.untag_resource(Resource=arn, TagKeys=list(keys))

    @aws_call("remove the function {name}", missing=GONE)
    def delete_function(self, name: str) -> None:
        """Remove the function with all its versions."""
        self.functions.delete_function(FunctionName=name)

    def read_permissions(self, name: str) -> list[dict[str, str]]:
        """Who may call the function: `{statement_id, principal, source_arn, source_account}`."""
        return [_permission(statement) for statement in self._policy(name) or []]

    @aws_call("read who may call the function {name}", missing=GONE)
    def _policy(self, name: str) -> list[dict[str, Any]]:
        return json.loads(self.functions.get_policy(FunctionName=name)["Policy"])["Statement"]

    @aws_call("allow {permission[principal]} to call the function {name}")
    def add_permission(self, name: str, permission: Mapping[str, str]) -> None:
        """Let one caller in."""
        self.functions.add_permission(
            FunctionName=name,
            StatementId=permission["statement_id"],
            Action="lambda:InvokeFunction",
            Principal=permission["principal"],
            SourceArn=permission["source_arn"],
            SourceAccount=permission["source_account"],
        )

    @aws_call("remove the permission {statement_id} of the function {name}", missing=GONE)
    def remove_permission(self, name: str, statement_id: str) -> None:
        """Let one caller in no more."""
        self.functions.remove_permission(FunctionName=name, StatementId=statement_id)


def _permission(statement: Mapping[str, Any]) -> dict[str, str]:
    principal = statement.get("Principal", "")
    conditions = {
        key.lower(): value for test in (statement.get("Condition") or {}).values() for key, value in test.items()
    }
    return {
        "statement_id": statement["Sid"],
        "principal": principal.get("Service", "") if isinstance(principal, Mapping) else principal,
        "source_arn": conditions.get("aws:sourcearn", ""),
        "source_account": conditions.get("aws:sourceaccount", ""),
    }


def _is_busy(failure: ServiceError) -> bool:
    """Whether another change is under way; a function that exists already has the same code, and stays."""
    return failure.code == "ResourceConflictException" and "already exist" not in str(failure)


def _is_settled(state: tuple[str, str, str]) -> bool:
    now, update, reason = state
    if now == "Failed" or update == "Failed":
        raise ServiceError(f"Lambda could not bring the function into its state: {reason}. Correct that, run again.")
    return now in ("Active", "Inactive") and update == "Successful"
