"""Lambda behind the desk: invocations that run, and the refusals around creation and update."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.awslambda.utils import get_backend

from sandbox.aws.calls import Answer, Call, Desk, Refused, refuse
from sandbox.aws.functions import model, permissions
from sandbox.aws.functions.fleet import Fleet, tail
from sandbox.pace import Pace

log = logging.getLogger(__name__)
MOST_REQUEST_BYTES = 6 * 1024 * 1024
# AWS tries an asynchronous invocation again after one and after two minutes.
RETRY_AFTER = (60.0, 120.0)


def function_of(call: Call) -> tuple[LambdaFunction, str | None]:
    """The function that a name, a partial or a whole ARN means, and the qualifier that came with it."""
    name, qualifier = call.get("FunctionName", ""), call.get("Qualifier")
    if name.count(":") == 2 and not name.startswith("arn:"):
        name = name.rsplit(":", 1)[-1]
    elif name.startswith("arn:") and name.count(":") == 7:
        name, _, qualifier = name.rpartition(":")
    function = get_backend(call.account, call.region).get_function(name, qualifier)
    return function, qualifier


class Functions:
    """The operations of Lambda that this sandbox answers itself."""

    def __init__(self, pace: Pace, fleet: Fleet) -> None:
        self.pace = pace
        self.fleet = fleet

    def invoke(self, call: Call) -> Answer:
        function, qualifier = function_of(call)
        permissions.check_service(call, function, qualifier)
        payload = checked_payload(call)
        kind = call.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if function.current_state != "Active":
            message = "The operation cannot be performed at this time. The function is currently in the following state: Pending"
            raise refuse("ResourceConflictException", message)
        if kind == "DryRun":
            return 204, {"status": "204"}, ""
        if kind == "Event":
            threading.Thread(target=self.run_later, args=(function, payload), name="lambda-event", daemon=True).start()
            return 202, {"status": "202", "x-amz-executed-version": str(function.version)}, ""
        outcome, text = self.fleet.invoke(function, payload)
        headers = {"content-type": "application/json", "x-amz-executed-version": str(function.version)}
        if outcome.failed:
            headers["x-amz-function-error"] = "Unhandled"
        if call.headers.get("X-Amz-Log-Type") == "Tail":
            headers["x-amz-log-result"] = tail(text)
        return 200, headers, outcome.payload

    def run_later(self, function: LambdaFunction, payload: bytes) -> None:
        for pause in self.pauses(function):
            try:
                outcome, _text = self.fleet.invoke(function, payload)
            except Refused as error:
                log.warning("asynchronous invocation of %s: %s", function.function_name, error)
            else:
                if not outcome.failed:
                    return
                log.info("asynchronous invocation of %s failed: %s", function.function_name, outcome.payload.decode())
            time.sleep(pause * self.pace.factor)

    @staticmethod
    def pauses(function: LambdaFunction) -> tuple[float, ...]:
        """How long to wait after each attempt; as many attempts as there are pauses."""
        configured = [one.config.get("MaximumRetryAttempts") for one in function.event_invoke_config]
        retries = next((count for count in configured if count is not None), len(RETRY_AFTER))
        return (*RETRY_AFTER[:retries], 0.0)

    def delete(self, call: Call) -> Answer:
        function, _qualifier = function_of(call)
        answer = call.moto()
        if not call.get("Qualifier"):
            self.fleet.retire(function.function_arn)
        return answer


def checked_payload(call: Call) -> bytes:
    payload = call.response.normalized_request.data or b"{}"
    if len(payload) > MOST_REQUEST_BYTES:
        message = f"Request must be smaller than {MOST_REQUEST_BYTES} bytes for the InvokeFunction operation"
        raise refuse("RequestTooLargeException", message)
    try:
        json.loads(payload)
    except ValueError as error:
        raise refuse("InvalidRequestContentException", f"Could not parse request body into json: {error}") from error
    return payload


def install(desk: Desk, pace: Pace, fleet: Fleet) -> None:
    model.install(pace)
    functions = Functions(pace, fleet)
    operations: dict[str, Any] = {"Invoke": functions.invoke, "DeleteFunction": functions.delete}
    desk.answer_by("lambda", operations)
