"""What the function adds to tokens: claims of the access token when configured, and the lower-cased e-mail when chosen.

A token is made anew at each refresh, so this happens there too. Version 1 events cannot carry access token claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .event import user_attributes


def with_claims(event: Mapping[str, Any], names: tuple[str, ...], lower_case_email: bool) -> Mapping[str, Any]:
    """The event with the wanted claims in its response; the very same event when there is nothing to add."""
    attributes = user_attributes(event)
    identity_claims = _changed_email(attributes) if lower_case_email else {}
    access_claims = {name: _claim(name, attributes, lower_case_email) for name in names if attributes.get(name)}
    if first_version(event):
        return _add(event, "claimsOverrideDetails", {"": identity_claims})
    return _add(
        event,
        "claimsAndScopeOverrideDetails",
        {"idTokenGeneration": identity_claims, "accessTokenGeneration": access_claims},
    )


def first_version(event: Mapping[str, Any]) -> bool:
    return str(event.get("version", "1")) == "1"


def _changed_email(attributes: Mapping[str, Any]) -> dict[str, str]:
    email = str(attributes.get("email") or "")
    return {"email": email.lower()} if email != email.lower() else {}


def _claim(name: str, attributes: Mapping[str, Any], lower_case_email: bool) -> str:
    value = str(attributes[name])
    return value.lower() if name == "email" and lower_case_email else value


def _add(event: Mapping[str, Any], details_key: str, claims_by_token: dict[str, dict[str, str]]) -> Mapping[str, Any]:
    """Other keys of the response stay away: an empty groupOverrideDetails would take the groups out of the token."""
    if not any(claims_by_token.values()):
        return event
    response = dict(event.get("response") or {})
    details = dict(response.get(details_key) or {})
    for token, claims in claims_by_token.items():
        if claims:
            place = dict(details.get(token) or {}) if token else details
            place["claimsToAddOrOverride"] = {**(place.get("claimsToAddOrOverride") or {}), **claims}
            if token:
                details[token] = place
    return {**event, "response": {**response, details_key: details}}
