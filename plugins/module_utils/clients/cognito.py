# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Cognito: user pools, and what the clients of their parts have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call, code_of
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

PAGE_SIZE = 60
GONE = ("ResourceNotFoundException",)
THROTTLED = ["TooManyRequestsException", "ThrottlingException", "InternalErrorException"]
"""What the retries of the module base have to know beyond their own list."""

COLLISION = "ConcurrentModificationException"
COLLISION_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
UNSTEADY = ("EstimatedNumberOfUsers", "LastModifiedDate")
"""Fields of a description that move without anybody changing a setting."""


class Cognito:
    """User pools of one region, by way of a boto3 connection to cognito-idp that knows `aws_retry`."""

    def __init__(self, connection: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self.connection = connection
        self.sleep = sleep
        self._created: dict[str, str] = {}  # lists may not show at once what has just been created

    def read_user_pools(
        self, name: str | None = None, user_pool_id: str | None = None, look_for_users: bool = False
    ) -> list[dict[str, Any]]:
        """The descriptions of the pool with the id, or of all pools with the name.

        With `look_for_users` the number of users is at least 1 where there is one, whatever Cognito's estimate says.
        """
        ids = [user_pool_id] if user_pool_id else self._ids_of(name)
        pools = [pool for pool in map(self.describe_user_pool, ids) if pool]
        for pool in pools if look_for_users else ():
            pool["EstimatedNumberOfUsers"] = max(pool.get("EstimatedNumberOfUsers", 0), self._users(pool["Id"]))
        return pools

    def _ids_of(self, name: str | None) -> list[str]:
        ids = {pool["Id"] for pool in self._pools() if pool["Name"] == name}
        if name in self._created:
            ids.add(self._created[name])
        return sorted(ids)

    @aws_call("list the user pools")
    def _pools(self) -> list[dict[str, Any]]:
        return self.pages(self.connection.list_user_pools, "UserPools")

    @aws_call("look for users of the user pool {user_pool_id}")
    def _users(self, user_pool_id: str) -> int:
        return len(self.connection.list_users(UserPoolId=user_pool_id, Limit=1, aws_retry=True)["Users"])

    @aws_call(
        "describe the user pool {user_pool_id}",
        missing=GONE,
        remedies={"InvalidParameterException": "Ids of user pools look like eu-west-1_AbCdEf123."},
    )
    def describe_user_pool(self, user_pool_id: str) -> dict[str, Any] | None:
        """The description of one pool, None when it is gone."""
        return self.connection.describe_user_pool(UserPoolId=user_pool_id, aws_retry=True)["UserPool"]

    def updatable_user_pool_keys(self) -> frozenset[str]:
        """The fields that UpdateUserPool takes, as the installed botocore knows them."""
        return self.input_keys("UpdateUserPool")

    @aws_call(
        "create the user pool {request[PoolName]}",
        remedies={
            "LimitExceededException": "Delete user pools that are not needed, or ask AWS for a higher quota.",
            "TierChangeNotAllowedException": "Set user_pool_tier to one that this account may use.",
        },
    )
    def create_user_pool(self, **request: Any) -> dict[str, Any]:
        """The description of a new pool."""
        pool = self.connection.create_user_pool(**request, aws_retry=True)["UserPool"]
        self._created[request["PoolName"]] = pool["Id"]
        return pool

    @aws_call("add attributes to the user pool {request[UserPoolId]}")
    def add_custom_attributes(self, **request: Any) -> None:
        """Let the pool's schema grow."""
        self.connection.add_custom_attributes(**request, aws_retry=True)

    @aws_call(
        "update the user pool {request[UserPoolId]}",
        remedies={
            "TierChangeNotAllowedException": "Turn off first what the wanted tier does not offer.",
            COLLISION: "Somebody else kept changing it; run the task again.",
        },
    )
    def update_user_pool(self, seen: Mapping[str, Any], **request: Any) -> None:
        """Replace the settings of a pool; `seen` is the description that the request was made from."""
        self.send_unless_changed(
            lambda: self.connection.update_user_pool(**request, aws_retry=True),
            lambda: self.describe_user_pool(request["UserPoolId"]),
            seen,
            f"The user pool {request['UserPoolId']}",
        )

    @aws_call(
        "delete the user pool {user_pool_id}",
        missing=GONE,
        remedies={"InvalidParameterException": "Remove its domain first, and turn off its deletion protection."},
    )
    def delete_user_pool(self, user_pool_id: str) -> None:
        """Delete a pool and all its users."""
        self.connection.delete_user_pool(UserPoolId=user_pool_id, aws_retry=True)
        self._created = {name: pool_id for name, pool_id in self._created.items() if pool_id != user_pool_id}

    def pages(self, operation: Callable[..., Mapping[str, Any]], key: str, **arguments: Any) -> list[dict[str, Any]]:
        """All items of a listing, page after page."""
        items: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = operation(**arguments, **token, MaxResults=PAGE_SIZE, aws_retry=True)
            items.extend(page.get(key, []))
            if not page.get("NextToken"):
                return items
            token = {"NextToken": page["NextToken"]}

    def input_keys(self, operation: str) -> frozenset[str]:
        """The names of the fields that an operation takes."""
        return frozenset(self.connection.meta.service_model.operation_model(operation).input_shape.members)

    def send_unless_changed(
        self,
        send: Callable[[], Any],
        read: Callable[[], Mapping[str, Any] | None],
        seen: Mapping[str, Any],
        what: str,
    ) -> None:
        """Send a whole-resource update, again after a collision, but never over a change that was not `seen`."""
        for pause in COLLISION_PAUSES:
            try:
                send()
                return
            except Exception as error:
                if code_of(error) != COLLISION:
                    raise
            self.sleep(pause)
            if _steady(read() or {}) != _steady(seen):
                raise ServiceError(
                    f"{what} was changed by somebody else while this task ran; nothing was overwritten. "
                    "Run the task again.",
                    code=COLLISION,
                )
        send()


def _steady(description: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in description.items() if key not in UNSTEADY}
