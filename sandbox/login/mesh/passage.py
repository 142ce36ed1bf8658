"""One request's way through the ingress gateway to what is behind it, by the cluster's objects as they are now.

The filters stand in Envoy's order: external authorizers, tokens, policies of the gateway, route; then the policies of
the workload.  Whoever is refused gets Envoy's bare sentence; which object refused stands in a header of the sandbox's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import yaml

from sandbox.kubernetes.client import KubernetesClient, KubernetesError
from sandbox.login.balancer.pages import error_page
from sandbox.login.container import NotDeployed
from sandbox.login.jwt import TokenError
from sandbox.login.mesh.authorizer import provider_named
from sandbox.login.mesh.keys import KeySets
from sandbox.login.mesh.network import admits_from_outside
from sandbox.login.mesh.policies import ROOT_NAMESPACE, Workload, custom_providers, decide
from sandbox.login.mesh.request import MeshRequest, normalized
from sandbox.login.mesh.routes import Route, bound_gateways, find_route, namespace_route, workload_of
from sandbox.login.mesh.tokens import authenticate
from sandbox.login.web import Headers, Request, Response, header_text, plain, redirect

SECURITY = "/apis/security.istio.io/v1"
NETWORKING = "/apis/networking.istio.io/v1"
GATEWAY_PORT = 8080
"""Of the gateway's pods; the load balancer sends to them directly."""
REASON = "X-Sandbox-Mesh"
DENIED = "RBAC: access denied"

Object = dict[str, Any]
App = Callable[[KubernetesClient, Request], Response]
"""What runs behind a Service: it gets the request as its pod would."""


class Refused(Exception):
    """The way ends here, with this answer."""

    def __init__(self, response: Response, reason: str) -> None:
        super().__init__(reason)
        self.response = response.with_header(REASON, header_text(reason))


def refused(status: int, text: str, reason: str) -> Refused:
    return Refused(plain(text, status), reason)


