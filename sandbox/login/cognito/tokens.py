"""The claims of Cognito's tokens and of userInfo.  Pure: what the trigger has changed is in the grant.

Developer guide, "Understanding the ID token", "the access token", "Pre token generation", and the table of scopes:
openid alone tells every attribute that the client may read, beside other scopes only what those name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.login.cognito.memory import Grant
from sandbox.login.event import UserPool, groups_of

FIXED = frozenset(
    ("acr", "amr", "aud", "at_hash", "auth_time", "azp", "cognito:username", "exp", "iat", "identities", "iss", "jti")
    + ("nbf", "nonce", "origin_jti", "sub", "token_use")
)
FIXED_IN_ACCESS = FIXED | {"client_id", "username", "version", "scope", "device_key", "event_id"}
SCOPED = {"email": ("email", "email_verified"), "phone": ("phone_number", "phone_number_verified")}
SCOPE_OF = {name: scope for scope, names in SCOPED.items() for name in names}
"""Every other attribute is of the scope profile."""
BOOLEANS = ("email_verified", "phone_number_verified")

Claims = dict[str, Any]


@dataclass(frozen=True)
class Issue:
    """One issue of tokens: for whom, by which pool and client, when."""

    grant: Grant
    pool: UserPool
    issuer: str
    readable: frozenset[str] | None
    now: int
    id_seconds: int = 3600
    access_seconds: int = 3600

    @property
    def identity(self) -> Claims:
        """What both tokens say."""
        return {
            "sub": self.grant.account.sub,
            "iss": self.issuer,
            "origin_jti": self.grant.origin,
            "auth_time": self.grant.auth_time,
            "iat": self.now,
            "jti": str(uuid.uuid4()),
        }


def access_claims(issue: Issue) -> Claims:
    changed = changes(issue.grant.overrides, "accessTokenGeneration")
    scopes = [scope for scope in issue.grant.asked.scopes if scope not in (changed.get("scopesToSuppress") or ())]
    scopes += [scope for scope in changed.get("scopesToAdd") or () if scope not in scopes]
    claims = {
        **issue.identity,
        **group_claims(issue),
        "version": 2,
        "client_id": issue.grant.asked.client_id,
        "token_use": "access",
        "scope": " ".join(scopes),
        "exp": issue.now + issue.access_seconds,
        "username": issue.grant.account.name,
    }
    claims.pop("cognito:roles", None)
    claims.pop("cognito:preferred_role", None)
    return overridden(claims, changed, FIXED_IN_ACCESS)


def id_claims(issue: Issue, access_token: str) -> Claims:
    grant = issue.grant
    attributes: Claims = shown(grant.account.attributes, grant.asked.scopes, issue.readable)
    claims = {
        **attributes,
        **{name: attributes[name] == "true" for name in BOOLEANS if name in attributes},
        **issue.identity,
        **group_claims(issue),
        "at_hash": at_hash(access_token),
        "aud": grant.asked.client_id,
        "cognito:username": grant.account.name,
        "identities": [identity_of(issue)],
        "token_use": "id",
        "exp": issue.now + issue.id_seconds,
        **({"nonce": grant.asked.nonce} if grant.asked.nonce else {}),
    }
    return overridden(claims, changes(grant.overrides, "idTokenGeneration"), FIXED)


def user_info(issue: Issue, scopes: Collection[str]) -> Claims:
    """Every value is a text here, also of what is a boolean in the token."""
    account = issue.grant.account
    return {
        "sub": account.sub,
        **shown(account.attributes, scopes, issue.readable),
        "identities": json.dumps([identity_of(issue)], separators=(",", ":")),
        "username": account.name,
    }


def shown(attributes: Mapping[str, str], scopes: Collection[str], readable: frozenset[str] | None) -> Claims:
    """The attributes that the scopes name and the client may read."""
    allowed = {name: value for name, value in attributes.items() if readable is None or name in readable}
    if not {*SCOPED, "profile"} & set(scopes):
        return allowed if "openid" in scopes else {}
    return {name: value for name, value in allowed.items() if SCOPE_OF.get(name, "profile") in scopes}


def identity_of(issue: Issue) -> Claims:
    account = issue.grant.account
    return {
        "dateCreated": str(account.created),
        "userId": account.name_id,
        "providerName": issue.grant.provider,
        "providerType": "SAML",
        "issuer": issue.pool.issuer,
        "primary": "true",
    }


def group_claims(issue: Issue) -> Claims:
    """The pool's groups, unless the trigger has others; an empty answer about groups suppresses them."""
    details = _details(issue.grant.overrides)
    if "groupOverrideDetails" not in details:
        return {"cognito:groups": list(groups_of(issue.pool))}
    given = details["groupOverrideDetails"] or {}
    told = {
        "cognito:groups": given.get("groupsToOverride"),
        "cognito:roles": given.get("iamRolesToOverride"),
        "cognito:preferred_role": given.get("preferredRole"),
    }
    return {name: value for name, value in told.items() if value}


def changes(overrides: Mapping[str, Any], token: str) -> Mapping[str, Any]:
    """What the trigger has said about one kind of token; its first version knows the ID token only."""
    details = _details(overrides)
    if "claimsAndScopeOverrideDetails" in overrides:
        return details.get(token) or {}
    return details if token == "idTokenGeneration" else {}


def overridden(claims: Claims, changed: Mapping[str, Any], fixed: Collection[str]) -> Claims:
    """The claims after the trigger's changes; to suppress one wins over setting it, some cannot be touched."""
    added = changed.get("claimsToAddOrOverride") or {}
    gone = changed.get("claimsToSuppress") or ()
    merged = {**claims, **{name: value for name, value in added.items() if name not in fixed}}
    return {name: value for name, value in merged.items() if name in fixed or name not in gone}


def at_hash(access_token: str) -> str:
    """OpenID Connect Core, 3.1.3.6: the left half of the hash."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def _details(overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    return overrides.get("claimsAndScopeOverrideDetails") or overrides.get("claimsOverrideDetails") or {}
