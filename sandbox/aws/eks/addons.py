"""Add-ons: software that EKS installs into a cluster. Two of them need nodes before they are well.

Rules and messages: EKS user guide "Amazon EKS add-ons"; hashicorp and terraform-aws-modules threads for the texts.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.calls import Call, refuse
from sandbox.aws.eks import pod_identities
from sandbox.aws.eks.records import ClusterRecord, Update, now
from sandbox.aws.eks.state import State
from sandbox.pace import Deadline

# Newest first; the first one is the default of every version of Kubernetes here.
VERSIONS = {
    "vpc-cni": ("v1.21.1-eksbuild.1", "v1.20.4-eksbuild.2"),
    "coredns": ("v1.12.4-eksbuild.1", "v1.12.3-eksbuild.1"),
    "kube-proxy": ("v1.35.0-eksbuild.2", "v1.34.1-eksbuild.2"),
    "aws-ebs-csi-driver": ("v1.53.0-eksbuild.1", "v1.52.1-eksbuild.1"),
    "eks-pod-identity-agent": ("v1.3.10-eksbuild.1", "v1.3.9-eksbuild.5"),
}
NAMESPACE = "kube-system"
# What runs as a Deployment waits for nodes; daemons of no nodes are well.
NEEDS_NODES = ("coredns", "aws-ebs-csi-driver")
# EKS puts these into a new cluster itself, as Kubernetes objects that are no add-ons yet.
SELF_MANAGED = ("vpc-cni", "coredns", "kube-proxy")
CONFLICT = (
    "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: ConfigMap {name}"
)
NO_REPLICAS = "The add-on is unhealthy because it doesn't have the desired number of replicas."


@dataclass
class Addon:
    """An add-on; `fields` are those of the API that the request gave or EKS filled in."""

    arn: str
    cluster: ClusterRecord
    fields: dict[str, Any]
    tags: dict[str, str]
    ready: Deadline
    failure: dict[str, Any] | None = None
    gone: Deadline | None = None
    updates: dict[str, Update] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.fields["addonName"]

    @property
    def lacks_nodes(self) -> bool:
        active = any(group.status in ("ACTIVE", "UPDATING") for group in self.cluster.node_groups.values())
        return self.name in NEEDS_NODES and not active

    @property
    def status(self) -> str:
        for update in self.updates.values():
            update.settle()
        if self.gone:
            return "DELETING"
        if not self.ready.passed:
            return "CREATING"
        if self.failure:
            return "CREATE_FAILED"
        if any(update.status == "InProgress" for update in self.updates.values()):
            return "UPDATING"
        return "DEGRADED" if self.lacks_nodes else "ACTIVE"

    def issues(self, status: str) -> list[dict[str, Any]]:
        if status == "CREATE_FAILED":
            return [self.failure or {}]
        if status == "DEGRADED":
            return [{"code": "InsufficientNumberOfReplicas", "message": NO_REPLICAS, "resourceIds": []}]
        return []

    def described(self) -> dict[str, Any]:
        status = self.status
        owned = [one.arn for one in self.cluster.pod_identities.values() if one.owner_arn == self.arn]
        fixed = {"addonArn": self.arn, "status": status, "health": {"issues": self.issues(status)}, "tags": self.tags}
        return {**self.fields, **fixed, **({"podIdentityAssociations": owned} if owned else {})}


def addon_of(state: State, call: Call) -> Addon:
    record, name = state.find(call, call.get("clusterName")), call.get("addonName")
    if name not in record.addons:
        raise refuse("ResourceNotFoundException", f"No addon: {name} found in cluster: {record.name}")
    return record.addons[name]


def checked_version(call: Call, record: ClusterRecord, otherwise: str | None = None) -> str:
    """The version asked for, or the default one."""
    name, version = call.get("addonName"), call.get("addonVersion")
    if name not in VERSIONS:
        raise refuse("InvalidParameterException", f"Addon {name} specified is not supported")
    if version and version not in VERSIONS[name]:
        message = (
            f"Addon version specified is not supported, AddonName: {name}, Version: {version}, "
            f"KubernetesVersion: {record.version}"
        )
        raise refuse("InvalidParameterException", message)
    return version or otherwise or VERSIONS[name][0]


def check_configuration(text: str | None) -> None:
    """Configuration is JSON (or YAML, which is not read here) with an object on the outside."""
    if not text:
        return
    try:
        well = isinstance(json.loads(text), dict)
    except ValueError:
        well = False
    if not well:
        message = "ConfigurationValue provided in request is not supported: Json schema validation failed with error"
        raise refuse("InvalidParameterException", message)


def create(state: State, call: Call) -> dict[str, Any]:
    record, name = state.find(call, call.get("clusterName")), call.get("addonName")
    version = checked_version(call, record)
    if name in record.addons:
        raise refuse("ResourceInUseException", "Addon already exists.")
    if record.status not in ("ACTIVE", "UPDATING"):
        raise refuse("InvalidRequestException", f"Cluster '{record.name}' is not in ACTIVE status")
    check_configuration(call.get("configurationValues"))
    wanted = call.get("podIdentityAssociations", [])
    for association in wanted:
        pod_identities.check_role(call, association["roleArn"])
        pod_identities.check_free(record, NAMESPACE, association["serviceAccount"])
    arn = f"arn:aws:eks:{call.region}:{call.account}:addon/{record.name}/{name}/{uuid.uuid4()}"
    fields = {
        "addonName": name,
        "clusterName": record.name,
        "addonVersion": version,
        "createdAt": now(),
        "modifiedAt": now(),
        "owner": "aws",
        "publisher": "eks",
    }
    fields |= {key: call.get(key) for key in ("configurationValues", "serviceAccountRoleArn") if call.get(key)}
    addon = Addon(arn, record, fields, dict(call.get("tags", {})), ready=state.pace.over("addon"))
    if name in SELF_MANAGED and record.self_managed_addons and call.get("resolveConflicts", "NONE") == "NONE":
        addon.failure = {"code": "ConfigurationConflict", "message": CONFLICT.format(name=name), "resourceIds": []}
    record.addons[name] = addon
    set_associations(record, addon, wanted)
    return {"addon": addon.described()}


def set_associations(record: ClusterRecord, addon: Addon, wanted: list[dict[str, str]]) -> None:
    """Exactly these belong to the add-on, made and removed with it."""
    remove_associations(record, addon)
    for association in wanted:
        pod_identities.add(record, NAMESPACE, association["serviceAccount"], association["roleArn"], {}, addon.arn)


def remove_associations(record: ClusterRecord, addon: Addon) -> None:
    for key, association in list(record.pod_identities.items()):
        if association.owner_arn == addon.arn:
            del record.pod_identities[key]


def update(state: State, call: Call) -> dict[str, Any]:
    addon, record = addon_of(state, call), state.find(call, call.get("clusterName"))
    version = checked_version(call, record, addon.fields["addonVersion"])
    check_configuration(call.get("configurationValues"))
    if addon.status in ("CREATING", "UPDATING", "DELETING"):
        message = f"Addon {addon.name} cannot be updated as it is currently in {addon.status} state"
        raise refuse("ResourceInUseException", message)
    wanted = call.get("podIdentityAssociations")
    for association in wanted or []:
        pod_identities.check_role(call, association["roleArn"])
        pod_identities.check_free(record, NAMESPACE, association["serviceAccount"], addon.arn)
    given = ("configurationValues", "serviceAccountRoleArn")
    changed = {key: call.get(key) for key in given if call.get(key) is not None}

    def apply() -> None:
        addon.failure = None
        addon.fields.update(changed, addonVersion=version, modifiedAt=now())
        if wanted is not None:
            set_associations(record, addon, wanted)

    return begin(state, addon, {"AddonVersion": version}, apply)


def begin(state: State, addon: Addon, params: dict[str, Any], apply: Callable[[], None]) -> dict[str, Any]:
    change = Update(type="AddonUpdate", params=params, done=state.pace.over("addon"), apply=apply)
    addon.updates[change.id] = change
    return {"update": change.described()}


def delete(state: State, call: Call) -> dict[str, Any]:
    addon, record = addon_of(state, call), state.find(call, call.get("clusterName"))
    if not addon.gone:
        addon.gone = state.pace.over("addon_deletion")
        remove_associations(record, addon)
    return {"addon": addon.described()}


def describe(state: State, call: Call) -> dict[str, Any]:
    return {"addon": addon_of(state, call).described()}


def list_names(state: State, call: Call) -> dict[str, Any]:
    return {"addons": sorted(state.find(call, call.get("clusterName")).addons)}


def describe_versions(_state: State, call: Call) -> dict[str, Any]:
    wanted = [call.get("addonName")] if call.get("addonName") else list(VERSIONS)
    kubernetes = call.get("kubernetesVersion") or "1.35"
    return {
        "addons": [
            {
                "addonName": name,
                "type": "networking",
                "owner": "aws",
                "publisher": "eks",
                "defaultNamespace": NAMESPACE,
                "addonVersions": [
                    {
                        "addonVersion": version,
                        "compatibilities": [{"clusterVersion": kubernetes, "defaultVersion": not place}],
                    }
                    for place, version in enumerate(VERSIONS[name])
                ],
            }
            for name in wanted
            if name in VERSIONS
        ]
    }
