"""CEL as Kubernetes uses it, by cel-python: an expression is parsed once and evaluated often.

Imported only where a policy exists, as cel-python takes a moment. Of Kubernetes' own functions those on strings and
regular expressions are here; optional fields (`?.`), quantities, URLs, addresses and `authorizer` are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import celpy
from celpy import celtypes
from lark import Tree

Value = Any  # a value of cel-python

_STEPS = ["expr", "conditionalor", "conditionaland", "relation", "addition", "multiplication", "unary", "member"]


class CelError(Exception):
    """An expression that cannot be parsed, or had no result; one line of text."""


class _Evaluator(celpy.Evaluator):
    """Leaves out what cannot change the result, which cel-python evaluates all the same: most of a policy's text."""

    def conditionalor(self, tree: Tree) -> Value:
        return self._joined(tree, decides=True)

    def conditionaland(self, tree: Tree) -> Value:
        return self._joined(tree, decides=False)

    def _joined(self, tree: Tree, decides: bool) -> Value:
        """The first side that decides, whatever is wrong with the other; else an error, if there is one."""
        sides = []
        for child in tree.children:
            side = self.visit(child)
            if len(tree.children) == 1 or (isinstance(side, celtypes.BoolType) and bool(side) is decides):
                return side
            sides.append(side if isinstance(side, celtypes.BoolType) else _no_bool(side))
        return next((side for side in sides if isinstance(side, celpy.CELEvalError)), sides[-1])

    def macro_has_eval(self, exprlist: Tree) -> Value:
        """cel-python takes whatever is wrong with `a.b` for has(a.b.c) being false; in Kubernetes it is an error."""
        selection = exprlist.children[0]
        if selection.data != "member_dot":
            return celpy.CELEvalError("invalid argument to has() macro")
        operand, field = self.visit(selection.children[0]), selection.children[1]
        if isinstance(operand, celpy.CELEvalError):
            return operand
        if not isinstance(operand, celtypes.MapType):
            return celpy.CELEvalError("no such overload")
        return celtypes.BoolType(celtypes.StringType(field) in operand)

    def sub_evaluator(self, ast: Tree) -> _Evaluator:
        return _Evaluator(ast, activation=self.activation)


class _Runner(celpy.InterpretedRunner):
    def evaluate(self, context: celpy.Context) -> Value:
        return _Evaluator(ast=self.ast, activation=self.new_activation()).evaluate(context)


