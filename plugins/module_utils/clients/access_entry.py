# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon EKS: access entries and the access policies that are associated with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks_client import GONE, EksClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.settling import (
    is_not_yet_assumable,
    until_settled,
)


class AccessEntryClient(EksClient):
    """Entries by cluster and principal, in the shape that the module returns."""

    def read_entry(self, cluster_name: str, principal_arn: str) -> dict[str, Any]:
        """`{entry, entry_created_at}`; both None when there is no such entry."""
        found = self._entry(cluster_name, principal_arn)
        if found is None:
            return {"entry": None, "entry_created_at": None}
        entry = {
            "cluster_name": cluster_name,
            "principal_arn": found["principalArn"],
            "arn": found.get("accessEntryArn", ""),
            "kubernetes_groups": sorted(found.get("kubernetesGroups") or []),
            "username": found.get("username", ""),
            "type": found.get("type", "STANDARD"),
            "access_policies": self._policies(cluster_name, principal_arn),
            "tags": dict(found.get("tags") or {}),
        }
        return {"entry": entry, "entry_created_at": found.get("createdAt")}

    @aws_call(
        "read the access entry of {principal_arn} in {cluster_name}",
        missing=(*GONE, "InvalidRequestException"),  # the latter where the cluster's mode knows no entries
    )
    def _entry(self, cluster_name: str, principal_arn: str) -> dict[str, Any] | None:
        return self.eks.describe_access_entry(clusterName=cluster_name, principalArn=principal_arn)["accessEntry"]

    @aws_call(
        "list the access entries of {cluster_name}",
        missing=(*GONE, "InvalidRequestException"),  # as above
    )
    def principals(self, cluster_name: str) -> list[str] | None:
        """The ARNs that have an entry, None where the cluster's mode knows no entries."""
        pages = self.eks.get_paginator("list_access_entries").paginate(clusterName=cluster_name)
        return sorted(arn for page in pages for arn in page["accessEntries"])

    @aws_call("read the access policies of {principal_arn} in {cluster_name}")
    def _policies(self, cluster_name: str, principal_arn: str) -> list[dict[str, Any]]:
        pages = self.eks.get_paginator("list_associated_access_policies").paginate(
            clusterName=cluster_name, principalArn=principal_arn
        )
        associations = [item for page in pages for item in page["associatedAccessPolicies"]]
        return sorted(
            (
                {
                    "policy_arn": item["policyArn"],
                    "scope_type": item["accessScope"]["type"],
                    "namespaces": sorted(item["accessScope"].get("namespaces") or []),
                }
                for item in associations
            ),
            key=lambda policy: policy["policy_arn"],
        )

    def create_access_entry(self, cluster_name: str, principal_arn: str, request: Mapping[str, Any]) -> None:
        """Make the entry; a role that is new is believed after some seconds."""
        until_settled(
            lambda: self._create(cluster_name, principal_arn, request),
            is_not_yet_assumable,
            what=f"The access entry of {principal_arn}",
            progress=self.progress,
        )

    @aws_call("create the access entry of {principal_arn} in {cluster_name}")
    def _create(self, cluster_name: str, principal_arn: str, request: Mapping[str, Any]) -> None:
        self.eks.create_access_entry(clusterName=cluster_name, principalArn=principal_arn, **request)

    @aws_call("change the access entry of {principal_arn} in {cluster_name}")
    def update_access_entry(self, cluster_name: str, principal_arn: str, request: Mapping[str, Any]) -> None:
        """Change groups and user name."""
        self.eks.update_access_entry(clusterName=cluster_name, principalArn=principal_arn, **request)

    @aws_call("remove the access entry of {principal_arn} in {cluster_name}", missing=GONE)
    def delete_access_entry(self, cluster_name: str, principal_arn: str) -> None:
        """Remove the entry with its associations."""
        self.eks.delete_access_entry(clusterName=cluster_name, principalArn=principal_arn)

    @aws_call("give {principal_arn} the access policy {policy[policy_arn]} in {cluster_name}")
    def associate_policy(self, cluster_name: str, principal_arn: str, policy: Mapping[str, Any]) -> None:
        """Associate a policy; one association per policy, the last one counts."""
        scope: dict[str, Any] = {"type": policy["scope_type"]}
        if policy["namespaces"]:
            scope["namespaces"] = list(policy["namespaces"])
        self.eks.associate_access_policy(
            clusterName=cluster_name, principalArn=principal_arn, policyArn=policy["policy_arn"], accessScope=scope
        )

    @aws_call("take the access policy {policy_arn} from {principal_arn} in {cluster_name}", missing=GONE)
    def disassociate_policy(self, cluster_name: str, principal_arn: str, policy_arn: str) -> None:
        """Take a policy away."""
        self.eks.disassociate_access_policy(clusterName=cluster_name, principalArn=principal_arn, policyArn=policy_arn)
