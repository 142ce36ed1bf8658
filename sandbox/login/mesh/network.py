"""Whether NetworkPolicies let a load balancer, which is no pod, reach a port of the pods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Object = Mapping[str, Any]


def admits_from_outside(policies: Iterable[Object], labels: Mapping[str, str], port: int) -> bool:
    """Pods that no policy selects are open; for others one policy must admit every sender, or addresses, on the port."""
    selecting = [policy["spec"] for policy in policies if _about(policy["spec"], labels)]
    rules = [rule for spec in selecting for rule in spec.get("ingress") or ()]
    return not selecting or any(_from_outside(rule) and _on(rule, port) for rule in rules)


def _about(spec: Object, labels: Mapping[str, str]) -> bool:
    types = spec.get("policyTypes") or ["Ingress"]
    wanted = (spec.get("podSelector") or {}).get("matchLabels") or {}
    return "Ingress" in types and wanted.items() <= dict(labels).items()


def _from_outside(rule: Object) -> bool:
    sources = rule.get("from") or ()
    return not sources or any("ipBlock" in source for source in sources)


def _on(rule: Object, port: int) -> bool:
    ports = rule.get("ports") or ()
    return not ports or any(entry.get("port") in (None, port) for entry in ports)
