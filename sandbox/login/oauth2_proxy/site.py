"""oauth2-proxy's addresses below /oauth2/, and its answer to the gateway's question for every other path."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import time
import urllib.parse
from base64 import urlsafe_b64encode
from typing import Any

from sandbox.kubernetes.client import KubernetesClient
from sandbox.login.client import Network
from sandbox.login.container import Container, NotDeployed
from sandbox.login.mesh.keys import KeySets
from sandbox.login.oauth2_proxy.pages import error_page, sign_in_page
from sandbox.login.oauth2_proxy.provider import Provider, ProviderError
from sandbox.login.oauth2_proxy.sessions import Sessions
from sandbox.login.oauth2_proxy.settings import Settings, read_settings
from sandbox.login.web import Headers, Request, Response, document, plain, redirect, value_of, with_query

log = logging.getLogger(__name__)
NAMESPACE = NAME = "oauth2-proxy"
NO_TOKEN = "Login Failed: Unable to find a valid CSRF token. Please try again."


class OAuth2Proxy:
    """An app of the mesh; its configuration is read from the cluster for each request, as if it had just started."""

    def __init__(self, network: Network, keys: KeySets) -> None:
        self._network = network
        self._keys = keys

    def __call__(self, cluster: KubernetesClient, request: Request) -> Response:
        settings = deployed_settings(cluster)
        return Answering(settings, Sessions(settings), self._network, self._keys, request).answer()


def deployed_settings(cluster: KubernetesClient) -> Settings:
    """What the Deployment's container would be started with."""
    container = Container(cluster, NAMESPACE, NAME)
    named = (argument.partition("=")[2] for argument in container.arguments if argument.startswith("--config="))
    path = next(named, "")
    if not path:
        raise NotDeployed(f"the container of {container.name} names no file by --config")
    return read_settings(container.file(path), container.environment())


