# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for an access entry: who comes in, as whom, in which groups, with which of AWS's own policies.

Rules: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_calls, tag_changes

STANDARD = "STANDARD"
RESERVED_USERNAMES = ("system:", "eks:", "aws:", "amazon:", "iam:")


@dataclass(frozen=True)
class WantedAccessEntry:
    """The entry as its user wants it; None is "not given, not touched"."""

    cluster_name: str
    principal_arn: str
    kubernetes_groups: Sequence[str] | None = None
    username: str | None = None
    type: str | None = None
    access_policies: Sequence[Mapping[str, Any]] | None = None
    purge_access_policies: bool = False
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    announced_only: bool = False


def present(current: Mapping[str, Any], wanted: WantedAccessEntry) -> Plan:
    """Create the entry, change it, or make it anew where it belongs to a role that is gone.

    `current` is `{mode: str | None, entry: record | None, entry_created_at, role_created_at}`; `mode` is the cluster's
    authentication mode, None when there is no cluster. `role_is_new` says that the same run makes the role.
    """
    refuse_reserved_names(wanted)
    _refuse_without_entries(current["mode"], wanted)
    entry = current["entry"]
    if entry is None:
        return _created(None, wanted)
    if wanted.type is not None and wanted.type != entry["type"]:
        raise Refusal(
            f"The access entry of {wanted.principal_arn} in {wanted.cluster_name} has the type {entry['type']}, not "
            f"{wanted.type}: EKS fixes it when the entry is made. Remove the entry first (state: absent)."
        )
    if _belongs_to_former_role(current):
        return _made_anew(entry, wanted)
    return _updated(entry, wanted)


def absent(current: Mapping[str, Any], wanted: WantedAccessEntry) -> Plan:
    """Remove the entry."""
    if current["entry"] is None:
        return Plan(None, None)
    return Plan(current["entry"], None, (Call("delete_access_entry", _address(wanted)),))


def refuse_reserved_names(wanted: WantedAccessEntry) -> None:
    """Raise for groups and users that EKS keeps for Kubernetes and itself."""
    reserved = [group for group in wanted.kubernetes_groups or () if group.startswith("system:")]
    if reserved:
        raise Refusal(
            f"EKS takes no group that starts with system: into an access entry ({', '.join(reserved)}). Give a group of "
            "your own and bind it to a ClusterRole, or for administrators the access policy "
            "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy."
        )
    if wanted.username and wanted.username.startswith(RESERVED_USERNAMES):
        raise Refusal(
            f"EKS takes no user name that starts with {', '.join(RESERVED_USERNAMES)} into an access entry "
            f"({wanted.username}). Give another one, or leave it out."
        )


def _refuse_without_entries(mode: str | None, wanted: WantedAccessEntry) -> None:
    if mode is None and not wanted.announced_only:
        raise Refusal(f"There is no cluster {wanted.cluster_name}. Make it first, or correct cluster_name and region.")
    if mode == "CONFIG_MAP":
        raise Refusal(
            f"The cluster {wanted.cluster_name} has authentication mode CONFIG_MAP and knows no access entries. Set its "
            "authentication_mode to API_AND_CONFIG_MAP (multitenant.kubeflow.eks_cluster; there is no way back), or "
            "use multitenant.kubeflow.aws_auth."
        )


def _belongs_to_former_role(current: Mapping[str, Any]) -> bool:
    """EKS remembers the role's id: an entry that is older than the role lets nobody in.

    IAM tells whole seconds; the same second is that of a run that made both.
    """
    made, role_made = current.get("entry_created_at"), current.get("role_created_at")
    if current.get("role_is_new"):
        return True
    return bool(made and role_made and role_made.replace(microsecond=0) > made.replace(microsecond=0))


def _created(before: Mapping[str, Any] | None, wanted: WantedAccessEntry) -> Plan:
    tags = tag_changes({}, wanted.tags, False).after
    policies = sorted_policies(wanted.access_policies or ())
    entry = {
        "cluster_name": wanted.cluster_name,
        "principal_arn": wanted.principal_arn,
        "arn": UNKNOWN,
        "kubernetes_groups": sorted(wanted.kubernetes_groups or ()),
        "username": wanted.username or UNKNOWN,
        "type": wanted.type or STANDARD,
        "access_policies": policies,
        "tags": tags,
    }
    request = {
        "kubernetesGroups": entry["kubernetes_groups"] or None,
        "username": wanted.username,
        "type": wanted.type,
        "tags": tags or None,
    }
    given = {key: value for key, value in request.items() if value is not None}
    calls = [Call("create_access_entry", {**_address(wanted), "request": given})]
    calls += [Call("associate_policy", {**_address(wanted), "policy": policy}) for policy in policies]
    return Plan(before, entry, tuple(calls))


