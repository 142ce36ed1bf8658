"""Access entries: who may enter a cluster, kept by EKS instead of the aws-auth ConfigMap.

Rules and messages: EKS user guide "access entries"; hashicorp and terraform-aws-modules threads for the texts.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from sandbox.aws import principals
from sandbox.aws.calls import Call, refuse
from sandbox.aws.eks.records import AccessEntryRecord, ClusterRecord, now
from sandbox.aws.eks.state import State

PRINCIPAL = re.compile(r"^arn:aws:iam::\d{12}:(role|user)/.+$")
USERNAME_PREFIXES = ("system:", "eks:", "aws:", "amazon:", "iam:")
NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX")
POLICY_PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
)
NOT_FOUND = (
    "The specified principalArn could not be found. You can view your available access entries with "
    "'list-access-entries'."
)


def cluster_with_entries(state: State, call: Call) -> ClusterRecord:
    record = state.find(call, call.get("clusterName"))
    if record.authentication_mode == "CONFIG_MAP":
        message = (
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
            "to perform this operation."
        )
        raise refuse("InvalidRequestException", message)
    return record


def entry_of(record: ClusterRecord, principal_arn: str) -> AccessEntryRecord:
    if principal_arn not in record.entries:
        raise refuse("ResourceNotFoundException", NOT_FOUND)
    return record.entries[principal_arn]


def check_groups(groups: list[str]) -> None:
    for group in groups:
        if group.startswith("system:"):
            message = f"The kubernetes group name {group} is invalid, it cannot start with system:"
            raise refuse("InvalidParameterException", message)


def check_username(username: str) -> None:
    for prefix in USERNAME_PREFIXES:
        if username.startswith(prefix):
            raise refuse(
                "InvalidParameterException", f"The username {username} is invalid, it cannot start with {prefix}"
            )
    before, found, _after = username.partition("{{SessionName}}")
    if found and ":" not in before:
        message = f"The username {username} is invalid, {{{{SessionName}}}} must be preceded by a colon"
        raise refuse("InvalidParameterException", message)


def default_username(principal_arn: str) -> str:
    """Roles appear with their session, users by their ARN."""
    account, kind = principal_arn.split(":")[4], principal_arn.split(":")[5].split("/")[0]
    if kind == "user":
        return principal_arn
    return f"arn:aws:sts::{account}:assumed-role/{principal_arn.rsplit('/', 1)[1]}/{{{{SessionName}}}}"


def new_entry(record: ClusterRecord, principal: principals.Principal, **fields: Any) -> AccessEntryRecord:
    kind, _, name = principal.arn.split(":")[5].partition("/")
    path = f"access-entry/{record.name}/{kind}/{record.account}/{name.rsplit('/', 1)[-1]}/{uuid.uuid4()}"
    arn = f"arn:aws:eks:{record.region}:{record.account}:{path}"
    entry = AccessEntryRecord(principal_arn=principal.arn, principal_id=principal.id, arn=arn, **fields)
    record.entries[principal.arn] = entry
    return entry


def add_creator(record: ClusterRecord) -> None:
    """In the API modes the creator's administration is an entry like any other, and can be removed like any other."""
    if not record.bootstrap_creator_admin or record.creator_arn in record.entries:
        return
    principal = principals.principal_of(record.account, record.creator_arn)
    principal = principal or principals.Principal(record.creator_arn, "")
    username = default_username(principal.arn) if PRINCIPAL.match(principal.arn) else principal.arn
    entry = new_entry(record, principal, type="STANDARD", username=username, groups=[], tags={})
    associate(entry, POLICY_PREFIX + "AmazonEKSClusterAdminPolicy", {"type": "cluster", "namespaces": []})


def add_node_role(record: ClusterRecord, role_arn: str) -> None:
    principal = principals.principal_of(record.account, role_arn)
    if principal and role_arn not in record.entries:
        username = "system:node:{{EC2PrivateDNSName}}"
        new_entry(record, principal, type="EC2_LINUX", username=username, groups=["system:nodes"], tags={})


