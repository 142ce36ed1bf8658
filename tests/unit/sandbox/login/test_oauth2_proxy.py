"""The stand-in for oauth2-proxy: its options, its answers to the gateway, and a login with its mishaps."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.login.browser import Browser
from sandbox.login.client import Unreachable
from sandbox.login.mesh.keys import KeySets
from sandbox.login.oauth2_proxy.pages import LOG
from sandbox.login.oauth2_proxy.sessions import Sessions
from sandbox.login.oauth2_proxy.settings import Settings, SettingsError, read_settings, seconds
from sandbox.login.oauth2_proxy.site import Answering
from sandbox.login.web import Request, Response, document, plain, request_to, value_of

HOST = "kubeflow.example.com"
HOME = f"https://{HOST}/"
ISSUER = "https://issuer.example.com/pool"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
SECRET = "0123456789abcdef0123456789abcdef"
SETTINGS = Settings(
    "client",
    "secret",
    SECRET,
    ISSUER,
    email_domains=("*",),
    api_routes=("/api/",),
    whitelist_domains=("login.example.com", ".example.org"),
    skip_provider_button=True,
    set_authorization_header=True,
    set_xauthrequest=True,
    cookie_refresh=60,
)
FILE = """
provider = "oidc"
oidc_issuer_url = "https://issuer"
email_domains = ["*"]
cookie_expire = "1h30m"
skip_provider_button = true
"""
ENVIRONMENT = {
    "OAUTH2_PROXY_CLIENT_ID": "client",
    "OAUTH2_PROXY_CLIENT_SECRET": "secret",
    "OAUTH2_PROXY_COOKIE_SECRET": SECRET,
    "OAUTH2_PROXY_COOKIE_SECURE": "true",
    "OTHER": "ignored",
}


def test_the_options_come_from_file_and_environment() -> None:
    found = read_settings(FILE, ENVIRONMENT)
    assert (found.client_secret, found.cookie_expire, found.skip_provider_button) == ("secret", 5400, True)
    assert read_settings(FILE, {**ENVIRONMENT, "OAUTH2_PROXY_API_ROUTES": "/a,/b"}).api_routes == ("/a", "/b")


MISTAKES = {
    "no secret": ("", {"OAUTH2_PROXY_CLIENT_SECRET": ""}, "missing setting: client-secret"),
    "a cookie secret of no fitting length": ("", {"OAUTH2_PROXY_COOKIE_SECRET": "short"}, "but is 5 bytes"),
    "an option nobody knows": ('htpasswd_file = "x"', {}, "the option htpasswd_file is not known"),
    "another provider": ("", {"OAUTH2_PROXY_PROVIDER": "github"}, "the provider github"),
    "certificates that are not verified": ("", {"OAUTH2_PROXY_SSL_INSECURE_SKIP_VERIFY": "true"}, "verifies every"),
    "not TOML": ("a b", {}, "failed to load config"),
    "no duration": ('cookie_refresh = "soon"', {}, 'invalid duration "soon"'),
}


@pytest.mark.parametrize(("line", "changed", "message"), MISTAKES.values(), ids=MISTAKES)
def test_options_that_it_would_not_start_with(line: str, changed: dict, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(f"{FILE}\n{line}", {**ENVIRONMENT, **changed})


@pytest.mark.parametrize(("text", "number"), {"0": 0, "50m": 3000, "1h0m5s": 3605, "28800s": 28800}.items())
def test_a_duration(text: str, number: float) -> None:
    assert seconds(text, "x") == number


@dataclass
class Provider:
    """The network with one provider in it; `claims` are those of the next ID token."""

    claims: dict[str, Any] = field(default_factory=dict)
    token: Response | None = None
    away: bool = False
    asked: list[Request] = field(default_factory=list)

    def fetch(self, url: str, method: str = "GET", headers: Any = (), body: bytes = b"") -> Response:
        self.asked.append(request_to(url, method, headers, body))
        if self.away:
            raise Unreachable("issuer.example.com: away")
        if url.endswith("openid-configuration"):
            places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
            return document({"issuer": ISSUER} | {name: f"https://login.example.com/{p}" for name, p in places.items()})
        if url.endswith("jwks"):
            return document({"keys": [KEY.as_dict(private=False)]})
        return self.token or document({"id_token": self.id_token(), "access_token": "a", "refresh_token": "r"})

    def id_token(self) -> str:
        usual = {
            "iss": ISSUER,
            "aud": "client",
            "sub": "1",
            "email": "alice@example.com",
            "exp": int(time.time()) + 3600,
        }
        return jwt.encode({"alg": "RS256", "kid": "one"}, usual | self.claims, KEY)


class Site:
    """As the gateway's authorizer, and as the site of /oauth2/; every other name answers with its own name."""

    def __init__(self, provider: Provider, **changed: Any) -> None:
        self.provider = provider
        self.settings = replace(SETTINGS, **changed)
        self.keys = KeySets(provider)  # type: ignore[arg-type]

    def __call__(self, request: Request) -> Response:
        if request.host != HOST:
            return plain(request.host)
        sessions = Sessions(self.settings)
        return Answering(self.settings, sessions, self.provider, self.keys, request).answer()  # type: ignore[arg-type]


def begun(site: Site, path: str = "deep?a=b") -> tuple[Browser, str]:
    browser = Browser(site)
    return browser, value_of(browser.open(HOME + path).request.query, "state")


