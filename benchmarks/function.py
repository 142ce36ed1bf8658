"""The function as Lambda calls it, with its default settings: an event in, the event out."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.served import Api

FOLDER = Path(__file__).resolve().parents[1] / "lambda" / "profile_manager"
sys.path.insert(0, str(FOLDER))

from profile_manager.errors import LoginDenied, ProfileManagerError  # noqa: E402
from profile_manager.handler import handle  # noqa: E402
from profile_manager.surroundings import Surroundings  # noqa: E402


def environment(url: str, ca_pem: str) -> dict[str, str]:
    return {
        "clusterName": "benchmark",
        "cognitoGroupField": "custom:groups",
        "clusterEndpoint": url,
        "clusterCertificateAuthority": base64.b64encode(ca_pem.encode()).decode(),
        "settings": "{}",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_LAMBDA_FUNCTION_NAME": "kubeflow-profile-manager",
    }


def login_event(user: str, groups: list[str]) -> dict[str, Any]:
    attributes = {"email": f"{user}@example.com", "custom:groups": f"[{', '.join(groups)}]"}
    return {
        "version": "1",
        "triggerSource": "TokenGeneration_HostedAuth",
        "userName": user,
        "request": {"userAttributes": attributes},
        "response": {"claimsOverrideDetails": None},
    }


Denied = LoginDenied


class Context:
    """An invocation that Lambda ends after five seconds."""

    aws_request_id = "benchmark"

    def __init__(self) -> None:
        self._end = time.monotonic() + 5

    def get_remaining_time_in_millis(self) -> int:
        return int((self._end - time.monotonic()) * 1000)


TRIES = 5


class Container:
    """One container of the function, cold until its first invocation; `hand_over` takes what it asks to be run later."""

    def __init__(self, url: str, ca_pem: str, hand_over: Callable[[dict[str, Any]], None]) -> None:
        self._surroundings = Surroundings(
            environment(url, ca_pem),
            invoke_self=lambda payload, variables, deadline: hand_over(dict(payload)),
            write=self._note,
        )
        self.reasons: list[str] = []

    @property
    def requests(self) -> int:
        return self._surroundings.cluster.requests

    def _note(self, line: str) -> None:
        """The log says why a login failed; the user is not told."""
        self.reasons += [found for found in [json.loads(line).get("reason")] if found]

    def invoke(self, event: dict[str, Any]) -> Any:
        return handle(event, Context(), self._surroundings)


class Function:
    """One user after the other in one container; `log_in` gives the seconds until the user is in."""

    def __init__(self, api: Api) -> None:
        self._rest: list[dict[str, Any]] = []
        self.hand_overs = 0
        self._container = Container(api.url, api.ca_pem, self._rest.append)

    @property
    def requests(self) -> int:
        return self._container.requests

    def log_in(self, user: str, groups: list[str]) -> float:
        started = time.perf_counter()
        self._container.invoke(login_event(user, groups))
        seconds = time.perf_counter() - started
        while self._rest:
            self.hand_overs += 1
            self._continue(self._rest.pop())
        return seconds

    def settle(self, user: str, groups: list[str]) -> None:
        """Log in until the next login has nothing to change; a busy machine may deny the first ones."""
        for _ in range(TRIES):
            with contextlib.suppress(ProfileManagerError):
                self.log_in(user, groups)
                self.log_in(user, groups)
                return
        raise SystemExit(f"{user} was denied {TRIES} times: {'; '.join(self._container.reasons[-3:])}")

    def _continue(self, payload: dict[str, Any]) -> None:
        """An asynchronous invocation that fails is tried twice more by Lambda."""
        for _ in range(3):
            with contextlib.suppress(ProfileManagerError):
                self._container.invoke(payload)
                return
