"""Label and field selectors: text of a query to a predicate on objects."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.kubernetes.emulator.errors import bad_request
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.values import at

Predicate = Callable[[dict], bool]

_TERM = re.compile(r"[^,(]+(?:\([^)]*\))?")
_IN = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)")
_COMPARED = re.compile(r"([^=!<>\s]+)\s*(==|=|!=|>|<)\s*([^=!<>\s]*)")
_KEY = re.compile(r"!?\s*[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?")

# Beside metadata.name and metadata.namespace, which every kind has.
FIELDS = {
    "Pod": "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork "
    "status.phase status.podIP status.nominatedNodeName",
    "Secret": "type",
    "Namespace": "status.phase",
    "Node": "spec.unschedulable",
    "Job": "status.successful",
    "ReplicaSet": "status.replicas",
    "ReplicationController": "status.replicas",
    "CustomResourceDefinition": "",
    "Event": "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
    "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath "
    "reason reportingComponent source type",
}


def selection(resource: Resource, label_selector: str, field_selector: str) -> Predicate:
    """True for the objects both selectors choose; a selector that cannot be read is a 400."""
    labels, fields = _label_terms(label_selector), _field_terms(resource, field_selector)
    if not labels and not fields:
        return lambda obj: True

    def chosen(obj: dict) -> bool:
        have = obj["metadata"].get("labels") or {}
        return all(term(have) for term in labels) and all(term(obj) for term in fields)

    return chosen


def matches_label_selector(selector: dict, labels: dict) -> bool:
    """Whether a LabelSelector object ({} chooses everything) chooses these labels."""
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_expression(e, labels) for e in selector.get("matchExpressions") or [])


def _expression(expression: dict, labels: dict) -> bool:
    key, values = expression.get("key"), expression.get("values") or []
    return {
        "In": lambda: labels.get(key) in values,
        "NotIn": lambda: labels.get(key) not in values,
        "Exists": lambda: key in labels,
        "DoesNotExist": lambda: key not in labels,
    }.get(expression.get("operator"), lambda: False)()


def _label_terms(selector: str) -> list[Predicate]:
    terms = [term.strip() for term in _TERM.findall(selector)]
    return [_label_term(term, selector) for term in terms if term]


def _label_term(term: str, selector: str) -> Predicate:
    if match := _IN.fullmatch(term):
        key, among, values = match[1], match[2] == "in", {value.strip() for value in match[3].split(",")}
        return lambda labels: (labels.get(key) in values) == among
    if match := _COMPARED.fullmatch(term):
        return _comparison(*match.groups())
    if not _KEY.fullmatch(term):
        raise bad_request(f"unable to parse requirement: found {selector!r}")
    if term.startswith("!"):
        return lambda labels: term[1:].strip() not in labels
    return lambda labels: term in labels


def _comparison(key: str, operator: str, value: str) -> Predicate:
    if operator == "!=":
        return lambda labels: labels.get(key) != value
    if operator in ("=", "=="):
        return lambda labels: labels.get(key) == value

    def ordered(labels: dict) -> bool:
        try:
            have, limit = int(labels[key]), int(value)
        except (KeyError, ValueError):
            return False
        return have > limit if operator == ">" else have < limit

    return ordered


def _field_terms(resource: Resource, selector: str) -> list[Predicate]:
    known = {"metadata.name", "metadata.namespace", *FIELDS.get(resource.kind, "").split(), *resource.selectable_fields}
    return [_field_term(term, known) for term in selector.split(",") if term]


def _field_term(term: str, known: set[str]) -> Predicate:
    match = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", term)
    if not match:
        raise bad_request(f'invalid field selector: "{term}"')
    path, equal, value = match[1], match[2] != "!=", match[3]
    if path not in known:
        raise bad_request(f"field label not supported: {path}")
    return lambda obj: (_field_text(at(obj, path, "")) == value) == equal


def _field_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