def _made_anew(entry: Mapping[str, Any], wanted: WantedAccessEntry) -> Plan:
    """Delete and create: what is not given is taken over from the entry that lets nobody in any more."""
    kept = WantedAccessEntry(
        cluster_name=wanted.cluster_name,
        principal_arn=wanted.principal_arn,
        kubernetes_groups=_or(wanted.kubernetes_groups, entry["kubernetes_groups"]),
        username=wanted.username or _own_username(entry),
        type=entry["type"],
        access_policies=_policies_after(entry["access_policies"], wanted),
        tags=tag_changes(entry["tags"], wanted.tags, wanted.purge_tags).after,
    )
    plan = _created(entry, kept)
    warning = (
        f"The role behind {wanted.principal_arn} is newer than its access entry, which therefore lets nobody in: "
        "the entry is made anew."
    )
    return Plan(entry, plan.after, (Call("delete_access_entry", _address(wanted)), *plan.calls), (warning,))


def _own_username(entry: Mapping[str, Any]) -> str | None:
    """The user name when it is not the one that EKS gives by itself."""
    name = entry["username"]
    return None if name.startswith("arn:") else name


def _updated(entry: Mapping[str, Any], wanted: WantedAccessEntry) -> Plan:
    after = dict(entry)
    calls = []
    changes: dict[str, Any] = {}
    if wanted.kubernetes_groups is not None and sorted(wanted.kubernetes_groups) != entry["kubernetes_groups"]:
        after["kubernetes_groups"] = changes["kubernetesGroups"] = sorted(wanted.kubernetes_groups)
    if wanted.username and wanted.username != entry["username"]:
        after["username"] = changes["username"] = wanted.username
    if changes:
        calls.append(Call("update_access_entry", {**_address(wanted), "request": changes}))
    after["access_policies"] = _policies_after(entry["access_policies"], wanted)
    calls += _policy_calls(entry["access_policies"], after["access_policies"], wanted)
    tags = tag_changes(entry["tags"], wanted.tags, wanted.purge_tags)
    calls += tag_calls(entry["arn"], tags)
    after["tags"] = tags.after
    return Plan(entry, after, tuple(calls))


def sorted_policies(policies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Associations `{policy_arn, scope_type, namespaces}` in one order, as they are compared and returned."""
    shaped = [
        {
            "policy_arn": policy["policy_arn"],
            "scope_type": policy.get("scope_type") or "cluster",
            "namespaces": sorted(policy.get("namespaces") or ()),
        }
        for policy in policies
    ]
    return sorted(shaped, key=lambda policy: policy["policy_arn"])


def _policies_after(current: Sequence[Mapping[str, Any]], wanted: WantedAccessEntry) -> list[dict[str, Any]]:
    if wanted.access_policies is None:
        return list(current)
    target = {policy["policy_arn"]: policy for policy in sorted_policies(wanted.access_policies)}
    kept = {} if wanted.purge_access_policies else {policy["policy_arn"]: policy for policy in current}
    return sorted_policies(list({**kept, **target}.values()))


def _policy_calls(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], wanted: WantedAccessEntry
) -> list[Call]:
    """An association of a policy that is there already is replaced by the new one: EKS keeps one per policy."""
    left = {policy["policy_arn"] for policy in after}
    calls = [
        Call("disassociate_policy", {**_address(wanted), "policy_arn": policy["policy_arn"]})
        for policy in before
        if policy["policy_arn"] not in left
    ]
    calls += [
        Call("associate_policy", {**_address(wanted), "policy": policy}) for policy in after if policy not in before
    ]
    return calls


def _address(wanted: WantedAccessEntry) -> dict[str, str]:
    return {"cluster_name": wanted.cluster_name, "principal_arn": wanted.principal_arn}


def _or(given: Any, otherwise: Any) -> Any:
    return otherwise if given is None else given
