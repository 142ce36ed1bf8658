"""The sandbox's own administrator of a cluster: a random token beside the EKS ones."""

from __future__ import annotations

import hmac
import secrets

from sandbox.kubernetes.backend import Authenticate
from sandbox.kubernetes.identity import UserInfo

ADMIN = UserInfo("sandbox-admin", ("system:masters",), "sandbox-admin")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def with_admin(authenticate: Authenticate, admin_token: str) -> Authenticate:
    """The same authentication, with the administrator's token accepted first."""

    def authenticate_or_admin(token: str) -> UserInfo:
        if hmac.compare_digest(token.encode(), admin_token.encode()):
            return ADMIN
        return authenticate(token)

    return authenticate_or_admin
