"""One request: who asks, may he, and which part of the emulator answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any

from sandbox.kubernetes.emulator import discovery, openapi
from sandbox.kubernetes.emulator.admission import warnings_collected
from sandbox.kubernetes.emulator.callers import Callers
from sandbox.kubernetes.emulator.decoding import parse_body
from sandbox.kubernetes.emulator.errors import ApiError, bad_request, forbidden, unknown_path
from sandbox.kubernetes.emulator.objects import Objects
from sandbox.kubernetes.emulator.rbac import Action, Authorizer
from sandbox.kubernetes.emulator.resources import Registry, Resource
from sandbox.kubernetes.emulator.reviews import SELF_REVIEWS
from sandbox.kubernetes.emulator.routing import Target, target_of, verb_of
from sandbox.kubernetes.identity import UserInfo

_HEALTH = ("/healthz", "/livez", "/readyz")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes = b""

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "application/json").split(";")[0].strip()

    @property
    def accept(self) -> str:
        return self.headers.get("Accept", "")

    @property
    def manager(self) -> str:
        """The field manager: named, or the program of the User-Agent."""
        agent = self.headers.get("User-Agent", "").split("/")[0]
        return self.query.get("fieldManager") or agent[:128] or "unknown"


@dataclass(frozen=True)
class Response:
    """A JSON answer, plain text for a str, or a stream of watch events."""

    code: int
    body: Any
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class Requests:
    def __init__(self, callers: Callers, authorizer: Authorizer, registry: Registry, objects: Objects) -> None:
        self._callers, self._authorizer = callers, authorizer
        self._registry, self._objects = registry, objects

    def answer(self, request: Request) -> Response:
        with warnings_collected() as warnings:
            response = self._answer(request)
        if not warnings:
            return response
        shown = ", ".join(f"299 - {json.dumps(warning)}" for warning in warnings)
        return replace(response, headers={**response.headers, "Warning": shown})

    def _answer(self, request: Request) -> Response:
        try:
            user = self._callers.caller(request.headers)
            target = target_of(request.path)
            if target is None:
                return self._non_resource(request, user)
            return self._resource(request, target, user)
        except ApiError as error:
            return Response(error.code, error.status())

    def _resource(self, request: Request, target: Target, user: UserInfo) -> Response:
        verb = verb_of(request.method, target, request.query)
        resource = self._registry.find(target.group, target.version, target.plural)
        self._authorize(user, verb, target, resource)
        if not self._registry.in_version(target.group, target.version):
            return Response(404, "404 page not found\n", "text/plain")
        if resource is None or (target.namespace and not resource.namespaced):
            raise unknown_path()
        if resource.namespaced and target.name and not target.namespace:
            raise unknown_path()
        body = parse_body(request.body, request.content_type)
        if verb in ("create", "update", "patch") and body is None:
            raise bad_request("the request has no body")
        code, answer = self._objects.answer(verb, resource, target, request, body, user)
        return Response(code, answer, "application/json")

    def _authorize(self, user: UserInfo, verb: str, target: Target, resource: Resource | None) -> None:
        if resource is not None and resource.kind in SELF_REVIEWS and "system:authenticated" in user.groups:
            return
        plural = target.plural + (f"/{target.subresource}" if target.subresource else "")
        is_namespace = target.plural == "namespaces" and not target.group
        namespace = target.namespace or (target.name if is_namespace else "")
        action = Action(verb, target.group, plural, namespace, target.name)
        if not self._authorizer.allows(user, action):
            raise refusal(user, action, target)

    def _non_resource(self, request: Request, user: UserInfo) -> Response:
        path = request.path.rstrip("/") or "/"
        if not self._authorizer.allows_url(user, request.method.lower(), request.path):
            raise forbidden(f'forbidden: User "{user.username}" cannot {request.method.lower()} path "{request.path}"')
        if path in _HEALTH or path.startswith(("/livez/", "/readyz/", "/healthz/")):
            return Response(200, "ok", "text/plain")
        document, content_type = self._document(path, request.accept)
        if document is None:
            raise unknown_path()
        return Response(200, document, content_type)

    def _document(self, path: str, accept: str) -> tuple[Any, str]:
        if path in ("/api", "/apis") and discovery.AGGREGATED in accept.replace(" ", ""):
            return discovery.aggregated(self._registry, core=path == "/api"), discovery.AGGREGATED
        steps = path.strip("/").split("/")
        document = self._openapi(steps[1:]) if steps[0] == "openapi" else self._discovery(steps)
        return document, "application/json"

    def _discovery(self, steps: list[str]) -> dict | None:
        match steps:
            case ["version"]:
                return discovery.VERSION
            case ["api"]:
                return discovery.core_versions()
            case ["apis"]:
                return discovery.group_list(self._registry)
            case ["apis", group]:
                return discovery.group(self._registry, group)
            case ["api", version]:
                return discovery.resource_list(self._registry, "", version)
            case ["apis", group, version]:
                return discovery.resource_list(self._registry, group, version)
        return None

    def _openapi(self, steps: list[str]) -> dict | None:
        match steps:
            case ["v3"]:
                return openapi.index(self._registry)
            case ["v3", "api", version]:
                return openapi.document(self._registry, "", version)
            case ["v3", "apis", group, version]:
                return openapi.document(self._registry, group, version)
        return None


def refusal(user: UserInfo, action: Action, target: Target) -> ApiError:
    scope = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
    qualified = f"{target.plural}.{target.group}" if target.group else target.plural
    what = f'{qualified} "{target.name}"' if target.name else qualified
    return forbidden(
        f'{what} is forbidden: User "{user.username}" cannot {action.verb} resource "{action.resource}" '
        f'in API group "{action.group}" {scope}',
        name=target.name,
        group=target.group,
        kind=target.plural,
    )
