"""Whether AuthorizationPolicies let a request through to a workload, in Istio's order: CUSTOM, DENY, ALLOW.

Format and meaning: istio.io/latest/docs/reference/config/security/authorization-policy and .../conditions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.login.mesh.request import MeshError, MeshRequest

ROOT_NAMESPACE = "istio-system"
ACTIONS = ("ALLOW", "DENY", "CUSTOM")
SPACE_DELIMITED = {"scope", "permission"}
"""Claims that hold several values with blanks between them."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """What policies select: a namespace, and the labels of the pods."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """`policy` is the name of the policy that decided, as namespace/name; empty when none did."""

    allowed: bool
    policy: str = ""
    reason: str = ""


def selects(obj: Object, workload: Workload, root: str = ROOT_NAMESPACE) -> bool:
    """Whether the policy or RequestAuthentication is about this workload; those of the root namespace are everywhere."""
    spec = obj.get("spec") or {}
    for name in ("targetRef", "targetRefs"):
        if spec.get(name):
            raise MeshError(f"{described(obj)}: {name} is not known to the sandbox's mesh")
    labels = (spec.get("selector") or {}).get("matchLabels") or {}
    place = obj["metadata"]["namespace"]
    return place in (workload.namespace, root) and labels.items() <= dict(workload.labels).items()


def custom_providers(policies: Iterable[Object], workload: Workload, request: MeshRequest) -> tuple[str, ...]:
    """The external authorizers that must be asked about this request."""
    matching = [policy for policy in _of_action(policies, workload, "CUSTOM") if _matches(policy, request)]
    return tuple(dict.fromkeys((policy["spec"].get("provider") or {}).get("name", "") for policy in matching))


def decide(policies: Iterable[Object], workload: Workload, request: MeshRequest) -> Decision:
    """DENY first; then, if there is any ALLOW policy, one of them must match."""
    known = list(policies)
    for policy in _of_action(known, workload, "DENY"):
        if _matches(policy, request):
            return Decision(False, described(policy), "a DENY policy matches")
    allowing = list(_of_action(known, workload, "ALLOW"))
    for policy in allowing:
        if _matches(policy, request):
            return Decision(True, described(policy))
    if allowing:
        return Decision(False, "", f"none of {len(allowing)} ALLOW policies matches")
    return Decision(True)


def described(obj: Object, kind: str = "AuthorizationPolicy") -> str:
    return f"{kind} {obj['metadata']['namespace']}/{obj['metadata']['name']}"


def _of_action(policies: Iterable[Object], workload: Workload, action: str) -> Iterator[Object]:
    for policy in policies:
        if selects(policy, workload):
            spec = policy.get("spec") or {}
            _refuse_unknown(policy, "spec", spec, {"selector", "action", "provider", "rules"})
            own = spec.get("action", "ALLOW")
            if own not in ACTIONS:
                raise MeshError(f"{described(policy)}: the action {own} is not known to the sandbox's mesh")
            if own == action:
                yield policy


def _matches(policy: Object, request: MeshRequest) -> bool:
    """Whether one of the rules matches; no rules match nothing, an empty rule matches everything."""
    return any(_rule_matches(policy, rule or {}, request) for rule in (policy.get("spec") or {}).get("rules") or ())


def _rule_matches(policy: Object, rule: Object, request: MeshRequest) -> bool:
    _refuse_unknown(policy, "rule", rule, {"from", "to", "when"})
    sources = [_source(policy, entry, request) for entry in rule.get("from") or ()]
    operations = [_operation(policy, entry, request) for entry in rule.get("to") or ()]
    conditions = [_condition(policy, entry, request) for entry in rule.get("when") or ()]
    return (any(sources) or not sources) and (any(operations) or not operations) and all(conditions)


def _source(policy: Object, entry: Object, request: MeshRequest) -> bool:
    _refuse_unknown(policy, "from", entry, {"source"})
    values = {
        "principals": request.principal,
        "requestPrincipals": request.request_principal,
        "namespaces": request.namespace,
    }
    return _fields(policy, "source", entry.get("source") or {}, values)


def _operation(policy: Object, entry: Object, request: MeshRequest) -> bool:
    _refuse_unknown(policy, "to", entry, {"operation"})
    values = {"hosts": request.host.lower(), "methods": request.method, "paths": request.path}
    return _fields(policy, "operation", entry.get("operation") or {}, values)


def _fields(policy: Object, place: str, wanted: Object, values: Mapping[str, str]) -> bool:
    """All fields must hold: one of `xs` matches the value, none of `notXs` does."""
    negated = {f"not{name[0].upper()}{name[1:]}": value for name, value in values.items()}
    _refuse_unknown(policy, place, wanted, {*values, *negated})
    lowered = {"hosts", "notHosts"}

    def patterns(name: str) -> list[str]:
        return [text.lower() if name in lowered else text for text in wanted[name]]

    return all(matches_any(patterns(name), value) for name, value in values.items() if wanted.get(name)) and not any(
        matches_any(patterns(name), value) for name, value in negated.items() if wanted.get(name)
    )


def _condition(policy: Object, entry: Object, request: MeshRequest) -> bool:
    _refuse_unknown(policy, "when", entry, {"key", "values", "notValues"})
    found = _values_of(policy, entry.get("key", ""), request)
    wanted, unwanted = entry.get("values") or (), entry.get("notValues") or ()
    return (not wanted or any(matches_any(wanted, value) for value in found)) and not any(
        matches_any(unwanted, value) for value in found
    )


def _values_of(policy: Object, key: str, request: MeshRequest) -> Sequence[str]:
    """What the request holds under a condition's key; nothing at all when it lacks it."""
    simple: dict[str, Callable[[], Any]] = {
        "source.namespace": lambda: request.namespace,
        "source.principal": lambda: request.principal,
        "request.auth.principal": lambda: request.request_principal,
        "request.auth.audiences": lambda: request.claims.get("aud"),
        "request.auth.presenter": lambda: request.claims.get("azp"),
    }
    if key in simple:
        return _as_list(simple[key]())
    if found := re.fullmatch(r"request\.headers\[([^\[\]]+)\]", key):
        return _as_list(request.headers.get(found[1].lower()))
    if found := re.fullmatch(r"request\.auth\.claims((?:\[[^\[\]]+\])+)", key):
        return _claim(request.claims, re.findall(r"\[([^\[\]]+)\]", found[1]))
    raise MeshError(f"{described(policy)}: the condition {key!r} is not known to the sandbox's mesh")


def _claim(claims: Mapping[str, Any], names: Sequence[str]) -> Sequence[str]:
    value: Any = claims
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, str) and names[-1] in SPACE_DELIMITED:
        return value.split()
    return _as_list(value)


def _as_list(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(entry) for entry in value] if isinstance(value, list) else [str(value)]


def matches_any(patterns: Iterable[str], value: str) -> bool:
    return any(_pattern_matches(pattern, value) for pattern in patterns)


def _pattern_matches(pattern: str, value: str) -> bool:
    """Exact, `abc*`, `*abc`, or `*` for anything that is there; the stars stand at one end only."""
    if pattern == "*":
        return value != ""
    if "{" in pattern:
        raise MeshError(f"the path template {pattern!r} is not known to the sandbox's mesh")
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    return value == pattern


def _refuse_unknown(policy: Object, place: str, found: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise MeshError(f"{described(policy)}: {place}.{unknown[0]} is not known to the sandbox's mesh")
