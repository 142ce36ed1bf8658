"""Pod Identity: which service account gets the credentials of which role.

Rules and messages: EKS user guide "EKS Pod Identity"; the associations of an add-on are changed through the add-on only.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws import principals, roles
from sandbox.aws.calls import Call, refuse
from sandbox.aws.eks.records import ClusterRecord, now
from sandbox.aws.eks.state import State

SERVICE = "pods.eks.amazonaws.com"
CHANGEABLE = {"roleArn": "role_arn", "targetRoleArn": "target_role_arn", "disableSessionTags": "disable_session_tags"}


@dataclass
class PodIdentity:
    """An association as the API shows it; `owner_arn` is the add-on that it was made with."""

    id: str
    arn: str
    namespace: str
    service_account: str
    role_arn: str
    tags: dict[str, str]
    owner_arn: str | None = None
    target_role_arn: str | None = None
    disable_session_tags: bool = False
    created_at: Any = field(default_factory=now)
    modified_at: Any = field(default_factory=now)

    def summary(self, cluster_name: str) -> dict[str, Any]:
        return {
            "clusterName": cluster_name,
            "namespace": self.namespace,
            "serviceAccount": self.service_account,
            "associationArn": self.arn,
            "associationId": self.id,
            **({"ownerArn": self.owner_arn} if self.owner_arn else {}),
        }

    def described(self, cluster_name: str) -> dict[str, Any]:
        return {
            **self.summary(cluster_name),
            "roleArn": self.role_arn,
            "tags": self.tags,
            "createdAt": self.created_at,
            "modifiedAt": self.modified_at,
            "disableSessionTags": self.disable_session_tags,
            **({"targetRoleArn": self.target_role_arn} if self.target_role_arn else {}),
        }


def check_role(call: Call, role_arn: str) -> None:
    """The role exists, and lets EKS hand out its credentials with session tags."""
    role = principals.role_of(call.account, role_arn)
    if role is None or not roles.is_spread(role):
        raise refuse("InvalidParameterException", "Role provided in the request does not exist.")
    if not principals.trusts(role, SERVICE) or "sts:TagSession" not in role.assume_role_policy_document:
        message = (
            f"Trust policy of role {role_arn} must allow {SERVICE} to do sts:AssumeRole and sts:TagSession: "
            "it could not be assumed"
        )
        raise refuse("InvalidParameterException", message)


def check_free(record: ClusterRecord, namespace: str, account: str, owner_arn: str | None = None) -> None:
    """A service account has one association."""
    for one in record.pod_identities.values():
        taken = (one.namespace, one.service_account) == (namespace, account)
        if taken and (owner_arn is None or one.owner_arn != owner_arn):
            raise refuse("ResourceInUseException", f"Association already exists: {one.id}")


def add(
    record: ClusterRecord,
    namespace: str,
    account: str,
    role_arn: str,
    tags: dict[str, str],
    owner_arn: str | None = None,
) -> PodIdentity:
    identity = f"a-{uuid.uuid4().hex[:17]}"
    arn = f"arn:aws:eks:{record.region}:{record.account}:podidentityassociation/{record.name}/{identity}"
    one = PodIdentity(identity, arn, namespace, account, role_arn, dict(tags), owner_arn)
    record.pod_identities[identity] = one
    return one


def create(state: State, call: Call) -> dict[str, Any]:
    record = state.find(call, call.get("clusterName"))
    namespace, account = call.get("namespace"), call.get("serviceAccount")
    check_free(record, namespace, account)
    check_role(call, call.get("roleArn"))
    one = add(record, namespace, account, call.get("roleArn"), call.get("tags", {}))
    one.target_role_arn = call.get("targetRoleArn")
    one.disable_session_tags = call.get("disableSessionTags", False)
    return {"association": one.described(record.name)}


def association_of(record: ClusterRecord, call: Call) -> PodIdentity:
    identity = call.get("associationId")
    if identity not in record.pod_identities:
        raise refuse("ResourceNotFoundException", f"Association could not be found: {identity}")
    return record.pod_identities[identity]


def own_association(record: ClusterRecord, call: Call) -> PodIdentity:
    one = association_of(record, call)
    if one.owner_arn:
        message = f"Association {one.id} is owned by the addon {one.owner_arn}: use the addon's API to change it"
        raise refuse("InvalidRequestException", message)
    return one


def describe(state: State, call: Call) -> dict[str, Any]:
    record = state.find(call, call.get("clusterName"))
    return {"association": association_of(record, call).described(record.name)}


def list_all(state: State, call: Call) -> dict[str, Any]:
    record = state.find(call, call.get("clusterName"))
    wanted = {"namespace": call.get("namespace"), "service_account": call.get("serviceAccount")}
    found = [
        one
        for one in record.pod_identities.values()
        if all(value in (None, getattr(one, name)) for name, value in wanted.items())
    ]
    return {"associations": [one.summary(record.name) for one in found]}


def update(state: State, call: Call) -> dict[str, Any]:
    record = state.find(call, call.get("clusterName"))
    one = own_association(record, call)
    if call.get("roleArn"):
        check_role(call, call.get("roleArn"))
    for name, attribute in CHANGEABLE.items():
        if call.get(name) is not None:
            setattr(one, attribute, call.get(name))
    one.modified_at = now()
    return {"association": one.described(record.name)}


def delete(state: State, call: Call) -> dict[str, Any]:
    record = state.find(call, call.get("clusterName"))
    one = own_association(record, call)
    del record.pod_identities[one.id]
    return {"association": one.described(record.name)}
