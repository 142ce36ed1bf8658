# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for a managed node group: what EKS fixes stays, the rest follows what is wanted.

Formats: https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_calls, tag_changes

BUSY = ("CREATING", "UPDATING")
# The API's name of what EKS fixes when the group is made, by ours.
FIXED = {
    "node_role_arn": "nodeRole",
    "subnet_ids": "subnets",
    "instance_types": "instanceTypes",
    "ami_type": "amiType",
    "capacity_type": "capacityType",
    "disk_size": "diskSize",
}
DEFAULTS = {"instance_types": ["t3.medium"], "ami_type": UNKNOWN, "capacity_type": "ON_DEMAND", "disk_size": 20}
SIZES = {"min_size": "minSize", "max_size": "maxSize", "desired_size": "desiredSize"}


@dataclass(frozen=True)
class WantedNodeGroup:
    """The group as its user wants it; None is "not given, not touched"."""

    cluster_name: str
    name: str
    node_role_arn: str | None = None
    subnet_ids: Sequence[str] | None = None
    instance_types: Sequence[str] | None = None
    ami_type: str | None = None
    capacity_type: str | None = None
    disk_size: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    desired_size: int | None = None
    max_unavailable: int | None = None
    labels: Mapping[str, str] | None = None
    taints: Sequence[Mapping[str, str]] | None = None
    version: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    wait: bool = True
    announced_only: bool = False


def present(current: Mapping[str, Any], wanted: WantedNodeGroup) -> Plan:
    """Make the group, or bring the one that is there to what is wanted.

    `current` is `{cluster_status: str | None, node_group: record | None}`.
    """
    if current["cluster_status"] is None and not wanted.announced_only:
        raise Refusal(f"There is no cluster {wanted.cluster_name}. Make it first, or correct cluster_name and region.")
    group = current["node_group"]
    if group is None:
        return _created(None, wanted)
    if group["status"] == "DELETING":
        return _created(group, wanted, Call("wait_deleted", _address(wanted), changes=False))
    if group["status"] in ("CREATE_FAILED", "DELETE_FAILED"):
        raise Refusal(
            f"The node group {wanted.name} of {wanted.cluster_name} is {group['status']} (its health issues say why: "
            "quota, subnets or role). Remove it (state: absent), correct the cause, and run this task again."
        )
    _refuse_drift(group, wanted)
    return _updated(group, wanted)


def absent(current: Mapping[str, Any], wanted: WantedNodeGroup) -> Plan:
    """Remove the group with its nodes."""
    group = current["node_group"]
    if group is None:
        return Plan(None, None)
    calls = [] if group["status"] == "DELETING" else [Call("delete_node_group", _address(wanted))]
    if wanted.wait:
        calls.append(Call("wait_deleted", _address(wanted), changes=False))
    return Plan(group, None, tuple(calls))


def _refuse_drift(group: Mapping[str, Any], wanted: WantedNodeGroup) -> None:
    for option in FIXED:
        value = getattr(wanted, option)
        if isinstance(value, (list, tuple)) and option == "subnet_ids":
            value = sorted(value)
        if value is not None and value != group[option]:
            raise Refusal(
                f"The node group {wanted.name} of {wanted.cluster_name} has {option} {group[option]}, not {value}: EKS "
                "fixes it when the group is made. Make another group under another name, and remove this one when the "
                "pods have moved."
            )


def scaling_after(current: Mapping[str, int], wanted: WantedNodeGroup) -> dict[str, int]:
    """The sizes as they should be: an autoscaler's choice within the bounds is left alone.

    `desired_size` says how many nodes a new group begins with.
    """
    after = {size: current[size] if getattr(wanted, size) is None else getattr(wanted, size) for size in SIZES}
    after["desired_size"] = min(max(current["desired_size"], after["min_size"]), after["max_size"])
    return after


def label_changes(current: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, Any]:
    """What UpdateNodegroupConfig takes for labels; empty where there is nothing to do."""
    target = {key: str(value) for key, value in wanted.items()}
    added = {key: value for key, value in target.items() if current.get(key) != value}
    removed = sorted(key for key in current if key not in target)
    changes = {"addOrUpdateLabels": added, "removeLabels": removed}
    return {key: value for key, value in changes.items() if value}


