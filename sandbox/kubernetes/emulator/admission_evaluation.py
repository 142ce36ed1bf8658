"""One policy, compiled: its conditions, variables and validations tried on one write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes.emulator.admission import Refusal
from sandbox.kubernetes.emulator.admission_cel import CelError, Expression, Variables, cel_value, is_true

LONGEST_MESSAGE = 5 * 1024  # bytes of a message that an expression makes


class CompiledPolicy:
    """The spec of a policy whose expressions have been accepted."""

    def __init__(self, spec: dict) -> None:
        self.fails_closed = spec.get("failurePolicy", "Fail") != "Ignore"
        self._conditions = [Expression(each["expression"]) for each in spec.get("matchConditions") or []]
        self._variables = {each["name"]: Expression(each["expression"]) for each in spec.get("variables") or []}
        self._validations = [_Validation(each) for each in spec.get("validations") or []]

    def refusals(self, visible: dict[str, Any], namespace: dict | None) -> Iterator[Refusal]:
        """In the order of the validations; conditions see no namespace, and none of the variables."""
        names = {name: cel_value(value) for name, value in visible.items()}
        try:
            if not all(is_true(result) for result in self._condition_results(names)):
                return
        except CelError as error:
            if self.fails_closed:
                yield Refusal(str(error))
            return
        names["namespaceObject"] = cel_value(namespace)
        names["variables"] = Variables(self._variables, names)
        for validation in self._validations:
            try:
                refusal = validation.refusal(names)
            except CelError as error:
                refusal = Refusal(str(error)) if self.fails_closed else None
            if refusal is not None:
                yield refusal

    def _condition_results(self, names: dict[str, Any]) -> list[Any]:
        """One that is false decides, whatever is wrong with the others."""
        results, failure = [], None
        for condition in self._conditions:
            try:
                results.append(condition.value(names))
            except CelError as error:
                failure = failure or error
        if failure and all(is_true(result) for result in results):
            raise failure
        return results


class _Validation:
    def __init__(self, validation: dict) -> None:
        self._expression = Expression(validation["expression"])
        self._message = (validation.get("message") or "").strip()
        made = validation.get("messageExpression")
        self._message_expression = Expression(made) if made else None
        self._reason = validation.get("reason") or "Invalid"

    def refusal(self, names: dict[str, Any]) -> Refusal | None:
        """None where the expression is true; CelError where it has no result."""
        if is_true(self._expression.value(names)):
            return None
        message = self._made_message(names) or self._message or f"failed expression: {self._expression.text}"
        return Refusal(message, self._reason)

    def _made_message(self, names: dict[str, Any]) -> str:
        """An empty text for what cannot be shown: the plain message stands in for it."""
        if self._message_expression is None:
            return ""
        try:
            made = self._message_expression.value(names)
        except CelError:
            return ""
        text = made.strip() if isinstance(made, str) else ""
        return "" if "\n" in text or len(text.encode()) > LONGEST_MESSAGE else text
