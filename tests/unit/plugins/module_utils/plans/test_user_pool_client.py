"""App clients: additive addresses, merged settings, and what would break or open logins."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_client import (
    plan_absent,
    plan_present,
)

POOL = {"Id": "p_1", "Name": "kubeflow", "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}
ADFS = {"ProviderName": "ADFS", "AttributeMapping": {"email": "m", "email_verified": "v", "custom:groups": "r"}}
CLIENT = {
    "ClientId": "abc",
    "ClientName": "app",
    "UserPoolId": "p_1",
    "HasSecret": True,
    "CallbackURLs": ["https://a/", "https://b/"],
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": ["openid", "email"],
    "SupportedIdentityProviders": ["ADFS"],
    "WriteAttributes": ["email", "custom:groups"],
    "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
    "RefreshTokenValidity": 30,
    "ClientType": "read only",
}
KEYS = (set(CLIENT) - {"HasSecret", "ClientType"}) | {"LogoutURLs", "DefaultRedirectURI", "TokenValidityUnits"}


def present(*clients, pool=POOL, purge=(), **desired):
    options = {key: desired.pop(key) for key in ("tolerate_risks", "foretelling", "client_id") if key in desired}
    found = {"pool": pool, "clients": clients, "providers": {"ADFS": ADFS}}
    before = copy.deepcopy(found)
    wanted = {"UserPoolId": "p_1", "ClientName": "app", **desired}
    plan = plan_present(found, wanted, accepted=KEYS, purge=purge, **options)
    assert found == before, "a plan edits nothing"
    return plan


def test_a_client_as_wanted_needs_no_call_in_whatever_order_it_is_told():
    assert not present(CLIENT, AllowedOAuthScopes=["email", "openid"], CallbackURLs=["https://b/"]).changed


ADDRESSES = {
    "one more": (["https://c/"], (), ["https://a/", "https://b/", "https://c/"]),
    "one of them": (["https://b/"], (), None),
    "exactly": (["https://b/"], ("CallbackURLs",), ["https://b/"]),
    "twice the same": (["https://c/", "https://c/"], ("CallbackURLs",), ["https://c/"]),
}


@pytest.mark.parametrize(("wanted", "purge", "sent"), ADDRESSES.values(), ids=ADDRESSES)
def test_addresses_are_added_to_unless_purged(wanted, purge, sent):
    plan = present(CLIENT, purge=purge, CallbackURLs=wanted)
    assert [call.arguments["CallbackURLs"] for call in plan.calls] == ([sent] if sent else [])


def test_an_update_is_sent_whole_and_without_what_is_read_only():
    request = dict(present(CLIENT, LogoutURLs=["https://c/"]).calls[0].arguments)
    assert request.pop("seen") == CLIENT
    assert request.pop("LogoutURLs") == ["https://c/"]
    assert request == {key: value for key, value in CLIENT.items() if key in KEYS}


def test_units_are_merged_and_an_empty_default_address_is_left_out():
    client = {**CLIENT, "DefaultRedirectURI": "https://a/", "TokenValidityUnits": {"IdToken": "hours"}}
    plan = present(client, DefaultRedirectURI="", TokenValidityUnits={"AccessToken": "minutes"})
    request = plan.calls[0].arguments
    assert request["TokenValidityUnits"] == {"IdToken": "hours", "AccessToken": "minutes"}
    assert "DefaultRedirectURI" not in request


REFUSALS = {
    "no name": ({"ClientName": ""}, "give `name`"),
    "openly absolute": ({"CallbackURLs": ["/path"]}, "give it absolute"),
    "looks local": ({"CallbackURLs": ["http://localhost.example.com/"]}, "http:// for localhost only"),
    "flows without scopes": ({"AllowedOAuthScopes": []}, "takes both flows and scopes"),
    "nowhere to go": ({"CallbackURLs": []}, "Give `callback_urls`"),
    "mixed flows": ({"AllowedOAuthFlows": ["code", "client_credentials"]}, "a client of its own"),
    "machine without secret": (
        {"AllowedOAuthFlows": ["client_credentials"], "GenerateSecret": False},
        "that has a secret",
    ),
    "unknown provider": ({"SupportedIdentityProviders": ["Okta"]}, "does not have: Okta"),
    "default write attributes": ({"WriteAttributes": []}, "may not write custom:groups"),
    "no standard attribute": ({"WriteAttributes": ["custom:groups"]}, "may not write email"),
    "self service": (
        {"AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"]},
        "write his own custom:groups",
    ),
    "open pool": ({"pool": {"Id": "p_1", "Name": "kubeflow"}}, "is open for self sign-up"),
    "no pool": ({"pool": None}, "There is no user pool p_1"),
}
NEW = {key: value for key, value in CLIENT.items() if key in KEYS - {"ClientId"}}


@pytest.mark.parametrize(("desired", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_new_client_that_would_not_work_or_not_be_safe_is_refused(desired, said):
    with pytest.raises(Refusal) as refused:
        present(**{**NEW, **desired})
    assert said in str(refused.value)


TOLERATED = {
    "own machine": {"AllowedOAuthFlows": ["client_credentials"], "GenerateSecret": True, "AllowedOAuthScopes": ["a/b"]},
    "local": {"CallbackURLs": ["http://localhost:8080/", "http://127.0.0.1/", "myapp://x"]},
    "pool's own users": {"SupportedIdentityProviders": ["COGNITO"], "WriteAttributes": []},
    "self service, told": {"AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"], "tolerate_risks": True},
    "provider to come": {"SupportedIdentityProviders": ["Okta"], "foretelling": True},
}


@pytest.mark.parametrize("desired", TOLERATED.values(), ids=TOLERATED)
def test_a_new_client_that_can_be_is_created(desired):
    assert [call.method for call in present(**{**NEW, **desired}).calls] == ["create_user_pool_client"]


def test_a_client_that_is_not_touched_is_warned_about_and_not_refused():
    plan = present({**CLIENT, "WriteAttributes": ["email"]})
    assert not plan.changed
    assert "may not write custom:groups" in plan.warnings[0]


@pytest.mark.parametrize(("wanted", "said"), [(False, "has a secret"), (True, "has no secret")])
def test_a_secret_is_decided_on_once(wanted, said):
    with pytest.raises(Refusal, match=said):
        present({**CLIENT, "HasSecret": not wanted}, GenerateSecret=wanted)


def test_a_name_of_two_clients_is_refused_whatever_is_wanted():
    twins = (CLIENT, {**CLIENT, "ClientId": "def"})
    with pytest.raises(Refusal, match="abc, def"):
        present(*twins)
    with pytest.raises(Refusal, match="abc, def"):
        plan_absent({"clients": twins}, user_pool_id="p_1", name="app")
