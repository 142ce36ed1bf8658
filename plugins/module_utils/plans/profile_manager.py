# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The profile manager as a whole: its parts in the order in which they may be made and unmade.

Made:   log group, role, function, permission, cluster role and binding, registration, trigger.
Unmade: trigger, permission, registration, binding and cluster role, function, log group, role.
The trigger comes last and goes first, so that no login ever calls something that is not complete.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import (
    access_entry,
    cluster_rbac,
    function,
    function_permission,
    function_role,
    function_trigger,
    log_group,
    registration,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    WantedProfileManager,
)

MADE = (
    "log_group",
    "role",
    "function",
    "permission",
    "cluster_role",
    "cluster_role_binding",
    "access",
    "trigger",
)
UNMADE = (
    "trigger",
    "permission",
    "access",
    "cluster_role_binding",
    "cluster_role",
    "function",
    "log_group",
    "role",
)


def present(current: Mapping[str, Any], wanted: WantedProfileManager) -> Plan:
    """`current` holds what the clients have read: each part's own current state under its name.

    `cluster` is the cluster's record or None, `cluster_asked` whether Kubernetes has answered.
    """
    cluster_rbac.refuse_masters(wanted.kubernetes_group)
    wanted = _with_cluster(current["cluster"], wanted)
    chosen = registration.way(wanted.registration, wanted.authentication_mode, wanted.cluster_name)
    role_arn = current["role"]["arn"] if current["role"] else wanted.role_arn
    was_in = current["function"]["network"] if current["function"] else {"subnet_ids": [], "security_group_ids": []}
    in_vpc = bool(function.network(was_in, wanted)["subnet_ids"])
    functional = function.present(
        current["function"], wanted, role_arn, function.profiles_config(current["config_maps"])
    )
    entry = _entry(wanted, role_arn)
    parts = {
        "log_group": log_group.present(current["log_group"], wanted),
        "role": function_role.present(current["role"], wanted, in_vpc),
        "function": functional,
        "permission": function_permission.present(current["statements"], wanted),
        "cluster_role": cluster_rbac.present(
            current["cluster_role"], cluster_rbac.cluster_role(_settings(functional.after))
        ),
        "cluster_role_binding": cluster_rbac.present(
            current["cluster_role_binding"], cluster_rbac.cluster_role_binding(wanted.kubernetes_group)
        ),
        "access": registration.present(current, chosen, entry),
        "trigger": function_trigger.present(current["pool"], current["pool_keys"], wanted),
    }
    warnings = () if current["cluster_asked"] else (f"{NOT_ASKED} What belongs there is announced as if it were new.",)
    return composed(parts, MADE, before=record_of(current, wanted), way=chosen, warnings=warnings)


def absent(current: Mapping[str, Any], wanted: WantedProfileManager) -> Plan:
    """Remove what is there, whatever of it; a cluster that is gone has taken its part along."""
    role_arn = current["role"]["arn"] if current["role"] else wanted.role_arn
    parts = {
        "trigger": function_trigger.absent(current["pool"], current["pool_keys"], wanted),
        "permission": function_permission.absent(current["statements"], wanted),
        "access": registration.absent(current, _entry(wanted, role_arn)),
        "cluster_role_binding": cluster_rbac.absent(current["cluster_role_binding"]),
        "cluster_role": cluster_rbac.absent(current["cluster_role"]),
        "function": function.absent(current["function"], wanted),
        "log_group": log_group.absent(current["log_group"]),
        "role": function_role.absent(current["role"], wanted),
    }
    warnings = () if current["cluster_asked"] else (f"{NOT_ASKED} Only AWS's side of the profile manager is removed.",)
    return composed(parts, UNMADE, before=record_of(current, wanted), way=None, warnings=warnings)


def uses_aws_auth(registered_by: str, is_present: bool, mode: str) -> bool:
    """Whether aws-auth has to be read: to register there, or to forget what may have been registered there."""
    if mode == "API":
        return False
    return not is_present or mode == "CONFIG_MAP" or registered_by == registration.AWS_AUTH


