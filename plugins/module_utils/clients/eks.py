# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon EKS: clusters, made, changed and removed, each waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

CREATION_REMEDIES = {
    "InvalidParameterException": "Check role_arn, the subnets (two availability zones at least) and the version.",
    "ResourceLimitExceededException": "Remove unused clusters, or ask AWS for a higher quota.",
    "UnsupportedAvailabilityZoneException": "Give subnets in other availability zones.",
}
POLICY_NOT_SEEN = "doesn't have the Amazon EKS Managed Policies"


class EksClusterClient(EksClient):
    """Clusters of one region, in the shape that the module returns."""

    def read(self, name: str, *, with_versions: bool = False, with_members: bool = False) -> dict[str, Any]:
        """The cluster, and where asked for the versions there are (no cluster) or what belongs to it (cluster)."""
        cluster = self.cluster(name)
        return {
            "cluster": cluster,
            "versions": self.versions() if with_versions and cluster is None else [],
            "node_groups": self.node_groups(name) if with_members and cluster else [],
            "fargate_profiles": self.fargate_profiles(name) if with_members and cluster else [],
        }

    @aws_call("describe the cluster {name}", missing=GONE)
    def cluster(self, name: str) -> dict[str, Any] | None:
        """One cluster, None when there is none of that name."""
        return cluster_record(self.eks.describe_cluster(name=name)["cluster"])

    @aws_call("list the clusters")
    def names(self) -> list[str]:
        """Names of all clusters of the region."""
        pages = self.eks.get_paginator("list_clusters").paginate()
        return sorted(name for page in pages for name in page["clusters"])

    def versions(self) -> list[dict[str, Any]]:
        """The versions there are; nothing where AWS does not tell, then its own default is good enough."""
        try:
            return self._versions()
        except ServiceError:
            return []

    @aws_call("list the cluster versions")
    def _versions(self) -> list[dict[str, Any]]:
        answer = self.eks.describe_cluster_versions()
        return [
            {
                "version": item["clusterVersion"],
                "standard_support": "STANDARD" in str(item.get("versionStatus") or item.get("status", "")).upper(),
            }
            for item in answer.get("clusterVersions", [])
        ]

    @aws_call("list the node groups of {name}", missing=GONE)
    def node_groups(self, name: str) -> list[str]:
        """Names of the node groups."""
        return list(self.eks.list_nodegroups(clusterName=name).get("nodegroups", []))

    @aws_call("list the Fargate profiles of {name}", missing=GONE)
    def fargate_profiles(self, name: str) -> list[str]:
        """Names of the Fargate profiles."""
        return list(self.eks.list_fargate_profiles(clusterName=name).get("fargateProfileNames", []))

    def create_cluster(self, request: Mapping[str, Any]) -> None:
        """Make the cluster, which is not waited for; a role that is new is believed after some seconds."""
        until_settled(
            lambda: self._create(request),
            _is_not_yet_believed,
            what=f"The role of the cluster {request['name']}",
            progress=self.progress,
        )

    @aws_call("create the cluster {request[name]}", remedies=CREATION_REMEDIES)
    def _create(self, request: Mapping[str, Any]) -> None:
        self.eks.create_cluster(**request)

    def update_config(self, name: str, what: str, request: Mapping[str, Any]) -> None:
        """Change one kind of setting, and wait until EKS has done so."""
        self._wait_updated(
            name, self._update_config(name, what, request), f"The change of {what} of the cluster {name}"
        )

    @aws_call("change {what} of the cluster {name}", remedies=IN_PROGRESS_REMEDY)
    def _update_config(self, name: str, what: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return self.eks.update_cluster_config(name=name, **request)

    def encrypt(self, name: str, encryption: Sequence[Mapping[str, Any]]) -> None:
        """Have the secrets encrypted from now on, and wait until EKS has done so with those that are there."""
        self._wait_updated(
            name, self._encrypt(name, encryption), f"The encryption of the secrets of the cluster {name}"
        )

    @aws_call(
        "encrypt the secrets of the cluster {name}",
        remedies={
            **IN_PROGRESS_REMEDY,
            "InvalidParameterException": "The key must be symmetric, enabled, and in the cluster's region.",
        },
    )
    def _encrypt(self, name: str, encryption: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return self.eks.associate_encryption_config(clusterName=name, encryptionConfig=list(encryption))

    def update_version(self, name: str, version: str) -> None:
        """Upgrade the control plane, and wait until EKS has done so."""
        self._wait_updated(name, self._update_version(name, version), f"The upgrade of the cluster {name} to {version}")

    @aws_call("upgrade the cluster {name} to {version}", remedies=IN_PROGRESS_REMEDY)
    def _update_version(self, name: str, version: str) -> dict[str, Any]:
        return self.eks.update_cluster_version(name=name, version=version)

    @aws_call("read the update {update_id} of the cluster {name}")
    def _update(self, name: str, update_id: str) -> dict[str, Any]:
        return self.eks.describe_update(name=name, updateId=update_id)["update"]

    def _wait_updated(self, name: str, answer: Mapping[str, Any], what: str) -> None:
        update_id = answer.get("update", {}).get("id")
        if update_id:
            wait_until(
                lambda: self._update(name, update_id),
                _update_done,
                what=what,
                timeout=self.wait_timeout,
                state=lambda update: update["status"],
                remedy="Look at the cluster's update history in the EKS console, then run this task again.",
                progress=self.progress,
            )
        self.wait_active(name)

    def wait_active(self, name: str) -> None:
        """Wait until the cluster can be used and changed."""

        def active(cluster: Mapping[str, Any] | None) -> bool:
            if cluster is None:
                raise ServiceError(f"The cluster {name} has gone while it was awaited. Run this task again.")
            if cluster["status"] in ("FAILED", "DELETING"):
                raise ServiceError(
                    f"The cluster {name} became {cluster['status']}. See its health issues in the EKS console, "
                    "remove it (state: absent), correct the cause, and run this task again."
                )
            return cluster["status"] == "ACTIVE"

        wait_until(
            lambda: self.cluster(name),
            active,
            what=f"The cluster {name}",
            timeout=self.wait_timeout,
            state=lambda cluster: cluster["status"],
            remedy="EKS takes about ten minutes: run this task again, or raise wait_timeout.",
            progress=self.progress,
        )

    @aws_call(
        "remove the cluster {name}",
        missing=GONE,
        remedies={
            "ResourceInUseException": "Something still belongs to it: remove its node groups and Fargate profiles first.",
            "InvalidRequestException": "If its deletion protection is on, turn that off first.",
        },
    )
    def delete_cluster(self, name: str) -> None:
        """Begin to remove the cluster."""
        self.eks.delete_cluster(name=name)

    def wait_deleted(self, name: str) -> None:
        """Wait until the cluster is gone."""
        wait_until(
            lambda: self.cluster(name),
            lambda cluster: cluster is None,
            what=f"The cluster {name}",
            timeout=self.wait_timeout,
            state=lambda cluster: cluster["status"],
            remedy="Run this task again, or raise wait_timeout.",
            progress=self.progress,
        )


def cluster_record(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """What EKS describes, in the shape that the module returns."""
    network = cluster.get("resourcesVpcConfig", {})
    logging = cluster.get("logging", {}).get("clusterLogging", [])
    return {
        "name": cluster["name"],
        "arn": cluster["arn"],
        "status": cluster["status"],
        "version": cluster.get("version", ""),
        "platform_version": cluster.get("platformVersion", ""),
        "endpoint": cluster.get("endpoint") or "",
        "certificate_authority_data": (cluster.get("certificateAuthority") or {}).get("data") or "",
        "oidc_issuer": (cluster.get("identity") or {}).get("oidc", {}).get("issuer", ""),
        "authentication_mode": (cluster.get("accessConfig") or {}).get("authenticationMode", "CONFIG_MAP"),
        "role_arn": cluster.get("roleArn", ""),
        "vpc_id": network.get("vpcId", ""),
        "subnet_ids": sorted(network.get("subnetIds", [])),
        "security_group_ids": sorted(network.get("securityGroupIds", [])),
        "cluster_security_group_id": network.get("clusterSecurityGroupId", ""),
        "endpoint_public_access": network.get("endpointPublicAccess", True),
        "endpoint_private_access": network.get("endpointPrivateAccess", False),
        "public_access_cidrs": sorted(network.get("publicAccessCidrs", [])),
        "logging_types": sorted(kind for entry in logging if entry.get("enabled") for kind in entry.get("types", [])),
        "encryption_key_arn": next(
            (part["provider"]["keyArn"] for part in cluster.get("encryptionConfig") or [] if part.get("provider")), ""
        ),
        "auto_mode": auto_mode_record(cluster.get("computeConfig") or {}),
        "tags": dict(cluster.get("tags") or {}),
    }


def auto_mode_record(compute: Mapping[str, Any]) -> dict[str, Any]:
    """Auto Mode as the module returns it; what it does with a switched-off cluster's pools is nobody's affair."""
    enabled = bool(compute.get("enabled"))
    return {
        "enabled": enabled,
        "node_pools": sorted(compute.get("nodePools") or []) if enabled else [],
        "node_role_arn": (compute.get("nodeRoleArn") or "") if enabled else "",
    }


def _is_not_yet_believed(failure: ServiceError) -> bool:
    """Whether EKS has not heard yet of a role that has just been made, or of what it may do."""
    return is_not_yet_assumable(failure) or POLICY_NOT_SEEN in str(failure)


def _update_done(update: Mapping[str, Any]) -> bool:
    if update["status"] in ("Failed", "Cancelled"):
        errors = "; ".join(error.get("errorMessage", "") for error in update.get("errors", []))
        raise ServiceError(f"EKS ended the update {update['id']} as {update['status']}: {errors or 'no reason given'}.")
    return update["status"] == "Successful"
