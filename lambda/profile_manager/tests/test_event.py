"""What a trigger event says about the person at the door."""

from __future__ import annotations

import urllib.parse
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profile_manager_fakes import EVENTS, event

from profile_manager.errors import NotAUser
from profile_manager.event import identity, is_login, is_token_event, parse_groups, read_login, short_name
from profile_manager.settings import Settings

LOGINS = {
    "hosted_auth_v1": True,
    "hosted_auth_v2": True,
    "hosted_auth_v3": True,
    "authentication_v1": True,
    "authentication_v2": True,
    "refresh_tokens_v1": False,
    "refresh_tokens_v2": False,
    "refresh_tokens_v3": False,
    "new_password_challenge_v1": False,
    "authenticate_device_v1": False,
    "client_credentials_v3": False,
    "scheduled": False,
}


def test_every_recorded_event_has_a_case():
    assert {path.stem for path in EVENTS.glob("*.json")} == set(LOGINS)


@pytest.mark.parametrize(("name", "login"), LOGINS.items())
def test_only_sign_ins_are_acted_upon(name, login):
    assert is_login(event(name)) is login
    assert is_token_event(event(name)) is (name != "scheduled")


@pytest.mark.parametrize("name", ["hosted_auth_v1", "hosted_auth_v2", "hosted_auth_v3"])
def test_a_federated_login_is_read_alike_in_all_versions(name):
    login = read_login(event(name), "custom:groups", Settings())
    assert (login.user, login.email) == ("rumesh", "rumesh@example.com")
    assert login.groups == ("RIDY-RUMESH", "RIDY-JOSE", "RUMESH")


GROUPS = {
    "missing": (None, ()),
    "empty": ("", ()),
    "blank": ("  ", ()),
    "empty list": ("[]", ()),
    "one bare value": ("team-a", ("team-a",)),
    "a bare value is not decoded": ("C++ %41", ("C++ %41",)),
    "a bare value with a comma is one group": ("a, b", ("a, b",)),
    "a list": ("[team-a, team-b]", ("team-a", "team-b")),
    "a list without blanks": ("[team-a,team-b]", ("team-a", "team-b")),
    "a list of one": ("[team-a]", ("team-a",)),
    "items of a list are decoded": ("[Data+Science, R%26D, a%2Cb]", ("Data Science", "R&D", "a,b")),
    "empty items": ("[a, , b,]", ("a", "b")),
    "duplicates": ("[a, b, a]", ("a", "b")),
    "duplicates in another case": ("[Team, TEAM, team]", ("Team",)),
    "unicode": ("[Z%C3%BCrich, Größe]", ("Zürich", "Größe")),
    "the sentinel": ("none", ()),
    "the sentinel in another case": ("NONE", ()),
    "the sentinel among others": ("[none, a]", ("a",)),
    "not a text": (["a"], ()),
    "a distinguished name is a name like others": ("CN=a,OU=b", ("CN=a,OU=b",)),
}


@pytest.mark.parametrize("case", GROUPS)
def test_groups(case):
    text, groups = GROUPS[case]
    assert parse_groups(text, ("none",), distinguished_names=False) == groups


DISTINGUISHED_NAMES = {
    "one": ("CN=team-a,OU=Groups,DC=corp", ("team-a",)),
    "lower case and blanks": ("cn = team-a , ou=Groups", ("team-a",)),
    "in a list": ("[CN%3Dteam-a%2COU%3DG, CN%3Dteam+b%2COU%3DG]", ("team-a", "team b")),
    "an escaped comma": (r"CN=R\, D,OU=G", ("R, D",)),
    "an escaped byte": (r"CN=Z\C3\BCrich,OU=G", ("Zürich",)),
    "no common name": ("OU=Groups,DC=corp", ("OU=Groups,DC=corp",)),
    "a plain name": ("team-a", ("team-a",)),
    "the sentinel": ("CN=none,OU=G", ()),
}


@pytest.mark.parametrize("case", DISTINGUISHED_NAMES)
def test_distinguished_names_give_their_common_name(case):
    text, groups = DISTINGUISHED_NAMES[case]
    assert parse_groups(text, ("none",), distinguished_names=True) == groups


def cognito_text(groups: list[str]) -> str:
    """As Cognito writes a multi-valued attribute."""
    if len(groups) == 1:
        return groups[0]
    return "[" + ", ".join(urllib.parse.quote_plus(group, safe="*") for group in groups) + "]"


names = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), min_size=1, max_size=30).filter(
    lambda text: (
        text.strip() == text and not (text.startswith("[") and text.endswith("]")) and text.casefold() != "none"
    )
)


@given(st.lists(names, max_size=20, unique_by=str.casefold))
def test_what_cognito_writes_is_read_back(groups):
    assert parse_groups(cognito_text(groups), ("none",), distinguished_names=False) == tuple(groups)


@given(st.text(max_size=2048), st.booleans())
def test_no_text_is_too_strange(text, distinguished_names):
    groups = parse_groups(text, ("none",), distinguished_names)
    assert all(group and group == group.strip() for group in groups)
    assert len({group.casefold() for group in groups}) == len(groups)


def test_as_many_groups_as_the_attribute_holds_are_read():
    groups = [f"g{number}" for number in range(400)]
    text = cognito_text(groups)
    assert len(text) > 2000
    assert parse_groups(text, (), distinguished_names=False) == tuple(groups)


def attributes(**values: str) -> dict[str, str]:
    return {"email": "alice@example.com", **values}


def federated(user_id: str, provider: str = "ADFS") -> dict[str, str]:
    return attributes(identities=f'[{{"userId": "{user_id}", "providerName": "{provider}"}}]')


SHORT_NAMES = {
    "federated": ("adfs_ad\\rumesh", federated("AD\\\\Rumesh"), "Rumesh"),
    "federated with an address": ("adfs_bob@corp", federated("bob@corp.example"), "bob"),
    "identities without a name": ("ADFS_AD\\rumesh", federated(""), "rumesh"),
    "identities broken": ("adfs_ad\\rumesh", attributes(identities="{"), "rumesh"),
    "identities of another shape": ("rumesh", attributes(identities='{"a": 1}'), "rumesh"),
    "native": ("bob", attributes(), "bob"),
    "native with an address": ("bob@corp.example", attributes(), "bob"),
    "nothing but a domain": ("@corp", attributes(), "@corp"),
}


@pytest.mark.parametrize("case", SHORT_NAMES)
def test_the_short_name_is_the_account_without_domain_and_provider(case):
    user_name, given_attributes, name = SHORT_NAMES[case]
    assert short_name(user_name, given_attributes) == name


def test_the_address_is_kept_as_it_came():
    assert identity({"email": "Alice.Smith@Example.COM"}, lower_case=False) == "Alice.Smith@Example.COM"
    assert identity({"email": "Alice.Smith@Example.COM"}, lower_case=True) == "alice.smith@example.com"


@pytest.mark.parametrize("address", ["\u212aate@example.com", "SYSTEM:masters@example.com"], ids=["kelvin", "system"])
def test_lower_casing_makes_nobody_somebody_else(address):
    with pytest.raises(NotAUser):
        identity({"email": address}, lower_case=True)


REFUSED_ADDRESSES = {
    "missing": None,
    "empty": "",
    "everybody, to Istio": "*",
    "everybody of a domain, to Istio": "*@example.com",
    "a beginning, to Istio": "alice@*",
    "no address": "alice",
    "a user of the cluster's own": "system:admin@example.com",
    "a blank": "alice smith@example.com",
    "a line break": "alice@example.com\n",
    "too long": "a" * 200 + "@example.com",
}


@pytest.mark.parametrize("case", REFUSED_ADDRESSES)
def test_addresses_that_must_not_become_an_identity(case):
    address = REFUSED_ADDRESSES[case]
    with pytest.raises(NotAUser):
        identity({} if address is None else {"email": address}, lower_case=False)


VERIFIED = {"true": True, "True": True, "false": False, "": False}


@pytest.mark.parametrize(("value", "accepted"), VERIFIED.items())
def test_an_unverified_address_is_refused_when_the_installation_says_so(value, accepted):
    found = event("hosted_auth_v1")
    found["request"]["userAttributes"]["email_verified"] = value
    settings = Settings(require_verified_email=True)
    if accepted:
        assert read_login(found, "custom:groups", settings)
    else:
        with pytest.raises(NotAUser, match="not verified"):
            read_login(found, "custom:groups", settings)
    assert read_login(found, "custom:groups", Settings())


def test_an_event_without_attributes_is_nobody():
    settings = SimpleNamespace(lower_case_email=False, require_verified_email=False)
    for request in ({}, {"userAttributes": None}, None):
        with pytest.raises(NotAUser):
            read_login({"request": request}, "custom:groups", settings)
