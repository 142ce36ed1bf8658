# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done so that exactly one user pool may call the function, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    WantedProfileManager,
)

PRINCIPAL = "cognito-idp.amazonaws.com"
SID_PREFIX = "cognito-"


def statement_id(user_pool_id: str) -> str:
    """The name of the permission, the same for the same pool in every run."""
    return SID_PREFIX + re.sub(r"[^A-Za-z0-9_-]", "-", user_pool_id)


def present(current: Sequence[Mapping[str, Any]], wanted: WantedProfileManager) -> Plan:
    """`current` are the function's permissions `{statement_id, principal, source_arn, source_account}`.

    Permissions under our names for other pools go; what others have added under their own names stays.
    """
    ours = [item for item in current if item["statement_id"].startswith(SID_PREFIX)]
    target = _target(wanted)
    if target is None:
        return Plan(_shown(ours), _shown(ours) if ours else _announced(wanted), _announcing_calls(ours, wanted))
    if ours == [target]:
        return Plan(target, target)
    calls = [_removal(item, wanted) for item in ours if item != target]
    if target not in ours:
        calls.append(Call("add_permission", {"name": wanted.function_name, "permission": target}))
    return Plan(_shown(ours), target, tuple(calls))


def absent(current: Sequence[Mapping[str, Any]], wanted: WantedProfileManager) -> Plan:
    """Remove our permissions."""
    ours = [item for item in current if item["statement_id"].startswith(SID_PREFIX)]
    return Plan(_shown(ours), None, tuple(_removal(item, wanted) for item in ours))


def _target(wanted: WantedProfileManager) -> dict[str, str] | None:
    if wanted.user_pool_id is None:
        return None
    return {
        "statement_id": statement_id(wanted.user_pool_id),
        "principal": PRINCIPAL,
        "source_arn": wanted.user_pool_arn or "",
        "source_account": wanted.place.account,
    }


def _announced(wanted: WantedProfileManager) -> dict[str, str] | None:
    """The permission for a pool that is only announced itself."""
    if not wanted.announced_only:
        return None
    return {
        "statement_id": UNKNOWN,
        "principal": PRINCIPAL,
        "source_arn": UNKNOWN,
        "source_account": wanted.place.account,
    }


def _announcing_calls(ours: Sequence[Mapping[str, Any]], wanted: WantedProfileManager) -> tuple[Call, ...]:
    if ours or not wanted.announced_only:
        return ()
    return (Call("add_permission", {"name": wanted.function_name, "permission": _announced(wanted)}),)


def _removal(item: Mapping[str, Any], wanted: WantedProfileManager) -> Call:
    return Call("remove_permission", {"name": wanted.function_name, "statement_id": item["statement_id"]})


def _shown(ours: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return ours[0] if ours else None
