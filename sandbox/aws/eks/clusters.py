"""Clusters come and go: CREATING until Kubernetes answers and AWS's time has passed, DELETING until both are over."""

from __future__ import annotations

import base64
import logging
import re
import threading
import time
from typing import Any

from sandbox.aws import principals
from sandbox.aws.calls import Call, refuse
from sandbox.aws.eks import access_entries, auto_mode, encryption, network, versions
from sandbox.aws.eks.records import ClusterRecord
from sandbox.aws.eks.state import State

log = logging.getLogger(__name__)
NAME = re.compile(r"^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$")


def create(state: State, call: Call) -> dict[str, Any]:
    name = call.get("name", "")
    key = (call.account, call.region, name)
    if not NAME.match(name):
        raise refuse("InvalidParameterException", f"The cluster name {name!r} is invalid")
    if key in state.clusters:
        raise refuse("ResourceInUseException", f"Cluster already exists with name: {name}")
    record = new_record(state, call)
    state.clusters[key] = record
    if record.authentication_mode != "CONFIG_MAP":
        access_entries.add_creator(record)
    record.handle = state.kubernetes(record)
    threading.Thread(target=bring_up, args=(record,), name=f"eks-{name}-up", daemon=True).start()
    return {"cluster": record.described()}


def new_record(state: State, call: Call) -> ClusterRecord:
    name, access = call.get("name"), call.get("accessConfig", {})
    version = versions.checked(call.get("version"))
    check_role(call)
    mode = access.get("authenticationMode") or "CONFIG_MAP"
    compute = auto_mode.checked(call, mode)
    auto_mode.check_bootstrap(call, compute)
    return ClusterRecord(
        name=name,
        arn=f"arn:aws:eks:{call.region}:{call.account}:cluster/{name}",
        account=call.account,
        region=call.region,
        version=version,
        role_arn=call.get("roleArn"),
        creator_arn=principals.caller_of(call.account, call.access_key).arn,
        bootstrap_creator_admin=access.get("bootstrapClusterCreatorAdminPermissions", True),
        authentication_mode=mode,
        vpc_config=network.vpc_config(call.account, call.region, name, call.get("resourcesVpcConfig", {})),
        log_types=set(wanted_log_types(set(), call.get("logging", {}))),
        network_config=network_config(call.get("kubernetesNetworkConfig", {})),
        tags=dict(call.get("tags", {})),
        ready=state.pace.over("cluster"),
        encryption_config=encryption.checked(call),
        compute_config=compute,
        self_managed_addons=call.get("bootstrapSelfManagedAddons", True),
        deletion_protection=call.get("deletionProtection", False),
        upgrade_policy=call.get("upgradePolicy", {"supportType": "EXTENDED"}),
    )


def check_role(call: Call) -> None:
    """EKS assumes the role while it creates the cluster."""
    arn = call.get("roleArn", "")
    if not principals.can_be_assumed_by(call.account, arn, "eks.amazonaws.com"):
        message = (
            f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        )
        raise refuse("InvalidParameterException", message)


def wanted_log_types(current: set[str], logging_config: dict[str, Any]) -> set[str]:
    """The log types that are on once this change is applied."""
    wanted = set(current)
    for part in logging_config.get("clusterLogging", []):
        names = set(part.get("types", []))
        wanted = wanted | names if part.get("enabled") else wanted - names
    return wanted


def network_config(wanted: dict[str, Any]) -> dict[str, Any]:
    family = wanted.get("ipFamily") or "ipv4"
    config: dict[str, Any] = {"ipFamily": family}
    if family == "ipv4":
        config["serviceIpv4Cidr"] = wanted.get("serviceIpv4Cidr") or "172.20.0.0/16"
    return config


def bring_up(record: ClusterRecord) -> None:
    """Start the cluster's Kubernetes API; a failure becomes the cluster's health issue."""
    try:
        record.handle.start()
    except Exception as error:
        log.exception("Kubernetes of cluster %s did not start", record.name)
        record.fault = f"Kubernetes did not start: {error}"
        return
    record.certificate_authority_data = base64.b64encode(record.handle.ca_pem).decode()
    record.endpoint = record.handle.url


def describe(state: State, call: Call) -> dict[str, Any]:
    return {"cluster": state.find(call, call.get("name")).described()}


def list_names(state: State, call: Call) -> dict[str, Any]:
    return {"clusters": [record.name for record in state.here(call)]}


def delete(state: State, call: Call) -> dict[str, Any]:
    record = state.find(call, call.get("name"))
    if record.node_groups:
        raise refuse("ResourceInUseException", "Cluster has nodegroups attached")
    status = record.status
    if status == "CREATING":
        raise refuse("ResourceInUseException", f"Cluster has status {status}: {record.name}")
    update = record.update_in_progress
    if update:
        raise refuse("ResourceInUseException", f"Cluster {record.name} currently has update {update.id} in progress")
    if record.deletion_protection:
        message = f"Cluster {record.name} has deletion protection enabled. Disable it before deleting the cluster."
        raise refuse("InvalidRequestException", message)
    if not record.deleting:
        record.deleting = True
        threading.Thread(target=take_down, args=(state, record), name=f"eks-{record.name}-down", daemon=True).start()
    return {"cluster": record.described()}


def take_down(state: State, record: ClusterRecord) -> None:
    gone = state.pace.over("cluster_deletion")
    try:
        record.handle.stop()
    except Exception:
        log.exception("Kubernetes of cluster %s did not stop", record.name)
    while not gone.passed:
        time.sleep(0.05)
    network.delete_security_group(record.account, record.region, record.vpc_config["clusterSecurityGroupId"])
    state.clusters.pop((record.account, record.region, record.name), None)


def describe_versions(_state: State, call: Call) -> dict[str, Any]:
    wanted = call.get("clusterVersions") or list(versions.CALENDAR)
    described = [versions.described(version) for version in versions.CALENDAR if version in wanted]
    if call.get("defaultOnly"):
        described = [version for version in described if version["defaultVersion"]]
    return {"clusterVersions": described}
