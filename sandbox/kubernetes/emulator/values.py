"""Plain JSON values: copies of them, and the clock as Kubernetes writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def clone(value: Any) -> Any:
    """A deep copy of a JSON value (several times faster than copy.deepcopy)."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clone(item) for item in value]
    return value


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def at(value: Any, path: str, default: Any = None) -> Any:
    """The value below `path` ("spec.template.metadata"), or `default` where a step is missing."""
    for step in path.split("."):
        if not isinstance(value, dict) or value.get(step) is None:
            return default
        value = value[step]
    return value


def without(mapping: dict, *keys: str) -> dict:
    return {key: value for key, value in mapping.items() if key not in keys}


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())
