"""The action authenticate-cognito: who has no session is sent to Cognito, who comes back with a code gets one.

ELB user guide, "Authenticate users using an Application Load Balancer"; the codes are those of the access log's
error_reason.  Whatever Cognito answers with an error ends in 561, whatever the browser sends wrongly in 401.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.login.balancer.pages import Stopped
from sandbox.login.balancer.sealed import SHARDS, Seal, joined, sharded
from sandbox.login.client import Network, Unreachable
from sandbox.login.web import Cookie, Request, Response, redirect, set_cookie, value_of, with_query

CALLBACK = "/oauth2/idpresponse"
NONCE_COOKIE = "AWSALBAuthNonce"
SESSION_COOKIE = "AWSELBAuthSessionCookie"
LOGIN_SECONDS = 15 * 60
LARGEST_CLAIMS = 11 * 1024

Session = dict[str, Any]


@dataclass(frozen=True)
class Action:
    """The configuration of one authenticate-cognito action, with AWS's defaults."""

    pool_arn: str
    client_id: str
    domain: str
    scope: str = "openid"
    cookie: str = SESSION_COOKIE
    timeout: int = 604800
    unauthenticated: str = "authenticate"
    extra: Mapping[str, str] | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Action:
        return cls(
            config["UserPoolArn"],
            config["UserPoolClientId"],
            config["UserPoolDomain"],
            config.get("Scope") or cls.scope,
            config.get("SessionCookieName") or cls.cookie,
            int(config.get("SessionTimeout") or cls.timeout),
            config.get("OnUnauthenticatedRequest") or cls.unauthenticated,
            config.get("AuthenticationRequestExtraParams"),
        )

    @property
    def region(self) -> str:
        return self.pool_arn.split(":")[3]

    @property
    def pool_id(self) -> str:
        return self.pool_arn.rpartition("/")[2]

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.pool_id}"

    @property
    def base(self) -> str:
        """A custom domain has dots in it; a prefix belongs to Cognito's own."""
        host = self.domain if "." in self.domain else f"{self.domain}.auth.{self.region}.amazoncognito.com"
        return f"https://{host}"


