"""Lists, whole or in pages, and how an object is shown under a version."""

from __future__ import annotations

import base64
import json

from sandbox.kubernetes.emulator.errors import bad_request, expired
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.selectors import Predicate
from sandbox.kubernetes.emulator.store import Store

PARTIAL = "PartialObjectMetadata"


def wants_partial(accept: str) -> bool:
    return f"as={PARTIAL}" in accept


def shown(resource: Resource, obj: dict, partial: bool = False) -> dict:
    """Every served version shows the one stored form (conversion strategy None)."""
    if partial:
        return {"kind": PARTIAL, "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
    return {**obj, "kind": resource.kind, "apiVersion": resource.group_version}


def chosen_objects(store: Store, resource: Resource, namespace: str, chosen: Predicate) -> list[dict]:
    objects = sorted(store.objects(resource.storage).items())
    return [obj for (where, _), obj in objects if (not namespace or where == namespace) and chosen(obj)]


def list_of(
    store: Store, resource: Resource, namespace: str, chosen: Predicate, query: dict[str, str], partial: bool = False
) -> dict:
    items = chosen_objects(store, resource, namespace, chosen)
    metadata: dict = {"resourceVersion": str(store.revision)}
    limit = _number(query.get("limit"))
    if query.get("continue"):
        revision, after = _position(query["continue"])
        metadata["resourceVersion"] = revision
        items = [item for item in items if _key(item) > after]
    if limit and len(items) > limit:
        left, items = len(items) - limit, items[:limit]
        metadata["continue"] = _token(metadata["resourceVersion"], items[-1])
        if not query.get("labelSelector") and not query.get("fieldSelector"):
            metadata["remainingItemCount"] = left
    kind, version = (PARTIAL, "meta.k8s.io/v1") if partial else (resource.kind, resource.group_version)
    return {
        "kind": f"{kind}List",
        "apiVersion": version,
        "metadata": metadata,
        "items": [shown(resource, item, partial) for item in items],
    }


def _number(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError as error:
        raise bad_request(f"limit: {text!r} is no number") from error


def _key(obj: dict) -> list[str]:
    return [obj["metadata"].get("namespace", ""), obj["metadata"]["name"]]


def _token(revision: str, last: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps([revision, _key(last)]).encode()).decode()


def _position(token: str) -> tuple[str, list[str]]:
    try:
        revision, after = json.loads(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise expired("The provided continue parameter is not valid") from error
    return revision, after