def back(browser: Browser, state: str, code: str = "c", **more: str) -> Response:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return browser.open(f"{HOME}oauth2/callback?state={state}&code={code}{query}").response


def logged_in(site: Site) -> Browser:
    browser, state = begun(site)
    assert back(browser, state).text == "Authenticated"
    return browser


def test_a_login_gives_the_gateway_the_id_token_and_ends_where_it_began() -> None:
    site = Site(Provider())
    browser = logged_in(site)
    end = browser.history[-1]
    assert end.url == f"{HOME}deep?a=b"
    assert end.response.headers.get("Authorization").startswith("Bearer ey")
    assert end.response.headers.get("X-Auth-Request-Email") == "alice@example.com"
    asked = next(step.request for step in browser.history if step.request.host == "login.example.com")
    assert dict(asked.query)["redirect_uri"] == f"{HOME}oauth2/callback"


REFUSALS = {
    "an error of the provider": ({}, {"error": "invalid_request"}, 403, "invalid_request"),
    "the token endpoint refuses": ({"token": document({"error": "invalid_client"}, 400)}, {}, 500, "invalid_client"),
    "no ID token": ({"token": document({"access_token": "a"})}, {}, 500, "did not contain an id_token"),
    "another audience": ({"claims": {"aud": "other"}}, {}, 500, "Audiences in Jwt are not allowed"),
    "an address nobody has verified": ({"claims": {"email_verified": False}}, {}, 500, "isn't verified"),
    "no address": ({"claims": {"email": ""}}, {}, 403, "Invalid authentication"),
    "another state": ({}, {"state": "x"}, 403, "CSRF token mismatch"),
}


@pytest.mark.parametrize(("broken", "query", "status", "logged"), REFUSALS.values(), ids=REFUSALS)
def test_a_login_that_goes_wrong(broken: dict, query: dict, status: int, logged: str) -> None:
    browser, state = begun(Site(Provider(**broken)))
    answer = back(browser, **{"state": state, **query})
    assert (answer.status, logged in answer.headers.get(LOG)) == (status, True), answer.headers
    assert "Authorization" not in Browser(Site(Provider())).open(HOME).response.headers


def test_a_stolen_code_is_of_no_use_to_another_browser() -> None:
    site = Site(Provider())
    _, state = begun(site)
    assert "unable to obtain CSRF cookie" in back(Browser(site), state).headers.get(LOG)
    thief, _ = begun(site)
    assert "CSRF token mismatch" in back(thief, state).headers.get(LOG)


def test_background_requests_get_401_in_place_of_a_login_page() -> None:
    site = Site(Provider())
    assert Browser(site).open(f"{HOME}api/x").response.status == 401
    assert site(request_to(HOME, headers=(("Accept", "application/json"),))).status == 401


def test_a_changed_cookie_secret_ends_all_sessions() -> None:
    browser = logged_in(Site(Provider()))
    browser._send = Site(Provider(), cookie_secret=SECRET[::-1])
    assert browser.open(HOME).response.text == "login.example.com"


def test_an_old_session_is_renewed_and_one_whose_token_has_ended_needs_a_login() -> None:
    provider = Provider()
    site = Site(provider, cookie_refresh=-1)
    browser = logged_in(site)
    provider.claims = {"email": "new@example.com"}
    renewed = browser.open(HOME).response
    assert renewed.headers.get("X-Auth-Request-Email") == "new@example.com"
    assert "oauth2_proxy" in renewed.headers.get("Set-Cookie")
    provider.token = document({"error": "invalid_grant"}, 400)
    assert browser.open(HOME).response.text == "Authenticated"
    provider.token, provider.claims = None, {"exp": int(time.time()) - 10}
    browser.open(HOME)
    provider.token = document({"error": "invalid_grant"}, 400)
    assert browser.open(HOME).response.text == "login.example.com"


def test_logging_out_forgets_the_session() -> None:
    browser = logged_in(Site(Provider()))
    browser.open(f"{HOME}oauth2/sign_out?rd=https%3A%2F%2Flogin.example.com%2Flogout")
    assert browser.history[-1].url == "https://login.example.com/logout"
    assert browser.open(HOME).response.text == "login.example.com"


BACK = {
    "/a?b=c": "/a?b=c",
    "https://login.example.com/x": "https://login.example.com/x",
    "https://sub.example.org/": "https://sub.example.org/",
    "//evil.example.com/": "/",
    "/\\evil.example.com": "/",
    "https://evil.example.com/": "/",
    "https://login.example.com.evil.com/": "/",
    "http://login.example.com/": "/",
    "javascript:alert(1)": "/",
}


@pytest.mark.parametrize(("asked", "location"), BACK.items())
def test_nobody_is_sent_to_an_address_that_is_not_listed(asked: str, location: str) -> None:
    request = Request("GET", HOST, "/oauth2/sign_out")
    answer = Site(Provider())(replace(request, query_string=f"rd={asked.replace('&', '%26')}"))
    assert answer.location == location


def test_a_provider_that_is_away_keeps_it_from_starting() -> None:
    with pytest.raises(SettingsError, match="failed to discover OIDC configuration: issuer.example.com: away"):
        Browser(Site(Provider(away=True))).open(HOME)
