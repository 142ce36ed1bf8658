"""Names, labels and annotations: what every object's metadata must obey, and generated names."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from sandbox.kubernetes.emulator.bootstrap_roles import RBAC
from sandbox.kubernetes.emulator.errors import FieldError, invalid_value, not_allowed, required
from sandbox.kubernetes.emulator.resources import Resource

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_KEY_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_ANNOTATIONS_LIMIT = 256 * 1024
_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"

SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SERVICE_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)


def generated_name(prefix: str) -> str:
    return prefix[:58] + "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(5))


def is_subdomain(text: str) -> bool:
    return len(text) <= 253 and bool(_SUBDOMAIN.fullmatch(text))


def is_label(text: str) -> bool:
    return len(text) <= 63 and bool(_LABEL.fullmatch(text))


def name_problem(resource: Resource, name: str) -> str:
    """Why this kind may not have this name; "" when it may."""
    if resource.group == RBAC:
        bad = name in (".", "..") or "/" in name or "%" in name
        return "may not contain '/' or '%'" if bad else ""
    if resource.is_core("Namespace"):
        return "" if is_label(name) else LABEL_RULE
    if resource.is_core("Service"):
        return "" if len(name) <= 63 and _SERVICE.fullmatch(name) else SERVICE_RULE
    return "" if is_subdomain(name) else SUBDOMAIN_RULE


def metadata_errors(resource: Resource, metadata: dict) -> Iterator[FieldError]:
    name = metadata.get("name")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    elif problem := name_problem(resource, name):
        yield invalid_value("metadata.name", name, problem)
    if metadata.get("namespace") and not resource.namespaced:
        yield not_allowed("metadata.namespace", "not allowed on this type")
    yield from label_errors(metadata.get("labels") or {}, "metadata.labels")
    yield from _annotation_errors(metadata.get("annotations") or {})
    for owner in metadata.get("ownerReferences") or []:
        for key in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(key):
                yield invalid_value(f"metadata.ownerReferences.{key}", owner.get(key, ""), "must not be empty")


def _key_problem(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    if slash and not is_subdomain(prefix):
        return f"prefix part {SUBDOMAIN_RULE}"
    if not _KEY_NAME.fullmatch(name) or len(name) > 63:
        return (
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        )
    return ""


def label_errors(labels: dict, field: str) -> Iterator[FieldError]:
    for key, value in labels.items():
        if problem := _key_problem(key):
            yield invalid_value(field, key, problem)
        if len(value) > 63:
            yield invalid_value(field, value, "must be no more than 63 characters")
        elif not _LABEL_VALUE.fullmatch(value):
            yield invalid_value(
                field,
                value,
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
                "must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
                "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            )


def _annotation_errors(annotations: dict) -> Iterator[FieldError]:
    for key in annotations:
        if problem := _key_problem(key.lower()):
            yield invalid_value("metadata.annotations", key, problem)
    if sum(len(key) + len(value) for key, value in annotations.items()) > _ANNOTATIONS_LIMIT:
        why = f"Too long: must have at most {_ANNOTATIONS_LIMIT} bytes"
        yield FieldError("metadata.annotations", "FieldValueTooLong", why)