def create(state: State, call: Call) -> dict[str, Any]:
    record = cluster_with_entries(state, call)
    arn, kind = call.get("principalArn", ""), call.get("type", "STANDARD")
    groups, username = call.get("kubernetesGroups", []), call.get("username", "")
    principal = principals.principal_of(call.account, arn) if PRINCIPAL.match(arn) else None
    if principal is None:
        raise refuse("InvalidParameterException", f"The specified principalArn is invalid: invalid principal: {arn}")
    if kind not in ("STANDARD", *NODE_TYPES):
        raise refuse("InvalidParameterException", f"The specified type {kind} is invalid")
    if kind in NODE_TYPES and (groups or username):
        raise refuse("InvalidParameterException", f"kubernetesGroups and username cannot be given for type {kind}")
    check_groups(groups)
    check_username(username)
    if arn in record.entries:
        message = "The specified access entry resource is already in use on this cluster."
        raise refuse("ResourceInUseException", message)
    if kind in NODE_TYPES:
        groups, username = ["system:nodes"], "system:node:{{EC2PrivateDNSName}}"
    fields = {"type": kind, "username": username or default_username(arn), "tags": dict(call.get("tags", {}))}
    return {"accessEntry": new_entry(record, principal, groups=list(groups), **fields).described(record.name)}


def describe(state: State, call: Call) -> dict[str, Any]:
    record = cluster_with_entries(state, call)
    return {"accessEntry": entry_of(record, call.get("principalArn")).described(record.name)}


def list_principals(state: State, call: Call) -> dict[str, Any]:
    record, policy = cluster_with_entries(state, call), call.get("associatedPolicyArn")
    entries = [entry for entry in record.entries.values() if policy is None or policy in entry.policies]
    return {"accessEntries": [entry.principal_arn for entry in entries]}


def update(state: State, call: Call) -> dict[str, Any]:
    record = cluster_with_entries(state, call)
    entry = entry_of(record, call.get("principalArn"))
    groups, username = call.get("kubernetesGroups"), call.get("username")
    if entry.type != "STANDARD":
        raise refuse("InvalidRequestException", f"Access entries of type {entry.type} cannot be updated")
    check_groups(groups or [])
    check_username(username or "")
    entry.groups = list(groups) if groups is not None else entry.groups
    entry.username = username or entry.username
    entry.modified_at = now()
    return {"accessEntry": entry.described(record.name)}


def delete(state: State, call: Call) -> dict[str, Any]:
    record = cluster_with_entries(state, call)
    del record.entries[entry_of(record, call.get("principalArn")).principal_arn]
    return {}


def associate(entry: AccessEntryRecord, policy_arn: str, scope: dict[str, Any]) -> dict[str, Any]:
    since = entry.policies.get(policy_arn, {}).get("associatedAt", now())
    scope = {"type": scope["type"], "namespaces": scope.get("namespaces") or []}
    policy = {"policyArn": policy_arn, "accessScope": scope, "associatedAt": since, "modifiedAt": now()}
    entry.policies[policy_arn] = policy
    return policy


def associate_policy(state: State, call: Call) -> dict[str, Any]:
    record = cluster_with_entries(state, call)
    entry, policy_arn, scope = (
        entry_of(record, call.get("principalArn")),
        call.get("policyArn"),
        call.get("accessScope"),
    )
    if policy_arn.removeprefix(POLICY_PREFIX) not in POLICIES:
        raise refuse("InvalidParameterException", f"The policyArn parameter format is not valid: {policy_arn}")
    if entry.type != "STANDARD":
        raise refuse("InvalidRequestException", f"Access policies cannot be associated with type {entry.type}")
    if (scope.get("type") == "namespace") != bool(scope.get("namespaces")):
        raise refuse("InvalidParameterException", "Namespaces must be given for scope namespace, and only for it")
    policy = associate(entry, policy_arn, scope)
    names = {"clusterName": record.name, "principalArn": entry.principal_arn}
    return {**names, "associatedAccessPolicy": policy}


def disassociate_policy(state: State, call: Call) -> dict[str, Any]:
    entry = entry_of(cluster_with_entries(state, call), call.get("principalArn"))
    if call.get("policyArn") not in entry.policies:
        raise refuse("ResourceNotFoundException", "The specified policyArn is not associated with the access entry.")
    del entry.policies[call.get("policyArn")]
    return {}


def list_associated_policies(state: State, call: Call) -> dict[str, Any]:
    record = cluster_with_entries(state, call)
    entry = entry_of(record, call.get("principalArn"))
    names = {"clusterName": record.name, "principalArn": entry.principal_arn}
    return {**names, "associatedAccessPolicies": list(entry.policies.values())}


def list_policies(_state: State, _call: Call) -> dict[str, Any]:
    return {"accessPolicies": [{"name": name, "arn": POLICY_PREFIX + name} for name in POLICIES]}
