"""Which patches a kind takes, and the current object under one of them."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.emulator.errors import bad_request, unprocessable, unsupported_media_type
from sandbox.kubernetes.emulator.patches import json_patch, merge_patch
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.strategic_merge import strategic_merge
from sandbox.kubernetes.emulator.values import without

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

_PATCHES = {
    JSON_PATCH: (list, json_patch),
    MERGE_PATCH: (dict, merge_patch),
    STRATEGIC_PATCH: (dict, strategic_merge),
}


def check_patch_type(resource: Resource, content_type: str) -> None:
    strategic = () if resource.custom else (STRATEGIC_PATCH,)
    accepted = (JSON_PATCH, MERGE_PATCH, *strategic, APPLY_PATCH)
    if content_type not in accepted:
        raise unsupported_media_type(accepted)


def patched(current: dict, content_type: str, patch: Any) -> dict:
    """The object without its resourceVersion: only one that the patch itself names is a precondition."""
    base = {**current, "metadata": without(current["metadata"], "resourceVersion")}
    kind, change = _PATCHES.get(content_type, (None, None))
    if kind is None or not isinstance(patch, kind):
        raise bad_request("the body of the request is no such patch")
    changed = change(base, patch)
    if not isinstance(changed, dict) or not isinstance(changed.get("metadata"), dict):
        raise unprocessable("the patched document is no object")
    return changed
