"""Bodies of requests into objects, with what Go's typed decoding would refuse or leave out for built-in kinds."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import yaml

from sandbox.kubernetes.emulator.built_in_lists import OMITTED_WHEN_EMPTY
from sandbox.kubernetes.emulator.errors import ApiError, bad_request
from sandbox.kubernetes.emulator.protobuf import decode_protobuf, is_protobuf
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.values import words


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as Kubernetes reads it: a date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

_TEXT_MAPS = frozenset(("labels", "annotations", "matchLabels", "nodeSelector"))
_TEXTS = frozenset(("name", "namespace", "generateName", "image", "serviceAccountName", "schedulerName", "clusterName"))
_NUMBERS = frozenset(("replicas", "containerPort", "hostPort", "nodePort", "minReadySeconds", "revisionHistoryLimit"))
_LISTS = words(
    "containers initContainers volumes volumeMounts env envFrom command args ports imagePullSecrets "
    "tolerations subjects finalizers ownerReferences verbs apiGroups resourceNames "
    "nonResourceURLs"
)
_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE])?")
_KEPT_WHEN_EMPTY = frozenset(("rules", "verbs"))


def parse_body(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    if is_protobuf(body):
        return decode_protobuf(body)
    try:
        return json.loads(body)
    except ValueError as error:
        if "yaml" not in content_type:
            raise bad_request(f"the request body is not valid JSON: {error}") from error
    loader = _Loader(body)
    try:
        return loader.get_single_data()
    except yaml.YAMLError as error:
        raise bad_request(f"error parsing YAML: {error}") from error
    finally:
        loader.dispose()


def typed(resource: Resource, obj: dict) -> dict:
    """The object as a typed server keeps it: wrong JSON types are a 400, nulls and empty lists are left out."""
    if resource.custom:
        return obj
    if resource.kind == "CustomResourceDefinition":
        return _without_nulls(obj)
    for key in ("data", "binaryData", "stringData"):
        if key in obj and resource.kind in ("ConfigMap", "Secret"):
            _check_text_map(resource, obj[key], key)
    if resource.kind == "Secret":
        _check_base64(resource, obj.get("data") or {})
    return _typed_map(resource, obj, "", "")


def _wrong_type(resource: Resource, value: Any, path: str, wanted: str) -> ApiError:
    names = {bool: "bool", int: "number", float: "number", str: "string", dict: "object", list: "array"}
    found = names.get(type(value), "null")
    why = f"json: cannot unmarshal {found} into Go struct field {resource.kind}.{path} of type {wanted}"
    return _unreadable(resource, why)


def _unreadable(resource: Resource, why: str) -> ApiError:
    return bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {why}')


def _check_text_map(resource: Resource, value: Any, path: str) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        raise _wrong_type(resource, value, path, "map[string]string")
    for item in value.values():
        if item is not None and not isinstance(item, str):
            raise _wrong_type(resource, item, path, "string")


def _check_base64(resource: Resource, encoded: dict) -> None:
    for value in encoded.values():
        try:
            base64.b64decode(value, validate=True)
        except ValueError as error:
            raise _unreadable(resource, f"illegal base64 data: {error}") from error


def _check_quantities(resource: Resource, amounts: dict) -> None:
    for amount in amounts.values():
        if not _QUANTITY.fullmatch(str(amount)):
            why = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            raise _unreadable(resource, why)


def _check(resource: Resource, key: str, parent: str, value: Any, path: str) -> None:
    if key in _TEXT_MAPS:
        _check_text_map(resource, value, path)
    elif (key in _TEXTS or (parent == "env" and key == "value")) and not isinstance(value, str):
        raise _wrong_type(resource, value, path, "string")
    elif key in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int)):
        raise _wrong_type(resource, value, path, "int32")
    elif (key in _LISTS or (parent == "rules" and key == "resources")) and not isinstance(value, list):
        raise _wrong_type(resource, value, path, "[]interface {}")
    elif parent == "resources" and key in ("limits", "requests") and isinstance(value, dict):
        _check_quantities(resource, value)
    elif key in ("spec", "metadata", "template") and not isinstance(value, dict):
        raise _wrong_type(resource, value, path, "object")


def _typed_map(resource: Resource, value: dict, parent: str, path: str) -> dict:
    kept = {}
    for key, item in value.items():
        where = f"{path}.{key}".lstrip(".")
        if item is None:
            continue
        if parent not in _TEXT_MAPS and parent not in OMITTED_WHEN_EMPTY and key != "managedFields":
            _check(resource, key, parent, item, where)
        item = _typed_value(resource, item, key, where)
        if (item == [] and key not in _KEPT_WHEN_EMPTY) or (item == {} and key in OMITTED_WHEN_EMPTY):
            continue
        kept[key] = item
    return kept


def _typed_value(resource: Resource, value: Any, key: str, path: str) -> Any:
    if key in ("fieldsV1", "raw"):
        return value
    if isinstance(value, dict):
        return _typed_map(resource, value, key, path)
    if isinstance(value, list):
        return [_typed_value(resource, item, key, path) for item in value]
    return value


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
