"""Lambda takes one change at a time: each is waited for, and another one's is waited out."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients import waiting
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.lambda_function import LambdaFunctionClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

BUSY = "The operation cannot be performed at this time. An update is in progress for resource: pm"
ACTIVE = {"State": "Active", "LastUpdateStatus": "Successful"}
PENDING = {"State": "Pending", "LastUpdateStatus": "Successful"}
IN_PROGRESS = {"State": "Active", "LastUpdateStatus": "InProgress"}
FAILED = {"State": "Failed", "StateReason": "The KMS key is disabled"}


class Functions:
    """Tells these states one after the other, the last one for ever, and refuses so many changes."""

    def __init__(self, *states, refusals=()):
        self.states = list(states)
        self.refusals = list(refusals)
        self.done = []

    def get_function_configuration(self, **_):
        self.done.append("looked")
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def _change(self, **_):
        if self.refusals:
            code, message = self.refusals.pop(0)
            self.done.append("refused")
            raise ClientError({"Error": {"Code": code, "Message": message}}, "Change")
        self.done.append("changed")

    create_function = update_function_code = update_function_configuration = _change


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0)


CHANGES = {
    "code": lambda client: client.update_code("pm", b"zip", "arm64"),
    "settings": lambda client: client.update_configuration("pm", {"MemorySize": 256}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_begins_after_the_last_one_and_ends_when_it_counts(change):
    functions = Functions(PENDING, ACTIVE, IN_PROGRESS, ACTIVE)
    CHANGES[change](LambdaFunctionClient(functions))
    assert functions.done == ["looked", "looked", "changed", "looked", "looked"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_somebody_else_in_between_is_waited_out(change):
    functions = Functions(ACTIVE, refusals=[("ResourceConflictException", BUSY)] * 2)
    CHANGES[change](LambdaFunctionClient(functions))
    assert functions.done == ["looked", "refused", "refused", "changed", "looked"]


def test_a_function_that_was_made_is_waited_for():
    functions = Functions(PENDING, PENDING, ACTIVE)
    LambdaFunctionClient(functions).create_function({"FunctionName": "pm"}, b"zip")
    assert functions.done == ["changed", "looked", "looked", "looked"]


def test_a_function_that_is_there_already_is_no_change_that_passes():
    functions = Functions(ACTIVE, refusals=[("ResourceConflictException", "Function already exist: pm")])
    with pytest.raises(ServiceError, match="already exist"):
        LambdaFunctionClient(functions).create_function({"FunctionName": "pm"}, b"zip")


def test_a_function_that_will_never_work_ends_the_wait_with_its_reason():
    with pytest.raises(ServiceError, match="The KMS key is disabled"):
        LambdaFunctionClient(Functions(FAILED)).wait_active("pm")
