"""Reads Cognito's pre-token-generation event, versions 1 to 3: who logs in, and with which groups.

Format: user-pool-lambda-pre-token-generation in the Cognito developer guide. The groups arrive in one attribute: a bare
value when there is one, "[a, b]" when there are several, and only then each item is URL-form-encoded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from .errors import NotAUser

LOGINS = ("TokenGeneration_HostedAuth", "TokenGeneration_Authentication")
TRIGGERS = "TokenGeneration_"


@dataclass(frozen=True)
class Login:
    """A person at the door: the short name, the identity that the cluster knows, the directory's groups in order."""

    user: str
    email: str
    groups: tuple[str, ...]


def is_token_event(event: Any) -> bool:
    return isinstance(event, Mapping) and str(event.get("triggerSource", "")).startswith(TRIGGERS)


def is_login(event: Mapping[str, Any]) -> bool:
    """Groups change only at a sign-in; a refresh must never fail for them, or it would throw people out."""
    return event.get("triggerSource") in LOGINS


def user_attributes(event: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = (event.get("request") or {}).get("userAttributes")
    return attributes if isinstance(attributes, Mapping) else {}


def read_login(event: Mapping[str, Any], group_field: str, settings: Any) -> Login:
    attributes = user_attributes(event)
    return person(str(event.get("userName") or ""), attributes, group_field, settings)


def person(user_name: str, attributes: Mapping[str, Any], group_field: str, settings: Any) -> Login:
    """The login that these attributes of the user pool describe; NotAUser when they name nobody."""
    email = identity(attributes, settings.lower_case_email)
    if settings.require_verified_email and str(attributes.get("email_verified", "")).lower() != "true":
        raise NotAUser("the e-mail address is not verified")
    groups = parse_groups(attributes.get(group_field), settings.no_groups, settings.distinguished_names)
    return Login(user=short_name(user_name, attributes), email=email, groups=groups)


def identity(attributes: Mapping[str, Any], lower_case: bool) -> str:
    """The e-mail as KFAM and the dashboard compare it: verbatim, unless the installation lower-cases it everywhere."""
    email = str(attributes.get("email") or "")
    if not email:
        raise NotAUser("the user has no e-mail attribute")
    if lower_case:
        if not email.isascii():  # the Kelvin sign becomes a plain k, and its owner somebody else
            raise NotAUser("the e-mail attribute has letters that change into others when it is lower-cased")
        email = email.lower()
    # Istio reads a leading or trailing "*" in a policy's value as a wildcard: such an address would be everybody.
    if "*" in email or "@" not in email or re.search(r"[\s\x00-\x1f\x7f]", email) or email.startswith("system:"):
        raise NotAUser("the e-mail attribute is not an address that may be used as an identity")
    if len(email) > 200:
        raise NotAUser("the e-mail address is too long for the name of a role binding")
    return email


def short_name(user_name: str, attributes: Mapping[str, Any]) -> str:
    """The account's name without domain and provider: AD\\rumesh, adfs_ad\\rumesh and rumesh@corp are all rumesh."""
    provider, name = _federated_identity(attributes)
    if not name:
        name = user_name
        if provider and name.lower().startswith(provider.lower() + "_"):
            name = name[len(provider) + 1 :]
    name = name.rsplit("\\", 1)[-1]
    return name.split("@", 1)[0] or user_name


def parse_groups(text: Any, no_groups: tuple[str, ...], distinguished_names: bool) -> tuple[str, ...]:
    """The groups in their order, each once without regard to case."""
    nothing = {value.casefold() for value in no_groups}
    seen: dict[str, str] = {}
    for item in _split(text if isinstance(text, str) else ""):
        group = (_common_name(item) if distinguished_names else item).strip()
        if group and group.casefold() not in nothing:
            seen.setdefault(group.casefold(), group)
    return tuple(seen.values())


def _split(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [unquote_plus(item.strip()) for item in text[1:-1].split(",")]
    return [text]


def _common_name(name: str) -> str:
    """The first CN of a distinguished name (RFC 4514), the text itself when it is none."""
    found = re.match(r"\s*CN\s*=\s*((?:\\.|[^,+\\])+)", name, re.IGNORECASE)
    if not found:
        return name
    escaped = re.compile(r"(?:\\[0-9A-Fa-f]{2})+|\\(.)")
    return escaped.sub(_unescape, found.group(1))


def _unescape(match: re.Match[str]) -> str:
    if match.group(1):
        return match.group(1)
    return bytes.fromhex(match.group(0).replace("\\", "")).decode("utf-8", "replace")


def _federated_identity(attributes: Mapping[str, Any]) -> tuple[str, str]:
    """Provider and its own name for the user, from the JSON text in `identities`; empty when there is none."""
    try:
        identities = json.loads(attributes.get("identities") or "[]")
        first = identities[0]
        return str(first.get("providerName") or ""), str(first.get("userId") or "")
    except (ValueError, TypeError, LookupError, AttributeError):
        return "", ""
