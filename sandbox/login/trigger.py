"""Calls the token trigger as Cognito does: by the Lambda API, as Cognito, five seconds each, three tries."""

from __future__ import annotations

import json
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from sandbox.login.event import SignInRefused, UserPool

SECONDS = 5
ATTEMPTS = 3
# Lambda drops such an answer itself and Cognito tries again.
WORTH_ANOTHER_TRY = {"TooManyRequestsException", "ServiceException"}
LAMBDA_CONFIG = Config(read_timeout=SECONDS, connect_timeout=SECONDS, retries={"total_max_attempts": 1})
"""For the Lambda client that is given to `call_trigger`: its time limit is Cognito's."""


def call_trigger(functions: Any, pool: UserPool, event: dict[str, Any]) -> dict[str, Any]:
    """The event as the function returned it; SignInRefused with Cognito's wording when it did not."""
    if pool.trigger is None:
        raise SignInRefused(f"the user pool {pool.id} has no trigger for tokens: run site.yml --tags profile_manager")
    payload = json.dumps(event).encode()
    fault = ""
    for _ in range(ATTEMPTS):
        try:
            answer = functions.invoke(FunctionName=pool.trigger.function_arn, Payload=payload)
            return answered(event, answer.get("FunctionError"), answer["Payload"].read())
        except (ReadTimeoutError, ConnectTimeoutError):
            fault = "Socket timeout while invoking Lambda function."
        except ClientError as error:
            fault = f"{error.response['Error']['Code']}. ({error.response['Error'].get('Message', '')})"
            if error.response["Error"]["Code"] not in WORTH_ANOTHER_TRY:
                break
    raise SignInRefused(f"PreTokenGeneration invocation failed due to error {fault}")


def as_cognito(functions: Any, pool: UserPool) -> Any:
    """The Lambda client, each of whose calls says that Cognito makes it on behalf of this pool."""

    def announce(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["X-Sandbox-Service-Principal"] = "cognito-idp.amazonaws.com"
        params["headers"]["X-Sandbox-Source-Arn"] = pool.arn

    functions.meta.events.register("before-call.lambda.Invoke", announce)
    return functions


def answered(event: dict[str, Any], function_error: str | None, payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload or b"null")
    except ValueError:
        answer = None
    if function_error:
        told = answer.get("errorMessage", function_error) if isinstance(answer, dict) else function_error
        raise SignInRefused(f"PreTokenGeneration failed with error {told}.")
    same = ("version", "triggerSource", "userPoolId", "userName")
    if not isinstance(answer, dict) or any(answer.get(key) != event[key] for key in same) or "response" not in answer:
        raise SignInRefused("Unrecognizable lambda output")
    return answer
