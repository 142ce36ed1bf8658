# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The profile manager as a whole: its parts in the order in which they may be made and unmade.

Made:   log group, role, function, permission, admission policy, rights in the cluster, registration, schedule, trigger.
Unmade: trigger, schedule, permission, registration, rights in the cluster, admission policy, function, log group, role.
The trigger comes last and goes first, so that no login ever calls something that is not complete;
the admission policy is there before the rights that it limits, and as long as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import (
    access_entry,
    admission_policy,
    cluster_rbac,
    function,
    function_permission,
    function_role,
    function_schedule,
    function_trigger,
    log_group,
    receipt_rights,
    registration,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    OWN_TAG,
    WantedProfileManager,
)

MADE = (
    "log_group",
    "role",
    "function",
    "permission",
    "admission_policy",
    "admission_policy_binding",
    "cluster_role",
    "cluster_role_binding",
    "receipt_access",
    "access",
    "schedule",
    "trigger",
)
UNMADE = (
    "trigger",
    "schedule",
    "permission",
    "access",
    "receipt_access",
    "cluster_role_binding",
    "cluster_role",
    "admission_policy_binding",
    "admission_policy",
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
    was = current["function"] or function.NOT_YET
    needs = function_role.Needs(
        in_vpc=bool(function.network(was["network"], wanted)["subnet_ids"]),
        is_scheduled=function_schedule.is_on(current["rule"], wanted),
        is_traced=function.tracing(was["tracing"], wanted) == function.TRACED,
    )
    told = {
        **function.cluster_settings(function.profiles_config(current["config_maps"])),
        **function_schedule.settings(current["rule"], wanted),
    }
    functional = function.present(current["function"], wanted, role_arn, told)
    settings = _settings(functional.after)
    cluster_rbac.refuse_ownership(settings, wanted.kubernetes_group)
    entry = _entry(wanted, role_arn)
    parts = {
        "log_group": log_group.present(current["log_group"], wanted),
        "role": function_role.present(current["role"], wanted, needs),
        "function": functional,
        "permission": function_permission.present(current["statements"], wanted),
        **_fence(current, settings, wanted.kubernetes_group),
        "cluster_role": cluster_rbac.present(current["cluster_role"], cluster_rbac.cluster_role(settings)),
        "cluster_role_binding": cluster_rbac.present(
            current["cluster_role_binding"], cluster_rbac.cluster_role_binding(wanted.kubernetes_group)
        ),
        "receipt_access": receipt_rights.present(
            current["receipt_rights"], settings.get("receiptNamespace") or "", wanted.kubernetes_group
        ),
        "access": registration.present(current, chosen, entry),
        "schedule": function_schedule.present(current["rule"], current["statements"], wanted),
        "trigger": function_trigger.present(current["pool"], current["pool_keys"], wanted),
    }
    warnings = () if current["cluster_asked"] else (f"{NOT_ASKED} What belongs there is announced as if it were new.",)
    if not current["serves_admission_policies"]:
        warnings = (*warnings, admission_policy.NOT_SERVED)
    return composed(parts, MADE, before=record_of(current, wanted), way=chosen, warnings=warnings)


def absent(current: Mapping[str, Any], wanted: WantedProfileManager) -> Plan:
    """Remove what is there, whatever of it; a cluster that is gone has taken its part along.

    An aws-auth that is malformed and may name the function's role cannot be edited: everything else is removed first
    (the entry grants nothing without the group's bindings), and the run then ends with the error about aws-auth.
    """
    role_arn = current["role"]["arn"] if current["role"] else wanted.role_arn
    if not _is_ours(current["function"], wanted):
        left = record_of(current, wanted)
        warning = f"{wanted.function_name} and all that belongs to it is left alone: it lacks the tag {OWN_TAG}."
        return Plan(left, left, (), (warning,))
    parts = {
        "trigger": function_trigger.absent(current["pool"], current["pool_keys"], wanted),
        "permission": function_permission.absent(current["statements"], wanted),
        "schedule": function_schedule.absent(current["rule"], current["statements"], wanted),
        "access": _access_absent(current, _entry(wanted, role_arn), wanted),
        "receipt_access": receipt_rights.present(current["receipt_rights"], "", wanted.kubernetes_group),
        "cluster_role_binding": cluster_rbac.absent(current["cluster_role_binding"]),
        "cluster_role": cluster_rbac.absent(current["cluster_role"]),
        "admission_policy_binding": admission_policy.absent(current["admission_policy_binding"]),
        "admission_policy": admission_policy.absent(current["admission_policy"]),
        "function": function.absent(current["function"], wanted),
        "log_group": log_group.absent(current["log_group"], wanted),
        "role": function_role.absent(current["role"], wanted),
    }
    warnings = () if current["cluster_asked"] else (f"{NOT_ASKED} Only AWS's side of the profile manager is removed.",)
    plan = composed(parts, UNMADE, before=record_of(current, wanted), way=None, warnings=warnings)
    problem = current["aws_auth_problem"]
    if not problem:
        return plan
    mapping = registration.mapping(_entry(wanted, role_arn), state="absent")
    last = Call("forget_in_aws_auth", {"wanted": mapping})
    return replace(plan, calls=(*plan.calls, last), warnings=(*plan.warnings, f"{LEFT_IN_AWS_AUTH} {problem}"))


def _access_absent(
    current: Mapping[str, Any], entry: access_entry.WantedAccessEntry, wanted: WantedProfileManager
) -> Plan:
    """Forget the role in the cluster; somebody else's role of that name keeps the access that it has."""
    if not _is_ours(current["role"], wanted):
        known = registration.absent(current, entry).before
        return Plan(known, known)
    return registration.absent(current, entry)


def _is_ours(resource: Mapping[str, Any] | None, wanted: WantedProfileManager) -> bool:
    """Whether there is none, or this module has made it."""
    return resource is None or resource["tags"].get(OWN_TAG) == wanted.function_name


def uses_aws_auth(registered_by: str, is_present: bool, mode: str) -> bool:
    """Whether aws-auth has to be read: to register there, or to forget what may have been registered there."""
    if mode == "API":
        return False
    return not is_present or mode == "CONFIG_MAP" or registered_by == registration.AWS_AUTH


LEFT_IN_AWS_AUTH = "Everything but the entry in aws-auth can be removed, and the run then ends with an error."
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
        "admission_policy": _admission(current["admission_policy"]),
        "admission_policy_binding": _admission(current["admission_policy_binding"]),
        "cluster_role": _rbac(current["cluster_role"]),
        "cluster_role_binding": _rbac(current["cluster_role_binding"]),
        "receipt_access": receipt_rights.receipt_record(current["receipt_rights"]),
        "schedule": function_schedule.schedule_record(current["rule"], current["statements"]),
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
        username=cluster_rbac.user_name(wanted.kubernetes_group),
        tags=wanted.tags,
        purge_tags=wanted.purge_tags,
        announced_only=wanted.announced_only,
    )


def _fence(current: Mapping[str, Any], settings: Mapping[str, Any], group: str) -> dict[str, Plan]:
    """The admission policy that limits the function beyond its rights, where the cluster knows such policies."""
    if not current["serves_admission_policies"]:
        return {"admission_policy": Plan(None, None), "admission_policy_binding": Plan(None, None)}
    return {
        "admission_policy": admission_policy.present(
            current["admission_policy"], admission_policy.policy(settings, group)
        ),
        "admission_policy_binding": admission_policy.present(
            current["admission_policy_binding"], admission_policy.binding()
        ),
    }


def _settings(made: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return json.loads(((made or {}).get("environment") or {}).get("settings") or "{}")


def _admission(current: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return admission_policy.record(current) if current else None


def _rbac(current: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return cluster_rbac.rbac_record(current) if current else None
