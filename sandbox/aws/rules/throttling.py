"""A share of all calls is refused because too many came: each service in its own words, seeded, so that runs are alike.

Sources: each service's API reference, common errors; Cognito and Lambda have TooManyRequestsException, which botocore's default
retry mode does not repeat when the status is 400.
"""

from __future__ import annotations

import random
import threading

from sandbox.aws.calls import Call, Desk, refuse
from sandbox.aws.functions.permissions import PRINCIPAL_HEADER

CODES = {
    "acm": "ThrottlingException",
    "cognito-idp": "TooManyRequestsException",
    "ec2": "RequestLimitExceeded",
    "eks": "ThrottlingException",
    "elbv2": "Throttling",
    "events": "ThrottlingException",
    "iam": "Throttling",
    "lambda": "TooManyRequestsException",
    "logs": "ThrottlingException",
    "route53": "Throttling",
}
# Calls of services to services, which have no such limits.
NEVER = frozenset((("lambda", "Invoke"),))


class Throttle:
    """Refuses each call with the same probability."""

    def __init__(self, share: float, seed: int = 2026) -> None:
        self.share = share
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> None:
        code = CODES.get(call.service)
        if code is None or (call.service, call.operation) in NEVER or PRINCIPAL_HEADER in call.headers:
            return
        with self._lock:
            refused = self._random.random() < self.share
        if refused:
            raise refuse(code, "Rate exceeded")


def install(desk: Desk, share: float) -> None:
    if share > 0:
        desk.rules_for_all.append(Throttle(share))
