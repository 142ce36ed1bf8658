"""AuthorizationPolicies as Istio evaluates them: which apply, in which order, what matches, what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.login.mesh.policies import Workload, custom_providers, decide
from sandbox.login.mesh.request import MeshError, MeshRequest, normalized

GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
DASHBOARD = Workload("kubeflow", {"app": "dashboard"})
VISION = Workload("vision", {"app": "notebook"})


def policy(namespace: str = "vision", name: str = "it", selector: dict | None = None, **spec: Any) -> dict[str, Any]:
    chosen = {"selector": {"matchLabels": selector}} if selector else {}
    return {"metadata": {"namespace": namespace, "name": name}, "spec": {**chosen, **spec}}


def request(method: str = "GET", path: str = "/", **fields: Any) -> MeshRequest:
    return MeshRequest(method, "kubeflow.example.com", path, **fields)


def when(key: str, *values: str, absent: tuple[str, ...] = ()) -> dict[str, Any]:
    entry = (
        {"key": key} | ({"values": list(values)} if values else {}) | ({"notValues": list(absent)} if absent else {})
    )
    return {"when": [entry]}


def source(**fields: list[str]) -> dict[str, Any]:
    return {"from": [{"source": fields}]}


def operation(**fields: list[str]) -> dict[str, Any]:
    return {"to": [{"operation": fields}]}


ALICE = {"kubeflow-userid": "alice@example.com"}
TOKEN = {"iss": "https://pool", "sub": "1", "client_id": "c", "scope": "openid email", "groups": ["a", "b"]}
TOKEN |= {"nested": {"deep": "x"}}

RULES = {
    "an empty rule matches everything": ({}, request(), True),
    "a principal": (source(principals=[GATEWAY]), request(principal=GATEWAY), True),
    "another principal": (source(principals=[GATEWAY]), request(principal="cluster.local/ns/a/sa/b"), False),
    "no principal": (source(principals=["*"]), request(), False),
    "a principal by its end": (
        source(principals=["*/istio-ingressgateway-service-account"]),
        request(principal=GATEWAY),
        True,
    ),
    "the namespace of the principal": (source(namespaces=["istio-system"]), request(principal=GATEWAY), True),
    "not a namespace": (source(notNamespaces=["istio-system"]), request(principal=GATEWAY), False),
    "a token, whichever": (source(requestPrincipals=["*"]), request(claims=TOKEN), True),
    "no token": (source(notRequestPrincipals=["*"]), request(), True),
    "no token, but there is one": (source(notRequestPrincipals=["*"]), request(claims=TOKEN), False),
    "two fields of a source must both hold": (
        source(principals=[GATEWAY], requestPrincipals=["*"]),
        request(principal=GATEWAY),
        False,
    ),
    "a path": (operation(paths=["/healthz"]), request(path="/healthz"), True),
    "a path's beginning": (operation(paths=["/oauth2/*"]), request(path="/oauth2/start"), True),
    "a path's end": (operation(paths=["*/api/kernels"]), request(path="/notebook/a/b/api/kernels"), True),
    "not a path": (operation(notPaths=["/oauth2/*"]), request(path="/oauth2/start"), False),
    "a method and another path": (operation(methods=["GET"], paths=["/a"]), request(path="/b"), False),
    "a host, whatever its case": (operation(hosts=["Kubeflow.example.com"]), request(), True),
    "a header": (when("request.headers[kubeflow-userid]", "alice@example.com"), request(headers=ALICE), True),
    "a header of somebody else": (
        when("request.headers[Kubeflow-UserID]", "bob@example.com"),
        request(headers=ALICE),
        False,
    ),
    "no header": (when("request.headers[kubeflow-userid]", "*"), request(), False),
    "a claim": (when("request.auth.claims[client_id]", "c"), request(claims=TOKEN), True),
    "not that claim": (when("request.auth.claims[client_id]", absent=("c",)), request(claims=TOKEN), False),
    "not that claim, which is missing": (when("request.auth.claims[client_id]", absent=("c",)), request(), True),
    "one of a list": (when("request.auth.claims[groups]", "b"), request(claims=TOKEN), True),
    "one of the scopes": (when("request.auth.claims[scope]", "email"), request(claims=TOKEN), True),
    "a claim in a claim": (when("request.auth.claims[nested][deep]", "x"), request(claims=TOKEN), True),
    "the caller's namespace": (when("source.namespace", "istio-system"), request(principal=GATEWAY), True),
}


@pytest.mark.parametrize(("rule", "asked", "matches"), RULES.values(), ids=RULES)
def test_a_rule(rule: dict, asked: MeshRequest, matches: bool) -> None:
    assert decide([policy(rules=[rule])], VISION, asked).allowed is matches
    assert decide([policy(rules=[rule], action="DENY")], VISION, asked).allowed is not matches


ORDER = {
    "no policy at all": ([], True),
    "an ALLOW policy without rules": ([policy()], False),
    "the same in the root namespace": ([policy("istio-system")], False),
    "of another namespace": ([policy("speech")], True),
    "of another workload": ([policy(selector={"app": "other"})], True),
    "one of two allows": ([policy("istio-system"), policy(rules=[{}])], True),
    "DENY before ALLOW": ([policy(rules=[{}]), policy(action="DENY", rules=[{}])], False),
    "DENY that does not match": ([policy(action="DENY", rules=[operation(paths=["/x"])])], True),
    "CUSTOM decides elsewhere": ([policy(action="CUSTOM", provider={"name": "p"}, rules=[{}])], True),
}


@pytest.mark.parametrize(("policies", "allowed"), ORDER.values(), ids=ORDER)
def test_the_order(policies: list[dict], allowed: bool) -> None:
    assert decide(policies, VISION, request()).allowed is allowed


def test_the_policy_that_decided_is_named() -> None:
    denied = decide([policy("istio-system", "no-token", action="DENY", rules=[{}])], VISION, request())
    assert (denied.allowed, denied.policy) == (False, "AuthorizationPolicy istio-system/no-token")


def test_external_authorizers_are_those_of_matching_custom_policies() -> None:
    spec = {"action": "CUSTOM", "provider": {"name": "oauth2-proxy"}, "rules": [operation(notPaths=["/oauth2/*"])]}
    policies = [policy("kubeflow", selector={"app": "dashboard"}, **spec)]
    assert custom_providers(policies, DASHBOARD, request()) == ("oauth2-proxy",)
    assert custom_providers(policies, DASHBOARD, request(path="/oauth2/start")) == ()
    assert custom_providers(policies, VISION, request()) == ()


UNKNOWN = {
    "a field of the source": (policy(rules=[source(ipBlocks=["10.0.0.0/8"])]), "source.ipBlocks"),
    "a field of the operation": (policy(rules=[operation(ports=["80"])]), "operation.ports"),
    "a condition": (policy(rules=[when("connection.sni", "x")]), "'connection.sni'"),
    "a path template": (policy(rules=[operation(paths=["/a/{*}"])]), "'/a/{*}'"),
    "an action": (policy(action="AUDIT"), "the action AUDIT"),
    "a target": (policy(targetRefs=[{"kind": "Gateway"}]), "targetRefs"),
}


@pytest.mark.parametrize(("unknown", "name"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_refused_by_name(unknown: dict, name: str) -> None:
    with pytest.raises(MeshError) as refusal:
        decide([unknown], VISION, request())
    assert "vision/it" in str(refusal.value) or "template" in str(refusal.value)
    assert name in str(refusal.value)


PATHS = {
    "/": "/",
    "/a/b?c=/../d": "/a/b",
    "/oauth2/../notebook/": "/notebook/",
    "/oauth2/%2e%2E/x": "/x",
    "/oauth2\\..\\x": "/x",
    "/a/./b": "/a/b",
    "/a/..": "/",
    "/../..": "/",
    "//a//b": "//a//b",
    "/a%2Fb": "/a%2Fb",
}


@pytest.mark.parametrize(("path", "compared"), PATHS.items())
def test_a_path_is_normalised_before_it_is_compared(path: str, compared: str) -> None:
    assert normalized(path) == compared
