"""Tokens of service accounts: opaque, kept in memory, good until they expire or their account is gone."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.kubernetes.emulator.store import Store
from sandbox.kubernetes.identity import Denied, UserInfo

PREFIX = "service-account."
_SECONDS = 3600


@dataclass(frozen=True)
class _Token:
    namespace: str
    name: str
    uid: str
    expires: float


class ServiceAccountTokens:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._tokens: dict[str, _Token] = {}

    def request(self, account: dict, request: dict) -> dict:
        """A TokenRequest answered with a new token."""
        metadata, spec = account["metadata"], request.get("spec") or {}
        expires = time.time() + (spec.get("expirationSeconds") or _SECONDS)
        token = PREFIX + secrets.token_urlsafe(32)
        self._tokens[token] = _Token(metadata["namespace"], metadata["name"], metadata["uid"], expires)
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
            "spec": {"expirationSeconds": _SECONDS, "audiences": ["https://kubernetes.default.svc"], **spec},
            "status": {
                "token": token,
                "expirationTimestamp": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        }

    def user(self, token: str) -> UserInfo:
        known = self._tokens.get(token)
        if known is None or known.expires < time.time():
            raise Denied("unknown or expired service account token")
        account = self._store.get(("", "serviceaccounts"), known.namespace, known.name)
        if account is None or account["metadata"]["uid"] != known.uid:
            raise Denied("the service account of the token is gone")
        return service_account_user(known.namespace, known.name, known.uid)


def service_account_groups(namespace: str) -> tuple[str, ...]:
    return "system:serviceaccounts", f"system:serviceaccounts:{namespace}"


def service_account_user(namespace: str, name: str, uid: str = "") -> UserInfo:
    username = f"system:serviceaccount:{namespace}:{name}"
    return UserInfo(username, (*service_account_groups(namespace), "system:authenticated"), uid)
