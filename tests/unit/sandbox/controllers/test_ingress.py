"""Annotations read into the load balancer that is wanted; see test_load_balancer_controller for what comes of it."""

from __future__ import annotations

import json

import pytest

from sandbox.controllers.balancer import actions_for, conditions_of, target_group_name
from sandbox.controllers.ingress import Backend, Mistake, Rule, balancer_name, is_ours, wanted_balancer

PREFIX = "alb.ingress.kubernetes.io/"
BACKEND = {"service": {"name": "gateway", "port": {"number": 80}}}
COGNITO = {"userPoolARN": "arn:p", "userPoolClientID": "c", "userPoolDomain": "d"}


def ingress(notes: dict[str, str] | None = None, host: str = "", **spec) -> dict:
    rule: dict = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}
    if host:
        rule["host"] = host
    annotations = {PREFIX + key: value for key, value in (notes or {}).items()}
    metadata = {"name": "istio-ingress", "namespace": "istio-system", "uid": "u1", "annotations": annotations}
    return {"metadata": metadata, "spec": {"ingressClassName": "alb", "rules": [rule], **spec}}


def test_without_annotations_the_defaults_of_the_controller_hold():
    wanted = wanted_balancer(ingress(), "demo")

    assert (wanted.scheme, wanted.target_type, wanted.listeners) == ("internal", "instance", (("HTTP", 80),))
    assert wanted.authentication is None
    assert wanted.default_backend == Backend("gateway", 80)


def test_a_certificate_makes_https_the_default_listener():
    assert wanted_balancer(ingress({"certificate-arn": "a, b"}), "demo").listeners == (("HTTPS", 443),)


def test_cognito_gets_the_controllers_defaults():
    wanted = wanted_balancer(ingress({"auth-type": "cognito", "auth-idp-cognito": json.dumps(COGNITO)}), "demo")

    assert wanted.authentication == {
        "UserPoolArn": "arn:p",
        "UserPoolClientId": "c",
        "UserPoolDomain": "d",
        "Scope": "openid",
        "SessionCookieName": "AWSELBAuthSessionCookie",
        "SessionTimeout": 604800,
        "OnUnauthenticatedRequest": "authenticate",
    }


@pytest.mark.parametrize("spelling", ["UserPoolArn", "userpoolarn", "userPoolARN"])
def test_keys_of_auth_idp_cognito_match_in_any_case(spelling):
    given = {
        spelling: "arn:p",
        "UserPoolClientId": "c",
        "USERPOOLDOMAIN": "d",
        "AuthenticationRequestExtraParams": {"a": "b"},
    }
    wanted = wanted_balancer(ingress({"auth-type": "cognito", "auth-idp-cognito": json.dumps(given)}), "demo")

    assert wanted.authentication["UserPoolArn"] == "arn:p"
    assert wanted.authentication["AuthenticationRequestExtraParams"] == {"a": "b"}


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ({"group.name": "shared"}, "joins no groups"),
        ({"tags": "a"}, "failed to parse stringMap annotation"),
        ({"listen-ports": '[{"TCP": 1}]'}, "listen protocol must be HTTP or HTTPS: TCP"),
        ({"listen-ports": "[]"}, "empty listen-ports"),
        ({"auth-type": "oidc"}, "cognito only"),
        ({"auth-type": "cognito", "auth-idp-cognito": "[]"}, "failed to parse json annotation"),
        (
            {"auth-type": "cognito", "auth-idp-cognito": json.dumps(COGNITO), "auth-session-timeout": "8h"},
            "failed to parse int64 annotation",
        ),
    ],
)
def test_a_mistake_says_what_it_is(notes, message):
    with pytest.raises(Mistake, match=message):
        wanted_balancer(ingress(notes), "demo")


def test_the_class_may_be_named_the_old_way():
    old = ingress()
    del old["spec"]["ingressClassName"]
    assert not is_ours(old)

    old["metadata"]["annotations"]["kubernetes.io/ingress.class"] = "alb"
    assert is_ours(old)


def test_names_keep_to_32_characters_and_differ_by_cluster():
    one, other = balancer_name(ingress(), "demo"), balancer_name(ingress(), "other")

    assert one.startswith("k8s-istiosys-istioing-")
    assert one != other
    assert len(one) <= 32
    wanted = wanted_balancer(ingress({"load-balancer-name": "a" * 32}), "demo")
    assert len(target_group_name(wanted, Backend("gateway", 80))) <= 32


CONDITIONS = {
    "host": (Rule("h", "/", "Prefix", Backend("b", 1)), ["host-header"]),
    "path below": (Rule("", "/a/", "Prefix", Backend("b", 1)), ["/a", "/a/*"]),
    "exact path": (Rule("", "/a", "Exact", Backend("b", 1)), ["/a"]),
    "pattern": (Rule("", "/a*", "ImplementationSpecific", Backend("b", 1)), ["/a*"]),
}


@pytest.mark.parametrize(("rule", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_rule_becomes_conditions(rule, expected):
    (condition,) = conditions_of(rule)
    path = condition.get("PathPatternConfig", {}).get("Values")

    assert (path or [condition["Field"]]) == expected


def test_plain_http_never_asks_for_a_login():
    notes = {"auth-type": "cognito", "auth-idp-cognito": json.dumps(COGNITO), "listen-ports": '[{"HTTP": 80}]'}
    wanted = wanted_balancer(ingress(notes), "demo")
    backend = Backend("gateway", 80)

    assert [each["Type"] for each in actions_for(backend, "HTTP", wanted, {backend: "arn:t"})] == ["forward"]
    assert [each["Type"] for each in actions_for(backend, "HTTPS", wanted, {backend: "arn:t"})] == [
        "authenticate-cognito",
        "forward",
    ]
