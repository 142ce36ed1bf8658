"""What every call to AWS has in common."""

from __future__ import annotations

import pytest
from ansible_collections.amazon.aws.plugins.module_utils import cloud
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import BUSY, LOG_IN_AGAIN, aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

UNREACHABLE = EndpointConnectionError(endpoint_url="https://eks.example.com")


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": "AWS says why."}}, "CreateThing")


class Service:
    """Answers with the given errors first, then with "done"."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.calls = 0

    @aws_call("make the thing {name}", missing=("Gone",), remedies={"Full": "Remove one."})
    def make(self, name):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(cloud.time, "sleep", lambda seconds: None)


@pytest.mark.parametrize("code", BUSY)
def test_a_service_that_is_busy_is_asked_again(code):
    service = Service(refusal(code), refusal(code), refusal(code))
    assert service.make("one") == "done"
    assert service.calls == 4


def test_what_is_gone_already_is_none():
    assert Service(refusal("Gone")).make("one") is None


REFUSALS = {
    "with the remedy of the call": (refusal("Full"), "Cannot make the thing one: Full: AWS says why. Remove one."),
    "with the permission that is missing": (
        refusal("AccessDenied"),
        "Cannot make the thing one: AccessDenied: AWS says why. Give the credentials of this task the permission that is "
        "named.",
    ),
    "of credentials that ended during a long wait": (
        refusal("ExpiredTokenException"),
        f"Cannot make the thing one: ExpiredTokenException: AWS says why. {LOG_IN_AGAIN}",
    ),
    "as it is": (refusal("Other"), "Cannot make the thing one: Other: AWS says why."),
    "when nobody answers": (
        UNREACHABLE,
        f"Cannot make the thing one: {UNREACHABLE}. Check region, endpoint and credentials that the task is given.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_told(case):
    error, said = REFUSALS[case]
    service = Service(*[error] * 20)
    with pytest.raises(ServiceError) as failure:
        service.make("one")
    assert str(failure.value) == said
    assert failure.value.cause is error
