"""The users of the Cognito user pool, for the scheduled run and the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .aws_api import Service, post
from .deadline import Deadline
from .sigv4 import Credentials

PAGE = 60  # the most that ListUsers gives at once


@dataclass(frozen=True)
class PoolUser:
    user_name: str
    enabled: bool
    modified: float  # seconds since the epoch
    attributes: Mapping[str, str]


def list_users(user_pool_id: str, variables: Mapping[str, str], deadline: Deadline) -> list[PoolUser]:
    service = Service.from_variables("cognito-idp", variables)

    def list_page(request: Mapping[str, Any]) -> Mapping[str, Any]:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUsers",
        }
        return post(service, "/", headers, request, Credentials.from_variables(variables), deadline)

    return read_pages(user_pool_id, list_page)


def read_pages(user_pool_id: str, list_page: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> list[PoolUser]:
    users: list[PoolUser] = []
    request: dict[str, Any] = {"UserPoolId": user_pool_id, "Limit": PAGE}
    while True:
        page = list_page(request)
        users += [_user(record) for record in page.get("Users") or []]
        if not page.get("PaginationToken"):
            return users
        request = {**request, "PaginationToken": page["PaginationToken"]}


def _user(record: Mapping[str, Any]) -> PoolUser:
    attributes = {item["Name"]: item.get("Value", "") for item in record.get("Attributes") or []}
    modified = float(record.get("UserLastModifiedDate") or 0)
    return PoolUser(record.get("Username", ""), bool(record.get("Enabled", True)), modified, attributes)
