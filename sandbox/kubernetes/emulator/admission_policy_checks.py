"""What a server refuses in a ValidatingAdmissionPolicy and its binding, above all expressions that do not compile."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sandbox.kubernetes.emulator.admission import REASONS, Write
from sandbox.kubernetes.emulator.errors import FieldError, invalid, invalid_value, required, unsupported

_ACTIONS = ("Audit", "Deny", "Warn")
_FAILURE_POLICIES = ("Fail", "Ignore")
_RULE_FIELDS = ("apiGroups", "apiVersions", "operations", "resources")

Errors = Iterator[FieldError]


def check_policies(write: Write) -> None:
    """A policy of the emulator: raises ApiError for policies and bindings that no server would store."""
    check = _CHECKS.get(write.resource.kind) if not write.resource.custom else None
    if check is None or write.after is None:
        return
    errors = list(check(write.after.get("spec") or {}))
    if errors:
        raise invalid(write.resource, write.name, errors)


def _policy(spec: dict) -> Errors:
    if spec.get("failurePolicy", "Fail") not in _FAILURE_POLICIES:
        yield unsupported("spec.failurePolicy", spec["failurePolicy"], _FAILURE_POLICIES)
    rules = (spec.get("matchConstraints") or {}).get("resourceRules") or []
    if not rules:
        yield required("spec.matchConstraints.resourceRules")
    for index, rule in enumerate(rules):
        for field in _RULE_FIELDS:
            if not rule.get(field):
                yield required(f"spec.matchConstraints.resourceRules[{index}].{field}")
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        yield required("spec.validations", "validations or auditAnnotations must contain at least one item")
    yield from _expressions(spec)


def _expressions(spec: dict) -> Errors:
    known: list[str] = []
    for index, condition in enumerate(spec.get("matchConditions") or []):
        yield from _expression(spec, f"spec.matchConditions[{index}]", condition, "expression", None)
    for index, variable in enumerate(spec.get("variables") or []):
        field, name = f"spec.variables[{index}]", variable.get("name", "")
        if not name.isidentifier():
            yield invalid_value(f"{field}.name", name, "name is not a valid CEL identifier")
        yield from _expression(spec, field, variable, "expression", known)
        known.append(name)
    for index, validation in enumerate(spec.get("validations") or []):
        field = f"spec.validations[{index}]"
        yield from _expression(spec, field, validation, "expression", known)
        if validation.get("messageExpression"):
            yield from _expression(spec, field, validation, "messageExpression", known)
        if "\n" in (validation.get("message") or ""):
            yield invalid_value(f"{field}.message", validation["message"], "message must not contain line breaks")
        if validation.get("reason") and validation["reason"] not in REASONS:
            yield unsupported(f"{field}.reason", validation["reason"], REASONS)
    for index, annotation in enumerate(spec.get("auditAnnotations") or []):
        yield from _expression(spec, f"spec.auditAnnotations[{index}]", annotation, "valueExpression", known)


def _expression(spec: dict, field: str, holder: dict, name: str, variables: Collection[str] | None) -> Errors:
    from sandbox.kubernetes.emulator.admission_cel import CelError, Expression
    from sandbox.kubernetes.emulator.admission_cel_names import names_known, wrong_name

    text: Any = holder.get(name)
    if not isinstance(text, str) or not text.strip():
        yield required(f"{field}.{name}", f"{name} is not specified")
        return
    try:
        why = wrong_name(Expression(text).tree, names_known(variables, bool(spec.get("paramKind"))))
    except CelError as error:
        why = str(error)
    if why:
        yield invalid_value(f"{field}.{name}", text, f"compilation failed: {why}")


def _binding(spec: dict) -> Errors:
    if not spec.get("policyName"):
        yield required("spec.policyName")
    actions = spec.get("validationActions") or []
    if not actions:
        yield required("spec.validationActions")
    for index, action in enumerate(actions):
        if action not in _ACTIONS:
            yield unsupported(f"spec.validationActions[{index}]", action, _ACTIONS)
    if "Deny" in actions and "Warn" in actions:
        yield invalid_value("spec.validationActions", actions, "must not contain both Deny and Warn")


_CHECKS = {"ValidatingAdmissionPolicy": _policy, "ValidatingAdmissionPolicyBinding": _binding}
