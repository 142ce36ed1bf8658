# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM: the role of the function, read and written with its one inline policy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call

GONE = ("NoSuchEntity", "NoSuchEntityException")


class FunctionRoleClient:
    """Roles by name; policies are dictionaries, not their JSON."""

    def __init__(self, iam: Any) -> None:
        self.iam = iam

    @aws_call("read the role {name}", missing=GONE)
    def read_role(self, name: str, policy_name: str) -> dict[str, Any] | None:
        """The role in the shape that the module returns, None when there is none."""
        role = self.iam.get_role(RoleName=name)["Role"]
        tags = self.iam.list_role_tags(RoleName=name).get("Tags", [])
        return {
            "name": name,
            "arn": role["Arn"],
            "trust_policy": role.get("AssumeRolePolicyDocument", {}),
            "policy": self._policy(name, policy_name),
            "permissions_boundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
        }

    @aws_call("read the policy {policy_name} of the role {name}", missing=GONE)
    def _policy(self, name: str, policy_name: str) -> dict[str, Any] | None:
        return self.iam.get_role_policy(RoleName=name, PolicyName=policy_name)["PolicyDocument"]

    @aws_call("read the role {name}", missing=(*GONE, "AccessDenied"))
    def created_at(self, name: str) -> Any:
        """When the role was made, None when there is none or nobody may know."""
        return self.iam.get_role(RoleName=name)["Role"]["CreateDate"]

    @aws_call("create the role {name}")
    def create_role(
        self,
        name: str,
        trust_policy: Mapping[str, Any],
        description: str,
        boundary: str | None,
        tags: Mapping[str, str],
    ) -> None:
        """Make the role, with its tags at once."""
        limits = {"PermissionsBoundary": boundary} if boundary else {}
        self.iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(trust_policy),
            Description=description,
            Tags=_pairs(tags),
            **limits,
        )

    @aws_call("change the trust policy of the role {name}")
    def set_trust_policy(self, name: str, policy: Mapping[str, Any]) -> None:
        """Say who may be the role."""
        self.iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(policy))

    @aws_call("change the permissions boundary of the role {name}")
    def set_permissions_boundary(self, name: str, boundary: str) -> None:
        """Set the boundary; "" takes it away."""
        if boundary:
            self.iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        else:
            self.iam.delete_role_permissions_boundary(RoleName=name)

    @aws_call("write the policy {policy_name} of the role {name}")
    def put_role_policy(self, name: str, policy_name: str, policy: Mapping[str, Any]) -> None:
        """Say what the role may do."""
        self.iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=json.dumps(policy))

    @aws_call("tag the role {name}")
    def tag_role(self, name: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.iam.tag_role(RoleName=name, Tags=_pairs(tags))

    @aws_call("remove tags from the role {name}")
    def untag_role(self, name: str, keys: Sequence[str]) -> None:
        """Remove tags."""
        self.iam.untag_role(RoleName=name, TagKeys=list(keys))

    @aws_call("remove the role {name}", missing=GONE)
    def delete_role(self, name: str) -> None:
        """Remove the role with all policies, those included that others have attached."""
        for policy in self.iam.list_attached_role_policies(RoleName=name).get("AttachedPolicies", []):
            self.iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        for policy_name in self.iam.list_role_policies(RoleName=name).get("PolicyNames", []):
            self.iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
        self.iam.delete_role(RoleName=name)


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
