"""EKS behind the desk: which function answers which operation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.aws.calls import Call, Desk
from sandbox.aws.eks import access_entries, addons, clusters, node_groups, pod_identities, updates
from sandbox.aws.eks.routes import add_routes
from sandbox.aws.eks.state import State


def tag(state: State, call: Call) -> dict[str, Any]:
    state.tagged(call.get("resourceArn")).tags.update(call.get("tags"))
    return {}


def untag(state: State, call: Call) -> dict[str, Any]:
    tags = state.tagged(call.get("resourceArn")).tags
    for name in call.get("tagKeys"):
        tags.pop(name, None)
    return {}


def list_tags(state: State, call: Call) -> dict[str, Any]:
    return {"tags": state.tagged(call.get("resourceArn")).tags}


def list_fargate_profiles(state: State, call: Call) -> dict[str, Any]:
    """None, because none can be made."""
    state.find(call, call.get("clusterName"))
    return {"fargateProfileNames": []}


OPERATIONS: dict[str, Callable[[State, Call], dict[str, Any]]] = {
    "CreateCluster": clusters.create,
    "DescribeCluster": clusters.describe,
    "ListClusters": clusters.list_names,
    "DeleteCluster": clusters.delete,
    "DescribeClusterVersions": clusters.describe_versions,
    "UpdateClusterConfig": updates.update_config,
    "UpdateClusterVersion": updates.update_version,
    "AssociateEncryptionConfig": updates.associate_encryption,
    "DescribeUpdate": updates.describe_update,
    "ListUpdates": updates.list_updates,
    "CreateAccessEntry": access_entries.create,
    "DescribeAccessEntry": access_entries.describe,
    "ListAccessEntries": access_entries.list_principals,
    "UpdateAccessEntry": access_entries.update,
    "DeleteAccessEntry": access_entries.delete,
    "AssociateAccessPolicy": access_entries.associate_policy,
    "DisassociateAccessPolicy": access_entries.disassociate_policy,
    "ListAssociatedAccessPolicies": access_entries.list_associated_policies,
    "ListAccessPolicies": access_entries.list_policies,
    "CreateNodegroup": node_groups.create,
    "DescribeNodegroup": node_groups.describe,
    "ListNodegroups": node_groups.list_names,
    "DeleteNodegroup": node_groups.delete,
    "UpdateNodegroupConfig": node_groups.update_config,
    "UpdateNodegroupVersion": node_groups.update_version,
    "ListFargateProfiles": list_fargate_profiles,
    "CreateAddon": addons.create,
    "DescribeAddon": addons.describe,
    "ListAddons": addons.list_names,
    "UpdateAddon": addons.update,
    "DeleteAddon": addons.delete,
    "DescribeAddonVersions": addons.describe_versions,
    "CreatePodIdentityAssociation": pod_identities.create,
    "DescribePodIdentityAssociation": pod_identities.describe,
    "ListPodIdentityAssociations": pod_identities.list_all,
    "UpdatePodIdentityAssociation": pod_identities.update,
    "DeletePodIdentityAssociation": pod_identities.delete,
    "TagResource": tag,
    "UntagResource": untag,
    "ListTagsForResource": list_tags,
}


def install(desk: Desk, state: State) -> None:
    add_routes()
    desk.answer_by("eks", {name: partial(answer, state) for name, answer in OPERATIONS.items()})
