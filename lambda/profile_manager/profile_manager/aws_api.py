"""One signed POST to an AWS service, for the few calls that the function makes beside the cluster."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from .deadline import Deadline
from .errors import AwsError, OutOfTime
from .sigv4 import Credentials, Scope, signed_headers

TRIES = 4
LATER = ("TooManyRequestsException", "ThrottlingException", "InternalErrorException", "ServiceException")


@dataclass(frozen=True)
class Service:
    """A service's name in signatures and where it answers."""

    name: str
    region: str
    endpoint: str

    @classmethod
    def from_variables(cls, name: str, variables: Mapping[str, str]) -> Service:
        region = variables["AWS_REGION"]
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return cls(name, region, variables.get("AWS_ENDPOINT_URL") or f"https://{name}.{region}.{domain}")


def post(
    service: Service,
    path: str,
    headers: Mapping[str, str],
    body: Mapping[str, Any],
    credentials: Credentials,
    deadline: Deadline,
) -> dict[str, Any]:
    """The service's answer; AwsError names the service and its error's type only."""
    payload, pause = json.dumps(body).encode(), 0.1
    for attempt in range(1, TRIES + 1):
        try:
            status, data = _exchange(service, path, headers, payload, credentials, deadline)
        except (OSError, http.client.HTTPException) as cause:
            if attempt == TRIES:
                raise AwsError(f"{service.name} did not answer: {type(cause).__name__}") from cause
        else:
            if 200 <= status < 300:
                return data
            code = str(data.get("__type") or data.get("Type") or status).rsplit("#", 1)[-1]
            if attempt == TRIES or (status < 500 and status != 429 and code not in LATER):
                raise AwsError(f"{service.name} answered {status}: {code}", code)
        if deadline.remaining() <= pause:
            raise OutOfTime(f"{service.name} gave no usable answer until the deadline")
        time.sleep(pause)
        pause *= 2
    raise AssertionError("unreachable")


def _exchange(
    service: Service,
    path: str,
    headers: Mapping[str, str],
    payload: bytes,
    credentials: Credentials,
    deadline: Deadline,
) -> tuple[int, dict[str, Any]]:
    address = urlsplit(service.endpoint)
    scope = Scope(service.region, service.name, datetime.now(UTC))
    signed = signed_headers("POST", address.netloc, path, headers, payload, scope, credentials)
    seconds = deadline.within(5.0)
    if address.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(address.netloc, timeout=seconds, context=context)
    else:
        connection = http.client.HTTPConnection(address.netloc, timeout=seconds)
    try:
        connection.request("POST", path, body=payload, headers=signed)
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    try:
        value = json.loads(data or b"{}")
    except ValueError:
        value = {}
    return answer.status, value if isinstance(value, dict) else {}
