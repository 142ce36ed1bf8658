# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the platform answers to real requests: to somebody who is not logged in, and to somebody who lies about who he is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    Verdict,
    broken,
    items,
    ok,
    unknown,
)

AREA = "callback"
ANONYMOUS, FORGED = "an anonymous request", "a forged kubeflow-userid"
REACHED = "host name"
LOGS = "Look at the load balancer's access log and at `kubectl logs -n istio-system -l app=istio-ingressgateway`."


def judged_answers(answers: Mapping[str, Any], host: str, login_domain: str) -> list[Verdict]:
    """`answers` is what the module https_answer_info said to the two requests, in the order anonymous, forged."""
    chains = items(answers.get("answers"))
    if answers.get("failed") or len(chains) < 2:
        reason = f"no request was made: {answers.get('msg') or 'nothing was asked'}"
        return [unknown(AREA, "names", REACHED, reason)]
    first = chains[0]
    if first.get("problem") and not items(first.get("steps")):
        return _unanswered(first, host)
    return [
        ok(AREA, "names", REACHED, f"{host} answers over HTTPS, with a certificate that is trusted"),
        _judged_anonymous(first, login_domain),
        _judged_forged(chains[1], login_domain),
    ]


def _unanswered(chain: Mapping[str, Any], host: str) -> list[Verdict]:
    problem = chain["problem"]
    kind = chain.get("kind")
    if kind == "name":
        reason = f"not asked: {host} does not resolve here"
        return [unknown(AREA, part, what, reason) for part, what in _WHAT_IS_NOT_KNOWN]
    if kind == "tls":
        reason = f"{host} answers, and its certificate is not trusted: {problem}"
        return [broken(AREA, "certificates", REACHED, reason, "Run site.yml --tags acm,kubeflow.")]
    reason = f"not asked: {host} cannot be reached from here ({problem})"
    return [unknown(AREA, part, what, reason) for part, what in _WHAT_IS_NOT_KNOWN]


_WHAT_IS_NOT_KNOWN = (("names", REACHED), ("balancer", ANONYMOUS), ("gateway", FORGED))


def _judged_anonymous(chain: Mapping[str, Any], login_domain: str) -> Verdict:
    steps = items(chain.get("steps"))
    authorize = next((step for step in steps if _is_login(step.get("location"), login_domain)), None)
    if authorize is None:
        return broken(AREA, "balancer", ANONYMOUS, f"is not sent to {login_domain}: {_told(steps)}", LOGS)
    asked = parse_qs(urlsplit(authorize["location"]).query)
    if "openid" not in " ".join(asked.get("scope", [])).split():
        return broken(AREA, "balancer", ANONYMOUS, "is sent to the login without the scope openid")
    after = steps[steps.index(authorize) + 1 :]
    refused = next((step for step in after if _is_error(step)), None)
    if refused:
        reason = f"Cognito refuses the login: {_told([refused])}"
        return broken(AREA, "login", ANONYMOUS, reason, "Run site.yml --tags cognito_adfs,callback.")
    if not after:
        return ok(
            AREA, "balancer", ANONYMOUS, f"is sent to {login_domain}, which was not asked: {chain.get('problem') or ''}"
        )
    return ok(AREA, "balancer", ANONYMOUS, f"is sent to the login page and on to {_place(after[-1])}")


def _judged_forged(chain: Mapping[str, Any], login_domain: str) -> Verdict:
    steps = items(chain.get("steps"))
    if not steps:
        return unknown(AREA, "gateway", FORGED, f"not asked: {chain.get('problem')}")
    status = steps[0].get("status")
    if status in (401, 403) or (status in (301, 302, 303, 307) and _leads_away(steps, login_domain)):
        return ok(AREA, "gateway", FORGED, f"is not believed (HTTP {status})")
    if isinstance(status, int) and status >= 500:
        return unknown(AREA, "gateway", FORGED, f"cannot be told: {_told(steps[:1])}")
    return broken(AREA, "gateway", FORGED, f"is let in: {_told(steps[:1])}", "Run site.yml --tags kubeflow.")


def _leads_away(steps: Sequence[Mapping[str, Any]], login_domain: str) -> bool:
    return any(_is_login(step.get("location"), login_domain) for step in steps)


def _is_login(location: Any, login_domain: str) -> bool:
    parts = urlsplit(str(location or ""))
    return parts.hostname == login_domain and parts.path in ("/oauth2/authorize", "/login")


def _is_error(step: Mapping[str, Any]) -> bool:
    query = parse_qs(urlsplit(str(step.get("location") or "")).query)
    return int(step.get("status") or 0) >= 400 or "error" in query


def _place(step: Mapping[str, Any]) -> str:
    return urlsplit(str(step.get("location") or step.get("url") or "")).hostname or "an address without a host"


def _told(steps: Sequence[Mapping[str, Any]]) -> str:
    told = []
    for step in steps:
        error = parse_qs(urlsplit(str(step.get("location") or "")).query)
        words = " ".join(error.get("error", []) + error.get("error_description", []))
        told.append(
            f"{urlsplit(str(step.get('url'))).hostname} answers HTTP {step.get('status')}"
            + (f" ({words})" if words else "")
        )
    return ", then ".join(told) or "there is no answer"
