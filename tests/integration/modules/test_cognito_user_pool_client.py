"""cognito_user_pool_client against the project's own AWS."""

from __future__ import annotations

import json

import pytest

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
CALLBACK = "https://kubeflow.platform.example.com/oauth2/idpresponse"
OPTIONS = {
    "generate_secret": True,
    "allowed_oauth_flows": ["code"],
    "allowed_oauth_scopes": ["openid", "email"],
    "supported_identity_providers": ["ADFS"],
    "write_attributes": ["email", "custom:groups"],
    "explicit_auth_flows": ["ALLOW_REFRESH_TOKEN_AUTH"],
    "callback_urls": [CALLBACK],
}


@pytest.fixture
def cognito(aws):
    return aws("cognito-idp")


@pytest.fixture
def pool_id(cognito):
    """A pool with a provider whose groups end in an attribute of the pool."""
    pool_id = cognito.create_user_pool(
        PoolName="clients",
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        Schema=[{"Name": "groups", "AttributeDataType": "String", "Mutable": True}],
    )["UserPool"]["Id"]
    cognito.create_identity_provider(
        UserPoolId=pool_id,
        ProviderName="ADFS",
        ProviderType="SAML",
        ProviderDetails={"MetadataURL": "https://adfs.example.com/metadata.xml"},
        AttributeMapping={"email": "mail", "email_verified": "validation", "custom:groups": ROLE},
    )
    return pool_id


def test_a_client_is_created_changed_and_deleted(converge, pool_id):
    created = converge("cognito_user_pool_client", user_pool_id=pool_id, name="app", **OPTIONS)
    assert created["client"]["generate_secret"] is True
    assert created["client"]["allowed_oauth_flows_user_pool_client"] is True

    wider = converge(
        "cognito_user_pool_client", user_pool_id=pool_id, name="app", callback_urls=["https://b.example.com/"]
    )
    assert wider["client"]["callback_urls"] == ["https://b.example.com/", CALLBACK]
    assert wider["client"]["allowed_oauth_scopes"] == ["email", "openid"]

    purged = converge(
        "cognito_user_pool_client",
        user_pool_id=pool_id,
        name="app",
        callback_urls=["https://b.example.com/"],
        purge_callback_urls=True,
        default_redirect_uri="https://b.example.com/",
        access_token_validity=30,
        token_validity_units={"access_token": "minutes"},
    )
    assert purged["client"]["callback_urls"] == ["https://b.example.com/"]
    assert purged["client"]["default_redirect_uri"] == "https://b.example.com/"

    bare = converge("cognito_user_pool_client", user_pool_id=pool_id, name="app", default_redirect_uri="")
    assert bare["client"]["default_redirect_uri"] == ""

    renamed = converge(
        "cognito_user_pool_client", user_pool_id=pool_id, client_id=created["client_id"], name="application"
    )
    assert renamed["client"]["name"] == "application"
    converge("cognito_user_pool_client", user_pool_id=pool_id, name="application", state="absent")


def test_what_others_have_set_survives_an_update(run_module, cognito, pool_id):
    options = {"user_pool_id": pool_id, "name": "shared"}
    client_id = run_module("cognito_user_pool_client", **options, **OPTIONS)["client_id"]
    key = {"UserPoolId": pool_id, "ClientId": client_id}
    described = cognito.describe_user_pool_client(**key)["UserPoolClient"]
    for name in ("CreationDate", "LastModifiedDate", "ClientSecret", "ClientType"):
        described.pop(name, None)
    cognito.update_user_pool_client(**{**described, "ReadAttributes": ["email"], "AuthSessionValidity": 10})
    before = cognito.describe_user_pool_client(**key)["UserPoolClient"]
    assert run_module("cognito_user_pool_client", **options, logout_urls=["https://a.example.com/"])["changed"]
    after = cognito.describe_user_pool_client(**key)["UserPoolClient"]
    different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert different - {"LastModifiedDate"} == {"LogoutURLs"}


def test_the_secret_is_returned_on_request_only(run_module, cognito, pool_id):
    options = {"user_pool_id": pool_id, "name": "secretive", **OPTIONS}
    created = run_module("cognito_user_pool_client", **options)
    described = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=created["client_id"])["UserPoolClient"]
    secret = described["ClientSecret"]
    changed = run_module("cognito_user_pool_client", **options, logout_urls=["https://a.example.com/"])
    asked = run_module("cognito_user_pool_client", user_pool_id=pool_id, name="secretive", return_secret=True)
    removed = run_module("cognito_user_pool_client", user_pool_id=pool_id, name="secretive", state="absent")
    assert asked["client_secret"] == secret
    del asked["client_secret"]
    for result in (created, changed, asked, removed):
        assert secret not in json.dumps(result)


