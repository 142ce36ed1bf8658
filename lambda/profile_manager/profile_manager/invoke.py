"""Asks Lambda to run this same function again, later and on its own, for what did not fit into this invocation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .aws_api import Service, post
from .deadline import Deadline
from .sigv4 import Credentials


def invoke_self(payload: Mapping[str, Any], variables: Mapping[str, str], deadline: Deadline) -> None:
    function = quote(variables["AWS_LAMBDA_FUNCTION_NAME"], safe="")
    post(
        Service.from_variables("lambda", variables),
        f"/2015-03-31/functions/{function}/invocations",
        {"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event"},
        payload,
        Credentials.from_variables(variables),
        deadline,
    )
