"""What is wrong with the deployment, or with who asks, shows where AWS would show it: a page, or the callback address."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest

from sandbox.kubernetes.certificates import signing_certificate
from sandbox.login import directory as directories
from sandbox.login.claims import MAIL
from sandbox.login.client import Unreachable
from sandbox.saml import metadata

from .conftest import CALLBACK, DOMAIN, MAPPING, RULES

# name: (change of the address, path of the page, its text)
PAGES = {
    "an unknown client": ({"client_id": "nobody"}, "/error", "invalid_client"),
    "no client": (
        {"client_id": ""},
        "/oauth2/authorize",
        "Required String parameter &#x27;client_id&#x27; is not present",
    ),
    "a callback that is not registered": ({"redirect_uri": "https://evil.example.com/"}, "/error", "redirect_mismatch"),
    "a callback in other letters": ({"redirect_uri": CALLBACK.upper()}, "/error", "redirect_mismatch"),
    "no callback": ({"redirect_uri": ""}, "/error", "redirect_mismatch"),
}


@pytest.fixture(scope="module")
def steady(house):
    """One platform for tests that change nothing."""
    return house.platform()


@pytest.mark.parametrize(("changes", "path", "text"), PAGES.values(), ids=PAGES.keys())
def test_before_the_callback_is_known_the_domain_tells(house, steady, changes, path, text) -> None:
    steady.trust()
    last = house.browser().open(steady.authorize_url(**changes))
    assert (last.request.host, last.request.path, last.response.status) == (steady.domain, path, 400)
    assert "An error was encountered with the requested page." in last.response.text and text in last.response.text


CALLBACKS = {
    "a scope that is not allowed": ({"scope": "openid phone"}, "invalid_scope", None),
    "a scope without openid": ({"scope": "email"}, "invalid_scope", None),
    "another response type": ({"response_type": "id_token"}, "invalid_request", "Invalid response_type"),
    "a flow that is not allowed": (
        {"response_type": "token"},
        "unauthorized_client",
        "Client is not enabled for this response_type",
    ),
    "a provider that is not the client's": (
        {"identity_provider": "Okta"},
        "invalid_request",
        "Login option is not available. Please try another one",
    ),
    "a plain code challenge": (
        {"code_challenge": "x", "code_challenge_method": "plain"},
        "invalid_request",
        "code_challenge_method must be S256, with a code_challenge",
    ),
}


@pytest.mark.parametrize(("changes", "code", "text"), CALLBACKS.values(), ids=CALLBACKS.keys())
def test_afterwards_the_callback_is_told(house, steady, changes, code, text) -> None:
    told = steady.log_in("alice", house.browser(), **changes)
    assert told == {"error": code, "state": "a-state", **({"error_description": text} if text else {})}


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in MAPPING.items() if key != name}


def long_groups(platform) -> None:
    known = directories.load(platform.house.state.directory)
    many = [f"kubeflow-{'x' * 60}-{number}" for number in range(40)]
    users = tuple(
        directories.User(user.name, user.mail, tuple(many), user.password) if user.name == "alice" else user
        for user in known.users
    )
    directories.save(directories.replace(known, users=users), platform.house.state.directory)


def other_key(platform) -> None:
    """The administrator's certificate is not the one in the pool's metadata any more."""
    certificate, _ = signing_certificate("another")
    document = metadata(f"adfs.{DOMAIN}", certificate)
    platform.change_provider(ProviderDetails={"MetadataFile": document})


def detached(platform) -> None:
    platform.change_client(SupportedIdentityProviders=["COGNITO"])


# name: (how it is broken, error, its text)
BROKEN: dict[str, tuple[Callable, str, str]] = {
    "the mapping of a required attribute is gone": (
        lambda p: p.change_provider(AttributeMapping=without("email")),
        "invalid_request",
        "attributes required: [email]",
    ),
    "the client may not write the groups": (
        lambda p: p.change_client(WriteAttributes=["email"]),
        "invalid_request",
        "user.custom:groups: A client attempted to write unauthorized attribute",
    ),
    "the client may write standard attributes only": (
        lambda p: p.change_client(WriteAttributes=None),
        "invalid_request",
        "user.custom:groups: A client attempted to write unauthorized attribute",
    ),
    "more than 2,048 characters": (
        long_groups,
        "invalid_request",
        "user.custom:groups: value has 2956 characters, at most 2048 are allowed",
    ),
    "the provider signs by another certificate": (
        other_key,
        "server_error",
        "Invalid SAML response received: SAML Assertion signature is invalid.",
    ),
    "the claim rules issue no name": (
        lambda p: p.trust(RULES.partition("\n")[2]),
        "server_error",
        "Invalid SAML response received: the assertion has no NameID",
    ),
    "the metadata is another provider's": (
        lambda p: p.change_provider(
            ProviderDetails={
                "MetadataFile": p.house.state.metadata.read_text().replace(
                    f'entityID="http://adfs.{DOMAIN}', 'entityID="http://another.example.com'
                )
            }
        ),
        "server_error",
        "Invalid SAML response received: Issuer is not the identity provider of the metadata",
    ),
}


@pytest.fixture(scope="module")
def strict(house):
    """A pool that wants an e-mail address."""
    email = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
    return lambda: house.platform(schema=(email,))


@pytest.mark.parametrize(("break_it", "code", "text"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_deployment_ends_the_login(house, strict, break_it, code, text) -> None:
    directory = house.state.directory.read_text()
    platform = strict()
    break_it(platform)
    told = platform.log_in("alice")
    house.state.directory.write_text(directory)
    assert (told["error"], told["error_description"], told["state"]) == (code, text, "a-state")
    assert "code" not in told


def test_an_immutable_attribute_ends_the_second_login(house) -> None:
    fixed = {"Name": "mail", "AttributeDataType": "String", "Mutable": False}
    platform = house.platform(schema=(fixed,))
    platform.change_client(WriteAttributes=["email", "custom:groups", "custom:mail"])
    platform.change_provider(AttributeMapping={**MAPPING, "custom:mail": MAIL})
    assert "code" in platform.log_in("alice")
    assert (
        platform.log_in("alice", house.browser())["error_description"]
        == "user.custom:mail: Attribute cannot be updated."
    )


def test_the_deployment_may_change_while_the_user_is_at_his_provider(platform) -> None:
    page = platform.browser.open(platform.authorize_url())
    platform.change_client(CallbackURLs=["https://elsewhere.example.com/"])
    last = platform.browser.submit(page, {"UserName": r"CORP\alice", "Password": "alice-knows"})
    assert last.request.path == "/error" and "redirect_mismatch" in last.response.text


def test_a_client_without_providers_has_no_login_page(platform) -> None:
    platform.change_client(SupportedIdentityProviders=[])
    assert "Login pages unavailable" in platform.browser.open(platform.authorize_url()).response.text


def test_a_client_without_oauth_is_told_so(platform) -> None:
    platform.change_client(AllowedOAuthFlowsUserPoolClient=False)
    told = platform.log_in("alice")
    assert told["error_description"] == "Client is not enabled for OAuth2.0 flows."


REACHED: dict[str, Callable] = {
    "no alias leads to it": lambda p: p.house.point(p.domain, "dxxxx.cloudfront.net"),
    "the domain is gone": lambda p: p.cognito("delete_user_pool_domain", Domain=p.domain),
}


@pytest.mark.parametrize("break_it", REACHED.values(), ids=REACHED.keys())
def test_a_domain_that_is_not_there_does_not_answer(platform, break_it) -> None:
    break_it(platform)
    with pytest.raises(Unreachable, match="UNRECOGNIZED_NAME"):
        platform.browser.open(platform.authorize_url())


# At the provider.  name: (user, password, what the page says)
ENTRIES = {
    "a wrong password": (r"CORP\alice", "guessed", "Incorrect user ID or password"),
    "an unknown user": (r"CORP\eve", "alice-knows", "Incorrect user ID or password"),
    "no password": (r"CORP\alice", "", "Incorrect user ID or password"),
    "a bare name": ("alice", "alice-knows", "Enter your user ID in the format"),
    "another company": (r"OTHER\alice", "alice-knows", "Incorrect user ID or password"),
    "a disabled account": (r"CORP\dave", "dave-knows", "Your account is disabled"),
    "a disabled account and a wrong password": (r"CORP\dave", "guessed", "Incorrect user ID or password"),
}


@pytest.mark.parametrize(("name", "password", "text"), ENTRIES.values(), ids=ENTRIES.keys())
def test_the_provider_does_not_let_in(house, steady, name, password, text) -> None:
    steady.trust()
    browser = house.browser()
    last = browser.submit(browser.open(steady.authorize_url()), {"UserName": name, "Password": password})
    assert (
        last.request.host == f"adfs.{DOMAIN}" and text in last.response.text and "MSISAuth" not in last.response.headers
    )


@pytest.mark.parametrize("name", [r"corp\ALICE", "Alice@Platform.example.com"])
def test_the_provider_knows_a_user_by_either_name(house, steady, name) -> None:
    steady.trust()
    browser = house.browser()
    last = browser.submit(browser.open(steady.authorize_url()), {"UserName": name, "Password": "alice-knows"})
    assert "code" in dict(last.request.query)


def test_who_is_disabled_while_he_has_a_session_has_to_log_in(house, platform) -> None:
    platform.log_in("bob")
    known = directories.load(house.state.directory)
    users = tuple(directories.replace(user, enabled=user.name != "bob") for user in known.users)
    directories.save(directories.replace(known, users=users), house.state.directory)
    platform.browser.cookies = [cookie for cookie in platform.browser.cookies if cookie.name == "MSISAuth"]
    assert "loginForm" in platform.browser.open(platform.authorize_url()).response.text


TRUSTS: dict[str, tuple[Callable, str]] = {
    "another pool is trusted": (lambda p: p.house.platform(), "MSIS3020"),
    "nobody is trusted": (lambda p: p.house.state.relying_party.unlink(), "MSIS3020"),
    "another address is trusted": (
        lambda p: p.trust(consumer="https://old.example.com/saml2/idpresponse"),
        "MSIS3200",
    ),
    "the rules are not in the language": (lambda p: p.trust(" => issue(Type = ;"), "MSIS7000"),
}


@pytest.mark.parametrize(("break_it", "code"), TRUSTS.values(), ids=TRUSTS.keys())
def test_the_provider_refuses_what_its_trust_does_not_say(platform, break_it, code) -> None:
    break_it(platform)
    last = platform.browser.open(platform.authorize_url())
    assert last.request.host == f"adfs.{DOMAIN}" and last.response.status == 400 and code in last.response.text


# At the token endpoint.  name: (fields, error)
GRANTS = {
    "a wrong secret": ({"client_secret": "guessed"}, "invalid_client"),
    "no secret": ({"client_secret": ""}, "invalid_client"),
    "an unknown client": ({"client_id": "nobody"}, "invalid_client"),
    "a made-up code": ({"code": "guessed"}, "invalid_grant"),
    "another callback": ({"redirect_uri": "https://elsewhere.example.com/"}, "invalid_grant"),
    "another grant": ({"grant_type": "password"}, "unsupported_grant_type"),
    "no grant": ({"grant_type": ""}, "invalid_request"),
    "a refresh token that is none": ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
}


@pytest.mark.parametrize(("changes", "code"), GRANTS.values(), ids=GRANTS.keys())
def test_the_token_endpoint_refuses(house, steady, changes, code) -> None:
    steady.trust()
    given = {
        "client_id": steady.client_id,
        "client_secret": steady.secret,
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code": "x" if "code" in changes else steady.log_in("alice", house.browser())["code"],
    }
    answer = house.post(f"https://{steady.domain}/oauth2/token", {**given, **changes})
    assert (answer.status, answer.json()["error"]) == (400, code)


def test_a_code_is_good_once_and_for_five_minutes(house, platform) -> None:
    code = platform.log_in("alice")["code"]
    assert platform.redeem(code).status == 200
    assert platform.redeem(code).json() == {"error": "invalid_grant"}
    late = platform.log_in("alice")["code"]
    house.skipped = 301
    assert platform.redeem(late).json() == {"error": "invalid_grant"}


def test_another_client_cannot_use_a_code(platform) -> None:
    code = platform.log_in("alice")["code"]
    other = platform.cognito(
        "create_user_pool_client",
        ClientName="other",
        GenerateSecret=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[CALLBACK],
        AllowedOAuthFlowsUserPoolClient=True,
    )
    record = other["UserPoolClient"]
    stolen = platform.redeem(code, client_id=record["ClientId"], client_secret=record["ClientSecret"])
    assert stolen.json() == {"error": "invalid_grant"}


def test_the_secret_may_come_in_the_header(house, platform) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": platform.log_in("alice")["code"]}
    credentials = base64.b64encode(f"{platform.client_id}:{platform.secret}".encode()).decode()
    header = ("Authorization", f"Basic {credentials}")
    assert "id_token" in house.post(f"https://{platform.domain}/oauth2/token", form, header).json()


@pytest.mark.parametrize(("verifier", "status"), [("the-right-one", 200), ("another", 400), ("", 400)])
def test_a_code_with_a_challenge_needs_its_verifier(house, steady, verifier, status) -> None:
    steady.trust()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"the-right-one").digest()).decode().rstrip("=")
    told = steady.log_in("alice", house.browser(), code_challenge=challenge, code_challenge_method="S256")
    assert steady.redeem(told["code"], code_verifier=verifier).status == status


def test_without_openid_there_is_no_id_token_and_no_user_info(house) -> None:
    platform = house.platform(AllowedOAuthScopes=["openid", "aws.cognito.signin.user.admin"])
    tokens = platform.tokens("alice", scope="aws.cognito.signin.user.admin")
    assert "id_token" not in tokens
    assert platform.user_info(tokens["access_token"]).json()["error_description"] == (
        "Access token does not contain openid scope"
    )


def test_user_info_believes_access_tokens_of_this_pool_only(house, platform) -> None:
    other, tokens = house.platform(), platform.tokens("alice") if platform.trust() is None else {}
    assert platform.user_info(tokens["access_token"]).status == 200
    for token in (tokens["id_token"], "", "guessed", tokens["access_token"][:-4] + "AAAA"):
        assert platform.user_info(token).status == 401
    assert other.user_info(tokens["access_token"]).status == 401
    house.skipped = 3601
    assert platform.user_info(tokens["access_token"]).status == 401


LOGOUTS = {
    "an address that is not registered": ("&logout_uri=https://evil.example.com/", "logout_uri is not registered"),
    "no address": ("", "Required String parameter &#x27;logout_uri&#x27; is not present"),
    "a callback that is not registered": ("&redirect_uri=https://evil.example.com/", "redirect_mismatch"),
}


@pytest.mark.parametrize(("rest", "text"), LOGOUTS.values(), ids=LOGOUTS.keys())
def test_a_logout_leads_only_where_the_client_says(house, steady, rest, text) -> None:
    last = house.browser().open(f"https://{steady.domain}/logout?client_id={steady.client_id}{rest}")
    assert (last.request.host, last.response.status) == (steady.domain, 400) and text in last.response.text
