"""What RequestAuthentications make of a request: believed claims, headers written from them, or a refusal.

Format: istio.io/latest/docs/reference/config/security/request_authentication; texts and codes are those of Envoy's
filter jwt_authn.  A token that is there must be right; one that is missing is the affair of the policies.
"""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.login.jwt import TokenError, unverified, verified
from sandbox.login.mesh.policies import Workload, described, selects
from sandbox.login.mesh.request import MeshError

Object = dict[str, Any]
Keys = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]
"""The key set of a rule; empty when it could not be fetched, as istiod then knows no key."""

KNOWN = {"issuer", "audiences", "jwksUri", "jwks", "fromHeaders", "forwardOriginalToken", "outputClaimToHeaders"}
KNOWN |= {"fromParams", "outputPayloadToHeader"}
KIND = "RequestAuthentication"
USUAL = {"name": "authorization", "prefix": "Bearer "}


@dataclass(frozen=True)
class Authenticated:
    """The headers as they go on, and the claims of the token; no claims when no token came."""

    headers: Mapping[str, str]
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """A token in a request; `header` is where it stood, empty for a query parameter."""

    token: str
    header: str = ""


def authenticate(
    objects: Iterable[Object],
    workload: Workload,
    headers: Mapping[str, str],
    query: str,
    keys: Keys,
    now: float,
) -> Authenticated:
    """The request after all rules about this workload; TokenError when it carries a token that is not believed."""
    rules = list(_rules(objects, workload))
    # Headers that are made of claims are the mesh's own: what a client has sent there goes first of all.
    own = {name for rule in rules for name in _written_headers(rule)}
    kept = {name: value for name, value in headers.items() if name not in own}
    found = {place: token for rule in rules for place, token in _tokens(rule, headers, query)}
    claims: Mapping[str, Any] = {}
    for token in found.values():
        rule, claims = _believed(rules, token, headers, query, keys, now)
        if token.header and not rule.get("forwardOriginalToken"):
            kept.pop(token.header, None)
        kept |= _written(rule, claims, token)
    return Authenticated(kept, claims)


def _rules(objects: Iterable[Object], workload: Workload) -> Iterator[Object]:
    for obj in objects:
        if selects(obj, workload):
            for rule in (obj.get("spec") or {}).get("jwtRules") or ():
                unknown = sorted(set(rule) - KNOWN)
                if unknown:
                    raise MeshError(f"{described(obj, KIND)}: jwtRules.{unknown[0]} is not known to the sandbox's mesh")
                yield rule


def _tokens(rule: Object, headers: Mapping[str, str], query: str) -> Iterator[tuple[str, Found]]:
    """(place, token) for every place at which this rule finds one."""
    places = rule.get("fromHeaders") or ([] if rule.get("fromParams") else [USUAL])
    for place in places:
        name, prefix = place["name"].lower(), place.get("prefix", "")
        value = headers.get(name, "")
        if value.startswith(prefix) and value[len(prefix) :].strip():
            yield f"header {name}", Found(value[len(prefix) :].strip(), name)
    parameters = urllib.parse.parse_qs(query)
    for name in rule.get("fromParams") or ():
        if name in parameters:
            yield f"parameter {name}", Found(parameters[name][0])


def _believed(
    rules: list[Object], token: Found, headers: Mapping[str, str], query: str, keys: Keys, now: float
) -> tuple[Object, dict[str, Any]]:
    """(rule, claims) by the rule of the token's issuer that reads it from where it stood."""
    reading = [rule for rule in rules if token in dict(_tokens(rule, headers, query)).values()]
    issuer = unverified(token.token)[1].get("iss")
    rule = next((rule for rule in reading if rule["issuer"] == issuer), None)
    if rule is None:
        raise TokenError("Jwt issuer is not configured")
    audiences = rule.get("audiences") or ()
    return rule, verified(token.token, keys(rule), issuer=issuer, audiences=audiences, now=now)


def _written_headers(rule: Object) -> Iterator[str]:
    for entry in rule.get("outputClaimToHeaders") or ():
        yield entry["header"].lower()
    if rule.get("outputPayloadToHeader"):
        yield rule["outputPayloadToHeader"].lower()


def _written(rule: Object, claims: Mapping[str, Any], token: Found) -> dict[str, str]:
    """The headers made of claims; only text, numbers and truth values become one."""
    headers = {}
    for entry in rule.get("outputClaimToHeaders") or ():
        value = claims.get(entry["claim"])
        if isinstance(value, bool):
            headers[entry["header"].lower()] = "true" if value else "false"
        elif isinstance(value, str | int):
            headers[entry["header"].lower()] = str(value)
    if rule.get("outputPayloadToHeader"):
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        headers[rule["outputPayloadToHeader"].lower()] = payload
    return headers