NOT_ASKED = "The cluster does not exist (or is not known) and was not asked."


def composed(
    parts: Mapping[str, Plan],
    order: tuple[str, ...],
    *,
    before: Mapping[str, Any] | None,
    way: str | None,
    warnings: tuple[str, ...] = (),
) -> Plan:
    """One plan of several: their calls one after the other, their resources side by side."""
    after = {name: parts[name].after for name in MADE}
    calls = tuple(call for name in order for call in parts[name].calls)
    told = tuple(warning for name in order for warning in parts[name].warnings)
    return Plan(before, shown(after, way), calls, (*warnings, *told))


def record_of(current: Mapping[str, Any], wanted: WantedProfileManager) -> dict[str, Any] | None:
    """What there is, in the shape that the module returns; None when nothing is left of it."""
    role_arn = current["role"]["arn"] if current["role"] else wanted.role_arn
    statements = function_permission.present(current["statements"], replace(wanted, announced_only=True)).before
    trigger = function_trigger.trigger_record(current["pool"]) if current["pool"] else None
    by_map = registration.aws_auth.mapping_record(current["aws_auth"] or {}, role_arn)
    parts = {
        "log_group": current["log_group"],
        "role": current["role"],
        "function": current["function"],
        "permission": statements,
        "cluster_role": _rbac(current["cluster_role"]),
        "cluster_role_binding": _rbac(current["cluster_role_binding"]),
        "access": current["entry"] or by_map,
        "trigger": trigger if trigger and trigger["function_arn"] == wanted.function_arn else None,
    }
    way = registration.ACCESS_ENTRY if current["entry"] else registration.AWS_AUTH if by_map else None
    return shown(parts, way)


def shown(parts: Mapping[str, Any], way: str | None) -> dict[str, Any] | None:
    """The parts and what others ask for most, None when there are no parts."""
    if not any(parts.values()):
        return None
    made = parts["function"] or {}
    return {
        "function_arn": made.get("arn", ""),
        "role_arn": (parts["role"] or {}).get("arn", ""),
        "registration": way or "",
        "code_sha256": made.get("code_sha256", ""),
        **parts,
    }


def _with_cluster(cluster: Mapping[str, Any] | None, wanted: WantedProfileManager) -> WantedProfileManager:
    """What is not given about the cluster is taken from the cluster itself."""
    if cluster is None and not wanted.announced_only:
        raise Refusal(
            f"There is no cluster {wanted.cluster_name or '(cluster_name was not given)'} in {wanted.place.region}. "
            "Make it first, or correct cluster_name and region."
        )
    found = cluster or {}
    filled = replace(
        wanted,
        cluster_endpoint=wanted.cluster_endpoint or found.get("endpoint") or None,
        certificate_authority_data=wanted.certificate_authority_data or found.get("certificate_authority_data") or None,
        authentication_mode=found.get("authentication_mode") or wanted.authentication_mode,
    )
    if not wanted.announced_only and not (filled.cluster_endpoint and filled.certificate_authority_data):
        raise Refusal(
            f"The cluster {wanted.cluster_name} is {found['status']} and has no endpoint yet. Run this task again "
            "when it is ACTIVE."
        )
    return filled


def _entry(wanted: WantedProfileManager, role_arn: str) -> access_entry.WantedAccessEntry:
    return access_entry.WantedAccessEntry(
        cluster_name=wanted.cluster_name or "",
        principal_arn=role_arn,
        kubernetes_groups=(wanted.kubernetes_group,),
        username=wanted.kubernetes_group,
        tags=wanted.tags,
        purge_tags=wanted.purge_tags,
        announced_only=wanted.announced_only,
    )


def _settings(made: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return json.loads(((made or {}).get("environment") or {}).get("settings") or "{}")


def _rbac(current: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return cluster_rbac.rbac_record(current) if current else None
