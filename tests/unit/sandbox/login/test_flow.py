"""A login from the application's first redirect to its tokens, on to the next login, and out again."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from sandbox.login import directory as directories
from sandbox.login.saml.document import serialized
from sandbox.login.saml.redirect import carried
from sandbox.login.saml.requests import LogoutRequest, logout_request, logout_response
from sandbox.login.web import request_to

from .conftest import CALLBACK, DOMAIN, LANDING, REGION, RULES


def test_the_steps_of_a_login_are_those_of_a_browser(platform) -> None:
    told = platform.log_in("alice")
    assert [(step.request.method, step.request.host, step.request.path) for step in platform.browser.history] == [
        ("GET", platform.domain, "/oauth2/authorize"),
        ("GET", f"adfs.{DOMAIN}", "/adfs/ls/"),
        ("POST", f"adfs.{DOMAIN}", "/adfs/ls/"),
        ("POST", platform.domain, "/saml2/idpresponse"),
        ("GET", f"kubeflow.{DOMAIN}", "/oauth2/idpresponse"),
    ]
    assert told["state"] == "a-state" and set(told) == {"code", "state"}


def test_the_tokens_say_what_cognito_s_say(platform) -> None:
    tokens = platform.tokens("alice")
    assert set(tokens) == {"id_token", "access_token", "refresh_token", "expires_in", "token_type"}
    told, access = platform.claims(tokens["id_token"]), platform.claims(tokens["access_token"])
    left = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert told["at_hash"] == base64.urlsafe_b64encode(left).decode().rstrip("=")
    for name in ("at_hash", "iat", "exp", "auth_time", "jti", "origin_jti", "sub"):
        assert told.pop(name)
    identity = told.pop("identities")[0]
    assert told == {
        "aud": platform.client_id,
        "cognito:groups": [f"{platform.pool_id}_ADFS"],
        "cognito:username": r"adfs_corp\alice",
        "email": "alice@platform.example.com",
        "email_verified": True,
        "iss": f"https://cognito-idp.{REGION}.amazonaws.com/{platform.pool_id}",
        "nonce": "a-nonce",
        "token_use": "id",
    }
    assert (identity["userId"], identity["providerName"], identity["providerType"]) == (r"CORP\alice", "ADFS", "SAML")
    assert (access["token_use"], access["client_id"], access["scope"], access["username"], access["version"]) == (
        ("access", platform.client_id, "openid email", r"adfs_corp\alice", 2)
    )
    assert "aud" not in access and "email" not in access


SCOPES = {
    "openid alone tells all that may be read": ("openid", {"email", "email_verified", "custom:groups"}),
    "email beside it tells only that": ("openid email", {"email", "email_verified"}),
    "profile tells the rest": ("openid profile", {"custom:groups"}),
    "both tell both": ("openid email profile", {"email", "email_verified", "custom:groups"}),
}


@pytest.mark.parametrize(("scope", "expected"), SCOPES.values(), ids=SCOPES.keys())
def test_scopes_choose_the_attributes(house, scope: str, expected: set[str]) -> None:
    platform = house.platform(AllowedOAuthScopes=["openid", "email", "profile"])
    tokens = platform.tokens("alice", scope=scope)
    told, info = platform.claims(tokens["id_token"]), platform.user_info(tokens["access_token"]).json()
    known = {"email", "email_verified", "custom:groups"}
    assert (known & set(told), known & set(info)) == (expected, expected)
    if "custom:groups" in expected:
        assert info["custom:groups"] == "[kubeflow-vision, kubeflow-speech, none]"


def test_user_info_tells_texts_only(platform) -> None:
    info = platform.user_info(platform.tokens("bob")["access_token"]).json()
    assert info.pop("sub")
    assert json.loads(info.pop("identities"))[0]["userId"] == r"CORP\bob"
    assert info == {"email": "bob@platform.example.com", "email_verified": "true", "username": r"adfs_corp\bob"}


def test_attributes_that_the_client_may_not_read_are_not_told(house) -> None:
    platform = house.platform(ReadAttributes=["email"])
    told = platform.claims(platform.tokens("alice", scope="openid")["id_token"])
    assert "custom:groups" not in told and told["email"] == "alice@platform.example.com"


def account(house, platform, name: str) -> dict[str, str]:
    return json.loads(house.state.users.read_text())[platform.pool_id][rf"adfs_corp\{name}"]["attributes"]


def test_a_lost_group_is_gone_at_the_next_login_and_no_claim_clears_nothing(house, platform) -> None:
    platform.log_in("alice")
    assert account(house, platform, "alice")["custom:groups"] == "[kubeflow-vision, kubeflow-speech, none]"
    known = directories.load(house.state.directory)
    less = directories.with_group_exchanged(known, "alice", "kubeflow-speech", "VPN Users")
    directories.save(less, house.state.directory)
    platform.log_in("alice", house.browser())
    assert account(house, platform, "alice")["custom:groups"] == "[kubeflow-vision, none]"
    platform.trust(RULES.rpartition("c:[Type")[0])
    platform.log_in("alice", house.browser())
    assert account(house, platform, "alice")["custom:groups"] == "[kubeflow-vision, none]"


def test_a_browser_with_a_session_is_not_sent_to_its_provider_again(platform) -> None:
    platform.log_in("alice")
    steps = len(platform.browser.history)
    platform.log_in("alice")
    assert [step.request.host for step in platform.browser.history[steps:]] == [platform.domain, f"kubeflow.{DOMAIN}"]


def test_after_a_logout_the_provider_is_asked_and_knows_its_user(platform) -> None:
    platform.log_in("alice")
    left = platform.browser.open(
        f"https://{platform.domain}/logout?client_id={platform.client_id}&logout_uri={LANDING}"
    )
    assert left.url == LANDING
    steps = len(platform.browser.history)
    assert "code" in platform.log_in("alice")
    hosts = [step.request.host for step in platform.browser.history[steps:]]
    assert f"adfs.{DOMAIN}" in hosts and len(hosts) == 4, "without a page to log in at"


def test_a_single_logout_ends_the_provider_s_session_too(platform) -> None:
    platform.trust_logouts()
    platform.log_in("alice")
    steps = len(platform.browser.history)
    address = f"https://{platform.domain}/logout?client_id={platform.client_id}&logout_uri={LANDING}"
    assert platform.browser.open(address).url == LANDING
    paths = [step.request.path for step in platform.browser.history[steps:]]
    assert paths == ["/logout", "/adfs/ls/", "/saml2/logout", "/"]
    assert "loginForm" in platform.browser.open(platform.authorize_url()).response.text


def test_an_unsigned_logout_request_ends_no_session(house, platform) -> None:
    platform.trust_logouts()
    platform.log_in("alice")
    there = f"https://adfs.{DOMAIN}/adfs/ls/"
    request = LogoutRequest("_x", f"urn:amazon:cognito:sp:{platform.pool_id}", there, r"CORP\alice")
    forged = platform.browser.open(carried(there, "SAMLRequest", logout_request(request, 0)))
    assert "MSIS7085" in forged.response.text
    platform.browser.cookies = [cookie for cookie in platform.browser.cookies if cookie.name == "MSISAuth"]
    assert "code" in platform.log_in("alice"), "his session at the provider goes on"


def test_without_the_certificate_in_the_trust_a_single_logout_stops_at_the_provider(platform) -> None:
    platform.trust_logouts()
    platform.trust()
    platform.log_in("alice")
    address = f"https://{platform.domain}/logout?client_id={platform.client_id}&logout_uri={LANDING}"
    assert "MSIS7085" in platform.browser.open(address).response.text


def test_an_answer_to_a_logout_counts_only_when_the_provider_has_signed_it(house, platform) -> None:
    platform.trust_logouts()
    platform.log_in("alice")
    address = f"https://{platform.domain}/logout?client_id={platform.client_id}&logout_uri={LANDING}"
    sent = platform.browser.ask(request_to(address))
    request_id = sent.response.location.partition("RelayState=")[2].partition("&")[0]
    answer = logout_response("_r", f"http://adfs.{DOMAIN}/adfs/services/trust", f"{address}", request_id, 0)
    form = {"SAMLResponse": base64.b64encode(serialized(answer)).decode(), "RelayState": request_id}
    refused = house.post(f"https://{platform.domain}/saml2/logout", form)
    assert refused.status == 400 and "LogoutResponse signature is invalid" in refused.text


def test_a_refresh_token_gives_tokens_until_it_is_revoked(house, platform) -> None:
    first = platform.tokens("alice")
    answer = platform.ask_token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    second = answer.json()
    assert answer.status == 200 and "refresh_token" not in second
    old, new = platform.claims(first["id_token"]), platform.claims(second["id_token"])
    assert (old["origin_jti"], old["auth_time"]) == (new["origin_jti"], new["auth_time"]) and old["jti"] != new["jti"]
    form = {"token": first["refresh_token"], "client_id": platform.client_id, "client_secret": platform.secret}
    assert house.post(f"https://{platform.domain}/oauth2/revoke", form).status == 200
    refused = platform.ask_token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert refused.json() == {"error": "invalid_grant", "error_description": "Invalid Refresh Token"}
    assert platform.user_info(second["access_token"]).status == 401


def test_a_user_who_has_the_choice_is_asked(house, platform) -> None:
    platform.cognito(
        "create_identity_provider",
        ProviderName="Other",
        ProviderType="SAML",
        ProviderDetails={"MetadataFile": house.state.metadata.read_text()},
        IdpIdentifiers=["other.example.com"],
    )
    platform.change_client(SupportedIdentityProviders=["COGNITO", "ADFS", "Other"])
    page = platform.browser.open(platform.authorize_url())
    assert page.request.path == "/login" and page.response.text.count('class="provider"') == 2
    assert "code" in platform.log_in("alice", identity_provider="ADFS")
    named = house.browser().open(platform.authorize_url(idp_identifier="other.example.com"))
    assert named.request.host == f"adfs.{DOMAIN}"


def test_the_documents_of_the_pool_name_its_endpoints(house, platform) -> None:
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{platform.pool_id}"
    told = house.network.fetch(f"{issuer}/.well-known/openid-configuration").json()
    assert (told["issuer"], told["jwks_uri"]) == (issuer, f"{issuer}/.well-known/jwks.json")
    assert told["authorization_endpoint"] == f"https://{platform.domain}/oauth2/authorize"
    keys = house.network.fetch(told["jwks_uri"]).json()["keys"]
    assert [(key["kty"], key["alg"], "d" in key) for key in keys] == [("RSA", "RS256", False)] * 2
    assert house.network.fetch(f"{issuer}x/.well-known/jwks.json").status == 400


def test_a_pool_is_reached_by_its_prefix_domain_too(house, platform) -> None:
    platform.cognito("create_user_pool_domain", Domain="a-prefix")
    host = f"a-prefix.auth.{REGION}.amazoncognito.com"
    platform.trust(consumer=f"https://{host}/saml2/idpresponse")
    for _ in range(100):
        if (
            house.client("cognito-idp").describe_user_pool_domain(Domain="a-prefix")["DomainDescription"]["Status"]
            == "ACTIVE"
        ):
            break
    page = platform.browser.open(platform.authorize_url().replace(platform.domain, host))
    last = platform.browser.submit(page, {"UserName": "bob@platform.example.com", "Password": "bob-knows"})
    assert last.url.startswith(f"{CALLBACK}?code=")
