# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon EKS: managed node groups, made, changed and removed, each waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks_client import (
    GONE,
    IN_PROGRESS_REMEDY,
    EksClient,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.settling import (
    is_not_yet_assumable,
    until_settled,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.waiting import wait_until
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

FAILED = ("CREATE_FAILED", "DELETE_FAILED", "DELETING")
REMEDIES = {
    **IN_PROGRESS_REMEDY,
    "InvalidParameterException": "Check role, subnets, instance types and ami_type: they must go together.",
    "ResourceLimitExceededException": "Remove unused node groups, or ask AWS for a higher quota.",
}


class NodeGroupClient(EksClient):
    """Node groups by cluster and name, in the shape that the module returns."""

    @aws_call("read the node group {name} of {cluster_name}", missing=GONE)
    def node_group(self, cluster_name: str, name: str) -> dict[str, Any] | None:
        """The group, None when there is none."""
        found = self.eks.describe_nodegroup(clusterName=cluster_name, nodegroupName=name)["nodegroup"]
        scaling = found.get("scalingConfig", {})
        taints = [
            {"key": one["key"], "value": one.get("value") or "", "effect": one["effect"]}
            for one in found.get("taints") or []
        ]
        return {
            "cluster_name": cluster_name,
            "name": name,
            "arn": found["nodegroupArn"],
            "status": found["status"],
            "node_role_arn": found.get("nodeRole", ""),
            "subnet_ids": sorted(found.get("subnets") or []),
            "instance_types": list(found.get("instanceTypes") or []),
            "ami_type": found.get("amiType", ""),
            "capacity_type": found.get("capacityType", "ON_DEMAND"),
            "disk_size": found.get("diskSize", 0),
            "min_size": scaling.get("minSize", 0),
            "max_size": scaling.get("maxSize", 0),
            "desired_size": scaling.get("desiredSize", 0),
            "max_unavailable": found.get("updateConfig", {}).get("maxUnavailable", 1),
            "labels": dict(found.get("labels") or {}),
            "taints": sorted(taints, key=lambda one: (one["key"], one["effect"])),
            "version": found.get("version", ""),
            "release_version": found.get("releaseVersion", ""),
            "tags": dict(found.get("tags") or {}),
        }

    def create_node_group(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> None:
        """Make the group, which is not waited for; a role that is new is believed after some seconds."""
        until_settled(
            lambda: self._create(cluster_name, name, request),
            _is_not_yet_believed,
            what=f"The role of the node group {name}",
            progress=self.progress,
        )

    @aws_call("make the node group {name} of {cluster_name}", remedies=REMEDIES)
    def _create(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> None:
        self.eks.create_nodegroup(clusterName=cluster_name, nodegroupName=name, **request)

    def update_config(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> None:
        """Change sizes, labels and taints, and wait until EKS has done so."""
        self._wait_updated(cluster_name, name, self._update_config(cluster_name, name, request))

    @aws_call("change the node group {name} of {cluster_name}", remedies=REMEDIES)
    def _update_config(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> str:
        answer = self.eks.update_nodegroup_config(clusterName=cluster_name, nodegroupName=name, **request)
        return answer["update"]["id"]

    def update_version(self, cluster_name: str, name: str, version: str) -> None:
        """Replace the nodes, a few at a time, by ones of this version of Kubernetes."""
        self._wait_updated(cluster_name, name, self._update_version(cluster_name, name, version))

    @aws_call("upgrade the node group {name} of {cluster_name} to {version}", remedies=REMEDIES)
    def _update_version(self, cluster_name: str, name: str, version: str) -> str:
        answer = self.eks.update_nodegroup_version(clusterName=cluster_name, nodegroupName=name, version=version)
        return answer["update"]["id"]

    @aws_call("read the update {update_id} of the node group {name} of {cluster_name}")
    def _update(self, cluster_name: str, name: str, update_id: str) -> dict[str, Any]:
        return self.eks.describe_update(name=cluster_name, nodegroupName=name, updateId=update_id)["update"]

    def _wait_updated(self, cluster_name: str, name: str, update_id: str) -> None:
        def done(update: Mapping[str, Any]) -> bool:
            if update["status"] in ("Failed", "Cancelled"):
                errors = "; ".join(error.get("errorMessage", "") for error in update.get("errors", []))
                raise ServiceError(
                    f"EKS ended the update of the node group {name} as {update['status']}: {errors or 'no reason given'}. "
                    "A PodDisruptionBudget that lets no pod go is the usual cause: correct it, and run this task again."
                )
            return update["status"] == "Successful"

        wait_until(
            lambda: self._update(cluster_name, name, update_id),
            done,
            what=f"The update of the node group {name} of {cluster_name}",
            timeout=self.wait_timeout,
            state=lambda update: update["status"],
            remedy="Nodes are replaced a few at a time: run this task again, or raise wait_timeout.",
            progress=self.progress,
        )
        self.wait_active(cluster_name, name)

    @aws_call("read the health of the node group {name} of {cluster_name}", missing=GONE)
    def _health(self, cluster_name: str, name: str) -> dict[str, str] | None:
        found = self.eks.describe_nodegroup(clusterName=cluster_name, nodegroupName=name)["nodegroup"]
        issues = [f"{issue.get('code')}: {issue.get('message')}" for issue in found.get("health", {}).get("issues", [])]
        return {"status": found["status"], "issues": "; ".join(issues) or "no reason given"}

    def wait_active(self, cluster_name: str, name: str) -> None:
        """Wait until the nodes are there and ready."""

        def active(health: Mapping[str, str] | None) -> bool:
            if health is None or health["status"] in FAILED:
                state = f"became {health['status']}: {health['issues']}" if health else "has gone while it was awaited"
                raise ServiceError(
                    f"The node group {name} of {cluster_name} {state}. Remove it (state: absent), correct the cause, and "
                    "run this task again."
                )
            return health["status"] in ("ACTIVE", "DEGRADED")

        wait_until(
            lambda: self._health(cluster_name, name),
            active,
            what=f"The node group {name} of {cluster_name}",
            timeout=self.wait_timeout,
            state=lambda health: health["status"],
            remedy="Do the nodes find a way to EKS and to the image registries from their subnets? Run this task again.",
            progress=self.progress,
        )

    @aws_call("remove the node group {name} of {cluster_name}", missing=GONE, remedies=IN_PROGRESS_REMEDY)
    def delete_node_group(self, cluster_name: str, name: str) -> None:
        """Begin to remove the group with its nodes."""
        self.eks.delete_nodegroup(clusterName=cluster_name, nodegroupName=name)

    def wait_deleted(self, cluster_name: str, name: str) -> None:
        """Wait until the group is gone."""

        def gone(health: Mapping[str, str] | None) -> bool:
            if health and health["status"] == "DELETE_FAILED":
                raise ServiceError(
                    f"The node group {name} of {cluster_name} could not be removed: {health['issues']}. "
                    "Correct the cause, and run this task again."
                )
            return health is None

        wait_until(
            lambda: self._health(cluster_name, name),
            gone,
            what=f"The node group {name} of {cluster_name}",
            timeout=self.wait_timeout,
            state=lambda health: health["status"],
            remedy="Run this task again, or raise wait_timeout.",
            progress=self.progress,
        )


def _is_not_yet_believed(failure: ServiceError) -> bool:
    """Whether EKS has not heard yet of a role that has just been made, or of what it may do."""
    words = ("cannot be found", "following required managed policies")
    return is_not_yet_assumable(failure) or any(word in str(failure) for word in words)
