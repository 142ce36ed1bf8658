# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon EKS: which role a service account has, by Pod Identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks_client import GONE, EksClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.settling import (
    is_not_yet_assumable,
    until_settled,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

REMEDIES = {
    "InvalidParameterException": "The role must exist and let pods.eks.amazonaws.com do sts:AssumeRole and sts:TagSession."
}


class PodIdentityClient(EksClient):
    """Associations by cluster, namespace and service account, in the shape that the module returns."""

    def association(self, cluster_name: str, namespace: str, service_account: str) -> dict[str, Any] | None:
        """The association, None when there is none."""
        found = self._named(cluster_name, namespace, service_account) or []
        return self._described(cluster_name, found[0]) if found else None

    @aws_call("look for the role of {namespace}/{service_account} in {cluster_name}", missing=GONE)
    def _named(self, cluster_name: str, namespace: str, service_account: str) -> list[str]:
        pages = self.eks.get_paginator("list_pod_identity_associations").paginate(
            clusterName=cluster_name, namespace=namespace, serviceAccount=service_account
        )
        return [one["associationId"] for page in pages for one in page["associations"]]

    @aws_call("read the pod identity {association_id} of {cluster_name}", missing=GONE)
    def _described(self, cluster_name: str, association_id: str) -> dict[str, Any]:
        answer = self.eks.describe_pod_identity_association(clusterName=cluster_name, associationId=association_id)
        found = answer["association"]
        return {
            "cluster_name": cluster_name,
            "namespace": found["namespace"],
            "service_account": found["serviceAccount"],
            "association_id": association_id,
            "arn": found["associationArn"],
            "role_arn": found["roleArn"],
            "target_role_arn": found.get("targetRoleArn") or "",
            "disable_session_tags": bool(found.get("disableSessionTags")),
            "owner_arn": found.get("ownerArn") or "",
            "tags": dict(found.get("tags") or {}),
        }

    def create_association(self, cluster_name: str, request: Mapping[str, Any]) -> None:
        """Give a service account its role; a role that is new is believed after some seconds."""
        until_settled(
            lambda: self._create(cluster_name, request),
            is_not_yet_believed,
            what=f"The role {request['roleArn']}",
            progress=self.progress,
        )

    @aws_call("give {request[namespace]}/{request[serviceAccount]} of {cluster_name} its role", remedies=REMEDIES)
    def _create(self, cluster_name: str, request: Mapping[str, Any]) -> None:
        self.eks.create_pod_identity_association(clusterName=cluster_name, **request)

    def update_association(self, cluster_name: str, association_id: str, request: Mapping[str, Any]) -> None:
        """Give the service account another role, or other session tags."""
        until_settled(
            lambda: self._update(cluster_name, association_id, request),
            is_not_yet_believed,
            what=f"The role of the pod identity {association_id}",
            progress=self.progress,
        )

    @aws_call("change the pod identity {association_id} of {cluster_name}", remedies=REMEDIES)
    def _update(self, cluster_name: str, association_id: str, request: Mapping[str, Any]) -> None:
        self.eks.update_pod_identity_association(clusterName=cluster_name, associationId=association_id, **request)

    @aws_call("remove the pod identity {association_id} of {cluster_name}", missing=GONE)
    def delete_association(self, cluster_name: str, association_id: str) -> None:
        """Take the role from the service account."""
        self.eks.delete_pod_identity_association(clusterName=cluster_name, associationId=association_id)


def is_not_yet_believed(failure: ServiceError) -> bool:
    """Whether EKS has not heard yet of a role that has just been made."""
    return is_not_yet_assumable(failure) or "Role provided in the request does not exist" in str(failure)
