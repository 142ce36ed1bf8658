"""The event goes back as it came, unless a claim is asked for."""

from __future__ import annotations

import copy

import pytest
from profile_manager_fakes import event

from profile_manager.claims import with_claims

TOKEN_EVENTS = [
    "hosted_auth_v1",
    "hosted_auth_v2",
    "hosted_auth_v3",
    "refresh_tokens_v1",
    "refresh_tokens_v2",
    "client_credentials_v3",
]


@pytest.mark.parametrize("name", TOKEN_EVENTS)
def test_without_claims_it_is_the_very_same_event(name):
    found = event(name)
    assert with_claims(found, (), lower_case_email=False) is found
    assert found == event(name)


@pytest.mark.parametrize("name", ["hosted_auth_v2", "hosted_auth_v3", "refresh_tokens_v2", "refresh_tokens_v3"])
def test_a_claim_goes_into_the_access_token(name):
    found = event(name)
    answer = with_claims(found, ("email",), lower_case_email=False)
    assert answer["response"] == {
        "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": {"claimsToAddOrOverride": {"email": "rumesh@example.com"}}
        }
    }
    assert {**answer, "response": None} == {**event(name), "response": None}
    assert found == event(name)


def test_claims_of_others_stay():
    found = event("hosted_auth_v2")
    found["response"]["claimsAndScopeOverrideDetails"] = {
        "accessTokenGeneration": {"claimsToAddOrOverride": {"a": "b"}, "scopesToAdd": ["s"]},
        "groupOverrideDetails": {"groupsToOverride": ["g"]},
    }
    details = with_claims(found, ("email",), False)["response"]["claimsAndScopeOverrideDetails"]
    assert details["accessTokenGeneration"] == {
        "claimsToAddOrOverride": {"a": "b", "email": "rumesh@example.com"},
        "scopesToAdd": ["s"],
    }
    assert details["groupOverrideDetails"] == {"groupsToOverride": ["g"]}


def test_version_one_has_no_access_token_claims():
    found = event("hosted_auth_v1")
    assert with_claims(found, ("email",), lower_case_email=False) is found


def test_an_attribute_that_the_user_lacks_gives_no_claim():
    found = event("hosted_auth_v2")
    assert with_claims(found, ("department",), lower_case_email=False) is found


def with_address(name: str, address: str) -> dict:
    found = copy.deepcopy(event(name))
    found["request"]["userAttributes"]["email"] = address
    return found


def test_a_lower_cased_address_is_lower_cased_in_the_token_too():
    v1 = with_claims(with_address("hosted_auth_v1", "Rumesh@Example.com"), (), lower_case_email=True)
    assert v1["response"]["claimsOverrideDetails"] == {"claimsToAddOrOverride": {"email": "rumesh@example.com"}}
    v2 = with_claims(with_address("refresh_tokens_v2", "Rumesh@Example.com"), ("email",), lower_case_email=True)
    claim = {"claimsToAddOrOverride": {"email": "rumesh@example.com"}}
    assert v2["response"]["claimsAndScopeOverrideDetails"] == {
        "idTokenGeneration": claim,
        "accessTokenGeneration": claim,
    }


def test_an_address_in_lower_case_needs_no_claim():
    found = event("hosted_auth_v1")
    assert with_claims(found, (), lower_case_email=True) is found
