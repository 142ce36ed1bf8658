"""The function as the benchmark calls it: one warm container, an event in, the event out."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import time
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
        "settings": json.dumps({"deadlineSeconds": 4.5}),
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
    aws_request_id = "benchmark"

    def __init__(self) -> None:
        self._end = time.monotonic() + 5

    def get_remaining_time_in_millis(self) -> int:
        return int((self._end - time.monotonic()) * 1000)


class Function:
    def __init__(self, api: Api) -> None:
        self._rest: list[dict[str, Any]] = []
        self.hand_overs = 0
        self._surroundings = Surroundings(
            environment(api.url, api.ca_pem),
            invoke_self=lambda payload, variables, deadline: self._rest.append(dict(payload)),
            write=lambda line: None,
        )

    @property
    def requests(self) -> int:
        return self._surroundings.cluster.requests

    def log_in(self, user: str, groups: list[str]) -> float:
        """Seconds until the user is in; what is handed over is done afterwards, as Lambda would."""
        started = time.perf_counter()
        handle(login_event(user, groups), Context(), self._surroundings)
        seconds = time.perf_counter() - started
        while self._rest:
            self.hand_overs += 1
            self._continue(self._rest.pop())
        return seconds

    def _continue(self, payload: dict[str, Any]) -> None:
        """An asynchronous invocation that fails is tried twice more by Lambda."""
        for _ in range(3):
            with contextlib.suppress(ProfileManagerError):
                handle(payload, Context(), self._surroundings)
                return
