"""The headers by which a load balancer tells its targets who is logged in, and the key that proves the one it signs.

ELB user guide, "Authenticate users using an Application Load Balancer": x-amzn-oidc-data is a JWT signed with ES256
whose parts keep their `=` padding, which standard libraries refuse; the key is at a public address by its id.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sandbox.login.web import Headers

PREFIX = "x-amzn-oidc-"
LIFETIME = 120
"""Seconds that a signed header is good for."""


class Signer:
    """The signing key of the region's load balancers."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.kid = str(uuid.uuid4())

    @property
    def public_pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(serialization.Encoding.PEM, form)

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        fields = {"typ": "JWT", "kid": self.kid, "alg": "ES256", **header}
        signed = f"{_padded(json.dumps(fields).encode())}.{_padded(json.dumps(claims).encode())}"
        first, second = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_padded(first.to_bytes(32, 'big') + second.to_bytes(32, 'big'))}"


def identity_headers(
    signer: Signer, balancer_arn: str, issuer: str, client_id: str, session: Mapping[str, Any], now: float
) -> dict[str, str]:
    """The three headers for a session with `access_token` and `claims` (of userInfo)."""
    claims = session["claims"]
    expires = int(now) + LIFETIME
    header = {"iss": issuer, "client": client_id, "signer": balancer_arn, "exp": expires}
    return {
        f"{PREFIX}accesstoken": session["access_token"],
        f"{PREFIX}identity": claims["sub"],
        f"{PREFIX}data": signer.sign(header, {**claims, "exp": expires, "iss": issuer}),
    }


def with_identity(headers: Headers, identity: Mapping[str, str]) -> Headers:
    """These identity headers, and none that a client has written itself."""
    kept = tuple(pair for pair in headers if not pair[0].lower().startswith(PREFIX))
    return Headers((*kept, *identity.items()))


def _padded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
