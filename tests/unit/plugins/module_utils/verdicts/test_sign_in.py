"""The way of a login through domain, client and load balancer, whole and broken."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts import sign_in

HOST = "kubeflow.example.com"
CLIENT = {
    "allowed_oauth_scopes": ["openid", "email"],
    "allowed_oauth_flows": ["code"],
    "callback_urls": [f"https://{HOST}/oauth2/callback"],
    "supported_identity_providers": ["ADFS"],
}
CLIENTS = {
    "whole": ({}, ""),
    "without openid": ({"allowed_oauth_scopes": ["email"]}, "its scopes lack openid"),
    "without email": ({"allowed_oauth_scopes": ["openid"]}, "its scopes lack email"),
    "with a wrong callback": ({"callback_urls": ["https://elsewhere/oauth2/callback"]}, "redirect_mismatch"),
    "without the provider": (
        {"supported_identity_providers": ["COGNITO"]},
        "the identity provider ADFS is not enabled",
    ),
    "without the flow": ({"allowed_oauth_flows": ["implicit"]}, "the flow code"),
}


@pytest.mark.parametrize("case", CLIENTS)
def test_a_client(case):
    other, words = CLIENTS[case]
    (verdict,) = sign_in.judged_client({**CLIENT, **other}, HOST, "ADFS")
    assert verdict.state == ("broken" if words else "ok")
    assert words in verdict.reason


def test_a_client_that_is_gone_and_one_that_was_not_read():
    assert [verdict.state for verdict in sign_in.judged_client({}, HOST, "ADFS")] == ["broken"]
    assert sign_in.judged_client(None, HOST, "ADFS") == []


@pytest.mark.parametrize(
    ("domain", "states"),
    [({"status": "ACTIVE"}, ["ok"]), ({"status": "CREATING"}, ["broken"]), ({}, ["broken"]), (None, [])],
    ids=["active", "creating", "gone", "not read"],
)
def test_a_login_domain(domain, states):
    assert [verdict.state for verdict in sign_in.judged_domain(domain, "cognito.auth.example.com")] == states


def balancer(client="ours", certificate="arn:certificate", state="active", protocol="HTTPS"):
    action = {"type": "authenticate-cognito", "authenticate_cognito_config": {"user_pool_client_id": client}}
    listener = {
        "protocol": protocol,
        "certificates": [{"certificate_arn": certificate}],
        "default_actions": [{"type": "fixed-response"}],
        "rules": [{"actions": [action, {"type": "forward"}]}] if client else [],
    }
    return {"state": {"code": state}, "listeners": [listener]}


BALANCERS = {
    "whole": (balancer(), ["ok", "ok"], ""),
    "that hands on to oauth2-proxy": (balancer(client=None), ["ok", "ok"], ""),
    "with another client": (balancer(client="former"), ["ok", "broken"], "with the client former"),
    "with another certificate": (balancer(certificate="arn:other"), ["ok", "broken"], "does not use the certificate"),
    "that is failing": (balancer(state="failed"), ["broken"], "is failed, not active"),
    "without HTTPS": (balancer(protocol="HTTP"), ["ok", "broken"], "is not there"),
    "that is gone": (None, ["broken"], "there is no such load balancer"),
}


@pytest.mark.parametrize("case", BALANCERS)
def test_a_load_balancer(case):
    found, states, words = BALANCERS[case]
    verdicts = sign_in.judged_balancers([found] if found else [], "name.elb.amazonaws.com", "arn:certificate", "ours")
    assert [verdict.state for verdict in verdicts] == states
    assert words in verdicts[-1].reason


def test_an_ingress_without_a_load_balancer():
    (verdict,) = sign_in.judged_balancers([], "", "arn:certificate", "ours")
    assert verdict.state == "broken" and "Controller" in verdict.remedy
