# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for the role of the function, which may do the least that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    OWN_TAG,
    WantedProfileManager,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_changes

POLICY_NAME = "profile-manager"
DESCRIPTION = "Lets the profile manager write its log and call itself; in the cluster it is known by its ARN."
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
NETWORK_ACTIONS = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
TRACING_ACTIONS = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]


@dataclass(frozen=True)
class Needs:
    """What the function needs rights for beyond its log and itself."""

    in_vpc: bool = False
    is_scheduled: bool = False
    is_traced: bool = False


def policy(wanted: WantedProfileManager, needs: Needs) -> dict[str, Any]:
    """The rights of the function: streams of its own log group, calling itself, and what its `needs` add.

    A scheduled run lists the users of exactly its pool. EC2 knows no narrower resource for what Lambda does in a VPC
    before the interface exists, and X-Ray knows none at all.
    """
    statements = [
        {
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": wanted.place.arn("logs", f"log-group:{wanted.log_group}:*"),
        },
        {
            "Sid": "CallItself",
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": wanted.function_arn,
        },
    ]
    if needs.is_scheduled:
        statements.append(
            {
                "Sid": "ListUsersOfThePool",
                "Effect": "Allow",
                "Action": "cognito-idp:ListUsers",
                "Resource": wanted.user_pool_arn or UNKNOWN,
            }
        )
    if needs.in_vpc:
        statements.append({"Sid": "JoinTheVpc", "Effect": "Allow", "Action": NETWORK_ACTIONS, "Resource": "*"})
    if needs.is_traced:
        statements.append({"Sid": "WriteTraces", "Effect": "Allow", "Action": TRACING_ACTIONS, "Resource": "*"})
    return {"Version": "2012-10-17", "Statement": statements}


def present(current: Mapping[str, Any] | None, wanted: WantedProfileManager, needs: Needs) -> Plan:
    """`current` is `{name, arn, trust_policy, policy, permissions_boundary, tags}`."""
    rights = policy(wanted, needs)
    name = wanted.role_name
    if current is None:
        return _created(wanted, rights)
    refuse_foreign(current["tags"], f"The role {name}", "role_name", wanted)
    after = {**current, "trust_policy": TRUST, "policy": rights}
    calls = []
    if current["trust_policy"] != TRUST:
        calls.append(Call("set_trust_policy", {"name": name, "policy": TRUST}))
    boundary = wanted.permissions_boundary
    if boundary is not None and boundary != (current["permissions_boundary"] or ""):
        calls.append(Call("set_permissions_boundary", {"name": name, "boundary": boundary}))
        after["permissions_boundary"] = boundary or None
    if current["policy"] != rights:
        calls.append(Call("put_role_policy", {"name": name, "policy_name": POLICY_NAME, "policy": rights}))
    tags = tag_changes(current["tags"], wanted.tags, wanted.purge_tags, wanted.own_tags)
    if tags.added:
        calls.append(Call("tag_role", {"name": name, "tags": tags.added}))
    if tags.removed:
        calls.append(Call("untag_role", {"name": name, "keys": tags.removed}))
    after["tags"] = tags.after
    return Plan(current, after, tuple(calls))


def absent(current: Mapping[str, Any] | None, wanted: WantedProfileManager) -> Plan:
    """Remove the role with its policies; one that we have not made is left alone."""
    if current is None:
        return Plan(None, None)
    if current["tags"].get(OWN_TAG) != wanted.function_name:
        warning = f"The role {wanted.role_name} is left alone: it lacks the tag {OWN_TAG}={wanted.function_name}."
        return Plan(current, current, (), (warning,))
    return Plan(current, None, (Call("delete_role", {"name": wanted.role_name}),))


def refuse_foreign(tags: Mapping[str, str], what: str, option: str, wanted: WantedProfileManager) -> None:
    """Raise when something of the wanted name exists that this module has not made."""
    if tags.get(OWN_TAG) != wanted.function_name:
        raise Refusal(
            f"{what} exists already and was not made by this module. Give another {option}, "
            f"or hand it over by giving it the tag {OWN_TAG}={wanted.function_name}."
        )


def _created(wanted: WantedProfileManager, rights: Mapping[str, Any]) -> Plan:
    tags = tag_changes({}, wanted.tags, False, wanted.own_tags).after
    boundary = wanted.permissions_boundary or None
    after = {
        "name": wanted.role_name,
        "arn": wanted.role_arn,
        "trust_policy": TRUST,
        "policy": rights,
        "permissions_boundary": boundary,
        "tags": tags,
    }
    create = {
        "name": wanted.role_name,
        "trust_policy": TRUST,
        "description": DESCRIPTION,
        "boundary": boundary,
        "tags": tags,
    }
    calls = (
        Call("create_role", create),
        Call("put_role_policy", {"name": wanted.role_name, "policy_name": POLICY_NAME, "policy": rights}),
    )
    return Plan(None, after, calls)
