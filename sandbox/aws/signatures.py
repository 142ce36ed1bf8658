"""Is a presigned GET (the EKS bearer token) really signed by a key that this cloud issued?

STS honours a presigned GetCallerIdentity for 15 minutes after X-Amz-Date, whatever X-Amz-Expires says
(kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go).
"""

from __future__ import annotations

import datetime as dt
import hmac
import urllib.parse
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

LIFETIME = dt.timedelta(minutes=15)

MESSAGES = {
    "InvalidClientTokenId": "The security token included in the request is invalid.",
    "SignatureDoesNotMatch": "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    "ExpiredToken": "The security token included in the request is expired",
    "IncompleteSignature": "Authorization query parameters error.",
}


class IssuedKey(NamedTuple):
    """What this cloud knows of an access key; the token only for assumed roles."""

    secret: str
    session_token: str | None
    expires_at: dt.datetime | None


def issued_key(access_key: str) -> IssuedKey | None:
    """The key as it was issued: to an assumed role or to an IAM user; None when it never was, or is inactive."""
    for account in list(sts_backends.values()):
        for backend in list(account.values()):
            role = backend.get_assumed_role_from_access_key(access_key)
            if role:
                return IssuedKey(role.secret_access_key, role.session_token, role.expiration)
    for account in list(iam_backends.values()):
        for backend in list(account.values()):
            key = backend.access_keys.get(access_key)
            if key and key.status == "Active":
                return IssuedKey(key.secret_access_key, None, None)
    return None


def query_of(environ: Mapping[str, Any]) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))


def is_presigned_for(environ: Mapping[str, Any], service: str) -> bool:
    if environ.get("HTTP_AUTHORIZATION"):
        return False
    scope = query_of(environ).get("X-Amz-Credential", "").split("/")
    return len(scope) == 5 and scope[3] == service


def fault_of(environ: Mapping[str, Any], now: dt.datetime) -> str | None:
    """AWS's error code for this presigned request, None when its signature holds."""
    query = query_of(environ)
    if not {"X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"} <= query.keys():
        return "IncompleteSignature"
    key = issued_key(query["X-Amz-Credential"].split("/")[0])
    if key is None or (key.session_token or "") != query.get("X-Amz-Security-Token", ""):
        return "InvalidClientTokenId"
    if not hmac.compare_digest(expected_signature(environ, query, key), query["X-Amz-Signature"]):
        return "SignatureDoesNotMatch"
    try:
        signed_at = dt.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    except ValueError:
        return "IncompleteSignature"
    if signed_at > now + LIFETIME:
        return "SignatureDoesNotMatch"
    if now > signed_at + LIFETIME or (key.expires_at and now > key.expires_at):
        return "ExpiredToken"
    return None


def expected_signature(environ: Mapping[str, Any], query: Mapping[str, str], key: IssuedKey) -> str:
    access_key, _date, region, service, _end = query["X-Amz-Credential"].split("/")
    host = environ["HTTP_HOST"]
    unsigned = "&".join(part for part in environ["QUERY_STRING"].split("&") if not part.startswith("X-Amz-Signature="))
    request = AWSRequest(method=environ["REQUEST_METHOD"], url=f"https://{host}/?{unsigned}")
    for name in query["X-Amz-SignedHeaders"].split(";"):
        request.headers[name] = environ.get("HTTP_" + name.upper().replace("-", "_"), "")
    request.context["timestamp"] = query["X-Amz-Date"]
    signer = SigV4QueryAuth(Credentials(access_key, key.secret, key.session_token), service, region)
    return signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)


def as_header(environ: Mapping[str, Any]) -> str:
    """The Authorization header that says what the query says: by it moto finds service, region and caller."""
    query = query_of(environ)
    return (
        f"AWS4-HMAC-SHA256 Credential={query['X-Amz-Credential']}, "
        f"SignedHeaders={query.get('X-Amz-SignedHeaders', '')}, Signature={query.get('X-Amz-Signature', '')}"
    )