class Authenticator:
    """Authenticates for one load balancer; `client_secret` reads the secret as AWS does, when it is needed."""

    def __init__(self, network: Network, secret: bytes, client_secret: Callable[[str, str], str]) -> None:
        self._network = network
        self._states = Seal(secret, "state")
        self._sessions = Seal(secret, "session")
        self._client_secret = client_secret

    def authenticate(self, action: Action, request: Request) -> tuple[Session | None, Response | None]:
        """(session, None) to go on with, or (None, answer); both None for a guest who is let in."""
        if request.path == CALLBACK:
            return None, self._called_back(action, request)
        session = self._session(action, request)
        if session or action.unauthenticated == "allow":
            return session, None
        if action.unauthenticated == "deny":
            raise Stopped(401, "the action denies requests without a session")
        return None, self._sent_to_login(action, request)

    def _session(self, action: Action, request: Request) -> Session | None:
        session = self._sessions.open(joined(f"{action.cookie}-", request.cookies))
        now = time.time()
        if session is None or session["client_id"] != action.client_id or session["until"] < now:
            return None
        if session["expires"] > now:
            return session
        # The claims are of the token's age; AWS renews them, and a failure sends the user to log in again.
        try:
            renewed = self._tokens(action, {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]})
            return self._new_session(action, {"refresh_token": session["refresh_token"], **renewed}, session["until"])
        except (Stopped, KeyError):
            return None

    def _sent_to_login(self, action: Action, request: Request) -> Response:
        nonce = secrets.token_urlsafe(24)
        state = {"url": request.url, "nonce": nonce, "until": time.time() + LOGIN_SECONDS}
        parameters = {
            "client_id": action.client_id,
            "redirect_uri": f"https://{request.host}{CALLBACK}",
            "response_type": "code",
            "scope": action.scope,
            "state": self._states.close(state),
            **(action.extra or {}),
        }
        answer = redirect(with_query(f"{action.base}/oauth2/authorize", parameters))
        return set_cookie(answer, Cookie(NONCE_COOKIE, nonce, LOGIN_SECONDS, same_site="None"))

    def _called_back(self, action: Action, request: Request) -> Response:
        state = self._state(request)
        refused = value_of(request.query, "error")
        if refused:
            told = value_of(request.query, "error_description")
            raise Stopped(561, f"the identity provider answered {refused}: {told}".rstrip(": "))
        code = value_of(request.query, "code")
        if not code:
            raise Stopped(401, "AuthMissingCodeParam: the answer of the identity provider has no code")
        callback = f"https://{request.host}{CALLBACK}"
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback}
        session = self._new_session(action, self._tokens(action, grant), time.time() + action.timeout)
        return self._with_session(action, redirect(state["url"]), session)

    def _state(self, request: Request) -> dict[str, Any]:
        """What this balancer has sent along, given back by the browser that it was given to, in time."""
        sent = value_of(request.query, "state")
        if not sent:
            raise Stopped(401, "AuthMissingStateParam: the answer of the identity provider has no state")
        state = self._states.open(sent)
        if state is None:
            raise Stopped(401, "AuthInvalidStateParam: the state is not one of this load balancer's")
        if state["until"] < time.time():
            raise Stopped(401, "AuthInvalidStateParam: the login took longer than 15 minutes")
        nonce = request.cookies.get(NONCE_COOKIE)
        if not nonce:
            raise Stopped(401, "AuthMissingAWSALBAuthNonce: this browser has not begun the login")
        if not secrets.compare_digest(nonce.encode(), state["nonce"].encode()):
            raise Stopped(401, "AuthInvalidAWSALBAuthNonce: another browser has begun the login")
        return state

    def _new_session(self, action: Action, tokens: Mapping[str, Any], until: float) -> Session:
        if "id_token" not in tokens:
            raise Stopped(401, "AuthInvalidIdToken: the token endpoint gave no ID token; is openid among the scopes?")
        answer = self._ask(f"{action.base}/oauth2/userInfo", "AuthUserinfoEp", token=tokens["access_token"])
        if len(answer) + len(tokens["access_token"]) > LARGEST_CLAIMS:
            raise Stopped(500, "AuthUserinfoResponseSizeExceeded: claims and token are larger than 11 KB")
        return {
            "client_id": action.client_id,
            "access_token": tokens["access_token"],
            "refresh_token": tokens.get("refresh_token", ""),
            "claims": _decoded(answer, "AuthInvalidUserinfoResponse"),
            "expires": time.time() + int(tokens.get("expires_in", 3600)),
            "until": until,
        }

    def _with_session(self, action: Action, answer: Response, session: Session) -> Response:
        left = max(0, int(session["until"] - time.time()))
        shards = dict(sharded(f"{action.cookie}-", self._sessions.close(session)))
        for number in range(SHARDS):
            name = f"{action.cookie}-{number}"
            answer = set_cookie(answer, Cookie(name, shards.get(name, ""), left if name in shards else 0))
        return set_cookie(answer, Cookie(NONCE_COOKIE, "", 0))

    def _tokens(self, action: Action, grant: Mapping[str, str]) -> dict[str, Any]:
        secret = self._client_secret(action.pool_id, action.client_id)
        basic = base64.b64encode(f"{action.client_id}:{secret}".encode()).decode()
        return _decoded(
            self._ask(f"{action.base}/oauth2/token", "AuthTokenEp", grant=grant, basic=basic),
            "AuthInvalidTokenResponse",
        )

    def _ask(
        self, url: str, code: str, grant: Mapping[str, str] | None = None, basic: str = "", token: str = ""
    ) -> bytes:
        """The body of a good answer."""
        fields = [("Authorization", f"Basic {basic}" if basic else f"Bearer {token}")]
        if grant:
            fields.append(("Content-Type", "application/x-www-form-urlencoded"))
        try:
            body = urllib.parse.urlencode(grant or {}).encode()
            answer = self._network.fetch(url, "POST" if grant else "GET", tuple(fields), body)
        except Unreachable as error:
            raise Stopped(500, f"{code}RequestTimeout: {error}") from error
        if answer.status >= 300:
            raise Stopped(561, f"{code}RequestFailed: {url} answered {answer.status} {answer.text.strip()[:200]}")
        return answer.body


def _decoded(body: bytes, code: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Stopped(561, f"{code}: not a JSON object")
    return value
