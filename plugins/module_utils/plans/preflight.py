# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What will go wrong later, told before anything is made: refusals where it surely does, warnings where it may.

What could not be looked at is None and is passed over: a check must not ask for more rights than the work itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Plan

SUPPORTED = "STANDARD_SUPPORT"
RAISE = "Ask for a higher quota in the console of Service Quotas (its code is {code}), or use less."


@dataclass(frozen=True)
class Quota:
    """One limit of an account; `known` is what AWS gives where Service Quotas does not tell, None for no certain number."""

    service: str
    code: str
    what: str
    known: int | None = None


QUOTAS = {
    "certificate_names": Quota("acm", "L-FB94F0B0", "names in one certificate", known=10),
    "login_domains": Quota("cognito-idp", "", "login domains of one's own in Cognito", known=4),
    "clusters": Quota("eks", "L-1194D53C", "EKS clusters in the region"),
    "load_balancers": Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers in the region"),
    "elastic_ips": Quota("ec2", "L-0263D0A3", "Elastic IP addresses in the region"),
    "concurrency": Quota("lambda", "L-B99A9384", "Lambda executions at a time in the region"),
    "standard_cpus": Quota(
        "ec2", "L-1216C47A", "vCPUs of running on-demand standard instances (A, C, D, H, I, M, R, T, Z)"
    ),
    "g_cpus": Quota("ec2", "L-DB2E81BA", "vCPUs of running on-demand G and VT instances"),
    "p_cpus": Quota("ec2", "L-417A185B", "vCPUs of running on-demand P instances"),
}
FAMILIES = {
    **dict.fromkeys(("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"), "standard_cpus"),
    **dict.fromkeys(("g", "gr", "vt"), "g_cpus"),
    "p": "p_cpus",
}
"""The quota of an instance type, by the letters before the first digit of its name."""
UNRESERVED = 100
"""Executions that AWS does not let anybody reserve."""
MANY_LOGINS = 100
"""With fewer executions at a time the logins of one morning refuse each other; new accounts begin with 10."""


@dataclass(frozen=True)
class WantedPlatform:
    """What is going to be made, as far as it can meet a limit."""

    cluster_name: str | None = None
    kubernetes_version: str | None = None
    certificate_names: int = 0
    login_domain: str | None = None
    node_groups: Sequence[Mapping[str, Any]] = ()
    elastic_ips: int = 0
    reserved_concurrency: int | None = None
    tools: Mapping[str, str] = field(default_factory=dict)


def judged(found: Mapping[str, Any], wanted: WantedPlatform) -> Plan:
    """A plan that does nothing; its warnings are the findings.  Refusal where going on is pointless.

    `found` is `{versions, clusters, quotas, used, cpus, login_domain_exists, zone, name_servers, tools}`; each may be None.
    """
    fatal = [*tool_faults(found["tools"], wanted.tools), *version_faults(found["versions"], wanted.kubernetes_version)]
    if fatal:
        raise Refusal(" ".join(fatal))
    facts = {
        "kubernetes_versions": [one["version"] for one in found["versions"] or [] if one["status"] == SUPPORTED],
        "tools": {name: tool["version"] for name, tool in found["tools"].items()},
        "delegated": delegated(found["zone"], found["name_servers"]),
    }
    warnings = (*version_warnings(found["versions"], wanted.kubernetes_version), *delegation_warnings(found))
    return Plan(facts, facts, (), (*warnings, *quota_warnings(found, wanted)))


def tool_faults(tools: Mapping[str, Mapping[str, str | None]], wanted: Mapping[str, str]) -> Iterator[str]:
    """`wanted` maps a program to the least version, "" for any."""
    for name, least in wanted.items():
        tool = tools[name]
        if tool["path"] is None:
            yield f"The program {name} is not on the path. Install it, or leave out what needs it."
        elif least and tool["version"] and numbers(tool["version"]) < numbers(least):
            yield f"{tool['path']} is {name} {tool['version']}; at least {least} is needed. Install a newer one."


