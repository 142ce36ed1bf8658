"""From method, path and query to what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.kubernetes.emulator.errors import method_not_allowed

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_NAMESPACE_PARTS = ("status", "finalize")


@dataclass(frozen=True)
class Target:
    """A path below /api/<version> or /apis/<group>/<version>; namespace, name and subresource may be ""."""

    group: str
    version: str
    namespace: str
    plural: str
    name: str
    subresource: str


def target_of(path: str) -> Target | None:
    """None for paths that name no resource (discovery, health, version)."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and (group or rest[2] not in _NAMESPACE_PARTS):
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "")[:3]
    return Target(group, version, namespace, plural, name, subresource)


def wants_watch(query: dict[str, str]) -> bool:
    return query.get("watch", "").lower() in ("1", "true")


def verb_of(method: str, target: Target, query: dict[str, str]) -> str:
    if method in ("GET", "HEAD"):
        if wants_watch(query):
            return "watch"
        return "get" if target.name else "list"
    if method == "DELETE":
        return "delete" if target.name else "deletecollection"
    if method not in _VERBS:
        raise method_not_allowed()
    return _VERBS[method]
