"""A function's words in CloudWatch Logs, as far as its role may write them there."""

from __future__ import annotations

from moto.core.utils import unix_time_millis
from moto.logs.models import LogsBackend, logs_backends

from sandbox.aws.functions.model import SandboxFunction
from sandbox.aws.functions.permissions import role_allows


def write(function: SandboxFunction, stream: str, text: str) -> None:
    """Put the lines into the function's group; without the right to do so they are lost, as in AWS."""
    backend = logs_backends[function.account_id][function.region]
    group = function.logging_config["LogGroup"]
    if not role_allows(function.account_id, function.role, "logs:PutLogEvents") or not has_group(
        backend, function, group
    ):
        return
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    now = int(unix_time_millis())
    events = [{"timestamp": now, "message": line} for line in text.splitlines() if line]
    if events:
        backend.put_log_events(group, stream, events)


def has_group(backend: LogsBackend, function: SandboxFunction, group: str) -> bool:
    """The group is made on the first line, when the role may make it."""
    if group not in backend.groups and role_allows(function.account_id, function.role, "logs:CreateLogGroup"):
        backend.ensure_log_group(group)
    return group in backend.groups
