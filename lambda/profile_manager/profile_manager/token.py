"""The bearer token of EKS: a presigned STS GetCallerIdentity that names the cluster.

Format: kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go. The API server asks STS, not this function.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from .sigv4 import Credentials, Scope, presigned_url

PREFIX = "k8s-aws-v1."
LIFE = timedelta(minutes=14)  # the authenticator accepts 15; a container may stay warm for hours


def sts_host(region: str) -> str:
    return f"sts.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")


def cluster_token(cluster_name: str, region: str, credentials: Credentials, when: datetime) -> str:
    url = presigned_url(
        sts_host(region),
        {"Action": "GetCallerIdentity", "Version": "2011-06-15"},
        {"x-k8s-aws-id": cluster_name},
        60,
        Scope(region, "sts", when),
        credentials,
    )
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


class TokenSource:
    """Signs a token when the last one is old or Lambda has renewed the role's credentials."""

    def __init__(
        self, cluster_name: str, region: str, variables: Mapping[str, str], clock: Callable[[], datetime]
    ) -> None:
        self._cluster_name = cluster_name
        self._region = region
        self._variables = variables
        self._clock = clock
        self._signed_with: Credentials | None = None
        self._signed_at: datetime | None = None
        self._token = ""

    def __call__(self) -> str:
        credentials = Credentials.from_variables(self._variables)
        now = self._clock()
        fresh = self._signed_at is not None and timedelta(0) <= now - self._signed_at < LIFE
        if not fresh or credentials != self._signed_with:
            self._token = cluster_token(self._cluster_name, self._region, credentials, now)
            self._signed_with, self._signed_at = credentials, now
        return self._token

    def forget(self) -> None:
        """The cluster did not accept the token: sign a new one at the next call."""
        self._signed_at = None
