"""Verified JSON Web Tokens: signature by a key set, then issuer, audience and time; and what is wrong with the others."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "PS256")
"""No `none` and nothing symmetric: a public key must never be taken for a secret."""


class TokenError(Exception):
    """A token that is not believed; the message is Envoy's for the same fault, and `code` its status."""

    def __init__(self, message: str, code: int = 401) -> None:
        super().__init__(message)
        self.code = code


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims) of a token as they are written there, believed by nobody yet."""
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections")
    header, claims = (_decoded(part) for part in parts[:2])
    if header is None:
        raise TokenError("Jwt header is an invalid JSON")
    if claims is None:
        raise TokenError("Jwt payload is an invalid JSON")
    return header, claims


def verified(
    token: str,
    keys: Sequence[Mapping[str, Any]],
    *,
    issuer: str,
    audiences: Collection[str] = (),
    now: float,
    skew: float = 60,
) -> dict[str, Any]:
    """The claims of a token that one of the keys (JWK) has signed for this issuer and one of the audiences."""
    header, claims = unverified(token)
    if claims.get("iss") != issuer:
        raise TokenError("Jwt issuer is not configured")
    _check_times(claims, now, skew)
    if audiences and not set(audiences) & set(audiences_of(claims)):
        raise TokenError("Audiences in Jwt are not allowed", 403)
    if header.get("alg") not in ALGORITHMS:
        raise TokenError("Jwt header [alg] is not supported")
    fitting = [key for key in keys if "kid" not in header or key.get("kid") == header["kid"]]
    if not fitting:
        raise TokenError("Jwks doesn't have key to match kid or alg from Jwt")
    if not any(_signed_by(token, key) for key in fitting):
        raise TokenError("Jwt verification fails")
    return claims


def audiences_of(claims: Mapping[str, Any]) -> list[str]:
    audience = claims.get("aud", [])
    return [audience] if isinstance(audience, str) else [str(entry) for entry in audience]


def _check_times(claims: Mapping[str, Any], now: float, skew: float) -> None:
    if isinstance(claims.get("nbf"), int | float) and claims["nbf"] > now + skew:
        raise TokenError("Jwt not yet valid")
    if isinstance(claims.get("exp"), int | float) and claims["exp"] + skew < now:
        raise TokenError("Jwt is expired")


def _signed_by(token: str, key: Mapping[str, Any]) -> bool:
    try:
        jws.deserialize_compact(token, JWKRegistry.import_key(dict(key)), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, AttributeError):
        return False
    return True


def _decoded(part: str) -> dict[str, Any] | None:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
