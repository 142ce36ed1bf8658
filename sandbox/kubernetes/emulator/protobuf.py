"""Protobuf bodies: kubectl's typed commands (create configmap, auth can-i, …) and helm send nothing else.

Only the kinds those commands write are described; the numbers are those of the generated.proto files of k8s.io/api.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes.emulator.errors import ApiError

MAGIC = b"k8s\0"


@dataclass(frozen=True)
class Of:
    """A field that is no plain text: `how` is map, bytes map, texts, message, messages, number or flag."""

    name: str
    how: str
    fields: dict | None = None


_SUBJECT = {1: "kind", 2: "apiGroup", 3: "name", 4: "namespace"}
_ROLE_REF = {1: "apiGroup", 2: "kind", 3: "name"}
_RULE = {
    1: Of("verbs", "texts"),
    2: Of("apiGroups", "texts"),
    3: Of("resources", "texts"),
    4: Of("resourceNames", "texts"),
    5: Of("nonResourceURLs", "texts"),
}
_RESOURCE_ATTRIBUTES = {
    1: "namespace",
    2: "verb",
    3: "group",
    4: "version",
    5: "resource",
    6: "subresource",
    7: "name",
}
_ACCESS = {
    1: Of("resourceAttributes", "message", _RESOURCE_ATTRIBUTES),
    2: Of("nonResourceAttributes", "message", {1: "path", 2: "verb"}),
}
_OWNER = {
    1: "kind",
    3: "name",
    4: "uid",
    5: "apiVersion",
    6: Of("controller", "flag"),
    7: Of("blockOwnerDeletion", "flag"),
}
_METADATA = {
    1: "name",
    2: "generateName",
    3: "namespace",
    5: "uid",
    6: "resourceVersion",
    11: Of("labels", "map"),
    12: Of("annotations", "map"),
    13: Of("ownerReferences", "messages", _OWNER),
    14: Of("finalizers", "texts"),
}
_BINDING = {2: Of("subjects", "messages", _SUBJECT), 3: Of("roleRef", "message", _ROLE_REF)}

KINDS: dict[str, dict] = {
    "ConfigMap": {2: Of("data", "map"), 3: Of("binaryData", "bytes map"), 4: Of("immutable", "flag")},
    "Secret": {2: Of("data", "bytes map"), 3: "type", 4: Of("stringData", "map"), 5: Of("immutable", "flag")},
    "Namespace": {},
    "ServiceAccount": {},
    "Role": {2: Of("rules", "messages", _RULE)},
    "ClusterRole": {2: Of("rules", "messages", _RULE)},
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
    "SelfSubjectReview": {},
    "SelfSubjectAccessReview": {2: Of("spec", "message", _ACCESS)},
    "SubjectAccessReview": {2: Of("spec", "message", {**_ACCESS, 3: "user", 4: Of("groups", "texts"), 6: "uid"})},
    "SelfSubjectRulesReview": {2: Of("spec", "message", {1: "namespace"})},
    "TokenRequest": {2: Of("spec", "message", {1: Of("audiences", "texts"), 4: Of("expirationSeconds", "number")})},
}
_DELETE_OPTIONS = {
    1: Of("gracePeriodSeconds", "number"),
    2: Of("preconditions", "message", {1: "uid", 2: "resourceVersion"}),
    3: Of("orphanDependents", "flag"),
    4: "propagationPolicy",
    5: Of("dryRun", "texts"),
}


def is_protobuf(body: bytes) -> bool:
    return body.startswith(MAGIC)


def decode_protobuf(body: bytes) -> dict:
    try:
        envelope = dict(_fields(body[len(MAGIC) :]))
        head = _message(envelope[1], {1: "apiVersion", 2: "kind"})
        raw, kind = envelope.get(2, b""), head["kind"]
        if kind == "DeleteOptions":
            return {**head, **_message(raw, _DELETE_OPTIONS)}
        if kind in KINDS:
            return {**head, **_message(raw, {1: Of("metadata", "message", _METADATA), **KINDS[kind]})}
    except (IndexError, KeyError, ValueError) as error:
        raise ApiError(400, "BadRequest", f"the protobuf body cannot be read: {error!r}") from error
    message = f"protobuf is not supported here for {kind}: send JSON (kubectl apply -f does)"
    raise ApiError(415, "UnsupportedMediaType", message)


def _varint(buffer: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = buffer[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(buffer: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(buffer):
        tag, at = _varint(buffer, at)
        if tag & 7 == 2:
            size, at = _varint(buffer, at)
            yield tag >> 3, buffer[at : at + size]
            at += size
        elif tag & 7 == 0:
            value, at = _varint(buffer, at)
            yield tag >> 3, value
        else:
            at += 8 if tag & 7 == 1 else 4


def _message(buffer: bytes, fields: dict[int, Any]) -> dict:
    decoded: dict[str, Any] = {}
    for number, raw in _fields(buffer):
        field = fields.get(number)
        if isinstance(field, Of):
            _DECODERS[field.how](decoded, field, raw)
        elif field and raw:
            decoded[field] = raw.decode()
    return decoded


def _pair(raw: bytes) -> tuple[str, bytes]:
    pair = dict(_fields(raw))
    return pair.get(1, b"").decode(), pair.get(2, b"")


def _into_map(decoded: dict, field: Of, raw: bytes) -> None:
    key, value = _pair(raw)
    decoded.setdefault(field.name, {})[key] = value.decode()


def _into_bytes_map(decoded: dict, field: Of, raw: bytes) -> None:
    key, value = _pair(raw)
    decoded.setdefault(field.name, {})[key] = base64.b64encode(value).decode()


_DECODERS = {
    "map": _into_map,
    "bytes map": _into_bytes_map,
    "texts": lambda decoded, field, raw: decoded.setdefault(field.name, []).append(raw.decode()),
    "message": lambda decoded, field, raw: decoded.__setitem__(field.name, _message(raw, field.fields)),
    "messages": lambda decoded, field, raw: decoded.setdefault(field.name, []).append(_message(raw, field.fields)),
    "number": lambda decoded, field, raw: decoded.__setitem__(field.name, raw),
    "flag": lambda decoded, field, raw: decoded.__setitem__(field.name, bool(raw)),
}
