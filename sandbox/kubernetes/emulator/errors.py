"""What the API answers when it refuses: a Status object with Kubernetes' own reasons and messages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes.emulator.resources import Resource


class ApiError(Exception):
    def __init__(self, code: int, reason: str, message: str, **details: Any):
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message
        self.details = {key: value for key, value in details.items() if value not in ("", None)}

    def status(self) -> dict:
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }


@dataclass(frozen=True)
class FieldError:
    """One reason why an object is invalid, in the words of Kubernetes' field package."""

    field: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]


def required(field: str, why: str = "") -> FieldError:
    return FieldError(field, "FieldValueRequired", f"Required value: {why}" if why else "Required value")


def invalid_value(field: str, value: Any, why: str) -> FieldError:
    return FieldError(field, "FieldValueInvalid", f"Invalid value: {_shown(value)}: {why}")


def unsupported(field: str, value: Any, supported: Iterable[Any]) -> FieldError:
    choices = ", ".join(_shown(choice) for choice in supported)
    message = f"Unsupported value: {_shown(value)}: supported values: {choices}"
    return FieldError(field, "FieldValueNotSupported", message)


def duplicate(field: str, value: Any) -> FieldError:
    return FieldError(field, "FieldValueDuplicate", f"Duplicate value: {_shown(value)}")


def not_allowed(field: str, why: str) -> FieldError:
    return FieldError(field, "FieldValueForbidden", f"Forbidden: {why}")


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def forbidden(message: str, **details: Any) -> ApiError:
    return ApiError(403, "Forbidden", message, **details)


def unknown_path() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def not_found(resource: Resource, name: str) -> ApiError:
    message = f'{resource.qualified_name} "{name}" not found'
    return ApiError(404, "NotFound", message, name=name, group=resource.group, kind=resource.plural)


def method_not_allowed() -> ApiError:
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message)


def already_exists(resource: Resource, name: str) -> ApiError:
    message = f'{resource.qualified_name} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, name=name, group=resource.group, kind=resource.plural)


def conflict(resource: Resource, name: str, why: str) -> ApiError:
    message = f'Operation cannot be fulfilled on {resource.qualified_name} "{name}": {why}'
    return ApiError(409, "Conflict", message, name=name, group=resource.group, kind=resource.plural)


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def unsupported_media_type(accepted: Iterable[str]) -> ApiError:
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", message)


def unprocessable(message: str) -> ApiError:
    return ApiError(422, "Invalid", message)


def invalid(resource: Resource, name: str, errors: list[FieldError]) -> ApiError:
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    text = str(errors[0]) if len(errors) == 1 else f"[{', '.join(map(str, errors))}]"
    causes = [{"reason": e.reason, "message": e.message, "field": e.field} for e in errors]
    message = f'{kind} "{name}" is invalid: {text}'
    return ApiError(422, "Invalid", message, name=name, group=resource.group, kind=resource.kind, causes=causes)
