"""Structural schemas of custom resources: prune, default, validate (without CEL rules).

The order and the rules are those of k8s.io/apiextensions-apiserver. Prune and default edit the value they are given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sandbox.kubernetes.emulator.errors import FieldError, duplicate, invalid_value, required, unsupported
from sandbox.kubernetes.emulator.values import clone, without

_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
_EMBEDDED = ("apiVersion", "kind", "metadata")


def prune(schema: dict, obj: dict) -> list[str]:
    """Drops the fields the schema does not know and returns their paths."""
    dropped: list[str] = []
    _prune({**schema, "x-kubernetes-embedded-resource": True}, obj, "", dropped)
    return dropped


def _prune(schema: dict, value: Any, path: str, dropped: list[str]) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _prune_below(schema, schema.get("items"), item, f"{path}[{index}]", dropped)
    if not isinstance(value, dict):
        return
    for key in list(value):
        where = f"{path}.{key}".lstrip(".")
        if schema.get("x-kubernetes-embedded-resource") and key in _EMBEDDED:
            continue
        if key in schema.get("properties", {}):
            _prune(schema["properties"][key], value[key], where, dropped)
        elif schema.get("additionalProperties"):
            _prune_below(schema, schema["additionalProperties"], value[key], where, dropped)
        elif not schema.get("x-kubernetes-preserve-unknown-fields"):
            del value[key]
            dropped.append(where)


def _prune_below(schema: dict, below: Any, value: Any, path: str, dropped: list[str]) -> None:
    if isinstance(below, dict):
        _prune(below, value, path, dropped)
    elif not schema.get("x-kubernetes-preserve-unknown-fields"):
        _prune({}, value, path, dropped)


def default(schema: dict, value: Any) -> None:
    """Fills in defaults; a null where none is allowed becomes the default or goes."""
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for item in value:
            default(schema["items"], item)
    if not isinstance(value, dict):
        return
    properties = schema.get("properties", {})
    for key, below in properties.items():
        missing = key not in value or (value[key] is None and not below.get("nullable"))
        if missing and "default" in below:
            value[key] = clone(below["default"])
        elif missing:
            value.pop(key, None)
    additional = schema.get("additionalProperties")
    for key, item in value.items():
        below = properties.get(key, additional)
        if isinstance(below, dict):
            default(below, item)


def validate(schema: dict, obj: dict) -> list[FieldError]:
    checked = without(obj, *_EMBEDDED)
    relaxed = {**schema, "properties": without(schema.get("properties", {}), *_EMBEDDED)}
    relaxed["required"] = [name for name in schema.get("required", []) if name not in _EMBEDDED]
    return list(_errors(relaxed, checked, ""))


def _errors(schema: dict, value: Any, path: str) -> Iterator[FieldError]:
    if value is None and (schema.get("nullable") or "type" not in schema):
        return
    problem = _type_problem(schema, value)
    if problem:
        shown = _type_name(value)
        yield invalid_value(path, value, f'{path} in body must be of type {problem}: "{shown}"')
        return
    if "enum" in schema and value not in schema["enum"]:
        yield unsupported(path, value, schema["enum"])
    if isinstance(value, str):
        yield from _string_errors(schema, value, path)
    elif isinstance(value, dict):
        yield from _object_errors(schema, value, path)
    elif isinstance(value, list):
        yield from _list_errors(schema, value, path)
    elif not isinstance(value, bool):
        yield from _number_errors(schema, value, path)
    yield from _combined_errors(schema, value, path)


def _type_name(value: Any) -> str:
    names = ((bool, "boolean"), (dict, "object"), (list, "array"), (str, "string"), (int, "integer"), (float, "number"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def _type_problem(schema: dict, value: Any) -> str:
    """The type that was wanted and is not there."""
    if schema.get("x-kubernetes-int-or-string"):
        fits = isinstance(value, (int, str)) and not isinstance(value, bool)
        return "" if fits else "integer,string"
    wanted = schema.get("type")
    if not wanted:
        return ""
    if isinstance(value, bool) or wanted == "boolean":
        return "" if isinstance(value, bool) and wanted == "boolean" else wanted
    if wanted == "integer" and isinstance(value, float) and value.is_integer():
        return ""
    return "" if isinstance(value, _TYPES[wanted]) else wanted


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text)
    except re.error:  # RE2 knows a few classes that Python does not
        return None


def _string_errors(schema: dict, value: str, path: str) -> Iterator[FieldError]:
    if "pattern" in schema and (pattern := _pattern(schema["pattern"])) and not pattern.search(value):
        yield invalid_value(path, value, f"{path} in body should match '{schema['pattern']}'")
    if len(value) < schema.get("minLength", 0):
        yield invalid_value(path, value, f"{path} in body should be at least {schema['minLength']} chars long")
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        yield invalid_value(path, value, f"{path}: Too long: may not be longer than {schema['maxLength']}")


def _number_errors(schema: dict, value: float, path: str) -> Iterator[FieldError]:
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if low is not None and (value < low or (schema.get("exclusiveMinimum") and value == low)):
        yield invalid_value(path, value, f"{path} in body should be greater than or equal to {low}")
    if high is not None and (value > high or (schema.get("exclusiveMaximum") and value == high)):
        yield invalid_value(path, value, f"{path} in body should be less than or equal to {high}")
    if step and value % step:
        yield invalid_value(path, value, f"{path} in body should be a multiple of {step}")
    if schema.get("format") == "int32" and not -(2**31) <= value < 2**31:
        yield invalid_value(path, value, f"{path} in body must be of type int32")


def _object_errors(schema: dict, value: dict, path: str) -> Iterator[FieldError]:
    for name in schema.get("required", []):
        if name not in value:
            yield required(f"{path}.{name}".lstrip("."))
    if len(value) < schema.get("minProperties", 0):
        yield invalid_value(path, value, f"{path} in body should have at least {schema['minProperties']} properties")
    if "maxProperties" in schema and len(value) > schema["maxProperties"]:
        yield invalid_value(path, value, f"{path} in body should have at most {schema['maxProperties']} properties")
    properties, additional = schema.get("properties", {}), schema.get("additionalProperties")
    for key, item in value.items():
        below = properties.get(key, additional)
        if isinstance(below, dict):
            yield from _errors(below, item, f"{path}.{key}".lstrip("."))


def _list_errors(schema: dict, value: list, path: str) -> Iterator[FieldError]:
    if len(value) < schema.get("minItems", 0):
        yield invalid_value(path, value, f"{path} in body should have at least {schema['minItems']} items")
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        yield invalid_value(path, value, f"{path} in body should have at most {schema['maxItems']} items")
    yield from _repeated(schema, value, path)
    if isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            yield from _errors(schema["items"], item, f"{path}[{index}]")


def _repeated(schema: dict, value: list, path: str) -> Iterator[FieldError]:
    kind, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys", [])
    if kind not in ("set", "map"):
        return
    seen = set()
    for index, item in enumerate(value):
        shown = {key: item.get(key) for key in keys} if kind == "map" and isinstance(item, dict) else item
        identity = json.dumps(shown, sort_keys=True)
        if identity in seen:
            yield duplicate(f"{path}[{index}]", shown)
        seen.add(identity)


def _combined_errors(schema: dict, value: Any, path: str) -> Iterator[FieldError]:
    for part in schema.get("allOf", []):
        yield from _errors(part, value, path)
    for word, enough in (("anyOf", lambda n: n >= 1), ("oneOf", lambda n: n == 1)):
        choices = schema.get(word)
        if choices and not enough(sum(not list(_errors(choice, value, path)) for choice in choices)):
            yield invalid_value(
                path, value, f"{path} in body must validate {'at least ' * (word == 'anyOf')}one schema"
            )
    if "not" in schema and not list(_errors(schema["not"], value, path)):
        yield invalid_value(path, value, f"{path} in body must not validate the schema (not)")
