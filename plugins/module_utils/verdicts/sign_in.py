# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the way of a login through Cognito and the load balancer is whole: domain, client, listener."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    Verdict,
    broken,
    items,
    ok,
    within,
)

AREA = "cognito_adfs"


def judged_domain(domain: Mapping[str, Any] | None, name: str) -> list[Verdict]:
    """`domain` is the login domain as Cognito has it, None when nobody has asked, empty when there is none."""
    if domain is None:
        return []
    resource = f"login domain {name}"
    if not domain:
        return [broken(AREA, "login", resource, "is not there: the login page cannot be opened")]
    if domain.get("status") != "ACTIVE":
        return [
            broken(AREA, "login", resource, f"is {domain.get('status')}, not ACTIVE: the login page cannot be opened")
        ]
    return [ok(AREA, "login", resource, "is ACTIVE")]


def judged_client(client: Mapping[str, Any] | None, host: str, provider: str) -> list[Verdict]:
    """What of the application client ends logins; `client` is None when nobody has asked."""
    if client is None:
        return []
    if not client:
        return [broken(AREA, "pool", "application client", "is not there: no login can begin")]
    problems = []
    if "openid" not in items(client.get("allowed_oauth_scopes")):
        problems.append("its scopes lack openid: the load balancer gets no ID token and refuses every login")
    if "email" not in items(client.get("allowed_oauth_scopes")):
        problems.append("its scopes lack email: nobody learns who the user is")
    if not any(str(url).startswith(f"https://{host}/oauth2/") for url in items(client.get("callback_urls"))):
        problems.append(f"no callback address leads to {host}: Cognito answers redirect_mismatch")
    if provider not in items(client.get("supported_identity_providers")):
        problems.append(f"the identity provider {provider} is not enabled for it: nobody can choose it")
    if "code" not in items(client.get("allowed_oauth_flows")):
        problems.append("it does not allow the flow code: Cognito refuses every login")
    if problems:
        remedy = "Run site.yml --tags cognito_adfs,callback."
        return [broken(AREA, "pool", "what the application client allows", "; ".join(problems), remedy)]
    return [ok(AREA, "pool", "what the application client allows", "openid, email, code, and the callback addresses")]


def judged_balancers(
    balancers: Sequence[Mapping[str, Any]] | None, hostname: str, certificate_arn: str, client_id: str
) -> list[Verdict]:
    """The load balancer and its listener; None when nobody has asked."""
    if balancers is None:
        return []
    resource = "load balancer"
    if not hostname:
        reason = "the ingress has none: the platform cannot be reached"
        remedy = "Is the AWS Load Balancer Controller running? Then run site.yml --tags kubeflow,callback."
        return [broken("kubeflow", "balancer", resource, reason, remedy)]
    if not balancers:
        reason = f"the ingress names {hostname}, and there is no such load balancer"
        return [broken("kubeflow", "balancer", resource, reason, "Run site.yml --tags kubeflow,callback.")]
    balancer = balancers[0]
    state = within(balancer, "state", "code")
    if state != "active":
        return [broken("kubeflow", "balancer", resource, f"is {state}, not active")]
    return [ok("kubeflow", "balancer", resource, "is active"), *_listeners(balancer, certificate_arn, client_id)]


def _listeners(balancer: Mapping[str, Any], certificate_arn: str, client_id: str) -> list[Verdict]:
    resource = "HTTPS listener"
    https = [listener for listener in items(balancer.get("listeners")) if listener.get("protocol") == "HTTPS"]
    if not https:
        return [broken("kubeflow", "balancer", resource, "is not there: the platform cannot be reached")]
    used = [entry.get("certificate_arn") for listener in https for entry in items(listener.get("certificates"))]
    if certificate_arn and certificate_arn not in used:
        return [broken("kubeflow", "balancer", resource, f"does not use the certificate {certificate_arn}")]
    other = sorted(set(_clients(https)) - {client_id})
    if other:
        reason = f"logs users in with the client {', '.join(other)}, and the pool's client is {client_id or 'gone'}"
        return [broken("kubeflow", "balancer", resource, reason)]
    return [
        ok(
            "kubeflow",
            "balancer",
            resource,
            "serves the certificate" + (" and logs users in" if _clients(https) else ""),
        )
    ]


def _clients(listeners: Sequence[Mapping[str, Any]]) -> list[str]:
    """The clients with which a listener or one of its rules logs users in."""
    actions = [
        action
        for listener in listeners
        for holder in ({"actions": listener.get("default_actions")}, *items(listener.get("rules")))
        for action in items(holder.get("actions"))
    ]
    found = [within(action, "authenticate_cognito_config", "user_pool_client_id") for action in actions]
    return [client for client in found if client]