def sorted_taints(taints: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """`{key, value, effect}` in one order, as they are compared and returned."""
    shaped = [{"key": one["key"], "value": one.get("value") or "", "effect": one["effect"]} for one in taints]
    return sorted(shaped, key=lambda one: (one["key"], one["effect"]))


def taint_changes(current: Sequence[Mapping[str, str]], wanted: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """What UpdateNodegroupConfig takes for taints; empty where there is nothing to do."""
    kept = {(one["key"], one["effect"]) for one in wanted}
    added = [_taint(one) for one in wanted if one not in current]
    removed = [_taint(one) for one in current if (one["key"], one["effect"]) not in kept]
    changes = {"addOrUpdateTaints": added, "removeTaints": removed}
    return {key: value for key, value in changes.items() if value}


def _taint(taint: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in taint.items() if value}


def _created(before: Mapping[str, Any] | None, wanted: WantedNodeGroup, *calls_before: Call) -> Plan:
    if not wanted.announced_only and not (wanted.node_role_arn and wanted.subnet_ids):
        raise Refusal(
            f"There is no node group {wanted.name} in {wanted.cluster_name}; to make it, give node_role_arn and subnet_ids."
        )
    sizes = _first_sizes(wanted)
    taints = sorted_taints(wanted.taints or ())
    labels = {key: str(value) for key, value in (wanted.labels or {}).items()}
    tags = tag_changes({}, wanted.tags, False).after
    request = {
        **{theirs: getattr(wanted, ours) for ours, theirs in FIXED.items()},
        "scalingConfig": {theirs: sizes[ours] for ours, theirs in SIZES.items()},
        "updateConfig": {"maxUnavailable": wanted.max_unavailable} if wanted.max_unavailable else None,
        "labels": labels or None,
        "taints": [_taint(one) for one in taints] or None,
        "version": wanted.version,
        "tags": tags or None,
    }
    given = {key: value for key, value in request.items() if value is not None}
    calls = [*calls_before, Call("create_node_group", {**_address(wanted), "request": given})]
    if wanted.wait:
        calls.append(Call("wait_active", _address(wanted), changes=False))
    fixed = {option: getattr(wanted, option) or DEFAULTS.get(option, UNKNOWN) for option in FIXED}
    fixed["subnet_ids"] = sorted(wanted.subnet_ids or []) or UNKNOWN
    after = {
        **_address(wanted),
        "arn": UNKNOWN,
        "status": "ACTIVE" if wanted.wait else "CREATING",
        **fixed,
        **sizes,
        "max_unavailable": wanted.max_unavailable or 1,
        "labels": labels,
        "taints": taints,
        "version": wanted.version or UNKNOWN,
        "release_version": UNKNOWN,
        "tags": tags,
    }
    return Plan(before, after, tuple(calls))


def _first_sizes(wanted: WantedNodeGroup) -> dict[str, int]:
    least = 1 if wanted.min_size is None else wanted.min_size
    desired = least if wanted.desired_size is None else wanted.desired_size
    most = max(least, desired, 1) if wanted.max_size is None else wanted.max_size
    if not least <= desired <= most:
        raise Refusal(
            f"The node group {wanted.name} cannot have between {least} and {most} nodes and begin with {desired}. "
            "Correct min_size, max_size or desired_size."
        )
    return {"min_size": least, "max_size": most, "desired_size": desired}


def _updated(group: Mapping[str, Any], wanted: WantedNodeGroup) -> Plan:
    after = dict(group)
    request: dict[str, Any] = {}
    sizes = scaling_after(group, wanted)
    if any(sizes[size] != group[size] for size in SIZES):
        request["scalingConfig"] = {theirs: sizes[ours] for ours, theirs in SIZES.items()}
        after.update(sizes)
    if wanted.max_unavailable and wanted.max_unavailable != group["max_unavailable"]:
        request["updateConfig"] = {"maxUnavailable": wanted.max_unavailable}
        after["max_unavailable"] = wanted.max_unavailable
    if wanted.labels is not None and (labels := label_changes(group["labels"], wanted.labels)):
        request["labels"] = labels
        after["labels"] = {key: str(value) for key, value in wanted.labels.items()}
    if wanted.taints is not None:
        taints = sorted_taints(wanted.taints)
        if changes := taint_changes(group["taints"], taints):
            request["taints"] = changes
            after["taints"] = taints
    calls = []
    if request:
        calls.append(Call("update_config", {**_address(wanted), "request": request}))
    if wanted.version and wanted.version != group["version"]:
        _refuse_older(group, wanted)
        calls.append(Call("update_version", {**_address(wanted), "version": wanted.version}))
        after.update(version=wanted.version, release_version=UNKNOWN)
    if group["status"] in BUSY and (calls or wanted.wait):
        calls.insert(0, Call("wait_active", _address(wanted), changes=False))
        after["status"] = "ACTIVE"
    tags = tag_changes(group["tags"], wanted.tags, wanted.purge_tags)
    after["tags"] = tags.after
    return Plan(group, after, (*calls, *tag_calls(group["arn"], tags)))


def _refuse_older(group: Mapping[str, Any], wanted: WantedNodeGroup) -> None:
    here, there = (tuple(int(part) for part in version.split(".")) for version in (group["version"], wanted.version))
    if there < here:
        raise Refusal(
            f"The node group {wanted.name} of {wanted.cluster_name} has version {group['version']}; EKS does not go back "
            f"to {wanted.version}. Raise the option version, or leave it out."
        )


def _address(wanted: WantedNodeGroup) -> dict[str, str]:
    return {"cluster_name": wanted.cluster_name, "name": wanted.name}
