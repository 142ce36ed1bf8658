# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole report: the verdicts on everything that was read, by area and by part of the picture, and the access map."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts import (
    access_map,
    answers,
    drift,
    expiry,
    function_rights,
    gateway,
    sign_in,
    workloads,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    BROKEN,
    OK,
    PARTS,
    TITLES,
    UNKNOWN,
    WORST_FIRST,
    Verdict,
    broken,
    items,
    ok,
    unknown,
    within,
    worst,
)


def report(facts: Mapping[str, Any], now: datetime.datetime) -> dict[str, Any]:
    """`facts` holds what the role verify has read, the inspections of the other roles among it.

    What a role only announces, because it is not there, counts as not there.
    """
    facts = {name: known(value) or "" if isinstance(value, str) else value for name, value in facts.items()}
    verdicts = [verdict for area in TITLES for verdict in _area(area, facts, now)]
    return {
        "state": BROKEN if worst(verdicts) == BROKEN else OK,
        "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "site": dict(facts.get("site") or {}),
        "counts": {state: sum(verdict.state == state for verdict in verdicts) for state in WORST_FIRST},
        "areas": [_told_area(area, [verdict for verdict in verdicts if verdict.area == area]) for area in TITLES],
        "parts": {part: _told_part(part, [verdict for verdict in verdicts if verdict.part == part]) for part in PARTS},
        "access": access_map.access_map(access_map.function_report(facts.get("invocation") or {})),
        "table": table(verdicts),
        "broken": [verdict.resource for verdict in verdicts if verdict.state == BROKEN],
    }


def table(verdicts: Iterable[Verdict]) -> list[str]:
    """One line per verdict, in columns, for a terminal; below what is broken stands what helps."""
    lines, area = [], ""
    for verdict in verdicts:
        if verdict.area != area:
            area = verdict.area
            lines.append(f"{TITLES[area]} (--tags {area})")
        lines.append(f"  {verdict.state:<9}  {verdict.resource:<40}  {verdict.reason}")
        if verdict.remedy:
            lines.append(f"  {'':<9}  {'':<40}  -> {verdict.remedy}")
    return lines


def _told_area(area: str, verdicts: list[Verdict]) -> dict[str, Any]:
    return {
        "area": area,
        "title": TITLES[area],
        "state": worst(verdicts),
        "verdicts": [asdict(verdict) for verdict in verdicts],
    }


def _told_part(part: str, verdicts: list[Verdict]) -> dict[str, Any]:
    state = worst(verdicts)
    if state == UNKNOWN and any(verdict.state == OK for verdict in verdicts):
        state = OK  # what was asked is well; the table tells what was not
    told = [f"{verdict.resource}: {verdict.reason}" for verdict in verdicts if verdict.state == state]
    return {"title": PARTS[part], "state": state, "reasons": told, "count": len(verdicts)}


def _area(area: str, facts: Mapping[str, Any], now: datetime.datetime) -> list[Verdict]:
    inspection = (facts.get("inspections") or {}).get(area)
    if not inspection:
        return [unknown(area, drift.MAIN_PART[area], "all of it", "not asked: left out by --tags")]
    return [*JUDGES[area](facts, inspection, now), *drift.judged_drift(area, inspection)]


def _acm(facts: Mapping[str, Any], inspection: Mapping[str, Any], now: datetime.datetime) -> list[Verdict]:
    found, days = facts.get("certificates") or {}, int(facts["days"])
    compared = items(within(inspection, "answers", "certificate", "results"))
    ours = [within(answer, "diff", "before") or {} for answer in compared]
    of = {key: next(iter(items(within(found, key, "certificates"))), None) for key in ("balancer", "login")}
    return [
        *expiry.judged_certificate("load balancer", of["balancer"], [facts["host"]], now, days),
        *expiry.judged_certificate("login domain", of["login"], [facts["login_domain"]], now, days),
        *expiry.judged_validation(ours),
    ]


def _cognito_adfs(facts: Mapping[str, Any], inspection: Mapping[str, Any], now: datetime.datetime) -> list[Verdict]:
    if not facts["user_pool_id"]:
        return [broken("cognito_adfs", "pool", "user pool", "is not there: nobody can log in")]
    answered = inspection.get("answers") or {}
    provider = within(answered, "identity provider", "diff", "before")
    return [
        *expiry.judged_provider(provider, now, int(facts["days"])),
        *sign_in.judged_domain(within(answered, "login domain", "diff", "before"), facts["login_domain"]),
        *sign_in.judged_client(
            within(answered, "application client", "diff", "before"), facts["host"], facts["provider_name"]
        ),
    ]


def _eks(facts: Mapping[str, Any], inspection: Mapping[str, Any], now: datetime.datetime) -> list[Verdict]:
    status = facts["cluster_status"]
    if status in ("ACTIVE", "UPDATING"):
        return [ok("eks", "cluster", "status", f"is {status}, Kubernetes {facts['cluster_version']}")]
    return [broken("eks", "cluster", "status", f"is {status}" if status else "there is no cluster")]


def _kubeflow(facts: Mapping[str, Any], inspection: Mapping[str, Any], now: datetime.datetime) -> list[Verdict]:
    if facts["cluster_status"] not in ("ACTIVE", "UPDATING"):
        reason = "there is no cluster that it could run in"
        return [broken("kubeflow", "kubeflow", "Kubeflow", reason, "Run site.yml --tags eks,kubeflow.")]
    objects = facts.get("objects") or {}
    refused = next((answer for answer in objects.values() if answer.get("failed")), None)
    if refused:
        reason = f"the cluster does not answer: {drift.failure_message(refused)}"
        remedy = "Check that the kubeconfig leads to the cluster, and that these credentials may read there."
        return [broken("kubeflow", "cluster", "Kubernetes API", reason, remedy)]
    of = {kind: items(answer.get("resources")) for kind, answer in objects.items()}
    hostname = facts["load_balancer_hostname"]
    balancers = facts.get("balancers") or {}
    return [
        *workloads.judged_deployments(
            of.get("deployments", []), items(within(inspection, "answers", "objects", "deployments"))
        ),
        *gateway.judged_gateway(
            of.get("authentications", []), of.get("policies", []), of.get("ingresses", []), facts["issuer"]
        ),
        *sign_in.judged_balancers(
            items(balancers.get("load_balancers")), hostname, facts["certificate_arn"], facts["client_id"]
        ),
    ]


def _profile_manager(facts: Mapping[str, Any], inspection: Mapping[str, Any], now: datetime.datetime) -> list[Verdict]:
    return [
        *function_rights.judged_rights(facts.get("reviews") or {}, items(facts.get("questions"))),
        *access_map.judged_invocation(facts.get("invocation") or {}, facts.get("why_not_invoked") or ""),
    ]


def _callback(facts: Mapping[str, Any], inspection: Mapping[str, Any], now: datetime.datetime) -> list[Verdict]:
    return answers.judged_answers(facts.get("answers") or {}, facts["host"], facts["login_domain"])


JUDGES = {
    "acm": _acm,
    "cognito_adfs": _cognito_adfs,
    "eks": _eks,
    "kubeflow": _kubeflow,
    "profile_manager": _profile_manager,
    "callback": _callback,
}
