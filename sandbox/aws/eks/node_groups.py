"""Managed node groups, without nodes: their states, their defaults, and the way their role enters the cluster."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from sandbox.aws import principals
from sandbox.aws.calls import Call, refuse
from sandbox.aws.eks import access_entries, network, versions
from sandbox.aws.eks.records import ClusterRecord, NodeGroup, Update, now
from sandbox.aws.eks.state import State

log = logging.getLogger(__name__)
DEFAULTS: dict[str, Any] = {
    "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 2},
    "diskSize": 20,
    "instanceTypes": ["t3.medium"],
    "amiType": "AL2023_x86_64_STANDARD",
    "capacityType": "ON_DEMAND",
    "updateConfig": {"maxUnavailable": 1},
    "labels": {},
    "taints": [],
}
OPTIONAL = ("remoteAccess", "launchTemplate", "nodeRepairConfig")


def create(state: State, call: Call) -> dict[str, Any]:
    record, name = state.find(call, call.get("clusterName")), call.get("nodegroupName")
    if name in record.node_groups:
        message = f"NodeGroup already exists with name {name} and cluster name {record.name}"
        raise refuse("ResourceInUseException", message)
    if record.status != "ACTIVE":
        raise refuse("InvalidRequestException", f"Cluster '{record.name}' is not in ACTIVE status")
    role_arn = call.get("nodeRole", "")
    if principals.role_of(call.account, role_arn) is None:
        raise refuse("InvalidParameterException", f"The role with name {role_arn.rsplit('/', 1)[-1]} cannot be found.")
    network.existing_subnets(call.account, call.region, call.get("subnets", []))
    group = new_group(state, call, record)
    record.node_groups[name] = group
    admit(state, record, role_arn)
    return {"nodegroup": group.described()}


def new_group(state: State, call: Call, record: ClusterRecord) -> NodeGroup:
    name, version = call.get("nodegroupName"), call.get("version") or record.version
    if versions.minor(versions.checked(version)) > versions.minor(record.version):
        message = f"Nodegroup Kubernetes version should be equal to or less than cluster's version {record.version}"
        raise refuse("InvalidParameterException", message)
    identity = uuid.uuid4()
    fields = {key: call.get(key, default) for key, default in DEFAULTS.items()}
    fields |= {key: call.get(key) for key in OPTIONAL if call.get(key)}
    fields |= {
        "nodegroupName": name,
        "clusterName": record.name,
        "version": version,
        "releaseVersion": call.get("releaseVersion") or f"{version}.0-20261101",
        "createdAt": now(),
        "modifiedAt": now(),
        "subnets": call.get("subnets"),
        "nodeRole": call.get("nodeRole"),
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{identity}"}]},
    }
    arn = f"arn:aws:eks:{call.region}:{call.account}:nodegroup/{record.name}/{name}/{identity}"
    return NodeGroup(arn, fields, dict(call.get("tags", {})), ready=state.pace.over("node_group"))


def admit(state: State, record: ClusterRecord, role_arn: str) -> None:
    """EKS itself lets the nodes in: by an access entry in the API modes, by aws-auth otherwise."""
    if record.authentication_mode != "CONFIG_MAP":
        access_entries.add_node_role(record, role_arn)
    elif state.map_node_role:
        threading.Thread(target=map_role, args=(state, record, role_arn), name="eks-node-role", daemon=True).start()


def map_role(state: State, record: ClusterRecord, role_arn: str) -> None:
    try:
        state.map_node_role(record, role_arn)
    except Exception:
        log.exception("the node role %s was not written into aws-auth of %s", role_arn, record.name)


def group_of(state: State, call: Call) -> NodeGroup:
    record, name = state.find(call, call.get("clusterName")), call.get("nodegroupName")
    if name not in record.node_groups:
        raise refuse("ResourceNotFoundException", f"No node group found for name: {name}.")
    return record.node_groups[name]


def describe(state: State, call: Call) -> dict[str, Any]:
    return {"nodegroup": group_of(state, call).described()}


def list_names(state: State, call: Call) -> dict[str, Any]:
    return {"nodegroups": sorted(state.find(call, call.get("clusterName")).node_groups)}


def delete(state: State, call: Call) -> dict[str, Any]:
    group = group_of(state, call)
    group.gone = group.gone or state.pace.over("node_group_deletion")
    return {"nodegroup": group.described()}


def begin(
    state: State, group: NodeGroup, kind: str, params: dict[str, Any], apply: Callable[[], None]
) -> dict[str, Any]:
    if group.status != "ACTIVE":
        message = f"Nodegroup cannot be updated as it is currently not in Active State: {group.name}"
        raise refuse("ResourceInUseException", message)
    update = Update(type=kind, params=params, done=state.pace.over("cluster_update"), apply=apply)
    group.updates[update.id] = update
    return {"update": update.described()}


def update_config(state: State, call: Call) -> dict[str, Any]:
    group = group_of(state, call)
    changes = {name: call.get(name) for name in ("scalingConfig", "updateConfig", "labels", "taints") if call.get(name)}

    def apply() -> None:
        fields = group.fields
        fields["scalingConfig"] = {**fields["scalingConfig"], **changes.get("scalingConfig", {})}
        fields["updateConfig"] = changes.get("updateConfig", fields["updateConfig"])
        fields["labels"] = changed_labels(fields["labels"], changes.get("labels", {}))
        fields["taints"] = changed_taints(fields["taints"], changes.get("taints", {}))
        fields["modifiedAt"] = now()

    return begin(state, group, "ConfigUpdate", changes.get("scalingConfig", {}), apply)


def changed_labels(labels: dict[str, str], change: dict[str, Any]) -> dict[str, str]:
    merged = {**labels, **(change.get("addOrUpdateLabels") or {})}
    return {name: value for name, value in merged.items() if name not in (change.get("removeLabels") or [])}


def changed_taints(taints: list[dict[str, str]], change: dict[str, Any]) -> list[dict[str, str]]:
    def key(taint: dict[str, str]) -> tuple[str | None, str | None]:
        return taint.get("key"), taint.get("effect")

    added = change.get("addOrUpdateTaints") or []
    dropped = {key(taint) for taint in [*added, *(change.get("removeTaints") or [])]}
    return [taint for taint in taints if key(taint) not in dropped] + added


def update_version(state: State, call: Call) -> dict[str, Any]:
    group, record = group_of(state, call), state.find(call, call.get("clusterName"))
    wanted = call.get("version") or record.version
    if versions.minor(versions.checked(wanted)) > versions.minor(record.version):
        message = f"Nodegroup Kubernetes version should be equal to or less than cluster's version {record.version}"
        raise refuse("InvalidParameterException", message)
    release = call.get("releaseVersion") or f"{wanted}.0-20261101"
    params = {"Version": wanted, "ReleaseVersion": release}
    changed = {"version": wanted, "releaseVersion": release, "modifiedAt": now()}
    return begin(state, group, "VersionUpdate", params, lambda: group.fields.update(changed))
