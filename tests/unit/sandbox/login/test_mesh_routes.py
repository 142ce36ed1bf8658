"""Where the gateway sends a path, whom it asks first, and whether the network lets a load balancer in at all."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.login.mesh.authorizer import provider_named
from sandbox.login.mesh.network import admits_from_outside
from sandbox.login.mesh.request import MeshError, MeshRequest
from sandbox.login.mesh.routes import Route, bound_gateways, find_route, namespace_route, workload_of
from sandbox.login.web import Headers, Response

HOST = "kubeflow.example.com"
LABELS = {"app": "istio-ingressgateway", "istio": "ingressgateway"}


def service(
    name: str, *entries: dict, since: str = "1", gateways: tuple = ("kubeflow-gateway",), hosts: tuple = ("*",)
):
    metadata = {"namespace": "kubeflow", "name": name, "creationTimestamp": since}
    return {"metadata": metadata, "spec": {"gateways": list(gateways), "hosts": list(hosts), "http": list(entries)}}


def to(host: str, uri: dict | None = None, **more: Any) -> dict:
    match = {"match": [{"uri": uri}]} if uri else {}
    return {**match, "route": [{"destination": {"host": host}}], **more}


ALL = service("all", to("dashboard.kubeflow.svc.cluster.local", {"prefix": "/"}, rewrite={"uri": "/"}))
PROXY = service("proxy", to("oauth2-proxy.oauth2-proxy.svc.cluster.local", {"prefix": "/oauth2/"}), since="2")
OUT = service(
    "out",
    {
        "match": [{"uri": {"exact": "/oauth2/sign_out"}}],
        "redirect": {"scheme": "https", "authority": "login.example.com", "uri": "/logout?a=b", "redirectCode": 302},
        "headers": {"response": {"set": {"set-cookie": "x=; Max-Age=0"}}},
    },
)
ROUTES = {
    "everything else": ("/x", [ALL, PROXY], Route("kubeflow/dashboard", "/x")),
    "the general one comes last": ("/oauth2/start", [ALL, PROXY], Route("oauth2-proxy/oauth2-proxy", "/oauth2/start")),
    "a short name is of the own namespace": ("/", [service("s", to("web"))], Route("kubeflow/web", "/")),
    "a rewritten prefix": (
        "/a/b", [service("s", to("web.a", {"prefix": "/a/"}, rewrite={"uri": "/"}))], Route("a/web", "/b"),
    ),
    "a regular expression": ("/a1", [service("s", to("web", {"regex": "/a[0-9]"}))], Route("kubeflow/web", "/a1")),
    "another gateway": ("/", [service("s", to("web"), gateways=("other",))], None),
    "another host": ("/", [service("s", to("web"), hosts=("other.example.com",))], None),
    "an answer of its own": (
        "/oauth2/sign_out",
        [ALL, OUT],
        Route(
            "", "/oauth2/sign_out", ("https://login.example.com/logout?a=b", 302), (("set-cookie", "x=; Max-Age=0"),)
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "services", "route"), ROUTES.values(), ids=ROUTES)
def test_a_route(path: str, services: list, route: Route | None) -> None:
    assert find_route(services, {"kubeflow/kubeflow-gateway"}, MeshRequest("GET", HOST, path)) == route


@pytest.mark.parametrize("entry", [to("web", None, fault={}), {"match": [{"headers": {}}], "route": []}])
def test_what_a_route_says_and_nobody_knows_is_refused_by_name(entry: dict) -> None:
    with pytest.raises(MeshError, match="VirtualService kubeflow/s: (http.fault|match.headers)"):
        find_route([service("s", entry)], {"kubeflow/kubeflow-gateway"}, MeshRequest("GET", HOST, "/"))


def test_a_gateway_is_bound_by_its_selector_and_host() -> None:
    def gateway(name: str, selector: dict, host: str) -> dict:
        return {
            "metadata": {"namespace": "kubeflow", "name": name},
            "spec": {"selector": selector, "servers": [{"hosts": [host]}]},
        }

    gateways = [
        gateway("ours", {"istio": "ingressgateway"}, "*"),
        gateway("by-name", {"istio": "ingressgateway"}, "ns/*.example.com"),
        gateway("other-pods", {"istio": "other"}, "*"),
        gateway("other-host", {"istio": "ingressgateway"}, "x.example.org"),
    ]
    assert bound_gateways(gateways, LABELS, HOST) == {"kubeflow/ours", "kubeflow/by-name"}


def test_the_pages_of_a_namespace_are_in_the_namespace() -> None:
    assert namespace_route("/notebook/vision/mine/") == Route("vision/notebooks", "/notebook/vision/mine/")
    assert namespace_route("/notebook/..") is None


def test_a_workload_is_the_pods_that_the_service_selects() -> None:
    template = {"metadata": {"labels": {"app": "dashboard", "v": "1"}}, "spec": {"serviceAccountName": "dashboard"}}
    deployment = {"metadata": {"namespace": "kubeflow"}, "spec": {"template": template}}
    found, account = workload_of(
        {"metadata": {"namespace": "kubeflow"}, "spec": {"selector": {"app": "dashboard"}}}, [deployment]
    )
    assert (found.namespace, found.labels, account) == ("kubeflow", {"app": "dashboard", "v": "1"}, "dashboard")


MESH = """
extensionProviders:
- name: oauth2-proxy
  envoyExtAuthzHttp:
    service: oauth2-proxy.oauth2-proxy.svc.cluster.local
    port: 80
    includeRequestHeadersInCheck: [authorization, cookie]
    headersToUpstreamOnAllow: [authorization, x-auth-request-*]
    headersToDownstreamOnDeny: [content-type, set-cookie]
"""


def test_an_external_authorizer_hears_and_changes_only_what_the_mesh_says() -> None:
    provider = provider_named("oauth2-proxy", MESH)
    assert provider and provider.service == "oauth2-proxy/oauth2-proxy"
    assert provider.told({"cookie": "a=b", "accept": "x"}) == {"cookie": "a=b"}
    answer = Response(
        302, Headers((("Authorization", "t"), ("X-Auth-Request-User", "u"), ("Location", "/"), ("X", "y")))
    )
    assert provider.upstream(answer) == {"authorization": "t", "x-auth-request-user": "u"}
    assert provider.downstream(answer).headers.pairs == (("Location", "/"),)
    assert provider_named("other", MESH) is None


def test_a_provider_of_another_kind_is_refused() -> None:
    with pytest.raises(MeshError, match="grpc is of a kind"):
        provider_named("grpc", "extensionProviders: [{name: grpc, envoyExtAuthzGrpc: {}}]")


SAME = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}
OPEN = {"podSelector": {"matchLabels": {"app": "istio-ingressgateway"}}, "ingress": [{"ports": [{"port": 8080}]}]}
NETWORKS = {
    "no policy": ([], True),
    "only pods of the namespace": ([SAME], False),
    "one of two opens the port": ([SAME, OPEN], True),
    "another port": ([SAME, {**OPEN, "ingress": [{"ports": [{"port": 15021}]}]}], False),
    "addresses": ([SAME, {**OPEN, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}], True),
    "other pods": ([{**SAME, "podSelector": {"matchLabels": {"app": "other"}}}], True),
    "leaving": ([{**SAME, "policyTypes": ["Egress"]}], True),
}


@pytest.mark.parametrize(("specs", "admitted"), NETWORKS.values(), ids=NETWORKS)
def test_the_network_policies(specs: list[dict], admitted: bool) -> None:
    assert admits_from_outside([{"spec": spec} for spec in specs], LABELS, 8080) is admitted
