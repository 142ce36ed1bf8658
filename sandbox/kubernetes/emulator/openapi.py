"""OpenAPI v3: the paths with their parameters, and the schemas of custom resources (not those of built-in kinds)."""

from __future__ import annotations

from sandbox.kubernetes.emulator.discovery import VERSION
from sandbox.kubernetes.emulator.resources import Registry, Resource

_WRITE_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")


def index(registry: Registry) -> dict:
    names = ["api/v1"] + [f"apis/{group}/{v}" for group, versions in registry.groups().items() for v in versions]
    return {"paths": {name: {"serverRelativeURL": f"/openapi/v3/{name}"} for name in names}}


def document(registry: Registry, group: str, version: str) -> dict | None:
    resources = registry.in_version(group, version)
    if not resources:
        return None
    paths: dict[str, dict] = {}
    for resource in resources:
        paths.update(_paths(resource))
    schemas = {f"{group or 'core'}.{version}.{resource.kind}": _schema(resource) for resource in resources}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _kind(resource: Resource) -> dict:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _schema(resource: Resource) -> dict:
    described = resource.schema or {"x-kubernetes-preserve-unknown-fields": True}
    return {"type": "object", **described, "x-kubernetes-group-version-kind": [_kind(resource)]}


def _paths(resource: Resource) -> dict[str, dict]:
    root = f"/apis/{resource.group_version}" if resource.group else f"/api/{resource.version}"
    base = root + ("/namespaces/{namespace}" if resource.namespaced else "") + f"/{resource.plural}"
    operation = {
        "x-kubernetes-group-version-kind": _kind(resource),
        "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _WRITE_PARAMETERS],
        "responses": {},
    }

    def doing(action: str) -> dict:
        return {**operation, "x-kubernetes-action": action}

    return {
        base: {"post": doing("post")},
        base + "/{name}": {"patch": doing("patch"), "put": doing("put")},
    }
