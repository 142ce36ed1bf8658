# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done so that the user pool calls the function before it makes a token."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    WantedProfileManager,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool import update_request
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_triggers import merged_triggers

TRIGGER = "PreTokenGenerationConfig"
FIRST_VERSION = "V1_0"


def present(pool: Mapping[str, Any] | None, accepted: Collection[str], wanted: WantedProfileManager) -> Plan:
    """`pool` is Cognito's description of the user pool, `accepted` the fields that UpdateUserPool takes."""
    if pool is None:
        return _without_pool(wanted)
    arn, version = wanted.function_arn, wanted.trigger_version
    before = trigger_record(pool)
    if before and before["function_arn"] != arn:
        raise Refusal(
            f"The user pool {pool['Id']} calls {before['function_arn']} before it makes a token, and can call one "
            f"function only. Detach that one first, if {wanted.function_name} is to take its place."
        )
    if pool.get("UserPoolTier") == "LITE" and version != FIRST_VERSION:
        raise Refusal(
            f"The user pool {pool['Id']} is of the tier LITE, which sends events of version {FIRST_VERSION} only. "
            f"Raise its tier to ESSENTIALS, or give trigger_version: {FIRST_VERSION}."
        )
    after = {"user_pool_id": pool["Id"], "function_arn": arn, "version": version}
    if before == after:
        return Plan(before, after)
    return Plan(before, after, (_update(pool, accepted, {"LambdaArn": arn, "LambdaVersion": version}),))


def absent(pool: Mapping[str, Any] | None, accepted: Collection[str], wanted: WantedProfileManager) -> Plan:
    """Detach the function; another function that the pool calls stays."""
    before = trigger_record(pool) if pool is not None else None
    if pool is None or before is None or before["function_arn"] != wanted.function_arn:
        return Plan(None, None)
    return Plan(before, None, (_update(pool, accepted, ""),))


def trigger_record(pool: Mapping[str, Any]) -> dict[str, str] | None:
    """The trigger that the pool has, in the shape that the module returns."""
    triggers = pool.get("LambdaConfig") or {}
    config = triggers.get(TRIGGER) or {}
    arn = config.get("LambdaArn") or triggers.get("PreTokenGeneration")
    if not arn:
        return None
    return {"user_pool_id": pool["Id"], "function_arn": arn, "version": config.get("LambdaVersion", FIRST_VERSION)}


def _update(pool: Mapping[str, Any], accepted: Collection[str], trigger: Any) -> Call:
    merged = merged_triggers(pool.get("LambdaConfig") or {}, {TRIGGER: trigger})
    request = update_request(pool, {"LambdaConfig": merged}, accepted)
    return Call("update_user_pool", {**request, "UserPoolId": pool["Id"], "seen": pool})


def _without_pool(wanted: WantedProfileManager) -> Plan:
    if wanted.announced_only:
        after = {
            "user_pool_id": wanted.user_pool_id or UNKNOWN,
            "function_arn": wanted.function_arn,
            "version": wanted.trigger_version,
        }
        return Plan(None, after, (Call("update_user_pool", {"UserPoolId": after["user_pool_id"]}),))
    raise Refusal(
        f"There is no user pool {wanted.user_pool_id or '(none was given)'} to attach {wanted.function_name} to. "
        "Give user_pool_id of a pool in the same region."
    )
