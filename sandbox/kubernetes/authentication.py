"""Who holds an EKS bearer token: the sandbox's STS names the principal, access entries and aws-auth name the user.

EKS's order is kept: an access entry wins over aws-auth for the same principal, and each source counts only in the
cluster's authentication modes that have it.
"""

from __future__ import annotations

import datetime
import hashlib
import http.client
import json
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.kubernetes import aws_auth as aws_auth_map
from sandbox.kubernetes.access_entries import AccessEntry, groups_of, matching_entry, username_template
from sandbox.kubernetes.eks_token import CLUSTER_HEADER, PresignedCall, canonical_arn, is_aws_sts, parse_token
from sandbox.kubernetes.identity import Denied, UserInfo

CACHE_SECONDS = 1.0
ENTRY_MODES = {"API", "API_AND_CONFIG_MAP"}
CONFIG_MAP_MODES = {"CONFIG_MAP", "API_AND_CONFIG_MAP"}


@dataclass(frozen=True)
class Principal:
    """Who STS says the caller is; `session` is empty for IAM users."""

    arn: str
    canonical_arn: str
    account: str
    user_id: str
    session: str
    access_key: str


class EksAuthenticator:
    """Turns a bearer token into a UserInfo, or raises Denied; answers are kept for a second only, so removal shows."""

    def __init__(
        self,
        cluster_name: str,
        sts_url: str,
        aws_auth: Callable[[], Mapping[str, str]],
        access_entries: Callable[[], list[AccessEntry]],
        modes: Callable[[], str],
        creator: str | Callable[[], str | None] | None = None,
        cache_seconds: float = CACHE_SECONDS,
    ) -> None:
        self._cluster_name = cluster_name
        self._sts = urllib.parse.urlsplit(sts_url)
        self._aws_auth = aws_auth
        self._access_entries = access_entries
        self._modes = modes
        self._creator = creator if callable(creator) else lambda: creator
        self._cache_seconds = cache_seconds
        self._answers: dict[str, tuple[float, UserInfo | Denied]] = {}
        self._lock = threading.Lock()

    def __call__(self, token: str) -> UserInfo:
        key = hashlib.sha256(token.encode()).hexdigest()
        with self._lock:
            kept = self._answers.get(key)
        if kept is None or time.monotonic() - kept[0] > self._cache_seconds:
            kept = (time.monotonic(), self._answer(token))
            self._keep(key, kept)
        if isinstance(kept[1], Denied):
            raise kept[1]
        return kept[1]

    def identify(self, token: str) -> Principal:
        """The principal behind a token, as STS answers; Denied when the token or its signature is no good."""
        now = datetime.datetime.now(datetime.UTC)
        call = parse_token(token, now, self._may_ask)
        caller = self._caller_identity(call)
        user_id, _, session = caller["UserId"].partition(":")
        return Principal(
            arn=caller["Arn"],
            canonical_arn=canonical_arn(caller["Arn"]),
            account=caller["Account"],
            user_id=user_id,
            session=session,
            access_key=call.access_key,
        )

    def user(self, principal: Principal) -> UserInfo:
        """The Kubernetes user a principal is in this cluster; Denied when nothing maps it."""
        mapped = self._mapped(principal)
        if mapped is None:
            raise Denied(f"ARN is not mapped: {principal.canonical_arn.lower()}")
        return UserInfo(
            username=_filled(mapped.username or principal.arn, principal),
            groups=tuple(_filled(group, principal) for group in mapped.groups),
            uid=f"aws-iam-authenticator:{principal.account}:{principal.user_id}",
            extra={
                "accessKeyId": [principal.access_key],
                "arn": [principal.arn],
                "canonicalArn": [principal.canonical_arn],
                "principalId": [principal.user_id],
                "sessionName": [principal.session],
            },
        )

    def _mapped(self, principal: Principal) -> aws_auth_map.Mapped | None:
        modes = self._modes()
        if modes in ENTRY_MODES:
            entry = matching_entry(self._access_entries(), principal.canonical_arn, principal.user_id)
            if entry:
                return aws_auth_map.Mapped(username_template(entry), groups_of(entry))
        if self._is_creator(principal):
            return aws_auth_map.Mapped("kubernetes-admin", ("system:masters",))
        if modes in CONFIG_MAP_MODES:
            return aws_auth_map.mapped_user(self._aws_auth() or {}, principal.canonical_arn, principal.account)
        return None

    def _is_creator(self, principal: Principal) -> bool:
        creator = self._creator()
        return bool(creator) and canonical_arn(creator).lower() == principal.canonical_arn.lower()

    def _answer(self, token: str) -> UserInfo | Denied:
        try:
            return self.user(self.identify(token))
        except Denied as denied:
            return denied

    def _keep(self, key: str, answer: tuple[float, UserInfo | Denied]) -> None:
        with self._lock:
            oldest = time.monotonic() - self._cache_seconds
            self._answers = {known: kept for known, kept in self._answers.items() if kept[0] >= oldest}
            self._answers[key] = answer

    def _may_ask(self, scheme: str, host: str) -> bool:
        """AWS's STS, which the sandbox stands in for, or the sandbox's own endpoint."""
        return is_aws_sts(scheme, host) or (scheme, host) == (self._sts.scheme, self._sts.netloc)

    def _caller_identity(self, call: PresignedCall) -> dict[str, str]:
        """STS's answer: the sandbox's endpoint is asked in the name of the host the URL was signed for."""
        connection = http.client.HTTPConnection(self._sts.hostname or "", self._sts.port, timeout=10)
        headers = {"Host": call.host, CLUSTER_HEADER: self._cluster_name, "Accept": "application/json"}
        try:
            connection.request("GET", f"/?{call.query}", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Denied(f"error during GET: {error}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise Denied(f"error from AWS (expected 200, got {answer.status}). Body: {body[:300]!r}")
        return _caller(body)


def _caller(body: bytes) -> dict[str, str]:
    """Arn, UserId and Account of a GetCallerIdentity answer in JSON or XML."""
    try:
        if body.lstrip().startswith(b"{"):
            found = json.loads(body)["GetCallerIdentityResponse"]["GetCallerIdentityResult"]
        else:
            elements = ElementTree.fromstring(body).iter()
            found = {element.tag.rpartition("}")[2]: element.text or "" for element in elements}
        return {name: str(found[name]) for name in ("Arn", "UserId", "Account")}
    except (KeyError, TypeError, ValueError, ElementTree.ParseError):
        raise Denied(f"STS did not answer with an identity: {body[:200]!r}") from None


def _filled(template: str, principal: Principal) -> str:
    """The template with the session filled in; a session name's @ becomes -, as EKS does, unless asked for raw."""
    if "{{EC2PrivateDNSName}}" in template:
        raise Denied("the sandbox has no nodes, so {{EC2PrivateDNSName}} has no value")
    values = {
        "{{AccountID}}": principal.account,
        "{{SessionNameRaw}}": principal.session,
        "{{SessionName}}": principal.session.replace("@", "-"),
        "{{AccessKeyID}}": principal.access_key,
    }
    for name, value in values.items():
        template = template.replace(name, value)
    return template
