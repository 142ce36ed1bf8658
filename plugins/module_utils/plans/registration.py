# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the function's role is made known to the cluster: by an access entry, or where there are none by aws-auth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import access_entry, aws_auth
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Plan

ACCESS_ENTRY, AWS_AUTH = "access_entry", "aws_auth"


def way(registration: str, mode: str | None, cluster_name: str | None) -> str:
    """`access_entry` or `aws_auth`, UNKNOWN while nobody knows the cluster's mode."""
    if mode is None:
        return UNKNOWN if registration == "auto" else registration
    if registration == ACCESS_ENTRY and mode == "CONFIG_MAP":
        raise Refusal(
            f"The cluster {cluster_name} has authentication mode CONFIG_MAP and knows no access entries. Set its "
            "authentication_mode to API_AND_CONFIG_MAP (there is no way back), or give registration: aws_auth or auto."
        )
    if registration == AWS_AUTH and mode == "API":
        raise Refusal(
            f"The cluster {cluster_name} has authentication mode API and does not read aws-auth. "
            "Give registration: access_entry or auto."
        )
    if registration == "auto":
        return AWS_AUTH if mode == "CONFIG_MAP" else ACCESS_ENTRY
    return registration


def present(current: Mapping[str, Any], chosen: str, entry: access_entry.WantedAccessEntry) -> Plan:
    """`current` is what plans/access_entry.py takes, plus `aws_auth`, the document, and `role`, each maybe None."""
    if chosen == AWS_AUTH:
        return aws_auth.plan(current["aws_auth"], mapping(entry))
    mode = None if chosen == UNKNOWN else current["mode"]
    return access_entry.present({**current, "mode": mode, "role_is_new": current["role"] is None}, entry)


def absent(current: Mapping[str, Any], entry: access_entry.WantedAccessEntry) -> Plan:
    """Forget the role in both places, wherever it is known."""
    entries = access_entry.absent(current, entry)
    mapped = aws_auth.plan(current["aws_auth"], mapping(entry, state="absent"))
    return Plan(entries.before or mapped.before, None, (*entries.calls, *mapped.calls))


def mapping(entry: access_entry.WantedAccessEntry, state: str = "present") -> aws_auth.WantedMapping:
    """The access entry as an entry of aws-auth."""
    return aws_auth.WantedMapping(
        arn=entry.principal_arn,
        username=entry.username,
        groups=entry.kubernetes_groups,
        purge=True,
        state=state,
    )
