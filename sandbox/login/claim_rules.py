"""The part of ADFS's claim rule language that the platform's rules use: parsed and carried out on one user.

`condition => issue(...);` adds a claim to the token, `=> add(...);` only to what later rules see.  Microsoft describes
the language in "The Role of the Claim Rule Language"; what is not known here is refused by name, not passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s+ | \#[^\n]*
    | (?P<text>"(?:[^"]|"")*")
    | (?P<name>@?[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<sign>=>|==|!=|=~|!~|&&|[\[\](){},;:=])""",
    re.VERBOSE,
)
WINDOWS_ACCOUNT = "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname"
DIRECTORY_STORE = "Active Directory"
AUTHORITY = "AD AUTHORITY"
# How a claim is marked, which no receiver here looks at.
IGNORED = ("Issuer", "OriginalIssuer", "ValueType", "Properties")
COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "==": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "=~": lambda value, pattern: re.search(pattern, value) is not None,
    "!~": lambda value, pattern: re.search(pattern, value) is None,
}

Store = Callable[[str], Iterable[str]]
"""The values of one attribute of the user in Active Directory."""


class RuleError(Exception):
    """The rules are not in the language, or in a part of it that is not known here."""


@dataclass(frozen=True)
class Claim:
    type: str
    value: str
    issuer: str = AUTHORITY


@dataclass(frozen=True)
class Condition:
    """`c:[Type == "…", Value =~ "…"]`: comparisons as (property, comparison, text)."""

    variable: str
    comparisons: tuple[tuple[str, str, str], ...]

    def holds(self, claim: Claim) -> bool:
        properties = {"Type": claim.type, "Value": claim.value, "Issuer": claim.issuer}
        for name, comparison, text in self.comparisons:
            if name not in properties:
                raise RuleError(f"the property {name} of a claim is not known here")
            try:
                if not COMPARISONS[comparison](properties[name], text):
                    return False
            except re.error as error:
                raise RuleError(f"{text!r} is not a regular expression: {error}") from error
        return True


@dataclass(frozen=True)
class Rule:
    """`values` are the arguments of issue or add, each as its tokens."""

    condition: Condition | None
    verb: str
    values: Mapping[str, tuple[str, ...]]


def carry_out(rules: Iterable[Rule], account: str, store: Store) -> list[Claim]:
    """The claims of the token for this Windows account, in the order they are issued."""
    known = [Claim(WINDOWS_ACCOUNT, account)]
    issued: list[Claim] = []
    for rule in rules:
        matching = [None] if rule.condition is None else [claim for claim in known if rule.condition.holds(claim)]
        made = [new for claim in matching for new in _made(rule, claim, store)]
        fresh = [claim for claim in dict.fromkeys(made) if claim not in known]
        known += fresh
        if rule.verb == "issue":
            issued += [claim for claim in dict.fromkeys(made) if claim not in issued]
    return issued


def parse_rules(text: str) -> list[Rule]:
    tokens = _Tokens(text)
    rules = []
    while tokens.peek():
        if tokens.peek() == "@RuleName":
            tokens.take(3)
        rules.append(_rule(tokens))
    return rules


def _made(rule: Rule, claim: Claim | None, store: Store) -> list[Claim]:
    if "claim" in rule.values:
        return [claim] if claim else []
    if "store" in rule.values:
        return _looked_up(rule, store)
    issuer = claim.issuer if claim else "LOCAL AUTHORITY"
    return [Claim(_text(rule.values["Type"]), _value(rule.values["Value"], claim), issuer)]


def _looked_up(rule: Rule, store: Store) -> list[Claim]:
    """`query = ";mail,tokenGroups;{0}"`: one type for each attribute of the query."""
    if _text(rule.values["store"]) != DIRECTORY_STORE:
        raise RuleError(f"the store {_text(rule.values['store'])} is not known here")
    types = [_text((token,)) for token in rule.values["types"] if token.startswith('"')]
    attributes = _text(rule.values["query"]).split(";")[1].split(",")
    pairs = zip(types, attributes, strict=True)
    return [Claim(name, value) for name, attribute in pairs for value in store(attribute.strip())]


def _value(tokens: tuple[str, ...], claim: Claim | None) -> str:
    """A text, `c.Value`, or RegExReplace of it."""
    if tokens[0].startswith('"'):
        return _text(tokens)
    if claim is None:
        raise RuleError("a rule without a condition has no claim to take a value from")
    if tokens[0].partition(".")[2] == "Value":
        return claim.value
    if tokens[0] == "RegExReplace":
        pattern, replacement = (_text((token,)) for token in tokens if token.startswith('"'))
        return re.sub(pattern, re.sub(r"\$(\d)", r"\\\1", replacement), claim.value)
    raise RuleError(f"the value {' '.join(tokens)} is not known here")


def _text(tokens: tuple[str, ...]) -> str:
    return tokens[0][1:-1].replace('""', '"')


def _rule(tokens: _Tokens) -> Rule:
    condition = None if tokens.peek() == "=>" else _condition(tokens)
    if tokens.peek() == "&&":
        raise RuleError("a rule with several conditions is not known here")
    tokens.expect("=>")
    verb = tokens.next()
    if verb not in ("issue", "add"):
        raise RuleError(f"the action {verb} is not known here")
    values = _arguments(tokens)
    tokens.expect(";")
    return Rule(condition, verb, values)


def _condition(tokens: _Tokens) -> Condition:
    variable = ""
    if tokens.peek() != "[":
        variable = tokens.next()
        tokens.expect(":")
    tokens.expect("[")
    comparisons = []
    while tokens.peek() != "]":
        name, comparison, text = tokens.take(3)
        if comparison not in COMPARISONS:
            raise RuleError(f"the comparison {comparison} is not known here")
        comparisons.append((name, comparison, _text((text,))))
        if tokens.peek() == ",":
            tokens.next()
    tokens.expect("]")
    return Condition(variable, tuple(comparisons))


def _arguments(tokens: _Tokens) -> dict[str, tuple[str, ...]]:
    tokens.expect("(")
    values = {}
    while tokens.peek() != ")":
        name = tokens.next()
        if tokens.peek() == "[":
            tokens.take(3)
        tokens.expect("=")
        value = tokens.up_to_comma()
        if name not in IGNORED:
            values[name] = value
        if tokens.peek() == ",":
            tokens.next()
    tokens.expect(")")
    return values


class _Tokens:
    """The text cut into words, read from left to right."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = []
        at = 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise RuleError(f"not a claim rule: {text[at : at + 40]!r}")
            if match.lastgroup:
                self._words.append(match.group())
            at = match.end()
        self._at = 0

    def peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def next(self) -> str:
        word = self.peek()
        if not word:
            raise RuleError("the last rule is not complete")
        self._at += 1
        return word

    def take(self, number: int) -> list[str]:
        return [self.next() for _ in range(number)]

    def expect(self, wanted: str) -> None:
        word = self.next()
        if word != wanted:
            raise RuleError(f"{wanted!r} was expected before {word!r}")

    def up_to_comma(self) -> tuple[str, ...]:
        """Everything to the next comma or bracket of this level."""
        words, depth = [], 0
        while depth or self.peek() not in (",", ")"):
            word = self.next()
            depth += {"(": 1, ")": -1}.get(word, 0)
            words.append(word)
        return tuple(words)
