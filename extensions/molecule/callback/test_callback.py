"""The platform's name leads to the load balancer, and logins may come back to it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_the_name_leads_to_the_load_balancer(records, domain, load_balancer, kind) -> None:
    target = records[f"kubeflow.{domain}", kind]["AliasTarget"]
    assert target["DNSName"].rstrip(".") == load_balancer["DNSName"].lower()
    assert target["HostedZoneId"] == load_balancer["CanonicalHostedZoneId"]


def test_a_login_may_return_by_both_ways(pool_client, domain) -> None:
    both = {f"https://kubeflow.{domain}/oauth2/idpresponse", f"https://kubeflow.{domain}/oauth2/callback"}
    assert both <= set(pool_client["CallbackURLs"])


def test_a_logout_may_return(pool_client, domain) -> None:
    assert f"https://kubeflow.{domain}/" in pool_client["LogoutURLs"]


def test_the_rest_of_the_client_is_as_it_was(pool_client) -> None:
    """Cognito resets what an update does not repeat."""
    assert sorted(pool_client["AllowedOAuthScopes"]) == ["email", "openid"]
    assert sorted(pool_client["WriteAttributes"]) == ["custom:groups", "email"]
    assert pool_client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
