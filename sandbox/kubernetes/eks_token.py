"""EKS bearer tokens: `k8s-aws-v1.` and the base64url text of a presigned STS GetCallerIdentity URL.

The checks, their order and their messages are those of aws-iam-authenticator (pkg/token/token.go, pkg/arn/arn.go).
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.kubernetes.identity import Denied

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
LONGEST_TOKEN = 4 * 1024
LIFETIME = datetime.timedelta(minutes=15)
KNOWN_PARAMETERS = {
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "x-amz-user-agent",
}
AWS_STS_HOST = re.compile(r"sts(-fips)?(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
ARN = re.compile(r"arn:(aws[\w-]*):(iam|sts)::(\d{12}):(.+)")


@dataclass(frozen=True)
class PresignedCall:
    """What a token holds: the host it was signed for, its query as it came, and the access key that signed it."""

    host: str
    query: str
    access_key: str


def parse_token(token: str, now: datetime.datetime, is_sts: Callable[[str, str], bool]) -> PresignedCall:
    """The call a token carries; Denied when aws-iam-authenticator would not even ask STS about it.

    `is_sts(scheme, host)` tells whether the token may point there.
    """
    url = _decoded(token)
    parts = urllib.parse.urlsplit(url)
    if not is_sts(parts.scheme, parts.netloc):
        raise Denied(f"unexpected hostname {parts.netloc!r} in pre-signed URL")
    if parts.path != "/":
        raise Denied("unexpected path in pre-signed URL")
    parameters = _parameters(parts.query)
    if parameters.get("action") != "GetCallerIdentity":
        raise Denied("unexpected action parameter in pre-signed URL")
    if CLUSTER_HEADER not in parameters.get("x-amz-signedheaders", "").lower().split(";"):
        raise Denied(f"client did not sign the {CLUSTER_HEADER} header in the pre-signed URL")
    _check_lifetime(parameters, now)
    access_key = parameters.get("x-amz-credential", "").partition("/")[0]
    return PresignedCall(parts.netloc, parts.query, access_key)


def is_aws_sts(scheme: str, host: str) -> bool:
    """Whether this is a regional or global endpoint of AWS's own STS."""
    return scheme == "https" and AWS_STS_HOST.fullmatch(host) is not None


def canonical_arn(arn: str) -> str:
    """The ARN that mappings name: the role of an assumed-role session, everything else as it is."""
    match = ARN.fullmatch(arn)
    if not match:
        raise Denied(f"arn {arn!r} is invalid")
    partition, service, account, resource = match.groups()
    kind, _, name = resource.partition("/")
    if service == "sts":
        if kind == "federated-user":
            return arn
        if kind == "assumed-role" and "/" in name:
            return f"arn:{partition}:iam::{account}:role/{name.rpartition('/')[0]}"
    elif kind in ("role", "user", "root"):
        return arn
    raise Denied(f"unrecognized resource {resource} for service {service}")


def _decoded(token: str) -> str:
    if len(token) > LONGEST_TOKEN:
        raise Denied("token is too large")
    if not token.startswith(PREFIX):
        raise Denied(f"token is missing expected {PREFIX!r} prefix")
    text = token.removeprefix(PREFIX)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise Denied(f"malformed token: {error}") from None


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        raise Denied(f"malformed query parameter: {error}") from None
    parameters: dict[str, str] = {}
    for key, value in pairs:
        name = key.lower()
        if name not in KNOWN_PARAMETERS:
            raise Denied(f"non-whitelisted query parameter {key!r}")
        if name in parameters:
            raise Denied("query parameter with multiple values not supported")
        parameters[name] = value
    return parameters


def _check_lifetime(parameters: dict[str, str], now: datetime.datetime) -> None:
    expires = parameters.get("x-amz-expires", "")
    if not (expires.isascii() and expires.isdigit() and int(expires) <= 900):
        raise Denied("invalid X-Amz-Expires parameter in pre-signed URL")
    try:
        signed = datetime.datetime.strptime(parameters.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ")
    except ValueError:
        raise Denied("error parsing X-Amz-Date parameter") from None
    if now > signed.replace(tzinfo=datetime.UTC) + LIFETIME:
        raise Denied("X-Amz-Date parameter is expired (15 minutes)")
