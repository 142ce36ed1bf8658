"""Who is behind a key or an ARN: IAM users and roles of this account, with the ids that a re-creation changes."""

from __future__ import annotations

from typing import NamedTuple

from moto.iam.models import IAMBackend, Role, User, iam_backends
from moto.sts.models import sts_backends

from sandbox.aws import roles

PARTITION = "aws"


class Principal(NamedTuple):
    """A user or a role; `id` is AIDA… or AROA…, new with each creation."""

    arn: str
    id: str


def iam(account: str) -> IAMBackend:
    return iam_backends[account][PARTITION]


def role_of(account: str, arn: str) -> Role | None:
    """The role with exactly this ARN, path included."""
    return next((role for role in list(iam(account).roles.values()) if role.arn == arn), None)


def user_of(account: str, arn: str) -> User | None:
    return next((user for user in list(iam(account).users.values()) if user.arn == arn), None)


def principal_of(account: str, arn: str) -> Principal | None:
    found = role_of(account, arn) or user_of(account, arn)
    return Principal(found.arn, found.id) if found else None


def caller_of(account: str, access_key: str) -> Principal:
    """The user or the role (not its session) that signed; a key nobody issued is the account's root."""
    session = sts_backends[account][PARTITION].get_assumed_role_from_access_key(access_key)
    if session:
        return principal_of(account, session.role_arn) or Principal(session.role_arn, "")
    user = iam(account).get_user_from_access_key_id(access_key)
    if user:
        return Principal(user.arn, user.id)
    return Principal(f"arn:{PARTITION}:iam::{account}:root", account)


def trusts(role: Role, service: str) -> bool:
    """Whether the role's trust policy names this service, e.g. lambda.amazonaws.com."""
    return f'"{service}"' in role.assume_role_policy_document


def can_be_assumed_by(account: str, role_arn: str, service: str) -> bool:
    """Whether the role exists, trusts the service, and has had the time to become known to it."""
    role = role_of(account, role_arn)
    return role is not None and trusts(role, service) and roles.is_spread(role)
