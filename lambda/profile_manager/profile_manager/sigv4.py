"""Signature Version 4 with the standard library: presigned URLs (the cluster's token) and signed requests (to AWS).

Format: "Signing AWS API requests" in the IAM user guide. Equal to botocore's signature, which a property test keeps.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from .errors import SettingsError

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_PAYLOAD = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Credentials:
    """Of the function's own role; Lambda renews them in the environment."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Credentials:
        try:
            return cls(
                variables["AWS_ACCESS_KEY_ID"],
                variables["AWS_SECRET_ACCESS_KEY"],
                variables.get("AWS_SESSION_TOKEN", ""),
            )
        except KeyError as missing:
            raise SettingsError(f"the environment variable {missing.args[0]} is missing") from missing


@dataclass(frozen=True)
class Scope:
    """What a signature is good for: one service in one region, at one time (UTC)."""

    region: str
    service: str
    when: datetime

    @property
    def timestamp(self) -> str:
        return self.when.strftime("%Y%m%dT%H%M%SZ")

    @property
    def text(self) -> str:
        return f"{self.timestamp[:8]}/{self.region}/{self.service}/aws4_request"


def presigned_url(
    host: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    expires: int,
    scope: Scope,
    credentials: Credentials,
) -> str:
    """The URL of a GET on the host's root that carries its own signature; `headers` must be sent with it."""
    signed = {"host": host, **{name.lower(): value for name, value in headers.items()}}
    parameters = {
        **query,
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key}/{scope.text}",
        "X-Amz-Date": scope.timestamp,
        "X-Amz-Expires": str(expires),
        "X-Amz-SignedHeaders": ";".join(sorted(signed)),
    }
    if credentials.session_token:
        parameters["X-Amz-Security-Token"] = credentials.session_token
    text = _canonical_query(parameters)
    signature = _signature("GET", "/", text, signed, EMPTY_PAYLOAD, scope, credentials)
    return f"https://{host}/?{text}&X-Amz-Signature={signature}"


def signed_headers(
    method: str, host: str, path: str, headers: Mapping[str, str], body: bytes, scope: Scope, credentials: Credentials
) -> dict[str, str]:
    """The headers to send, with the signature in Authorization; `path` is as it goes over the wire."""
    signed = {"host": host, "x-amz-date": scope.timestamp, **{name.lower(): value for name, value in headers.items()}}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    # All services but S3 encode the path once more before they sign it.
    signature = _signature(
        method, quote(path, safe="/~"), "", signed, hashlib.sha256(body).hexdigest(), scope, credentials
    )
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope.text}, "
        f"SignedHeaders={';'.join(sorted(name for name in signed))}, Signature={signature}"
    )
    return signed


def _canonical_query(parameters: Mapping[str, str]) -> str:
    encoded = sorted((quote(key, safe="-_.~"), quote(value, safe="-_.~")) for key, value in parameters.items())
    return "&".join(f"{key}={value}" for key, value in encoded)


def _signature(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    payload_hash: str,
    scope: Scope,
    credentials: Credentials,
) -> str:
    names = sorted(headers)
    lines = [method, path, query, *(f"{name}:{' '.join(headers[name].split())}" for name in names), ""]
    request = "\n".join([*lines, ";".join(names), payload_hash])
    to_sign = "\n".join([ALGORITHM, scope.timestamp, scope.text, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + credentials.secret_key).encode()
    for part in scope.text.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