class Answering:
    """One request."""

    def __init__(
        self, settings: Settings, sessions: Sessions, network: Network, keys: KeySets, request: Request
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._network = network
        self._keys = keys
        self._request = request

    def answer(self) -> Response:
        request, prefix = self._request, self._settings.proxy_prefix
        match request.path.removeprefix(prefix) if request.path.startswith(f"{prefix}/") else "":
            case "/callback":
                return self._called_back()
            case "/sign_out":
                return self._sessions.forget(redirect(self._allowed(value_of(request.query, "rd"))), request)
            case "/start" | "/sign_in":
                return self._started(self._allowed(value_of(request.query, "rd")))
            case "/auth":
                return self._authenticated() or plain("Unauthorized\n", 401)
            case "/userinfo":
                session = self._session()
                keys = ("user", "email", "groups")
                return document({key: session[key] for key in keys}) if session else plain("Unauthorized\n", 401)
        return self._checked()

    def _checked(self) -> Response:
        """To let it in, to send it to log in, or to refuse it."""
        path = self._request.path
        if any(_skips(route, self._request) for route in self._settings.skip_auth_routes):
            return plain("Authenticated")
        known = self._authenticated()
        if known:
            return known
        asks_for_json = "application/json" in self._request.headers.get("Accept")
        if asks_for_json or any(re.search(route, path) for route in self._settings.api_routes):
            return document({}, 401)
        if self._settings.skip_provider_button:
            return self._started(self._request.target)
        return sign_in_page(with_query(f"{self._settings.proxy_prefix}/start", {"rd": self._request.target}))

    def _authenticated(self) -> Response | None:
        """What the gateway may go on with, and the cookie when the session was renewed."""
        if self._settings.skip_jwt_bearer_tokens and self._bearer():
            return plain("Authenticated")
        session = self._session()
        if session is None:
            return None
        now = time.time()
        old = self._settings.cookie_refresh and now - session["begun"] > self._settings.cookie_refresh
        renewed = self._refreshed(session) if old or session["expires"] < now else session
        if renewed is None:
            return None
        answer = Response(200, Headers(tuple(self._identity(renewed).items())), b"Authenticated")
        return answer if renewed is session else self._sessions.keep(answer, renewed, self._request)

    def _session(self) -> dict[str, Any] | None:
        return self._sessions.of(self._request, time.time())

    def _bearer(self) -> bool:
        kind, _, token = self._request.headers.get("Authorization").partition(" ")
        if kind.lower() != "bearer":
            return False
        try:
            self._provider().claims_of(token.strip())
        except ProviderError:
            return False
        return True

    def _refreshed(self, session: dict[str, Any]) -> dict[str, Any] | None:
        """The renewed session; the old one, as long as its token is good, when the provider refuses."""
        try:
            return self._provider().refresh(session)
        except ProviderError as error:
            log.info("the session of %s cannot be renewed: %s", session["email"], error)
            return session if session["expires"] > time.time() else None

    def _identity(self, session: dict[str, Any]) -> dict[str, str]:
        fields = {"Content-Type": "text/plain"}
        if self._settings.set_authorization_header:
            fields["Authorization"] = f"Bearer {session['id_token']}"
        if self._settings.set_xauthrequest:
            groups = session["groups"] if isinstance(session["groups"], list) else [session["groups"]]
            fields |= {"X-Auth-Request-User": session["user"], "X-Auth-Request-Email": session["email"]}
            fields["X-Auth-Request-Groups"] = ",".join(map(str, groups))
        return fields

    def _started(self, back: str) -> Response:
        beginning = {"state": secrets.token_urlsafe(24), "nonce": secrets.token_urlsafe(24), "verifier": ""}
        parameters = {
            "approval_prompt": "force",
            "client_id": self._settings.client_id,
            "nonce": beginning["nonce"],
            "redirect_uri": self._redirect_url,
            "response_type": "code",
            "scope": self._settings.scope,
            "state": f"{beginning['state']}:{back}",
        }
        if self._settings.code_challenge_method == "S256":
            beginning["verifier"] = secrets.token_urlsafe(48)
            digest = hashlib.sha256(beginning["verifier"].encode()).digest()
            parameters["code_challenge"] = urlsafe_b64encode(digest).decode().rstrip("=")
            parameters["code_challenge_method"] = "S256"
        return self._sessions.begin(redirect(with_query(self._provider().login_url, parameters)), beginning)

    def _called_back(self) -> Response:
        query = self._request.query
        refused = value_of(query, "error")
        if refused:
            told = value_of(query, "error_description")
            message = f"Login Failed: The upstream identity provider returned an error: {refused}"
            return error_page(403, message, f"{refused}: {told}")
        beginning = self._sessions.beginning(self._request)
        if beginning is None:
            return error_page(403, NO_TOKEN, "Invalid authentication via OAuth2: unable to obtain CSRF cookie")
        try:
            code = value_of(query, "code")
            session = self._provider().redeem(code, self._redirect_url, beginning["verifier"])
        except ProviderError as error:
            return error_page(500, "", f"Error redeeming code during OAuth2 callback: {error}")
        state, _, back = value_of(query, "state").partition(":")
        if not secrets.compare_digest(state.encode(), beginning["state"].encode()):
            return error_page(403, NO_TOKEN, "Invalid authentication via OAuth2: CSRF token mismatch, potential attack")
        if not self._is_welcome(session["email"]):
            return error_page(
                403, "Invalid session: unauthorized", f"Invalid authentication via OAuth2: {session['email']}"
            )
        answer = self._sessions.keep(redirect(self._allowed(back)), session, self._request)
        return self._sessions.finish(answer)

    def _is_welcome(self, email: str) -> bool:
        domains = self._settings.email_domains
        return bool(email) and any(
            domain == "*" or email.lower().endswith("@" + domain.lstrip("@").lower()) for domain in domains
        )

    @property
    def _redirect_url(self) -> str:
        usual = f"https://{self._request.host}{self._settings.proxy_prefix}/callback"
        return self._settings.redirect_url or usual

    def _allowed(self, address: str) -> str:
        """Where to go afterwards: a path of our own or an address of a listed domain, else the front page."""
        if re.match(r"/(?![/\\])", address):
            return address
        host = urllib.parse.urlsplit(address).hostname or ""
        fitting = (domain.rpartition(":")[0] or domain for domain in self._settings.whitelist_domains)
        listed = any(host == name or (name[:1] in "*." and host.endswith(name.lstrip("*"))) for name in fitting)
        return address if listed and address.startswith("https://") else "/"

    def _provider(self) -> Provider:
        return Provider(self._settings, self._network, self._keys)


def _skips(route: str, request: Request) -> bool:
    """Whether `[METHOD=]REGEX` is about the request."""
    method, sign, pattern = route.partition("=")
    if sign and method.isupper():
        return request.method == method and re.search(pattern, request.path) is not None
    return re.search(route, request.path) is not None