def numbers(version: str) -> tuple[int, ...]:
    """v1.32.4 as (1, 32, 4)."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def version_faults(versions: Sequence[Mapping[str, str]] | None, wanted: str | None) -> Iterator[str]:
    if wanted and versions and wanted not in [one["version"] for one in versions]:
        offered = ", ".join(one["version"] for one in versions)
        yield (
            f"EKS does not offer Kubernetes {wanted} in this region (it offers {offered}). "
            "Choose one of those, or leave the version empty for the newest in standard support."
        )


def version_warnings(versions: Sequence[Mapping[str, str]] | None, wanted: str | None) -> Iterator[str]:
    for one in versions or ():
        if one["version"] == wanted and one["status"] != SUPPORTED:
            yield (
                f"Kubernetes {wanted} is no longer in standard support: EKS charges six times the price for its control "
                "plane, and upgrades it by itself when extended support ends. Plan the upgrade."
            )


def instance_types(wanted: WantedPlatform) -> list[str]:
    """The types of all groups, each once."""
    return sorted({name for group in wanted.node_groups for name in group.get("instance_types") or ()})


def delegated(zone: Mapping[str, Any] | None, name_servers: Sequence[str] | None) -> bool | None:
    """Whether the world asks this zone, None where nobody can tell from here."""
    if zone is None or name_servers is None or not zone["name_servers"]:
        return None
    return bool(_names(zone["name_servers"]) & _names(name_servers))


def delegation_warnings(found: Mapping[str, Any]) -> Iterator[str]:
    zone, told = found["zone"], found["name_servers"]
    if delegated(zone, told) is False:
        world = f"the world asks {', '.join(sorted(told))}" if told else "the domain above it has no NS record for it"
        yield (
            f"The hosted zone {zone['name'].rstrip('.')} is not delegated: {world}. Certificates would wait for their proof in "
            f"vain. At the registrar, or in the zone above, set the name servers {', '.join(sorted(zone['name_servers']))}."
        )


def _names(hosts: Sequence[str]) -> set[str]:
    return {host.lower().rstrip(".") for host in hosts}


def quota_warnings(found: Mapping[str, Any], wanted: WantedPlatform) -> Iterator[str]:
    """One sentence for each limit that what is missing would exceed."""
    used, limits = found["used"], found["quotas"]
    for name, needed in needs(found, wanted).items():
        quota, limit = QUOTAS[name], limits.get(name)
        if limit is None:
            limit = quota.known
        there = used.get(name) or 0
        if limit is not None and there + needed > limit:
            remedy = RAISE.format(code=quota.code) if quota.code else "Ask AWS Support for more, or remove one."
            yield f"{needed} more {quota.what} would be needed, {there} are there, and the quota is {limit:g}. {remedy}"
    limit = limits.get("concurrency")
    if limit is not None and wanted.reserved_concurrency is None and limit < MANY_LOGINS:
        yield (
            f"The account may run {limit:g} Lambda executions at a time: when a working day begins, logins would be refused. "
            + RAISE.format(code=QUOTAS["concurrency"].code)
        )


def questions(found: Mapping[str, Any], wanted: WantedPlatform) -> list[str]:
    """The quotas that are worth a question to AWS."""
    return [*dict.fromkeys([*needs(found, wanted), *(["concurrency"] if _makes_cluster(found, wanted) else [])])]


def needs(found: Mapping[str, Any], wanted: WantedPlatform) -> dict[str, int]:
    """How much of each limit is still to be taken; of what is there already, nothing."""
    needed = {}
    if wanted.certificate_names > (QUOTAS["certificate_names"].known or 0):
        needed["certificate_names"] = wanted.certificate_names
    if wanted.login_domain and found["login_domain_exists"] is False:
        needed["login_domains"] = 1
    if wanted.reserved_concurrency is not None and wanted.reserved_concurrency > 0:
        needed["concurrency"] = wanted.reserved_concurrency + UNRESERVED
    if _makes_cluster(found, wanted):
        needed |= {"clusters": 1, "load_balancers": 1, "elastic_ips": wanted.elastic_ips}
        needed |= node_cpus(found["cpus"] or {}, wanted)
    return {name: count for name, count in needed.items() if count}


def _makes_cluster(found: Mapping[str, Any], wanted: WantedPlatform) -> bool:
    return bool(wanted.cluster_name) and found["clusters"] is not None and wanted.cluster_name not in found["clusters"]


def node_cpus(cpus: Mapping[str, int], wanted: WantedPlatform) -> dict[str, int]:
    """The vCPUs of the nodes by the quota they count for; of a group's types the largest, which EC2 may choose."""
    needed: dict[str, int] = {}
    for group in wanted.node_groups:
        count = group.get("desired_size") or group.get("min_size") or 1
        largest: dict[str, int] = {}
        for instance_type in group.get("instance_types") or ():
            name = quota_of(instance_type)
            if name and instance_type in cpus:
                largest[name] = max(largest.get(name, 0), cpus[instance_type] * int(count))
        for name, most in largest.items():
            needed[name] = needed.get(name, 0) + most
    return needed


def running_cpus(running: Sequence[str], cpus: Mapping[str, int]) -> dict[str, int]:
    """The vCPUs that run, by the quota they count for."""
    used: dict[str, int] = {}
    for instance_type in running:
        name = quota_of(instance_type)
        if name:
            used[name] = used.get(name, 0) + cpus.get(instance_type, 0)
    return used


def quota_of(instance_type: str) -> str | None:
    """standard_cpus for m6i.xlarge, g_cpus for g5.2xlarge, None for types whose quota is none of ours."""
    family = re.match(r"[a-z]+(?=\d)", instance_type)
    return FAMILIES.get(family[0]) if family else None
