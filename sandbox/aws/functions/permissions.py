"""Who may do what with functions: the resource policy for services that invoke, the role's policies for the function itself.

Only what the deployment depends on is evaluated: actions by name and wildcard, principals of services, and the conditions that
AddPermission can write. Resources in a role's policies are not looked at.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.awslambda.models import LambdaFunction

from sandbox.aws import principals
from sandbox.aws.calls import Call, refuse

PRINCIPAL_HEADER = "X-Sandbox-Service-Principal"
SOURCE_HEADER = "X-Sandbox-Source-Arn"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def check_service(call: Call, function: LambdaFunction, qualifier: str | None) -> None:
    """A service that invokes needs a statement of the function's policy; users of the account do not."""
    service, source = call.headers.get(PRINCIPAL_HEADER), call.headers.get(SOURCE_HEADER, "")
    if not service:
        return
    resource = function.function_arn + (f":{qualifier}" if qualifier else "")
    if not any(admits(statement, service, source, resource) for statement in function.policy.statements):
        message = (
            f"User: {service} is not authorized to perform: lambda:InvokeFunction on resource: {resource} because no "
            "resource-based policy allows the lambda:InvokeFunction action"
        )
        raise refuse("AccessDeniedException", message)


def admits(statement: Mapping[str, Any], service: str, source: str, resource: str) -> bool:
    principal = statement.get("Principal", {})
    named = principal == "*" or (isinstance(principal, Mapping) and service in as_list(principal.get("Service", [])))
    actions = as_list(statement.get("Action", []))
    allowed = any(fnmatch.fnmatch("lambda:invokefunction", action.lower()) for action in actions)
    same = statement.get("Resource") in (resource, "*")
    return statement.get("Effect") == "Allow" and named and allowed and same and meets(statement, source)


def meets(statement: Mapping[str, Any], source: str) -> bool:
    """The conditions on the source's ARN and account; one that is not known here is not met."""
    account = source.split(":")[4] if source.count(":") >= 5 else ""
    values = {"aws:sourcearn": source, "aws:sourceaccount": account}
    for operator, tests in statement.get("Condition", {}).items():
        for key, wanted in tests.items():
            value = values.get(key.lower())
            matches = fnmatch.fnmatchcase if "Like" in operator else str.__eq__
            if value is None or not any(matches(value, pattern) for pattern in as_list(wanted)):
                return False
    return True


def documents_of(account: str, role_arn: str) -> Iterator[dict[str, Any]]:
    role = principals.role_of(account, role_arn)
    if role is None:
        return
    yield from (json.loads(document) for document in list(role.policies.values()))
    yield from (json.loads(policy.document) for policy in list(role.managed_policies.values()))


def role_allows(account: str, role_arn: str, action: str) -> bool:
    """Whether some policy of the role allows this action on anything, and none denies it everywhere."""
    statements = [
        statement
        for document in documents_of(account, role_arn)
        for statement in as_list(document.get("Statement", []))
    ]

    def covers(statement: Mapping[str, Any]) -> bool:
        return any(fnmatch.fnmatch(action.lower(), one.lower()) for one in as_list(statement.get("Action", [])))

    denied = any(covers(one) and one["Effect"] == "Deny" and one.get("Resource") == "*" for one in statements)
    return not denied and any(covers(one) and one["Effect"] == "Allow" for one in statements)
