"""What Cognito makes of an assertion: the user's attributes after the sign-in, and the event for the token trigger.

Pure: the pool comes as a value (user_pool.py reads it), the time too. The rules are those of Cognito's developer guide
("Specifying attribute mappings", "Pre token generation"); refusals carry Cognito's own error code.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.login.claims import NAME_ID, Claims

LONGEST_VALUE = 2048
EVENT_VERSIONS = {"V1_0": "1", "V2_0": "2", "V3_0": "3"}
# Cognito sets these itself at a federated sign-in, whatever the app client may write.
ALWAYS_WRITABLE = {"email_verified", "phone_number_verified"}


class SignInRefused(Exception):
    """Cognito ends the sign-in; the text is what the callback address gets as error_description."""


@dataclass(frozen=True)
class Attribute:
    """One entry of the pool's schema; `longest` counts characters."""

    name: str
    mutable: bool = True
    required: bool = False
    longest: int = LONGEST_VALUE


@dataclass(frozen=True)
class Trigger:
    """The pool's function for tokens and the shape of its event (V1_0, V2_0, V3_0)."""

    function_arn: str
    version: str = "V1_0"


@dataclass(frozen=True)
class UserPool:
    """What a sign-in needs of a pool; `mapping` is attribute -> claim type, `writable` None means the standard ones."""

    id: str
    arn: str
    region: str
    attributes: Mapping[str, Attribute]
    mapping: Mapping[str, str]
    provider: str
    client_id: str
    writable: frozenset[str] | None = None
    issuer: str = ""
    case_sensitive: bool = True
    trigger: Trigger | None = None


@dataclass(frozen=True)
class Account:
    """A user as the pool keeps him; `created` in milliseconds since 1970."""

    name: str
    sub: str
    name_id: str
    created: int
    attributes: Mapping[str, str]


def groups_of(pool: UserPool) -> tuple[str, ...]:
    """The pool's groups of a federated user: the one that Cognito keeps for the users of his provider."""
    return (f"{pool.id}_{pool.provider}",)


def user_name(pool: UserPool, name_id: str) -> str:
    """`<provider>_<NameID>`, in lower case where the pool does not tell cases apart."""
    name = f"{pool.provider}_{name_id}"
    return name if pool.case_sensitive else name.lower()


def sign_in(pool: UserPool, claims: Claims, known: Account | None, sub: str, now: int) -> Account:
    """The account after this assertion; `sub` and `now` are for an account that does not exist yet."""
    name_id = claims[NAME_ID][0]
    if known and known.name_id != name_id:
        raise SignInRefused("Username already exists: the NameID differs in upper and lower case from the known one")
    arrived = mapped_attributes(pool, claims, first_time=known is None)
    attributes = {**(known.attributes if known else {}), **arrived}
    missing = sorted(
        a.name for a in pool.attributes.values() if a.required and a.name != "sub" and a.name not in attributes
    )
    if missing:
        raise SignInRefused(f"attributes required: [{', '.join(missing)}]")
    if known:
        return Account(known.name, known.sub, known.name_id, known.created, attributes)
    return Account(user_name(pool, name_id), sub, name_id, now, attributes)


def mapped_attributes(pool: UserPool, claims: Claims, first_time: bool) -> dict[str, str]:
    """The attributes that this assertion writes; a claim that did not come writes nothing."""
    arrived = {}
    for name, claim in pool.mapping.items():
        values = claims.get(claim)
        if name == "username" or not values:
            continue
        attribute = pool.attributes.get(name)
        if attribute is None:
            raise SignInRefused(f"Invalid user attributes: Type for attribute {{{name}}} could not be determined")
        if not attribute.mutable and not first_time:
            raise SignInRefused(f"user.{name}: Attribute cannot be updated.")
        if not may_write(pool, name):
            raise SignInRefused(f"user.{name}: A client attempted to write unauthorized attribute")
        arrived[name] = checked(attribute, joined(values))
    return arrived


def may_write(pool: UserPool, name: str) -> bool:
    """Whether the app client may write the attribute; without a list of its own: the standard ones only."""
    if name in ALWAYS_WRITABLE:
        return True
    return not name.startswith("custom:") if pool.writable is None else name in pool.writable


def joined(values: Sequence[str]) -> str:
    """One value stays as it is; several become `[a, b]`, each of them form-encoded."""
    if len(values) == 1:
        return values[0]
    return f"[{', '.join(form_encoded(value) for value in values)}]"


def form_encoded(value: str) -> str:
    """Letters, digits and `. - * _` stay, a blank becomes `+`, the rest `%XX`."""
    return urllib.parse.quote_plus(value, safe="*").replace("~", "%7E")


def checked(attribute: Attribute, value: str) -> str:
    longest = min(attribute.longest, LONGEST_VALUE)
    if len(value) > longest:
        raise SignInRefused(f"user.{attribute.name}: value has {len(value)} characters, at most {longest} are allowed")
    if any(ord(character) > 0xFFFF for character in value):
        raise SignInRefused(f"user.{attribute.name}: characters of four bytes in UTF-8 are not allowed")
    return value


def token_event(
    pool: UserPool,
    account: Account,
    source: str = "TokenGeneration_HostedAuth",
    scopes: Sequence[str] = ("openid", "email"),
) -> dict[str, Any]:
    """The event of the pool's token trigger, in the version the pool names."""
    version = EVENT_VERSIONS[pool.trigger.version if pool.trigger else "V1_0"]
    request: dict[str, Any] = {
        "userAttributes": _event_attributes(pool, account),
        "groupConfiguration": {
            "groupsToOverride": list(groups_of(pool)),
            "iamRolesToOverride": [],
            "preferredRole": "",
        },
    }
    response: dict[str, Any] = {"claimsOverrideDetails": ""}
    if version != "1":
        request["scopes"] = list(scopes)
        response = {"claimsAndScopeOverrideDetails": None}
    return {
        "version": version,
        "triggerSource": source,
        "region": pool.region,
        "userPoolId": pool.id,
        "userName": account.name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client_id},
        "request": request,
        "response": response,
    }


def _event_attributes(pool: UserPool, account: Account) -> dict[str, str]:
    identity = {
        "userId": account.name_id,
        "providerName": pool.provider,
        "providerType": "SAML",
        "issuer": pool.issuer,
        "primary": True,
        "dateCreated": account.created,
    }
    return {
        "sub": account.sub,
        "cognito:user_status": "EXTERNAL_PROVIDER",
        "identities": json.dumps([identity], separators=(",", ":")),
        **account.attributes,
    }