class Expression:
    """A parsed expression; CelError when it cannot be parsed."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        environment = celpy.Environment(runner_class=_Runner)
        try:
            self.tree = environment.compile(text)
        except celpy.CELParseError as error:
            raise CelError(f"Syntax error at {error.line}:{error.column}") from error
        self._program = environment.program(_shortened(self.tree), FUNCTIONS)

    def value(self, names: Mapping[str, Value]) -> Value:
        """The result where the names stand for these values; CelError when there is none."""
        try:
            return self._program.evaluate(dict(names))
        except Exception as error:  # cel-python also lets exceptions of its own operators through
            raise CelError(f"expression '{self.text}' resulted in error: {_why(error)}") from error


class Variables(celtypes.MapType):
    """The variables of a policy: each is evaluated when it is first used, and may use those before it."""

    def __init__(self, expressions: Mapping[str, Expression], names: Mapping[str, Value]) -> None:
        super().__init__()
        self._expressions, self._names = expressions, {**names, "variables": self}

    def __contains__(self, name: object) -> bool:
        return str(name) in self._expressions

    def __getitem__(self, name: Value) -> Value:
        """An error is a value too: `a || true` is true whatever is wrong with `a`."""
        key = celtypes.StringType(str(name))
        if key not in self._expressions:
            raise KeyError(name)
        if not dict.__contains__(self, key):
            dict.__setitem__(self, key, self._result(key))
        return dict.__getitem__(self, key)

    def _result(self, name: str) -> Value:
        try:
            return self._expressions[name].value(self._names)
        except CelError as error:
            return celpy.CELEvalError(f'composited variable "{name}" fails to evaluate: {error}')


def cel_value(document: Any) -> Value:
    return celpy.json_to_cel(document)


def _shortened(tree: Tree) -> Tree:
    """The tree without the steps that do nothing: the grammar passes each literal through eight of them."""
    children = [_shortened(child) if isinstance(child, Tree) else child for child in tree.children]
    if tree.data in _STEPS and len(children) == 1 and isinstance(children[0], Tree):
        return children[0]
    return Tree(tree.data, children, tree.meta)


def _no_bool(value: Value) -> celpy.CELEvalError:
    return value if isinstance(value, celpy.CELEvalError) else celpy.CELEvalError("no such overload")


def is_true(value: Value) -> bool:
    return isinstance(value, celtypes.BoolType) and bool(value)


def _why(error: Exception) -> str:
    text = error.args[0] if error.args and isinstance(error.args[0], str) else f"{type(error).__name__}: {error}"
    return text.partition(" (in activation")[0].splitlines()[0] if text else type(error).__name__


def _text(function: Callable[..., str]) -> Callable[..., Value]:
    return lambda *arguments: celtypes.StringType(function(*arguments))


def _texts(items: list[str]) -> Value:
    return celtypes.ListType([celtypes.StringType(item) for item in items])


def _split(text: str, separator: str, limit: int = -1) -> Value:
    if limit == 0:
        return _texts([])
    parts = list(text) if not separator else text.split(separator, limit - 1 if limit > 0 else -1)
    return _texts(parts)


def _substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= start <= stop <= len(text):
        raise ValueError("index out of range")
    return text[start:stop]


def _find(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return found.group() if found else ""


def _find_all(text: str, pattern: str, limit: int = -1) -> Value:
    found = [match.group() for match in re.finditer(pattern, text)]
    return _texts(found if limit < 0 else found[:limit])


def _equal(left: Value, right: Value) -> Value:
    """As in Kubernetes: values of different kinds are different, numbers of all types are of one kind, null is null."""
    for operand in (left, right):
        if isinstance(operand, celpy.CELEvalError):
            return operand
    return celtypes.BoolType(_same(left, right))


def _different(left: Value, right: Value) -> Value:
    answer = _equal(left, right)
    return celtypes.BoolType(not answer) if isinstance(answer, celtypes.BoolType) else answer


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return dict.keys(left) == dict.keys(right) and all(_same(left[key], right[key]) for key in dict.keys(left))
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if _kind(left) is not _kind(right):
        return False
    return left is right or (float(left) == float(right) if _kind(left) is float else bool(left == right))


def _kind(value: Value) -> type:
    if isinstance(value, (celtypes.BoolType, celtypes.DurationType)):
        return type(value)
    return (
        float
        if isinstance(value, (int, float))
        else next((k for k in (str, bytes) if isinstance(value, k)), type(value))
    )


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "_==_": _equal,
    "_!=_": _different,
    "charAt": _text(lambda text, index: _substring(text, index, index + 1) if index < len(text) else ""),
    "find": _text(_find),
    "findAll": _find_all,
    "indexOf": lambda text, part: celtypes.IntType(text.find(part)),
    "join": _text(lambda items, separator="": separator.join(items)),
    "lastIndexOf": lambda text, part: celtypes.IntType(text.rfind(part)),
    "lowerAscii": _text(lambda text: re.sub("[A-Z]+", lambda match: match.group().lower(), text)),
    "replace": _text(lambda text, old, new, limit=-1: str.replace(text, old, new, limit)),
    "split": _split,
    "substring": _text(_substring),
    "trim": _text(lambda text: text.strip()),
    "upperAscii": _text(lambda text: re.sub("[a-z]+", lambda match: match.group().upper(), text)),
}