class Passage:
    """Goes through once."""

    def __init__(
        self, cluster: KubernetesClient, keys: KeySets, app_of: Callable[[str], App | None], request: Request
    ) -> None:
        self._cluster = cluster
        self._keys = keys
        self._app_of = app_of
        self._request = request
        self._headers = joined_headers(request.headers)
        self._path = normalized(request.path)
        self._claims: Mapping[str, Any] = {}
        self._added: tuple[tuple[str, str], ...] = ()
        self._mesh = (self._get("/api/v1", "configmaps", ROOT_NAMESPACE, "istio").get("data") or {}).get("mesh", "")

    def through(self, entrance: str) -> Response:
        """The answer of the app behind; Refused where the way ends before."""
        gateway, principal = self._workload(entrance)
        self._check_network(entrance, gateway)
        policies = self._policies(gateway.namespace)
        self._ask_authorizers(policies, gateway)
        self._authenticate(gateway)
        self._decide(policies, gateway, principal="")
        route = self._route(gateway)
        answer = redirect(*route.redirect) if route.redirect[0] else self._behind(route, principal)
        return replace(answer, headers=Headers((*answer.headers.pairs, *route.added, *self._added)))

    def _behind(self, route: Route, principal: str) -> Response:
        """The answer of what the route leads to, if the policies there let the gateway in for this request."""
        self._path = route.path
        namespace = route.service.partition("/")[0]
        is_page = route.path.startswith("/notebook/")
        behind = Workload(namespace) if is_page else self._workload(route.service)[0]
        # Where no sidecar runs beside the pods there is nobody who would ask the policies.
        if self._is_injected(namespace):
            self._decide(self._policies(namespace), behind, principal)
        app = self._app_of(route.service)
        if app is None:
            raise refused(503, "no healthy upstream", f"nothing in the sandbox runs behind the Service {route.service}")
        return app(self._cluster, self._asked())

    def _workload(self, service: str) -> tuple[Workload, str]:
        """(workload, principal) behind a Service, whose name is namespace/name."""
        namespace, _, name = service.partition("/")
        found = self._get("/api/v1", "services", namespace, name)
        if not found:
            raise refused(503, "no healthy upstream", f"there is no Service {service}")
        workload, account = workload_of(found, self._items(f"/apis/apps/v1/namespaces/{namespace}/deployments"))
        domain = (yaml.safe_load(self._mesh) or {}).get("trustDomain", "cluster.local")
        return workload, f"{domain}/ns/{namespace}/sa/{account}"

    def _check_network(self, entrance: str, gateway: Workload) -> None:
        policies = self._items(f"/apis/networking.k8s.io/v1/namespaces/{gateway.namespace}/networkpolicies")
        if not admits_from_outside(policies, gateway.labels, GATEWAY_PORT):
            reason = f"no NetworkPolicy of {gateway.namespace} lets the load balancer reach the pods of {entrance}"
            raise Refused(error_page(504, reason), reason)

    def _ask_authorizers(self, policies: list[Object], gateway: Workload) -> None:
        for name in custom_providers(policies, gateway, self._seen()):
            provider = provider_named(name, self._mesh)
            app = self._app_of(provider.service) if provider else None
            if provider is None or app is None:
                raise refused(403, DENIED, f"the mesh knows no external authorizer {name!r}, or nothing runs behind it")
            told = Headers(tuple(provider.told(self._headers).items()))
            try:
                answer = app(self._cluster, replace(self._request, path=self._path, headers=told, body=b""))
            except NotDeployed as error:
                raise refused(403, "", f"the external authorizer {name} does not run: {error}") from error
            if answer.status != 200:
                raise Refused(provider.downstream(answer), f"the external authorizer {name} does not let it in")
            self._headers |= provider.upstream(answer)
            self._added += provider.added(answer)

    def _authenticate(self, gateway: Workload) -> None:
        objects = self._items(f"{SECURITY}/namespaces/{gateway.namespace}/requestauthentications")
        try:
            found = authenticate(
                objects, gateway, self._headers, self._request.query_string, self._keys.of, time.time()
            )
        except TokenError as error:
            raise refused(error.code, str(error), f"RequestAuthentication: {error}") from error
        self._headers, self._claims = dict(found.headers), found.claims

    def _decide(self, policies: list[Object], workload: Workload, principal: str) -> None:
        decision = decide(policies, workload, self._seen(principal))
        if not decision.allowed:
            place = f"workload of {workload.namespace}" if principal else "ingress gateway"
            raise refused(403, DENIED, f"{place}: {decision.policy} {decision.reason}".replace(":  ", ": "))

    def _route(self, gateway: Workload) -> Route:
        direct = namespace_route(self._path)
        if direct:
            return direct
        bound = bound_gateways(self._items(f"{NETWORKING}/gateways"), gateway.labels, self._request.host)
        route = find_route(self._items(f"{NETWORKING}/virtualservices"), bound, self._seen())
        if route is None:
            raise refused(404, "", "no VirtualService leads this path anywhere")
        return route

    def _seen(self, principal: str = "") -> MeshRequest:
        request = self._request
        return MeshRequest(request.method, request.host, self._path, self._headers, principal, self._claims)

    def _asked(self) -> Request:
        return replace(self._request, path=self._path, headers=Headers(tuple(self._headers.items())))

    def _is_injected(self, namespace: str) -> bool:
        found = self._cluster.get(f"/api/v1/namespaces/{namespace}")
        if found is None:
            raise refused(404, "", f"there is no namespace {namespace}")
        return (found["metadata"].get("labels") or {}).get("istio-injection") == "enabled"

    def _policies(self, namespace: str) -> list[Object]:
        places = dict.fromkeys((ROOT_NAMESPACE, namespace))
        return [
            policy for place in places for policy in self._items(f"{SECURITY}/namespaces/{place}/authorizationpolicies")
        ]

    def _items(self, path: str) -> list[Object]:
        """The objects of a collection; none of a kind that the cluster does not know."""
        try:
            return self._cluster.items(path)
        except KubernetesError as error:
            if error.code == 404:
                return []
            raise

    def _get(self, api: str, kind: str, namespace: str, name: str) -> Object:
        return self._cluster.get(f"{api}/namespaces/{namespace}/{kind}/{name}") or {}


def joined_headers(headers: Headers) -> dict[str, str]:
    """Names in lower case; fields of one name in one line, as proxies join them."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        mark = "; " if key == "cookie" else ","
        joined[key] = f"{joined[key]}{mark}{value}" if key in joined else value
    return joined
