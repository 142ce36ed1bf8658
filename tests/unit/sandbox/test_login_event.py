"""What Cognito makes of an assertion: formats, stale attributes, refusals, and the event of each version."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sandbox.login.claims import GROUPS, MAIL, NAME_ID, VERIFIED
from sandbox.login.event import (
    Account,
    Attribute,
    SignInRefused,
    Trigger,
    UserPool,
    form_encoded,
    joined,
    sign_in,
    token_event,
)

POOL = UserPool(
    id="eu-west-1_AbCdEf123",
    arn="arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123",
    region="eu-west-1",
    attributes={
        "sub": Attribute("sub", mutable=False, required=True),
        "email": Attribute("email", required=True),
        "email_verified": Attribute("email_verified"),
        "custom:groups": Attribute("custom:groups"),
    },
    mapping={"email": MAIL, "email_verified": VERIFIED, "custom:groups": GROUPS},
    provider="ADFS",
    client_id="client",
    writable=frozenset({"email", "custom:groups"}),
    issuer="http://adfs.corp.example/adfs/services/trust",
    case_sensitive=False,
    trigger=Trigger("arn:aws:lambda:eu-west-1:123456789012:function:f"),
)
CLAIMS = {NAME_ID: (r"CORP\Alice",), MAIL: ("alice@corp.example",), VERIFIED: ("true",), GROUPS: ("kubeflow-vision",)}


def signed_in(pool: UserPool = POOL, known: Account | None = None, **claims: tuple[str, ...] | None) -> Account:
    names = {"groups": GROUPS, "mail": MAIL, "name": NAME_ID}
    changed = {**CLAIMS, **{names[name]: values for name, values in claims.items() if values is not None}}
    for name, values in claims.items():
        if values is None:
            del changed[names[name]]
    return sign_in(pool, changed, known, "a-sub", 1700000000000)


FORMATS = {
    "one value stays as it is": (("kubeflow-vision",), "kubeflow-vision"),
    "one value is not encoded": (("Data & Science + %41",), "Data & Science + %41"),
    "two values become a list": (("a", "b"), "[a, b]"),
    "blanks in a list become plus": (("Data Science", "b"), "[Data+Science, b]"),
    "a comma in a list is encoded": (("a,b", "c"), "[a%2Cb, c]"),
    "what stays in a list": (("a.b-c*d_e", "b"), "[a.b-c*d_e, b]"),
    "a tilde in a list is encoded": (("a~b", "c"), "[a%7Eb, c]"),
    "umlauts in a list are UTF-8": (("Förderung", "c"), "[F%C3%B6rderung, c]"),
    "a domain in a list": ((r"CORP\a", "c"), "[CORP%5Ca, c]"),
}


@pytest.mark.parametrize(("values", "text"), FORMATS.values(), ids=FORMATS)
def test_multi_valued_claims_become_one_text(values: tuple[str, ...], text: str) -> None:
    assert joined(values) == text


def test_form_encoding_can_be_undone() -> None:
    from urllib.parse import unquote_plus

    value = "".join(chr(code) for code in range(32, 1024))
    assert unquote_plus(form_encoded(value)) == value


def test_the_first_sign_in_makes_an_account_in_lower_case() -> None:
    account = signed_in()
    assert (account.name, account.name_id, account.sub) == (r"adfs_corp\alice", r"CORP\Alice", "a-sub")
    assert account.attributes == {
        "email": "alice@corp.example",
        "email_verified": "true",
        "custom:groups": "kubeflow-vision",
    }


def test_a_case_sensitive_pool_keeps_the_name() -> None:
    assert signed_in(replace(POOL, case_sensitive=True)).name == r"ADFS_CORP\Alice"


def test_the_second_sign_in_renews_what_arrives_and_keeps_sub() -> None:
    first = signed_in()
    second = sign_in(POOL, {**CLAIMS, GROUPS: ("kubeflow-speech",)}, first, "another-sub", 1)
    assert (second.sub, second.created) == (first.sub, first.created)
    assert second.attributes["custom:groups"] == "kubeflow-speech"


def test_a_claim_that_does_not_come_leaves_the_old_value() -> None:
    assert signed_in(known=signed_in(), groups=None).attributes["custom:groups"] == "kubeflow-vision"


def with_attribute(attribute: Attribute) -> UserPool:
    return replace(POOL, attributes={**POOL.attributes, attribute.name: attribute})


REFUSALS = {
    "mapping to an attribute that the schema lacks": (
        replace(POOL, mapping={**POOL.mapping, "custom:team": GROUPS}),
        {},
        "Type for attribute {custom:team} could not be determined",
    ),
    "required attribute that does not come": (POOL, {"mail": None}, r"attributes required: \[email\]"),
    "value too long": (POOL, {"groups": ("g" * 2049,)}, "value has 2049 characters, at most 2048"),
    "value too long for the schema": (
        with_attribute(Attribute("custom:groups", longest=10)),
        {"groups": ("kubeflow-vision",)},
        "at most 10",
    ),
    "characters of four bytes": (POOL, {"groups": ("kubeflow-\U0001f600",)}, "four bytes"),
    "client may not write": (
        replace(POOL, writable=frozenset({"email"})),
        {},
        "user.custom:groups: A client attempted to write unauthorized attribute",
    ),
    "client without a list writes standard attributes only": (replace(POOL, writable=None), {}, "custom:groups"),
}


@pytest.mark.parametrize(("pool", "claims", "message"), REFUSALS.values(), ids=REFUSALS)
def test_cognito_refuses(pool: UserPool, claims: dict, message: str) -> None:
    with pytest.raises(SignInRefused, match=message):
        signed_in(pool, **claims)


def test_an_immutable_attribute_lets_the_first_sign_in_pass_and_not_the_second() -> None:
    pool = with_attribute(Attribute("email", mutable=False, required=True))
    first = signed_in(pool)
    with pytest.raises(SignInRefused, match="user.email: Attribute cannot be updated."):
        signed_in(pool, known=first)


def test_a_name_id_in_another_case_is_another_user() -> None:
    with pytest.raises(SignInRefused, match="already exists"):
        signed_in(known=signed_in(), name=(r"CORP\alice",))


def test_the_event_of_version_one_has_the_recorded_shape() -> None:
    event = token_event(POOL, signed_in())
    identities = json.loads(event["request"]["userAttributes"].pop("identities"))
    assert identities == [
        {
            "userId": r"CORP\Alice",
            "providerName": "ADFS",
            "providerType": "SAML",
            "issuer": "http://adfs.corp.example/adfs/services/trust",
            "primary": True,
            "dateCreated": 1700000000000,
        }
    ]
    assert event == {
        "version": "1",
        "triggerSource": "TokenGeneration_HostedAuth",
        "region": "eu-west-1",
        "userPoolId": POOL.id,
        "userName": r"adfs_corp\alice",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client"},
        "request": {
            "userAttributes": {
                "sub": "a-sub",
                "cognito:user_status": "EXTERNAL_PROVIDER",
                "email": "alice@corp.example",
                "email_verified": "true",
                "custom:groups": "kubeflow-vision",
            },
            "groupConfiguration": {
                "groupsToOverride": [f"{POOL.id}_ADFS"],
                "iamRolesToOverride": [],
                "preferredRole": "",
            },
        },
        "response": {"claimsOverrideDetails": ""},
    }


@pytest.mark.parametrize(("version", "number"), [("V2_0", "2"), ("V3_0", "3")])
def test_later_versions_bring_scopes_and_another_answer(version: str, number: str) -> None:
    event = token_event(replace(POOL, trigger=Trigger("f", version)), signed_in())
    assert event["version"] == number
    assert event["request"]["scopes"] == ["openid", "email"]
    assert event["response"] == {"claimsAndScopeOverrideDetails": None}
