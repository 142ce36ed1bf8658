"""EKS access entries: which principal is which Kubernetes user, as the EKS API keeps it.

Differences from aws-auth that matter here: a role's path is no obstacle, and an entry belongs to the very role it was
made for, so a role that was deleted and made again under its old name no longer matches.
"""

from __future__ import annotations

from dataclasses import dataclass

CLUSTER_ADMIN_POLICY = "cluster-access-policy/AmazonEKSClusterAdminPolicy"
NODE_TYPES = {"EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX"}


@dataclass(frozen=True)
class AccessEntry:
    """One entry; `policies` holds (policy ARN, "cluster" or "namespace", namespaces); `principal_id` "" matches any."""

    principal_arn: str
    username: str = ""
    groups: tuple[str, ...] = ()
    type: str = "STANDARD"
    policies: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    principal_id: str = ""


def matching_entry(entries: list[AccessEntry], canonical_arn: str, principal_id: str) -> AccessEntry | None:
    """The entry made for this very principal."""
    for entry in entries:
        same_name = _without_path(entry.principal_arn).lower() == canonical_arn.lower()
        if same_name and entry.principal_id in ("", principal_id):
            return entry
    return None


def username_template(entry: AccessEntry) -> str:
    """The entry's user name, or the one EKS gives when none was chosen."""
    if entry.username:
        return entry.username
    if entry.type in NODE_TYPES:
        return "system:node:{{EC2PrivateDNSName}}"
    arn = _without_path(entry.principal_arn)
    if ":role/" in arn:
        account, name = arn.split(":")[4], arn.rpartition("/")[2]
        return f"{arn.split(':iam:')[0]}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
    return entry.principal_arn


def groups_of(entry: AccessEntry) -> tuple[str, ...]:
    """The entry's groups, those of its type, and system:masters for EKS's cluster administrator policy.

    EKS authorises its other access policies outside RBAC; the sandbox does not know them.
    """
    groups = list(entry.groups)
    if entry.type in NODE_TYPES:
        groups += ["system:bootstrappers", "system:nodes"]
    if any(arn.endswith(CLUSTER_ADMIN_POLICY) and scope == "cluster" for arn, scope, _namespaces in entry.policies):
        groups.append("system:masters")
    return tuple(dict.fromkeys(groups))


def _without_path(arn: str) -> str:
    """A role's ARN as STS would name it; names are unique in an account, so the path adds nothing."""
    head, separator, rest = arn.partition(":role/")
    return f"{head}{separator}{rest.rpartition('/')[2]}" if separator else arn
