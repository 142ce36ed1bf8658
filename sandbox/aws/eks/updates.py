"""Changes of a cluster: one at a time, UPDATING while it lasts, its effect only at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.calls import Call, refuse
from sandbox.aws.eks import access_entries, auto_mode, encryption, versions
from sandbox.aws.eks.clusters import wanted_log_types
from sandbox.aws.eks.records import ClusterRecord, Update
from sandbox.aws.eks.state import State

MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
CHANGES = ("resourcesVpcConfig", "logging", "accessConfig", "deletionProtection", "upgradePolicy")


def begin(state: State, record: ClusterRecord, kind: str, params: dict[str, Any], apply: Callable[[], None]) -> dict:
    update = Update(type=kind, params=params, done=state.pace.over("cluster_update"), apply=apply)
    record.updates[update.id] = update
    return {"update": update.described()}


def check_free(record: ClusterRecord) -> None:
    update = record.update_in_progress
    if update:
        message = f"Cannot update because cluster {record.name} currently has update {update.id} in progress"
        raise refuse("ResourceInUseException", message)
    if record.status != "ACTIVE":
        raise refuse("InvalidRequestException", f"Cluster '{record.name}' is not in ACTIVE status")


def update_config(state: State, call: Call) -> dict[str, Any]:
    record = state.find(call, call.get("name"))
    check_free(record)
    given = [name for name in CHANGES if call.get(name) is not None]
    if auto_mode.is_given(call) and not given:
        return begin(state, record, "AutoModeUpdate", *change_auto_mode(record, call))
    if len(given) != 1:
        raise refuse("InvalidParameterException", "Only one type of update can be allowed.")
    change = {
        "resourcesVpcConfig": change_network,
        "logging": change_logging,
        "accessConfig": change_access,
        "deletionProtection": change_protection,
        "upgradePolicy": change_policy,
    }[given[0]]
    kind, params, apply = change(record, call.get(given[0]))
    return begin(state, record, kind, params, apply)


Change = tuple[str, dict[str, Any], Callable[[], None]]


def change_network(record: ClusterRecord, wanted: dict[str, Any]) -> Change:
    places = {name: wanted[name] for name in ("subnetIds", "securityGroupIds") if wanted.get(name) is not None}
    access_names = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
    access = {name: wanted[name] for name in access_names if wanted.get(name) is not None}
    after = {**record.vpc_config, **places, **access}
    if after == record.vpc_config:
        current = record.vpc_config
        message = (
            "Cluster is already at the desired configuration with "
            f"endpointPrivateAccess: {str(current['endpointPrivateAccess']).lower()} , "
            f"endpointPublicAccess: {str(current['endpointPublicAccess']).lower()}, "
            f"and Public Endpoint Restrictions: [{', '.join(current['publicAccessCidrs'])}]"
        )
        raise refuse("InvalidParameterException", message)
    if not (after["endpointPublicAccess"] or after["endpointPrivateAccess"]):
        raise refuse("InvalidParameterException", "Private and public endpoint access cannot be false")
    kind = "EndpointAccessUpdate" if access else "VpcConfigUpdate"
    params = {name[0].upper() + name[1:]: value for name, value in access.items()}
    return kind, params, lambda: record.vpc_config.update(after)


def change_logging(record: ClusterRecord, wanted: dict[str, Any]) -> Change:
    after = wanted_log_types(record.log_types, wanted)
    if after == record.log_types:
        raise refuse("InvalidParameterException", "No changes needed for the logging config provided")

    def apply() -> None:
        record.log_types = after

    return "LoggingUpdate", {"ClusterLogging": wanted}, apply


def change_access(record: ClusterRecord, wanted: dict[str, Any]) -> Change:
    """The mode goes one way only, from CONFIG_MAP to API, and brings the entries EKS makes by itself."""
    current, after = record.authentication_mode, wanted.get("authenticationMode", "")
    if after not in MODES or MODES.index(after) <= MODES.index(current):
        message = f"Unsupported authentication mode update from {current} to {after}"
        raise refuse("InvalidParameterException", message)
    if (current, after) == ("CONFIG_MAP", "API"):
        message = "Unsupported authentication mode update from CONFIG_MAP to API"
        raise refuse("InvalidParameterException", message)

    def apply() -> None:
        record.authentication_mode = after
        if current == "CONFIG_MAP":
            access_entries.add_creator(record)
            for group in record.node_groups.values():
                access_entries.add_node_role(record, group.fields["nodeRole"])

    return "AccessConfigUpdate", {"AuthenticationMode": after}, apply


def change_auto_mode(record: ClusterRecord, call: Call) -> tuple[dict[str, Any], Callable[[], None]]:
    after = auto_mode.checked(call, record.authentication_mode)
    if after == record.compute_config:
        raise refuse("InvalidParameterException", "No changes needed for the compute config provided")

    def apply() -> None:
        record.compute_config = after

    return {"ComputeConfig": after}, apply


def associate_encryption(state: State, call: Call) -> dict[str, Any]:
    """Encryption of secrets is given once, and never taken away."""
    record = state.find(call, call.get("clusterName"))
    check_free(record)
    if record.encryption_config:
        raise refuse("InvalidParameterException", f"Cluster {record.name} already has encryption enabled")
    wanted = encryption.checked(call)

    def apply() -> None:
        record.encryption_config = wanted

    return begin(state, record, "AssociateEncryptionConfig", {"EncryptionConfig": wanted}, apply)


def change_protection(record: ClusterRecord, wanted: bool) -> Change:
    def apply() -> None:
        record.deletion_protection = wanted

    return "DeletionProtectionUpdate", {"DeletionProtection": wanted}, apply


def change_policy(record: ClusterRecord, wanted: dict[str, Any]) -> Change:
    return "UpgradePolicyUpdate", {"UpgradePolicy": wanted}, lambda: record.upgrade_policy.update(wanted)


def update_version(state: State, call: Call) -> dict[str, Any]:
    record = state.find(call, call.get("name"))
    check_free(record)
    wanted = call.get("version")
    versions.check_step(record.version, wanted)

    def apply() -> None:
        record.version = wanted

    return begin(state, record, "VersionUpdate", {"Version": wanted, "PlatformVersion": "eks.1"}, apply)


def updates_of(record: ClusterRecord, call: Call) -> dict[str, Update]:
    group, addon = call.get("nodegroupName"), call.get("addonName")
    if addon is not None:
        if addon not in record.addons:
            raise refuse("ResourceNotFoundException", f"No addon: {addon} found in cluster: {record.name}")
        return record.addons[addon].updates
    if group is None:
        return record.updates
    if group not in record.node_groups:
        raise refuse("ResourceNotFoundException", f"No node group found for name: {group}.")
    return record.node_groups[group].updates


def describe_update(state: State, call: Call) -> dict[str, Any]:
    update = updates_of(state.find(call, call.get("name")), call).get(call.get("updateId"))
    if update is None:
        raise refuse("ResourceNotFoundException", f"No update found for ID: {call.get('updateId')}")
    update.settle()
    return {"update": update.described()}


def list_updates(state: State, call: Call) -> dict[str, Any]:
    return {"updateIds": list(updates_of(state.find(call, call.get("name")), call))}
