"""One door for every AWS call: rules may refuse it, a handler of ours may answer it, otherwise moto does.

The only patch of moto's core: `BaseResponse.call_action` asks the desk first. Parameters come in the API's own shape
(botocore's model) whatever the protocol, so that rules and handlers read like the API reference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

# The status of errors that no service's model lists.
COMMON_STATUS = {"AccessDeniedException": 403}
Answer = tuple[int, dict[str, Any], Any]
MOTO_CALL_ACTION = BaseResponse.call_action


class Refused(ServiceException):
    """A refusal in AWS's words; moto looks for its HTTP status in the model of the service that was called."""


def refuse(code: str, message: str) -> Refused:
    """The exception, to be raised, that the caller sees as AWS's own error."""
    return Refused(code, message)


@dataclass
class Call:
    """One request: service "eks", operation "CreateCluster", parameters {"name": …}."""

    response: BaseResponse
    service: str
    operation: str

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The request as botocore's model describes it, e.g. {"UserPoolId": "eu-west-1_Ab3"}."""
        request = self.response.normalized_request
        model = get_service_model(self.service)
        protocol = determine_request_protocol(model, request.content_type)
        parser = PROTOCOL_PARSERS[protocol](model.operation_model(self.operation), map_type=dict)
        return parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": self.response.uri_match,
            }
        )

    def get(self, name: str, default: Any = None) -> Any:
        value = self.parameters.get(name)
        return default if value is None else value

    @property
    def region(self) -> str:
        return self.response.region

    @property
    def account(self) -> str:
        return self.response.current_account

    @property
    def access_key(self) -> str:
        return self.response.access_key

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    def moto(self) -> Answer:
        """moto's own answer: status, headers, body."""
        return MOTO_CALL_ACTION(self.response)

    def moto_json(self) -> dict[str, Any]:
        """moto's own answer as a document; an error is raised as what it is."""
        status, _headers, body = self.moto()
        document = json.loads(body or "{}")
        if status >= 400:
            code = document.get("__type") or document.get("Code") or _headers.get("x-amzn-ErrorType", "Unknown")
            message = document.get("message") or document.get("Message") or ""
            raise refuse(code, message)
        return document


Rule = Callable[[Call], None]
Handler = Callable[[Call], Any]
Key = tuple[str, str]


@dataclass
class Desk:
    """Who answers what: handlers and rules by (service, operation).

    `served` counts calls by (access key, service, operation).
    """

    handlers: dict[Key, Handler] = field(default_factory=dict)
    rules: dict[Key, list[Rule]] = field(default_factory=dict)
    rules_for_all: list[Rule] = field(default_factory=list)
    served: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def answer_by(self, service: str, handlers: Mapping[str, Handler]) -> None:
        self.handlers.update({(service, operation): handler for operation, handler in handlers.items()})

    def refuse_by(self, rule: Rule, service: str, operations: Iterable[str]) -> None:
        for operation in operations:
            self.rules.setdefault((service, operation), []).append(rule)

    def open(self) -> None:
        """From now on this desk stands in front of moto; the last one opened wins."""
        desk = self

        def call_action(response: BaseResponse) -> Answer:
            return desk.serve(response)

        BaseResponse.call_action = call_action

    @staticmethod
    def close() -> None:
        BaseResponse.call_action = MOTO_CALL_ACTION

    def serve(self, response: BaseResponse) -> Answer:
        operation = response._get_action()
        key = (response.boto3_service_name, operation)
        self.served[response.access_key, *key] += 1
        rules = [*self.rules_for_all, *self.rules.get(key, [])]
        handler = self.handlers.get(key)
        if not operation or not (rules or handler):
            return MOTO_CALL_ACTION(response)
        call = Call(response, *key)
        try:
            for rule in rules:
                rule(call)
            result = handler(call) if handler else MOTO_CALL_ACTION(response)
        except ServiceException as error:
            status, headers, body = response.serialized(ActionResult(error))
            return COMMON_STATUS.get(error.code, status), headers, body
        except HTTPException as error:
            headers = {**dict(error.get_headers() or []), **response.response_headers}
            return error.code or 400, headers, error.get_body()
        return result if isinstance(result, tuple) else response.serialized(ActionResult(result))
