"""The trigger is called as Cognito calls it, and its failures have Cognito's wording."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from sandbox.login.event import SignInRefused, Trigger, UserPool
from sandbox.login.trigger import call_trigger

POOL = UserPool("eu-west-1_A", "arn:pool", "eu-west-1", {}, {}, "ADFS", "client", trigger=Trigger("arn:function"))
EVENT = {"version": "1", "triggerSource": "T", "userPoolId": "eu-west-1_A", "userName": "u", "response": {}}


class Functions:
    """Lambda as the trigger uses it: each call takes the next of the answers."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.calls: list[dict] = []

    def invoke(self, **arguments: object) -> dict:
        self.calls.append(arguments)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        body, error = answer if isinstance(answer, tuple) else (answer, None)
        return {"Payload": io.BytesIO(body), "FunctionError": error} if error else {"Payload": io.BytesIO(body)}


def service_fault(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "told"}}, "Invoke")


GOOD = json.dumps(EVENT).encode()
TIMEOUT = ReadTimeoutError(endpoint_url="http://lambda")


def test_the_answer_is_the_event_and_the_function_is_the_triggers() -> None:
    functions = Functions(GOOD)
    assert call_trigger(functions, POOL, EVENT) == EVENT
    assert functions.calls == [{"FunctionName": "arn:function", "Payload": GOOD}]


RETRIED = {"after a time-out": TIMEOUT, "after a fault of Lambda": service_fault("ServiceException")}


@pytest.mark.parametrize("fault", RETRIED.values(), ids=RETRIED)
def test_cognito_tries_again(fault: Exception) -> None:
    functions = Functions(fault, fault, GOOD)
    assert call_trigger(functions, POOL, EVENT) == EVENT
    assert len(functions.calls) == 3


REFUSALS = {
    "three time-outs": ((TIMEOUT,) * 3, "Socket timeout while invoking Lambda function", 3),
    "no permission": ((service_fault("AccessDeniedException"),), "AccessDeniedException", 1),
    "the function fails": (
        ((b'{"errorMessage": "no cluster", "errorType": "E"}', "Unhandled"),),
        "PreTokenGeneration failed with error no cluster.",
        1,
    ),
    "the function fails without a text": (((b"", "Unhandled"),), "failed with error Unhandled", 1),
    "no JSON": ((b"oops",), "Unrecognizable lambda output", 1),
    "nothing": ((b"null",), "Unrecognizable lambda output", 1),
    "another event": ((json.dumps({**EVENT, "userName": "x"}).encode(),), "Unrecognizable lambda output", 1),
    "half an event": ((b'{"version": "1"}',), "Unrecognizable lambda output", 1),
}


@pytest.mark.parametrize(("answers", "message", "calls"), REFUSALS.values(), ids=REFUSALS)
def test_a_login_is_refused(answers: tuple, message: str, calls: int) -> None:
    functions = Functions(*answers)
    with pytest.raises(SignInRefused, match=message):
        call_trigger(functions, POOL, EVENT)
    assert len(functions.calls) == calls


def test_a_pool_without_a_trigger_names_the_role_that_sets_it() -> None:
    with pytest.raises(SignInRefused, match="has no trigger for tokens: run site.yml --tags profile_manager"):
        call_trigger(Functions(), replace(POOL, trigger=None), EVENT)
