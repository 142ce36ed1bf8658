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
CLIENT_CLAIM = "request.auth.claims[client_id]"
LOGIN_PATHS = "/oauth2/"
ANNOTATION = "alb.ingress.kubernetes.io/"


def judged_gateway(
    authentications: Sequence[Mapping[str, Any]],
    policies: Sequence[Mapping[str, Any]],
    ingresses: Sequence[Mapping[str, Any]],
    issuer: str,
) -> list[Verdict]:
    """The three locks in front of Kubeflow."""
    rules = [rule for item in _at_the_gateway(authentications) for rule in items(within(item, "spec", "jwtRules"))]
    doors = [
        rule for item in _at_the_gateway(policies) if _is_denial(item) for rule in items(item["spec"].get("rules"))
    ]
    return [_judged_tokens(rules, doors, issuer), _judged_doors(doors, issuer), _judged_ingress(ingresses)]


def _judged_tokens(rules: Sequence[Mapping[str, Any]], doors: Sequence[Mapping[str, Any]], issuer: str) -> Verdict:
    resource = "RequestAuthentication of the gateway"
    if not rules:
        return broken(AREA, "gateway", resource, f"is not there: a forged {HEADER} would be believed")
    ours = [rule for rule in rules if rule.get("issuer") == issuer]
    told = ", ".join(sorted({str(rule.get("issuer")) for rule in rules if rule not in ours}))
    if not ours:
        return broken(AREA, "gateway", resource, f"believes {told}, and the pool is {issuer}: every request is refused")
    if not any(map(_fills_the_header, ours)):
        reason = f"does not fill {HEADER} from the token: a forged one would be believed"
        return broken(AREA, "gateway", resource, reason)
    if any(_fills_the_header(rule) for rule in rules if rule not in ours):
        return broken(AREA, "gateway", resource, f"fills {HEADER} from tokens of {told} too")
    if not all(rule.get("audiences") for rule in ours) and not any(map(_is_about_the_client, doors)):
        return broken(AREA, "gateway", resource, "believes tokens of every client of the pool")
    return ok(AREA, "gateway", resource, f"fills {HEADER} from Cognito's token, whatever a client sends")


def _fills_the_header(rule: Mapping[str, Any]) -> bool:
    return any(header.get("header") == HEADER for header in items(rule.get("outputClaimToHeaders")))


def _is_about_the_client(rule: Mapping[str, Any]) -> bool:
    """Whether a DENY refuses every token but those of certain clients: access tokens name no audience."""
    conditions = items(rule.get("when"))
    alone = len(conditions) == 1 and not rule.get("from") and not rule.get("to")
    return alone and conditions[0].get("key") == CLIENT_CLAIM and bool(conditions[0].get("notValues"))


def _judged_doors(doors: Sequence[Mapping[str, Any]], issuer: str) -> Verdict:
    """Whether requests without a token of the pool are turned away."""
    resource = "AuthorizationPolicy of the gateway"
    if any(_denies_strangers(rule, issuer) for rule in doors):
        return ok(AREA, "gateway", resource, "refuses requests without a token of Cognito")
    reason = f"does not refuse requests without a token of Cognito: a forged {HEADER} would be believed"
    return broken(AREA, "gateway", resource, reason)


def _is_denial(policy: Mapping[str, Any]) -> bool:
    return within(policy, "spec", "action") == "DENY"


def _denies_strangers(rule: Mapping[str, Any], issuer: str) -> bool:
    """Whether a rule is about everybody without a token of the pool, the paths of the login itself left out at most."""
    sources = [within(entry, "source") or {} for entry in items(rule.get("from"))]
    operations = [within(entry, "operation") or {} for entry in items(rule.get("to"))]
    about_all = any(source == {"notRequestPrincipals": [f"{issuer}/*"]} for source in sources)
    return about_all and not rule.get("when") and all(map(_spares_the_login_only, operations))


def _spares_the_login_only(operation: Mapping[str, Any]) -> bool:
    spared = items(operation.get("notPaths"))
    return set(operation) == {"notPaths"} and all(str(path).startswith(LOGIN_PATHS) for path in spared)


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
