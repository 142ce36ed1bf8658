"""The trust policy of a role that service accounts assume, as the profile controller rewrites it.

Kept as upstream (plugin_iam.go), faults included: only the first statement counts and the others are lost, and without
the last account the policy lets every service account of the cluster in, because only the audience is left.
"""

from __future__ import annotations

from typing import Any

AUDIENCE = "sts.amazonaws.com"

Policy = dict[str, Any]


class NoIdentityProvider(Exception):
    """A trust policy whose first statement is not for an OIDC provider: AWS refuses what upstream makes of it."""


def with_service_account(policy: Policy, namespace: str, account: str) -> Policy:
    """The policy that lets this service account assume the role too."""
    provider, identities = _first_statement(policy)
    identity = _identity(namespace, account)
    if identity in identities:
        return policy
    return _policy(provider, [*identities, identity])


def without_service_account(policy: Policy, namespace: str, account: str) -> Policy:
    """The policy that no longer names this service account."""
    provider, identities = _first_statement(policy)
    return _policy(provider, [each for each in identities if each != _identity(namespace, account)])


def _identity(namespace: str, account: str) -> str:
    return f"system:serviceaccount:{namespace}:{account}"


def _first_statement(policy: Policy) -> tuple[str, list[str]]:
    """The ARN of the OIDC provider and the service accounts that may assume the role."""
    statement = next(iter(policy.get("Statement") or []), {})
    provider = (statement.get("Principal") or {}).get("Federated", "")
    if ":oidc-provider/" not in provider:
        raise NoIdentityProvider("the first statement of the role's trust policy is not for an OIDC provider")
    equals = (statement.get("Condition") or {}).get("StringEquals") or {}
    identities = equals.get(f"{_issuer(provider)}:sub") or []
    return provider, [identities] if isinstance(identities, str) else list(identities)


def _policy(provider: str, identities: list[str]) -> Policy:
    equals: dict[str, list[str]] = {f"{_issuer(provider)}:aud": [AUDIENCE]}
    if identities:
        equals[f"{_issuer(provider)}:sub"] = identities
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider},
        "Condition": {"StringEquals": equals},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _issuer(provider: str) -> str:
    return provider.partition("/")[2]
