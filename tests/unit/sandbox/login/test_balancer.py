"""The load balancer: which name it answers to, which rule it acts by, and how authenticate-cognito goes wrong."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sandbox.login.balancer.cognito import Action, Authenticator
from sandbox.login.balancer.identity import Signer, identity_headers, with_identity
from sandbox.login.balancer.listener import UnknownCondition, actions_of, redirect_location
from sandbox.login.balancer.names import NoSuchName, alias_of, balancer_named, zone_of
from sandbox.login.balancer.pages import REASON, Stopped
from sandbox.login.balancer.sealed import SHARD, Seal, joined, sharded
from sandbox.login.browser import Browser
from sandbox.login.client import Unreachable
from sandbox.login.web import Headers, Request, Response, document, plain, request_to, value_of

HOST = "kubeflow.example.com"
HOME = f"https://{HOST}/"
CONFIG = {
    "UserPoolArn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_pool",
    "UserPoolClientId": "client",
    "UserPoolDomain": "login.example.com",
    "Scope": "openid email",
    "SessionTimeout": "3600",
}
TOKENS = {"access_token": "access", "id_token": "id", "refresh_token": "refresh", "expires_in": 3600}


@dataclass
class Cognito:
    """Answers as a network of one site; `asked` keeps the requests."""

    token: Response = document(TOKENS)
    user: Response = document({"sub": "1", "email": "alice@example.com"})
    asked: list[Request] = field(default_factory=list)

    def fetch(self, url: str, method: str = "GET", headers: Any = (), body: bytes = b"") -> Response:
        self.asked.append(request_to(url, method, headers, body))
        if self.token.status == 0:
            raise Unreachable("login.example.com: no such name")
        return self.token if url.endswith("/token") else self.user


def action(**changed: Any) -> Action:
    return Action.from_config({**CONFIG, **changed})


def authenticator(cognito: Cognito, secret: bytes = b"one") -> Authenticator:
    return Authenticator(cognito, secret, lambda pool, client: f"secret of {pool} {client}")  # type: ignore[arg-type]


class Site:
    """The action in front of a page that shows who is there."""

    def __init__(self, cognito: Cognito, secret: bytes = b"one", **changed: Any) -> None:
        self.own = authenticator(cognito, secret)
        self.action = action(**changed)

    def __call__(self, request: Request) -> Response:
        if request.host != HOST:
            return plain("the login page")
        try:
            session, answer = self.own.authenticate(self.action, request)
        except Stopped as stop:
            return stop.response
        return answer or plain(f"page of {session['claims']['email'] if session else 'a guest'}")


def begun(site: Site) -> tuple[Browser, str]:
    """A browser that has been sent to log in, and the state that came along."""
    browser = Browser(site)
    return browser, value_of(browser.open(f"{HOME}deep?a=b").request.query, "state")


def back(browser: Browser, state: str, **more: str) -> Response:
    query = "&".join(f"{name}={value}" for name, value in {"state": state, "code": "c", **more}.items() if value)
    return browser.open(f"{HOME}oauth2/idpresponse?{query}").response


def test_who_has_no_session_is_sent_to_log_in() -> None:
    browser, _ = begun(Site(Cognito()))
    asked = browser.history[-1].request
    assert asked.url.startswith("https://login.example.com/oauth2/authorize?")
    assert dict(asked.query) | {"state": ""} == {
        "client_id": "client",
        "redirect_uri": f"{HOME}oauth2/idpresponse",
        "response_type": "code",
        "scope": "openid email",
        "state": "",
    }


def test_a_login_ends_where_it_began() -> None:
    cognito = Cognito()
    browser, state = begun(Site(cognito))
    assert back(browser, state).text == "page of alice@example.com"
    assert browser.history[-1].url == f"{HOME}deep?a=b"
    token, user = cognito.asked
    basic = base64.b64encode(b"client:secret of eu-west-1_pool client").decode()
    assert token.headers.get("Authorization") == f"Basic {basic}"
    assert dict(token.form) == {
        "grant_type": "authorization_code", "code": "c", "redirect_uri": f"{HOME}oauth2/idpresponse",
    }  # fmt: skip
    assert user.headers.get("Authorization") == "Bearer access"


REFUSALS = {
    "an error of Cognito": (
        {},
        {"error": "invalid_request", "error_description": "x"},
        561,
        "answered invalid_request: x",
    ),
    "an error in another alphabet": (
        {},
        {"error": "x", "error_description": "%C4%85%0D%0AX:y"},
        561,
        "answered x: ? X:y",
    ),
    "no code": ({}, {"code": ""}, 401, "AuthMissingCodeParam"),
    "no state": ({}, {"state": ""}, 401, "AuthMissingStateParam"),
    "a state of somebody else": ({}, {"state": "AAAA"}, 401, "AuthInvalidStateParam"),
    "the token endpoint refuses": (
        {"token": document({"error": "invalid_client"}, 400)},
        {},
        561,
        "AuthTokenEpRequestFailed",
    ),
    "the token endpoint is away": ({"token": Response(0)}, {}, 500, "AuthTokenEpRequestTimeout"),
    "no ID token": ({"token": document({"access_token": "a"})}, {}, 401, "AuthInvalidIdToken"),
    "userInfo refuses": ({"user": document({}, 401)}, {}, 561, "AuthUserinfoEpRequestFailed"),
    "too much is known": (
        {"user": document({"sub": "1", "x": "y" * 12000})},
        {},
        500,
        "AuthUserinfoResponseSizeExceeded",
    ),
    "no claims": ({"user": plain("oops")}, {}, 561, "AuthInvalidUserinfoResponse"),
}


@pytest.mark.parametrize(("broken", "query", "status", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_a_login_that_goes_wrong(broken: dict, query: dict, status: int, reason: str) -> None:
    browser, state = begun(Site(Cognito(**broken)))
    answer = back(browser, **{"state": state, **query})
    assert (answer.status, reason in answer.headers.get(REASON)) == (status, True), answer.headers


def test_a_stolen_code_is_of_no_use_to_another_browser() -> None:
    site = Site(Cognito())
    _, state = begun(site)
    thief = Browser(site)
    assert "AuthMissingAWSALBAuthNonce" in back(thief, state).headers.get(REASON)
    thief.open(HOME)
    assert "AuthInvalidAWSALBAuthNonce" in back(thief, state).headers.get(REASON)


def test_sessions_and_states_of_another_balancer_count_for_nothing() -> None:
    one = Site(Cognito())
    browser, state = begun(one)
    back(browser, state)
    other = Browser(Site(Cognito(), b"two"))
    other.cookies = browser.cookies
    assert other.open(HOME).response.text == "the login page"
    assert "AuthInvalidStateParam" in back(other, state).headers.get(REASON)


def test_an_expired_token_is_renewed_and_a_refusal_ends_the_session() -> None:
    cognito = Cognito(token=document({**TOKENS, "expires_in": -1}))
    browser, state = begun(Site(cognito))
    back(browser, state)
    cognito.token = document({**TOKENS, "expires_in": 60})
    assert browser.open(HOME).response.text == "page of alice@example.com"
    assert ("grant_type", "refresh_token") in cognito.asked[-2].form
    cognito.token = document({"error": "invalid_grant"}, 400)
    assert browser.open(HOME).response.text == "the login page"


@pytest.mark.parametrize(("wish", "text"), [("allow", "page of a guest"), ("deny", "401 Authorization Required")])
def test_requests_without_a_session_can_be_let_in_or_refused(wish: str, text: str) -> None:
    assert text in Browser(Site(Cognito(), OnUnauthenticatedRequest=wish)).open(HOME).response.text


def test_a_large_session_is_cut_into_shards() -> None:
    pieces = dict(sharded("cookie-", "x" * (SHARD + 1)))
    assert [len(piece) for piece in pieces.values()] == [SHARD, 1]
    assert joined("cookie-", pieces) == "x" * (SHARD + 1)
    with pytest.raises(ValueError, match="4 cookies"):
        dict(sharded("cookie-", "x" * (4 * SHARD + 1)))


def test_a_seal_opens_only_what_it_has_closed() -> None:
    closed = Seal(b"one", "state").close({"a": 1})
    assert Seal(b"one", "state").open(closed) == {"a": 1}
    for other, text in ((Seal(b"one", "session"), closed), (Seal(b"one", "state"), closed[:-2] + "AA")):
        assert other.open(text) is None


def test_the_identity_is_signed_with_padding_and_forged_headers_are_dropped() -> None:
    signer = Signer()
    session = {"access_token": "access", "claims": {"sub": "1", "email": "alice@example.com"}}
    own = identity_headers(signer, "arn:balancer", "https://issuer", "client", session, 1000)
    headers = with_identity(Headers((("X-Amzn-Oidc-Data", "forged"), ("Accept", "x"))), own)
    assert (headers.all("x-amzn-oidc-data"), headers.get("accept")) == ((own["x-amzn-oidc-data"],), "x")
    parts = own["x-amzn-oidc-data"].split(".")
    assert all(len(part) % 4 == 0 for part in parts)
    header, claims, signature = (base64.urlsafe_b64decode(part) for part in parts)
    assert json.loads(header) | {"kid": ""} == {
        "typ": "JWT", "alg": "ES256", "kid": "", "iss": "https://issuer", "client": "client", "signer": "arn:balancer",
        "exp": 1120,
    }  # fmt: skip
    assert json.loads(claims)["email"] == "alice@example.com"
    key = serialization.load_pem_public_key(signer.public_pem)
    both = [int.from_bytes(half, "big") for half in (signature[:32], signature[32:])]
    key.verify(encode_dss_signature(*both), ".".join(parts[:2]).encode(), ec.ECDSA(hashes.SHA256()))  # type: ignore[union-attr]


FORWARD, FALLBACK = {"Type": "forward", "Order": 2}, {"Type": "fixed-response"}


def rule(priority: str, *actions: dict, **conditions: str) -> dict[str, Any]:
    fields = {"host": ("host-header", "HostHeaderConfig"), "path": ("path-pattern", "PathPatternConfig")}
    listed = [{"Field": fields[name][0], fields[name][1]: {"Values": [value]}} for name, value in conditions.items()]
    return {"Priority": priority, "IsDefault": priority == "default", "Conditions": listed, "Actions": list(actions)}


def test_the_first_rule_by_priority_acts_in_its_order() -> None:
    login = {"Type": "authenticate-cognito", "Order": 1}
    rules = [
        rule("default", FALLBACK),
        rule("10", FALLBACK, host="*.example.com"),
        rule("2", FORWARD, login, host=HOST.upper()),
    ]
    assert actions_of(rules, HOST, "/") == [login, FORWARD]
    assert actions_of(rules, "other.example.org", "/") == [FALLBACK]
    assert actions_of([rule("1", FORWARD, path="/a/*"), rules[0]], HOST, "/A/b") == [FALLBACK]


def test_an_unknown_condition_is_refused_by_name() -> None:
    with pytest.raises(UnknownCondition, match="source-ip"):
        actions_of(
            [{"Priority": "1", "IsDefault": False, "Conditions": [{"Field": "source-ip"}], "Actions": []}], HOST, "/"
        )


def test_a_redirect_keeps_what_it_does_not_name() -> None:
    wanted = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    assert redirect_location(wanted, HOST, "/a", "b=c") == f"https://{HOST}:443/a?b=c"


ZONE = {"Id": "Z1", "Name": "example.com.", "Config": {"PrivateZone": False}}
ALIAS = {"Name": f"{HOST}.", "Type": "A", "AliasTarget": {"DNSName": "dualstack.lb.elb.amazonaws.com."}}
LB = {
    "DNSName": "LB.elb.amazonaws.com",
    "LoadBalancerArn": "arn",
    "LoadBalancerName": "lb",
    "State": {"Code": "active"},
}
NAMES = {
    "no zone": ([], [ALIAS], [LB], "no hosted zone"),
    "a private zone": ([{**ZONE, "Config": {"PrivateZone": True}}], [ALIAS], [LB], "no hosted zone"),
    "no record": ([ZONE], [], [LB], "no address record"),
    "no alias": ([ZONE], [{**ALIAS, "AliasTarget": None}], [LB], "an address of its own"),
    "no load balancer": ([ZONE], [ALIAS], [], "no load balancer"),
    "not ready": ([ZONE], [ALIAS], [{**LB, "State": {"Code": "provisioning"}}], "still provisioning"),
}


@pytest.mark.parametrize(("zones", "records", "balancers", "message"), NAMES.values(), ids=NAMES)
def test_a_name_that_leads_nowhere(zones: list, records: list, balancers: list, message: str) -> None:
    with pytest.raises(NoSuchName, match=message):
        zone_of(HOST, zones)
        balancer_named(HOST, alias_of(HOST, records), balancers)


def test_a_name_leads_to_its_load_balancer() -> None:
    assert zone_of(HOST, [{**ZONE, "Name": "com.", "Id": "Z0"}, ZONE]) == "Z1"
    assert balancer_named(HOST, alias_of(HOST, [ALIAS]), [LB]).arn == "arn"
