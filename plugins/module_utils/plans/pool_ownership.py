# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose a user pool is: names are no one's alone in Cognito, so a tag tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool import user_pool_record


def lacking(pool: Mapping[str, Any] | None, required: Mapping[str, str]) -> str:
    """The first tag that a pool lacks to be ours, as KEY=VALUE; empty for one of ours, and where there is none."""
    tags = (pool or {}).get("UserPoolTags") or {}
    return next((f"{key}={value}" for key, value in required.items() if pool and tags.get(key) != value), "")


def refuse_change(pool: Mapping[str, Any] | None, required: Mapping[str, str]) -> None:
    """Raise the explanation for a pool of somebody else."""
    tag = lacking(pool, required)
    if tag:
        raise Refusal(
            f"The user pool {pool['Name']} ({pool['Id']}) was not made here: it lacks the tag {tag}. "
            "Choose another name, or hand the pool over by giving it that tag."
        )


def left_alone(pool: Mapping[str, Any], required: Mapping[str, str]) -> Plan:
    """The removal of a pool of somebody else: nothing, and a word about it."""
    record = user_pool_record(pool)
    warning = f"The user pool {pool['Name']} ({pool['Id']}) is left alone: it lacks the tag {lacking(pool, required)}."
    return Plan(record, record, (), (warning,))