REFUSALS = [
    pytest.param({"generate_secret": False}, "has a secret", id="secret"),
    pytest.param(
        {"write_attributes": ["email"]}, "may not write custom:groups, which the identity provider ADFS", id="write"
    ),
    pytest.param({"supported_identity_providers": ["ADFS", "Okta"]}, "does not have: Okta", id="provider"),
    pytest.param(
        {"allowed_oauth_scopes": ["openid", "aws.cognito.signin.user.admin"]},
        "lets every user write his own custom:groups",
        id="self service",
    ),
    pytest.param({"callback_urls": ["http://example.com/"]}, "http:// for localhost only", id="http"),
    pytest.param({"callback_urls": ["https://example.com/#x"]}, "without a fragment", id="fragment"),
    pytest.param(
        {"default_redirect_uri": "https://other.example.com/"}, "none of the callback addresses", id="default"
    ),
    pytest.param({"client_id": "unknown1client"}, "has no app client unknown1client", id="id"),
]


@pytest.mark.parametrize(("options", "said"), REFUSALS)
def test_what_would_break_or_open_logins_is_refused(run_module, pool_id, options, said):
    run_module("cognito_user_pool_client", user_pool_id=pool_id, name="app", **OPTIONS)
    refused = run_module("cognito_user_pool_client", user_pool_id=pool_id, name="app", **options)
    assert refused.get("failed"), refused
    assert said in refused["msg"]


def test_open_sign_up_is_refused_unless_tolerated(run_module, cognito, pool_id):
    cognito.update_user_pool(UserPoolId=pool_id, AdminCreateUserConfig={"AllowAdminCreateUserOnly": False})
    options = {"user_pool_id": pool_id, "name": "open", **OPTIONS}
    refused = run_module("cognito_user_pool_client", **options)
    assert "is open for self sign-up" in refused["msg"]
    tolerated = run_module("cognito_user_pool_client", **options, tolerate_writable_attributes=True)
    assert tolerated["changed"]
    assert "is open for self sign-up" in str(tolerated["warnings"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"explicit_auth_flows": ["ALLOW_USER_SRP_AUTH"]}, "allows ALLOW_USER_SRP_AUTH", id="passwords"),
        pytest.param({"allowed_oauth_scopes": ["email"]}, "has no scope openid", id="openid"),
    ],
)
def test_what_is_doubtful_is_warned_about(run_module, pool_id, options, said):
    result = run_module("cognito_user_pool_client", user_pool_id=pool_id, name="doubtful", **{**OPTIONS, **options})
    assert result["changed"]
    assert said in str(result["warnings"])


def test_a_mapping_that_has_outgrown_the_client_is_warned_about(run_module, cognito, pool_id):
    options = {"user_pool_id": pool_id, "name": "outgrown", **OPTIONS}
    run_module("cognito_user_pool_client", **options)
    cognito.update_identity_provider(
        UserPoolId=pool_id, ProviderName="ADFS", AttributeMapping={"email": "mail", "custom:groups": ROLE, "name": "cn"}
    )
    result = run_module("cognito_user_pool_client", **options)
    assert not result["changed"]
    assert "may not write name" in str(result["warnings"])


def test_a_name_of_two_clients_is_refused_with_both_ids(run_module, cognito, pool_id):
    ids = [
        cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="twins")["UserPoolClient"]["ClientId"]
        for _ in range(2)
    ]
    refused = run_module("cognito_user_pool_client", user_pool_id=pool_id, name="twins", state="absent")
    assert refused["failed"]
    assert all(client_id in refused["msg"] for client_id in ids)


def test_a_pool_that_is_not_there_is_named_or_in_check_mode_foretold(run_module):
    unknown = "(known after the real run)"
    foretold = run_module("cognito_user_pool_client", check=True, user_pool_id=unknown, name="app", **OPTIONS)
    assert foretold["changed"]
    for check, pool_id in ((False, unknown), (True, "eu-west-1_nowhere")):
        refused = run_module("cognito_user_pool_client", check=check, user_pool_id=pool_id, name="app", **OPTIONS)
        assert f"There is no user pool {pool_id}" in refused["msg"]
