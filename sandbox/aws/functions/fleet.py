"""All execution environments: as many per function as there are invocations at once, warm ones first."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import shutil
import tempfile
import threading
import time
import uuid
import zipfile
from pathlib import Path

from moto.sts.models import sts_backends

from sandbox.aws.calls import refuse
from sandbox.aws.functions import logs
from sandbox.aws.functions.model import SandboxFunction
from sandbox.aws.functions.process import Environment, Outcome
from sandbox.aws.principals import PARTITION, role_of

# As in AWS a function without a reservation shares the account's; here that is what a small machine bears.
MOST_AT_ONCE = 20
# The credentials in the environment are valid for an hour.
LONGEST_LIFE = 3000.0
MOST_RESPONSE_BYTES = 6 * 1024 * 1024


class Fleet:
    """Runs functions; `url` is where their own calls to AWS go, `folder` where their code and output lie."""

    def __init__(self, url: str, folder: Path | None = None) -> None:
        self.url = url
        self._folder = Path(tempfile.mkdtemp(prefix="lambda-", dir=folder))
        self._lock = threading.Lock()
        self._idle: dict[str, list[Environment]] = {}
        self._busy: dict[str, set[Environment]] = {}

    def invoke(self, function: SandboxFunction, payload: bytes) -> tuple[Outcome, str]:
        """The outcome, and the log of this invocation as CloudWatch shows it."""
        environment = self.take(function)
        began = time.perf_counter()
        try:
            outcome = environment.invoke(payload, function.function_arn, float(function.timeout))
            peak = environment.max_memory_mb
        finally:
            self.give_back(function, environment)
        if len(outcome.payload) > MOST_RESPONSE_BYTES:
            message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
            error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
            outcome = Outcome(outcome.request_id, json.dumps(error).encode(), True, outcome.log)
        text = framed(function, outcome, (time.perf_counter() - began) * 1000, peak)
        logs.write(function, environment.stream, text)
        return outcome, text

    def take(self, function: SandboxFunction) -> Environment:
        arn, version = function.function_arn, fingerprint(function)
        limit = MOST_AT_ONCE if function.reserved_concurrency is None else int(function.reserved_concurrency)
        with self._lock:
            busy = self._busy.setdefault(arn, set())
            if len(busy) >= limit:
                raise refuse("TooManyRequestsException", "Rate Exceeded.")
            idle = self._idle.setdefault(arn, [])
            for environment in list(idle):
                idle.remove(environment)
                young = time.monotonic() - environment.started_at < LONGEST_LIFE
                if environment.alive and environment.version == version and young:
                    busy.add(environment)
                    return environment
                environment.stop()
            environment = self.start(function, version)
            busy.add(environment)
            return environment

    def start(self, function: SandboxFunction, version: str) -> Environment:
        stream = f"{dt.date.today():%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
        task_root = self.unpack(function)
        variables = self.variables(function, task_root, stream)
        log_file = self._folder / f"{uuid.uuid4().hex}.log"
        environment = Environment(task_root, variables, log_file, stream)
        environment.version = version
        return environment

    def give_back(self, function: SandboxFunction, environment: Environment) -> None:
        with self._lock:
            self._busy.get(function.function_arn, set()).discard(environment)
            if environment.alive and function.function_arn in self._idle:
                self._idle[function.function_arn].append(environment)
                return
        environment.stop()

    def retire(self, function_arn: str) -> None:
        """The function is gone: idle processes end now, busy ones when they have answered."""
        with self._lock:
            idle = self._idle.pop(function_arn, [])
            self._busy.pop(function_arn, None)
        for environment in idle:
            environment.stop()

    def unpack(self, function: SandboxFunction) -> Path:
        """The zip's content in a folder that is its own for each code."""
        digest = hashlib.sha256(f"{function.function_arn} {function.code_sha_256}".encode()).hexdigest()[:24]
        target = self._folder / digest
        if not target.exists():
            partial = target.with_suffix(f".{uuid.uuid4().hex}")
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                archive.extractall(partial)
            partial.rename(target)
        return target

    def variables(self, function: SandboxFunction, task_root: Path, stream: str) -> dict[str, str]:
        """The whole environment of the process: Lambda's own variables, the role's credentials, the function's."""
        if role_of(function.account_id, function.role) is None:
            message = "The role defined for the function cannot be assumed by Lambda."
            raise refuse("AccessDeniedException", message)
        session = sts_backends[function.account_id][PARTITION].assume_role(
            region_name=function.region,
            role_session_name=function.function_name[:64],
            role_arn=function.role,
            policy=None,
            duration=3600,
            external_id=None,
        )
        own = {name: str(value) for name, value in function.environment_vars.items()}
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_ENDPOINT_URL": self.url,
            **own,
            "LAMBDA_TASK_ROOT": str(task_root),
            "_HANDLER": function.handler,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logging_config["LogGroup"],
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_ACCESS_KEY_ID": session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
            "AWS_SESSION_TOKEN": session.session_token,
        }

    def stop(self) -> None:
        with self._lock:
            everyone = [one for group in (*self._idle.values(), *self._busy.values()) for one in group]
            self._idle.clear()
            self._busy.clear()
        for environment in everyone:
            environment.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def fingerprint(function: SandboxFunction) -> str:
    """Changes when a warm process would no longer be the function."""
    parts = [function.code_sha_256, function.handler, function.role, function.memory_size, function.revision_id]
    return json.dumps([*parts, function.environment_vars], sort_keys=True)


def framed(function: SandboxFunction, outcome: Outcome, duration: float, peak: int | None) -> str:
    """The log with the lines that Lambda puts around it."""
    request, size = f"RequestId: {outcome.request_id}", function.memory_size
    report = f"REPORT {request}\tDuration: {duration:.2f} ms\tBilled Duration: {int(duration) + 1} ms\tMemory Size: {size} MB"
    memory = f"\tMax Memory Used: {peak} MB" if peak else ""
    written = outcome.log if not outcome.log or outcome.log.endswith("\n") else outcome.log + "\n"
    return f"START {request} Version: {function.version}\n{written}END {request}\n{report}{memory}\n"


def tail(text: str) -> str:
    """The last 4 kB of a log, as LogType=Tail returns it."""
    return base64.b64encode(text.encode()[-4096:]).decode()
