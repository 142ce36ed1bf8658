"""A pool that only ADFS lets people into, and whose users cannot write their own groups."""

from __future__ import annotations

import re

import pytest

CLOUDFRONT = "Z2FDTNDATAQYW2"


@pytest.fixture
def provider(aws, pool):
    cognito = aws("cognito-idp")
    (listed,) = cognito.list_identity_providers(UserPoolId=pool["Id"])["Providers"]
    named = {"UserPoolId": pool["Id"], "ProviderName": listed["ProviderName"]}
    return cognito.describe_identity_provider(**named)["IdentityProvider"]


@pytest.fixture
def login_domain(aws, domain):
    return aws("cognito-idp").describe_user_pool_domain(Domain=f"cognito.auth.{domain}")["DomainDescription"]


def test_what_is_rewritten_at_each_login_can_be_rewritten(pool) -> None:
    mutable = {attribute["Name"]: attribute["Mutable"] for attribute in pool["SchemaAttributes"]}
    assert mutable["email"] and mutable["custom:groups"]


def test_nobody_signs_up(pool) -> None:
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True


def test_nobody_logs_in_with_a_password(pool_client) -> None:
    assert pool_client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert "COGNITO" not in pool_client["SupportedIdentityProviders"]


def test_nobody_writes_his_own_groups(pool_client) -> None:
    assert sorted(pool_client["AllowedOAuthScopes"]) == ["email", "openid"]


def test_the_client_may_write_what_the_provider_maps(pool_client, provider) -> None:
    # email_verified is mapped too, and not among the attributes that a client can be allowed to write.
    assert set(provider["AttributeMapping"]) - {"email_verified"} <= set(pool_client["WriteAttributes"])


def test_the_login_domain_is_served_with_a_certificate_of_us_east_1(login_domain, pool) -> None:
    assert (login_domain["Status"], login_domain["UserPoolId"]) == ("ACTIVE", pool["Id"])
    assert login_domain["CustomDomainConfig"]["CertificateArn"].startswith("arn:aws:acm:us-east-1:")


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_its_name_leads_to_cloudfront(records, domain, login_domain, kind) -> None:
    target = records[f"cognito.auth.{domain}", kind]["AliasTarget"]
    assert target["HostedZoneId"] == CLOUDFRONT
    assert target["DNSName"].rstrip(".") == login_domain["CloudFrontDistribution"].lower()


def test_the_name_above_it_has_an_address(records, domain) -> None:
    assert records[f"auth.{domain}", "A"]


def test_the_administrator_gets_a_script_for_this_pool(state, pool) -> None:
    script = (state / "adfs-relying-party-trust.ps1").read_text()
    assert f"urn:amazon:cognito:sp:{pool['Id']}" in script
    assert re.search(r"\(\?i\)\^kubeflow\\?-", script), "only groups with the prefix are told"
