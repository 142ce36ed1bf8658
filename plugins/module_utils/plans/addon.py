# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for an add-on of an EKS cluster: which version, with which configuration, as which roles.

Rules: https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_calls, tag_changes

DEFAULT = "default"
BUSY = ("CREATING", "UPDATING")


@dataclass(frozen=True)
class WantedAddon:
    """The add-on as its user wants it; None is "not given, not touched"."""

    cluster_name: str
    name: str
    version: str | None = None
    configuration: Mapping[str, Any] | None = None
    pod_identities: Sequence[Mapping[str, str]] | None = None
    service_account_role_arn: str | None = None
    resolve_conflicts: str | None = None
    preserve: bool = False
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    wait: bool = True
    announced_only: bool = False


def present(current: Mapping[str, Any], wanted: WantedAddon) -> Plan:
    """Install the add-on, or bring the one that is there to what is wanted.

    `current` is `{cluster_status: str | None, addon: record | None, default_version: str | None}`; the last is told
    where it is needed only.
    """
    if current["cluster_status"] is None and not wanted.announced_only:
        raise Refusal(f"There is no cluster {wanted.cluster_name}. Make it first, or correct cluster_name and region.")
    if wanted.version == DEFAULT and current["cluster_status"] and not current["default_version"]:
        raise Refusal(
            f"EKS names no default version of {wanted.name} for the cluster {wanted.cluster_name}. Correct the name "
            "(`aws eks describe-addon-versions` lists them), or give a version."
        )
    addon = current["addon"]
    if addon is None:
        return _created(None, current, wanted)
    if addon["status"] == "DELETING":
        return _created(addon, current, wanted, Call("wait_deleted", _address(wanted), changes=False))
    if addon["status"] == "CREATE_FAILED":
        # What the add-on has installed so far stays, so that a cluster does not lose its network on the way.
        return _created(
            addon,
            current,
            wanted,
            Call("delete_addon", {**_address(wanted), "preserve": True}),
            Call("wait_deleted", _address(wanted), changes=False),
        )
    return _updated(addon, current, wanted)


def absent(current: Mapping[str, Any], wanted: WantedAddon) -> Plan:
    """Remove the add-on with its pod identities, and with its software unless that is to be preserved."""
    addon = current["addon"]
    if addon is None:
        return Plan(None, None)
    calls = [] if addon["status"] == "DELETING" else [_deletion(addon, wanted)]
    if wanted.wait:
        calls.append(Call("wait_deleted", _address(wanted), changes=False))
    return Plan(addon, None, tuple(calls))


def _deletion(addon: Mapping[str, Any], wanted: WantedAddon) -> Call:
    return Call("delete_addon", {**_address(wanted), "preserve": wanted.preserve})


def sorted_identities(identities: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """`{service_account, role_arn}` in one order, as they are compared and returned."""
    shaped = [{"service_account": one["service_account"], "role_arn": one["role_arn"]} for one in identities]
    return sorted(shaped, key=lambda one: one["service_account"])


def _created(
    before: Mapping[str, Any] | None, current: Mapping[str, Any], wanted: WantedAddon, *calls_before: Call
) -> Plan:
    version = current["default_version"] if wanted.version == DEFAULT else wanted.version
    identities = sorted_identities(wanted.pod_identities or ())
    tags = tag_changes({}, wanted.tags, False).after
    request = {
        "addonVersion": version,
        "configuration": wanted.configuration or None,
        "podIdentityAssociations": _associations(identities) or None,
        "serviceAccountRoleArn": wanted.service_account_role_arn,
        "resolveConflicts": (wanted.resolve_conflicts or "overwrite").upper(),
        "tags": tags or None,
    }
    given = {key: value for key, value in request.items() if value is not None}
    calls = [*calls_before, Call("create_addon", {**_address(wanted), "request": given})]
    if wanted.wait:
        calls.append(Call("wait_active", _address(wanted), changes=False))
    after = {
        **_address(wanted),
        "arn": UNKNOWN,
        "status": "ACTIVE" if wanted.wait else "CREATING",
        "version": version or UNKNOWN,
        "configuration": dict(wanted.configuration or {}),
        "pod_identities": identities,
        "service_account_role_arn": wanted.service_account_role_arn or "",
        "tags": tags,
    }
    return Plan(before, after, tuple(calls))


def _updated(addon: Mapping[str, Any], current: Mapping[str, Any], wanted: WantedAddon) -> Plan:
    after = dict(addon)
    request: dict[str, Any] = {}
    version = current["default_version"] if wanted.version == DEFAULT else wanted.version
    if version and version != addon["version"]:
        after["version"] = request["addonVersion"] = version
    if wanted.configuration is not None and dict(wanted.configuration) != addon["configuration"]:
        after["configuration"] = request["configuration"] = dict(wanted.configuration)
    if wanted.service_account_role_arn and wanted.service_account_role_arn != addon["service_account_role_arn"]:
        after["service_account_role_arn"] = request["serviceAccountRoleArn"] = wanted.service_account_role_arn
    identities = sorted_identities(wanted.pod_identities or ())
    if wanted.pod_identities is not None and identities != addon["pod_identities"]:
        after["pod_identities"] = identities
        request["podIdentityAssociations"] = _associations(identities)
    calls = []
    if request:
        if addon["status"] in BUSY:
            calls.append(Call("wait_settled", _address(wanted), changes=False))
        request["resolveConflicts"] = (wanted.resolve_conflicts or "preserve").upper()
        calls.append(Call("update_addon", {**_address(wanted), "request": request}))
    if wanted.wait and (request or addon["status"] != "ACTIVE"):
        calls.append(Call("wait_active", _address(wanted), changes=False))
        after["status"] = "ACTIVE"
    elif request:
        after["status"] = "UPDATING"
    tags = tag_changes(addon["tags"], wanted.tags, wanted.purge_tags)
    after["tags"] = tags.after
    return Plan(addon, after, (*calls, *tag_calls(addon["arn"], tags)))


def _associations(identities: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{"serviceAccount": one["service_account"], "roleArn": one["role_arn"]} for one in identities]


def _address(wanted: WantedAddon) -> dict[str, str]:
    return {"cluster_name": wanted.cluster_name, "name": wanted.name}
