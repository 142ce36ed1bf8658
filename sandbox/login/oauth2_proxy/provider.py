"""The OpenID provider as oauth2-proxy asks it: discovery, code and refresh grants, and the ID token that it verifies."""

from __future__ import annotations

import base64
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any

from sandbox.login.client import Network, Unreachable
from sandbox.login.jwt import TokenError, verified
from sandbox.login.mesh.keys import DISCOVERY, KeySets
from sandbox.login.oauth2_proxy.settings import Settings, SettingsError


class ProviderError(Exception):
    """The provider refuses, or what it sends is not believed; the message is that of oauth2-proxy's log."""


class Provider:
    """The provider of one configuration; it is discovered anew with each login, as a restarted proxy would."""

    def __init__(self, settings: Settings, network: Network, keys: KeySets) -> None:
        self._settings = settings
        self._network = network
        self._keys = keys
        self._document = self._discovered()

    @property
    def login_url(self) -> str:
        return self._document["authorization_endpoint"]

    def redeem(self, code: str, redirect_url: str, verifier: str) -> dict[str, Any]:
        """The session of a code."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_url}
        return self._session(grant | ({"code_verifier": verifier} if verifier else {}))

    def refresh(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """The session with new tokens."""
        grant = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
        return {**session, **self._session(grant, session["refresh_token"])}

    def claims_of(self, token: str) -> dict[str, Any]:
        """The claims of a bearer or ID token of this provider; ProviderError when it is not to be believed."""
        audiences = (self._settings.client_id, *self._settings.oidc_extra_audiences)
        try:
            keys = self._keys.at(self._document["jwks_uri"])
            return verified(token, keys, issuer=self._settings.oidc_issuer_url, audiences=audiences, now=time.time())
        except TokenError as error:
            raise ProviderError(f"failed to verify token: {error}") from error

    def _session(self, grant: Mapping[str, str], refresh_token: str = "") -> dict[str, Any]:
        tokens = self._tokens(grant)
        if "id_token" not in tokens:
            raise ProviderError("token response did not contain an id_token")
        claims = self.claims_of(tokens["id_token"])
        email = str(claims.get(self._settings.oidc_email_claim) or "")
        proven = str(claims.get("email_verified", True)).lower() == "true"
        if not proven and not self._settings.insecure_oidc_allow_unverified_email:
            raise ProviderError(f"email in id_token ({email}) isn't verified")
        now = time.time()
        return {
            "email": email,
            "user": str(claims.get("sub", "")),
            "groups": claims.get(self._settings.oidc_groups_claim) or [],
            "id_token": tokens["id_token"],
            "access_token": tokens.get("access_token", ""),
            "refresh_token": tokens.get("refresh_token") or refresh_token,
            "begun": now,
            "expires": float(claims.get("exp", now)),
        }

    def _tokens(self, grant: Mapping[str, str]) -> dict[str, Any]:
        basic = base64.b64encode(f"{self._settings.client_id}:{self._settings.client_secret}".encode()).decode()
        fields = (("Authorization", f"Basic {basic}"), ("Content-Type", "application/x-www-form-urlencoded"))
        body = urllib.parse.urlencode(grant).encode()
        try:
            answer = self._network.fetch(self._document["token_endpoint"], "POST", fields, body)
            if answer.status == 200:
                return answer.json()
        except (Unreachable, ValueError) as error:
            raise ProviderError(f"token exchange failed: {error}") from error
        told = answer.text.strip()[:200]
        raise ProviderError(f"token exchange failed: oauth2: cannot fetch token: {answer.status} Response: {told}")

    def _discovered(self) -> dict[str, Any]:
        issuer = self._settings.oidc_issuer_url
        try:
            answer = self._network.fetch(issuer.rstrip("/") + DISCOVERY)
            document = answer.json() if answer.status == 200 else {}
        except (Unreachable, ValueError) as error:
            raise SettingsError(
                f"unable to build OIDC provider: failed to discover OIDC configuration: {error}"
            ) from error
        if document.get("issuer") != issuer:
            found = document.get("issuer", f"an answer of status {answer.status}")
            raise SettingsError(
                f"oidc: issuer did not match the issuer returned by provider, expected {issuer} got {found}"
            )
        return document
