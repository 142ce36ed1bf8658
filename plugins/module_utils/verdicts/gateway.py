# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the gateway believes only what Cognito has signed: judged from Istio's objects and the ingress.

Istio overwrites a header that a RequestAuthentication fills from a verified token, so a header that a client sends
itself counts only where there is no such rule, or where requests without a token pass.
https://istio.io/latest/docs/reference/config/security/request_authentication/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    Verdict,
    broken,
    items,
    ok,
    within,
)

AREA, NAMESPACE, GATEWAY = "kubeflow", "istio-system", {"app": "istio-ingressgateway"}
HEADER = "kubeflow-userid"
ANNOTATION = "alb.ingress.kubernetes.io/"


def judged_gateway(
    authentications: Sequence[Mapping[str, Any]],
    policies: Sequence[Mapping[str, Any]],
    ingresses: Sequence[Mapping[str, Any]],
    issuer: str,
) -> list[Verdict]:
    """The three locks in front of Kubeflow."""
    rules = [rule for item in _at_the_gateway(authentications) for rule in items(within(item, "spec", "jwtRules"))]
    return [_judged_tokens(rules, issuer), _judged_doors(policies), _judged_ingress(ingresses)]


def _judged_tokens(rules: Sequence[Mapping[str, Any]], issuer: str) -> Verdict:
    resource = "RequestAuthentication of the gateway"
    if not rules:
        return broken(AREA, "gateway", resource, f"is not there: a forged {HEADER} would be believed")
    ours = [rule for rule in rules if rule.get("issuer") == issuer]
    if not ours:
        told = ", ".join(sorted(str(rule.get("issuer")) for rule in rules))
        return broken(AREA, "gateway", resource, f"believes {told}, and the pool is {issuer}: every request is refused")
    headers = {header.get("header") for rule in ours for header in items(rule.get("outputClaimToHeaders"))}
    if HEADER not in headers:
        reason = f"does not fill {HEADER} from the token: a forged one would be believed"
        return broken(AREA, "gateway", resource, reason)
    return ok(AREA, "gateway", resource, f"fills {HEADER} from Cognito's token, whatever a client sends")


def _judged_doors(policies: Sequence[Mapping[str, Any]]) -> Verdict:
    """Whether requests without a verified token are turned away: by DENY, or by ALLOW for principals only."""
    resource = "AuthorizationPolicy of the gateway"
    own = list(_at_the_gateway(policies))
    denying = [item for item in own if within(item, "spec", "action") == "DENY" and _denies_strangers(item)]
    if denying:
        return ok(AREA, "gateway", resource, "refuses requests without a token of Cognito")
    reason = f"does not refuse requests without a token: a forged {HEADER} would be believed"
    return broken(AREA, "gateway", resource, reason)


def _denies_strangers(policy: Mapping[str, Any]) -> bool:
    """Whether one of its rules is about everybody without a verified token.

    The rule may leave out paths, those of the login itself, and nothing else.
    """
    for rule in items(within(policy, "spec", "rules")):
        sources = [within(entry, "source") or {} for entry in items(rule.get("from"))]
        if not rule.get("when") and any(source == {"notRequestPrincipals": ["*"]} for source in sources):
            return True
    return False


def _at_the_gateway(objects: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Those that count for the gateway: in its namespace (the mesh's root), for all pods or for the gateway's."""
    for item in objects:
        labels = within(item, "spec", "selector", "matchLabels") or {}
        names_it = all(GATEWAY.get(key, value) == value for key, value in labels.items())
        if within(item, "metadata", "namespace") == NAMESPACE and names_it:
            yield item


def _judged_ingress(ingresses: Sequence[Mapping[str, Any]]) -> Verdict:
    resource = "ingress"
    if not ingresses:
        return broken(AREA, "balancer", resource, "is not there: the platform cannot be reached")
    notes = within(ingresses[0], "metadata", "annotations") or {}
    if notes.get(f"{ANNOTATION}auth-type", "none") == "none":
        return ok(AREA, "balancer", resource, "hands requests on; the gateway asks for the login")
    if notes.get(f"{ANNOTATION}auth-on-unauthenticated-request", "authenticate") != "authenticate":
        return broken(AREA, "balancer", resource, "lets requests pass that are not logged in")
    return ok(AREA, "balancer", resource, "sends whoever is not logged in to the login page")
