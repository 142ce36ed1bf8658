# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for a pod identity: which role a service account of the cluster has.

Rules: https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_calls, tag_changes

# The API's name of what can be changed, by ours.
CHANGEABLE = {
    "role_arn": "roleArn",
    "target_role_arn": "targetRoleArn",
    "disable_session_tags": "disableSessionTags",
}


@dataclass(frozen=True)
class WantedPodIdentity:
    """The association as its user wants it; None is "not given, not touched"."""

    cluster_name: str
    namespace: str
    service_account: str
    role_arn: str | None = None
    target_role_arn: str | None = None
    disable_session_tags: bool | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    announced_only: bool = False


def present(current: Mapping[str, Any], wanted: WantedPodIdentity) -> Plan:
    """Give the service account its role.

    `current` is `{cluster_status: str | None, association: record | None}`.
    """
    if current["cluster_status"] is None and not wanted.announced_only:
        raise Refusal(f"There is no cluster {wanted.cluster_name}. Make it first, or correct cluster_name and region.")
    association = current["association"]
    return _created(wanted) if association is None else _updated(association, wanted)


def absent(current: Mapping[str, Any], wanted: WantedPodIdentity) -> Plan:
    """Take the role from the service account."""
    association = current["association"]
    if association is None:
        return Plan(None, None)
    _refuse_owned(association, wanted)
    address = {"cluster_name": wanted.cluster_name, "association_id": association["association_id"]}
    return Plan(association, None, (Call("delete_association", address),))


def _created(wanted: WantedPodIdentity) -> Plan:
    if not wanted.role_arn and not wanted.announced_only:
        raise Refusal(
            f"The service account {wanted.namespace}/{wanted.service_account} of {wanted.cluster_name} has no role yet: "
            "give role_arn."
        )
    tags = tag_changes({}, wanted.tags, False).after
    request = {
        "namespace": wanted.namespace,
        "serviceAccount": wanted.service_account,
        **{theirs: getattr(wanted, ours) for ours, theirs in CHANGEABLE.items()},
        "tags": tags or None,
    }
    given = {key: value for key, value in request.items() if value is not None}
    after = {
        "cluster_name": wanted.cluster_name,
        "namespace": wanted.namespace,
        "service_account": wanted.service_account,
        "association_id": UNKNOWN,
        "arn": UNKNOWN,
        "role_arn": wanted.role_arn or UNKNOWN,
        "target_role_arn": wanted.target_role_arn or "",
        "disable_session_tags": bool(wanted.disable_session_tags),
        "owner_arn": "",
        "tags": tags,
    }
    return Plan(None, after, (Call("create_association", {"cluster_name": wanted.cluster_name, "request": given}),))


def _updated(association: Mapping[str, Any], wanted: WantedPodIdentity) -> Plan:
    after = dict(association)
    request = {}
    for ours, theirs in CHANGEABLE.items():
        value = getattr(wanted, ours)
        if value is not None and value != association[ours]:
            after[ours] = request[theirs] = value
    calls = []
    if request:
        _refuse_owned(association, wanted)
        address = {"cluster_name": wanted.cluster_name, "association_id": association["association_id"]}
        calls.append(Call("update_association", {**address, "request": request}))
    tags = tag_changes(association["tags"], wanted.tags, wanted.purge_tags)
    after["tags"] = tags.after
    return Plan(association, after, (*calls, *tag_calls(association["arn"], tags)))


def _refuse_owned(association: Mapping[str, Any], wanted: WantedPodIdentity) -> None:
    if association["owner_arn"]:
        raise Refusal(
            f"The role of the service account {wanted.namespace}/{wanted.service_account} belongs to the add-on "
            f"{association['owner_arn']}. Change or remove it there (multitenant.kubeflow.eks_addon, pod_identities)."
        )
