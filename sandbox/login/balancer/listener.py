"""Which actions a listener takes for a request: its rules in the order of their priority, then its default.

ELB user guide, "Listener rules for your Application Load Balancer"; patterns know `*` and `?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Rule = Mapping[str, Any]
Action = Mapping[str, Any]


class UnknownCondition(Exception):
    """A condition that the sandbox's load balancer does not know; the message names it."""


def actions_of(rules: Iterable[Rule], host: str, path: str) -> Sequence[Action]:
    """The actions of the first rule whose conditions all hold, in their order; that of the default comes last."""
    ordered = sorted(rules, key=lambda rule: (rule["IsDefault"], _priority(rule)))
    for rule in ordered:
        if all(_holds(condition, host, path) for condition in rule.get("Conditions") or ()):
            return sorted(rule["Actions"], key=lambda action: action.get("Order", 1))
    return ()


def redirect_location(config: Mapping[str, Any], host: str, path: str, query: str) -> str:
    """The address of a redirect action, with AWS's `#{…}` filled in."""
    parts = {"protocol": "https", "host": host, "port": "443", "path": path.lstrip("/"), "query": query}

    def filled(key: str, usual: str) -> str:
        return re.sub(r"#\{(\w+)\}", lambda found: parts[found[1]], config.get(key) or usual)

    port = filled("Port", "#{port}")
    address = f"{filled('Protocol', '#{protocol}').lower()}://{filled('Host', '#{host}')}:{port}"
    wanted = filled("Query", "#{query}")
    return address + filled("Path", "/#{path}") + (f"?{wanted}" if wanted else "")


def _priority(rule: Rule) -> int:
    return int(rule["Priority"]) if str(rule.get("Priority", "")).isdigit() else 0


def _holds(condition: Mapping[str, Any], host: str, path: str) -> bool:
    field = condition["Field"]
    if field == "host-header":
        return any(_fits(pattern, host, ignore_case=True) for pattern in _values(condition, "HostHeaderConfig"))
    if field == "path-pattern":
        return any(_fits(pattern, path, ignore_case=False) for pattern in _values(condition, "PathPatternConfig"))
    raise UnknownCondition(f"the condition {field} is not known to the sandbox's load balancer")


def _values(condition: Mapping[str, Any], config: str) -> Sequence[str]:
    return (condition.get(config) or {}).get("Values") or condition.get("Values") or ()


def _fits(pattern: str, value: str, ignore_case: bool) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, value, re.IGNORECASE if ignore_case else 0) is not None
