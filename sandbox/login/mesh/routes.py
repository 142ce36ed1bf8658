"""Where the gateway sends a request: the VirtualServices bound to it, in Istio's order, and the workload they name.

Format: istio.io/latest/docs/reference/config/networking/virtual-service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.login.mesh.policies import Workload, described
from sandbox.login.mesh.request import MeshError, MeshRequest

KNOWN_MATCHES = {"uri", "name"}
KNOWN_ENTRIES = {"name", "match", "route", "rewrite", "redirect", "headers", "timeout", "retries"}
"""Of a route and its conditions; others are refused by name."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """`service` is namespace/name of the Service; `path` is the path after the rewrite.

    A route that redirects has no service, but the address and the status of its answer.  `added` are the fields that
    every answer by this route is given.
    """

    service: str
    path: str
    redirect: tuple[str, int] = ("", 302)
    added: tuple[tuple[str, str], ...] = ()


def bound_gateways(gateways: Iterable[Object], labels: Mapping[str, str], host: str) -> set[str]:
    """namespace/name of the Gateways that select these pods and serve this host."""
    return {
        f"{gateway['metadata']['namespace']}/{gateway['metadata']['name']}"
        for gateway in gateways
        if (gateway["spec"].get("selector") or {}).items() <= dict(labels).items()
        and any(
            _host_fits(name.rpartition("/")[2], host)
            for server in gateway["spec"]["servers"]
            for name in server["hosts"]
        )
    }


def find_route(services: Iterable[Object], gateways: set[str], request: MeshRequest) -> Route | None:
    """The first route that matches; those that take every path come last, otherwise the older object goes first."""
    candidates = [
        (service, entry, match)
        for service in sorted(services, key=lambda each: each["metadata"].get("creationTimestamp", ""))
        if _bound(service, gateways)
        and any(_host_fits(host, request.host) for host in service["spec"].get("hosts", ()))
        for entry in service["spec"].get("http") or ()
        for match in entry.get("match") or ({},)
    ]
    for service, entry, match in sorted(candidates, key=lambda each: _takes_all(each[2])):
        if _match_fits(service, match, request.path):
            return _routed(service, entry, match, request)
    return None


def workload_of(service: Object, deployments: Iterable[Object]) -> tuple[Workload, str]:
    """(workload, service account) of the pods behind a Service; the service's own selector when no Deployment fits."""
    namespace = service["metadata"]["namespace"]
    selector = service["spec"].get("selector") or {}
    for deployment in deployments:
        template = deployment["spec"]["template"]
        labels = (template.get("metadata") or {}).get("labels") or {}
        if deployment["metadata"]["namespace"] == namespace and selector and selector.items() <= labels.items():
            return Workload(namespace, labels), template["spec"].get("serviceAccountName", "default")
    return Workload(namespace, selector), "default"


def _bound(service: Object, gateways: set[str]) -> bool:
    """A gateway's name without a namespace means the object's own."""
    place = service["metadata"]["namespace"]
    names = service["spec"].get("gateways") or ()
    return any((name if "/" in name else f"{place}/{name}") in gateways for name in names)


def _host_fits(pattern: str, host: str) -> bool:
    if pattern.startswith("*"):
        return host.lower().endswith(pattern[1:].lower())
    return pattern.lower() == host.lower()


def _takes_all(match: Object) -> bool:
    uri = match.get("uri") or {}
    return not uri or uri.get("prefix") == "/" or uri.get("regex") in (".*", "*")


def _match_fits(service: Object, match: Object, path: str) -> bool:
    unknown = sorted(set(match) - KNOWN_MATCHES)
    if unknown:
        raise MeshError(
            f"{described(service, 'VirtualService')}: match.{unknown[0]} is not known to the sandbox's mesh"
        )
    uri = match.get("uri") or {}
    if "exact" in uri:
        return path == uri["exact"]
    if "regex" in uri:
        return re.fullmatch(uri["regex"], path) is not None
    return path.startswith(uri.get("prefix", "/"))


def _routed(service: Object, entry: Object, match: Object, request: MeshRequest) -> Route:
    unknown = sorted(set(entry) - KNOWN_ENTRIES)
    if unknown:
        raise MeshError(f"{_named(service)}: http.{unknown[0]} is not known to the sandbox's mesh")
    answered = (entry.get("headers") or {}).get("response") or {}
    added = tuple((answered.get("set") or {}).items()) + tuple((answered.get("add") or {}).items())
    if "redirect" in entry:
        return Route("", request.path, _redirected(entry["redirect"], request), added)
    path = request.path
    if "prefix" in (match.get("uri") or {}) and (entry.get("rewrite") or {}).get("uri"):
        path = entry["rewrite"]["uri"] + path.removeprefix(match["uri"]["prefix"])
    destination = entry["route"][0]["destination"]["host"]
    return Route(service_name(destination, service["metadata"]["namespace"]), path, added=added)


def _redirected(wanted: Object, request: MeshRequest) -> tuple[str, int]:
    authority, path = wanted.get("authority") or request.host, wanted.get("uri") or request.path
    return f"{wanted.get('scheme') or 'https'}://{authority}{path}", int(wanted.get("redirectCode") or 301)


def _named(service: Object) -> str:
    return described(service, "VirtualService")


def service_name(destination: str, own: str) -> str:
    """namespace/name of `name`, `name.namespace` or `name.namespace.svc.cluster.local`."""
    parts = destination.split(".")
    return f"{parts[1] if len(parts) > 1 else own}/{parts[0]}"


def namespace_route(path: str) -> Route | None:
    """`/notebook/<namespace>/…` leads into the namespace, as the routes that Kubeflow's notebook controller writes do."""
    found = re.match(r"/notebook/([a-z0-9][a-z0-9-]*)(?:/|$)", path)
    return Route(f"{found[1]}/notebooks", path) if found else None
