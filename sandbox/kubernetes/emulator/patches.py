"""JSON merge patch (RFC 7386) and JSON patch (RFC 6902)."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.emulator.errors import ApiError, unprocessable
from sandbox.kubernetes.emulator.values import clone


def merge_patch(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return clone(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def json_patch(document: Any, operations: list[dict]) -> Any:
    """The document after all operations; one that cannot be carried out is a 422."""
    patched = clone(document)
    for operation in operations:
        try:
            _OPERATIONS[operation["op"]](patched, operation)
        except ApiError:
            raise
        except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
            what = (
                f"{operation.get('op')} operation does not apply: doc is missing path"
                if (isinstance(operation, dict))
                else "operation is no object"
            )
            path = operation.get("path") if isinstance(operation, dict) else operation
            raise unprocessable(
                f"the server rejected our request due to an error in our request: {what}: {path}"
            ) from (error)
    return patched


def _steps(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise ValueError(pointer)
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _container(document: Any, pointer: str) -> tuple[Any, str]:
    *way, last = _steps(pointer)
    for step in way:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document, last


def _read(document: Any, pointer: str) -> Any:
    container, last = _container(document, pointer)
    return container[int(last)] if isinstance(container, list) else container[last]


def _add(document: Any, pointer: str, value: Any) -> None:
    container, last = _container(document, pointer)
    if isinstance(container, list):
        place = len(container) if last == "-" else int(last)
        if not 0 <= place <= len(container):
            raise IndexError(pointer)
        container.insert(place, clone(value))
    else:
        container[last] = clone(value)


def _replace(document: Any, pointer: str, value: Any) -> None:
    container, last = _container(document, pointer)
    _read(document, pointer)
    container[int(last) if isinstance(container, list) else last] = clone(value)


def _remove(document: Any, pointer: str) -> Any:
    container, last = _container(document, pointer)
    return container.pop(int(last) if isinstance(container, list) else last)


def _test(document: Any, operation: dict) -> None:
    if _read(document, operation["path"]) != operation.get("value"):
        raise unprocessable(
            "the server rejected our request due to an error in our request: "
            f"testing value {operation['path']} failed: test failed"
        )


_OPERATIONS = {
    "test": _test,
    "add": lambda doc, op: _add(doc, op["path"], op["value"]),
    "replace": lambda doc, op: _replace(doc, op["path"], op["value"]),
    "remove": lambda doc, op: _remove(doc, op["path"]),
    "move": lambda doc, op: _add(doc, op["path"], _remove(doc, op["from"])),
    "copy": lambda doc, op: _add(doc, op["path"], _read(doc, op["from"])),
}
