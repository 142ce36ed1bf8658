"""The whole way through the gateway: who is asked in which order, and what stands behind where."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes.client import KubernetesError
from sandbox.login.container import NotDeployed
from sandbox.login.mesh.passage import REASON, Passage, Refused
from sandbox.login.web import Headers, Request, Response, document, plain

HOST = "kubeflow.example.com"
PRINCIPAL = "cluster.local/ns/istio-system/sa/gateway"
MESH = """
trustDomain: cluster.local
extensionProviders:
- name: proxy
  envoyExtAuthzHttp: {service: proxy.auth.svc.cluster.local, headersToUpstreamOnAllow: [x-user],
    headersToDownstreamOnDeny: [set-cookie]}
"""


def named(namespace: str, name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name}, "spec": spec}


def policy(namespace: str, name: str, **spec: Any) -> dict[str, Any]:
    return named(namespace, name, **spec)


def deployment(namespace: str, name: str) -> dict[str, Any]:
    return named(
        namespace, name, template={"metadata": {"labels": {"app": name}}, "spec": {"serviceAccountName": name}}
    )


def route(prefix: str, host: str) -> dict[str, Any]:
    entry = {"match": [{"uri": {"prefix": prefix}}], "route": [{"destination": {"host": host}}]}
    return named("apps", host.partition(".")[0], gateways=["it"], hosts=["*"], http=[entry])


class Cluster:
    """Objects by the path of their collection."""

    def __init__(self) -> None:
        security, networking = "/apis/security.istio.io/v1/namespaces", "/apis/networking.istio.io/v1"
        self.policies = f"{security}/{{}}/authorizationpolicies"
        self.networks = "/apis/networking.k8s.io/v1/namespaces/istio-system/networkpolicies"
        self.collections: dict[str, list[dict[str, Any]]] = {
            "/apis/apps/v1/namespaces/istio-system/deployments": [deployment("istio-system", "gateway")],
            "/apis/apps/v1/namespaces/apps/deployments": [deployment("apps", "web")],
            self.networks: [],
            self.policies.format("istio-system"): [
                policy("istio-system", "nothing"),
                policy("istio-system", "gateway", selector={"matchLabels": {"app": "gateway"}}, rules=[{}]),
            ],
            self.policies.format("apps"): [
                policy("apps", "web", rules=[{"from": [{"source": {"principals": [PRINCIPAL]}}]}])
            ],
            f"{networking}/gateways": [
                named("apps", "it", selector={"app": "gateway"}, servers=[{"hosts": ["*"]}]),
            ],
            f"{networking}/virtualservices": [route("/", "web"), route("/gone/", "gone")],
        }
        self.objects: dict[str, dict[str, Any]] = {
            "/api/v1/namespaces/istio-system/configmaps/istio": {"data": {"mesh": MESH}},
            "/api/v1/namespaces/istio-system/services/gateway": named(
                "istio-system", "gateway", selector={"app": "gateway"}
            ),
            "/api/v1/namespaces/apps/services/web": named("apps", "web", selector={"app": "web"}),
            "/api/v1/namespaces/apps": {"metadata": {"labels": {"istio-injection": "enabled"}}},
        }

    def get(self, path: str) -> Any:
        return self.objects.get(path)

    def items(self, path: str) -> list[dict[str, Any]]:
        if path not in self.collections:
            raise KubernetesError(404, "NotFound", path)
        return self.collections[path]

    def add(self, *policies: dict[str, Any]) -> Cluster:
        for each in policies:
            self.collections.setdefault(self.policies.format(each["metadata"]["namespace"]), []).append(each)
        return self


class Keys:
    @staticmethod
    def of(_: Any) -> list[Any]:
        return []


def shown(_: Any, request: Request) -> Response:
    return document({"path": request.path, **dict(request.headers)})


def proxy(_: Any, request: Request) -> Response:
    if "cookie" not in request.headers and request.path != "/open":
        return Response(302, Headers((("Location", "/login"), ("Set-Cookie", "a=b"), ("X-Secret", "s"))))
    return Response(200, Headers((("X-User", "alice"),)))


def stopped(*_: Any) -> Response:
    raise NotDeployed("it has no Secret")


def passed(cluster: Cluster, path: str = "/", apps: dict | None = None, **headers: str) -> Response:
    request = Request("GET", HOST, path, headers=Headers(tuple(headers.items())))
    known = {"apps/web": shown, "auth/proxy": proxy, "team/notebooks": shown, **(apps or {})}
    try:
        return Passage(cluster, Keys(), known.get, request).through("istio-system/gateway")  # type: ignore[arg-type]
    except Refused as refusal:
        return refusal.response


def asked(action: str = "CUSTOM", **rule: Any) -> dict[str, Any]:
    more = {"provider": {"name": "proxy"}} if action == "CUSTOM" else {}
    return policy(
        "istio-system", "asked", selector={"matchLabels": {"app": "gateway"}}, action=action, rules=[rule], **more
    )


def test_a_request_reaches_the_app_behind_the_gateway() -> None:
    assert passed(Cluster(), "/a/../b").json() == {"path": "/b"}


def test_the_authorizer_lets_in_with_its_headers_or_answers_itself() -> None:
    cluster = Cluster().add(asked())
    refusal = passed(cluster)
    assert (refusal.status, refusal.location, "X-Secret" in refusal.headers) == (302, "/login", False)
    assert passed(cluster, "/open").json() == {"path": "/open", "x-user": "alice"}
    # What it is asked about is the path that the policies see.
    assert passed(cluster, "/x/../open").status == 200


REFUSALS = {
    "the authorizer does not run": (Cluster().add(asked()), "/", {"auth/proxy": stopped}, 403, "it has no Secret"),
    "the authorizer is not known": (Cluster().add(asked()), "/", {"auth/proxy": None}, 403, "no external authorizer"),
    "the gateway's policies": (Cluster().add(asked("DENY")), "/", {}, 403, "AuthorizationPolicy istio-system/asked"),
    "the workload's policies": (
        Cluster().add(policy("apps", "no", action="DENY", rules=[{}])), "/", {}, 403, "workload of apps",
    ),
    "no Service": (Cluster(), "/gone/", {}, 503, "no Service apps/gone"),
    "nothing runs": (Cluster(), "/", {"apps/web": None}, 503, "nothing in the sandbox runs behind"),
    "no such namespace": (Cluster(), "/notebook/nobody/", {}, 404, "no namespace nobody"),
}  # fmt: skip


@pytest.mark.parametrize(("cluster", "path", "apps", "status", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_the_way_ends_where(cluster: Cluster, path: str, apps: dict, status: int, reason: str) -> None:
    answer = passed(cluster, path, apps)
    assert (answer.status, reason in answer.headers.get(REASON)) == (status, True), answer.headers


def test_the_network_keeps_the_load_balancer_out() -> None:
    cluster = Cluster()
    cluster.collections[cluster.networks] = [named("istio-system", "same", podSelector={}, ingress=[])]
    answer = passed(cluster)
    assert (answer.status, "no NetworkPolicy" in answer.headers.get(REASON)) == (504, True)


@pytest.mark.parametrize(("label", "status"), [("enabled", 403), ("disabled", 200)])
def test_the_policies_of_a_namespace_count_where_it_has_sidecars(label: str, status: int) -> None:
    cluster = Cluster()
    cluster.objects["/api/v1/namespaces/team"] = {"metadata": {"labels": {"istio-injection": label}}}
    assert passed(cluster, "/notebook/team/").status == status


def test_without_a_route_there_is_nothing() -> None:
    cluster = Cluster()
    cluster.collections["/apis/networking.istio.io/v1/virtualservices"] = []
    assert passed(cluster) == plain("", 404).with_header(REASON, "no VirtualService leads this path anywhere")
