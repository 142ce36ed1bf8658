# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for the function's log group: made before the function, as Lambda's own keeps logs for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    OWN_TAG,
    WantedProfileManager,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_changes


def present(current: Mapping[str, Any] | None, wanted: WantedProfileManager) -> Plan:
    """`current` is `{name, retention_days, tags}`; a group that Lambda made by itself becomes ours."""
    name, days = wanted.log_group, wanted.log_retention_days
    if current is None:
        tags = tag_changes({}, wanted.tags, False, wanted.own_tags).after
        calls = (
            Call("create_log_group", {"name": name, "tags": tags}),
            Call("set_retention", {"name": name, "days": days}),
        )
        return Plan(None, {"name": name, "retention_days": days, "tags": tags}, calls)
    calls = []
    if current["retention_days"] != days:
        calls.append(Call("set_retention", {"name": name, "days": days}))
    tags = tag_changes(current["tags"], wanted.tags, wanted.purge_tags, wanted.own_tags)
    arn = wanted.place.arn("logs", f"log-group:{name}")
    if tags.added:
        calls.append(Call("tag_log_group", {"arn": arn, "tags": tags.added}))
    if tags.removed:
        calls.append(Call("untag_log_group", {"arn": arn, "keys": tags.removed}))
    return Plan(current, {**current, "retention_days": days, "tags": tags.after}, tuple(calls))


def absent(current: Mapping[str, Any] | None, wanted: WantedProfileManager) -> Plan:
    """Remove the group and all logs in it; one that we have not made is left alone."""
    if current is None:
        return Plan(None, None)
    if current["tags"].get(OWN_TAG) != wanted.function_name:
        warning = f"The log group {current['name']} is left alone: it lacks the tag {OWN_TAG}."
        return Plan(current, current, (), (warning,))
    return Plan(current, None, (Call("delete_log_group", {"name": current["name"]}),))
