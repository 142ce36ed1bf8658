"""What EKS remembers: clusters, their updates and node groups. States follow the clock and are settled when read."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.pace import Deadline

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


@dataclass
class Update:
    """A change on its way; `apply` is called once, when its time has come."""

    type: str
    params: Mapping[str, Any]
    done: Deadline
    apply: Callable[[], None]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: dt.datetime = field(default_factory=now)
    status: str = "InProgress"

    def settle(self) -> None:
        if self.status == "InProgress" and self.done.passed:
            self.apply()
            self.status = "Successful"

    def described(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "type": self.type,
            "params": [{"type": name, "value": str(value)} for name, value in self.params.items()],
            "createdAt": self.created_at,
            "errors": [],
        }


@dataclass
class AccessEntryRecord:
    """An access entry as the API shows it, with the id that the principal had when it was made."""

    principal_arn: str
    principal_id: str
    arn: str
    type: str
    username: str
    groups: list[str]
    tags: dict[str, str]
    created_at: dt.datetime = field(default_factory=now)
    modified_at: dt.datetime = field(default_factory=now)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)

    def described(self, cluster_name: str) -> dict[str, Any]:
        return {
            "clusterName": cluster_name,
            "principalArn": self.principal_arn,
            "kubernetesGroups": self.groups,
            "accessEntryArn": self.arn,
            "createdAt": self.created_at,
            "modifiedAt": self.modified_at,
            "tags": self.tags,
            "username": self.username,
            "type": self.type,
        }


@dataclass
class NodeGroup:
    """A managed node group; `fields` are those of the API that the request gave or EKS filled in."""

    arn: str
    fields: dict[str, Any]
    tags: dict[str, str]
    ready: Deadline
    gone: Deadline | None = None
    updates: dict[str, Update] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.fields["nodegroupName"]

    @property
    def status(self) -> str:
        for update in self.updates.values():
            update.settle()
        if self.gone:
            return "DELETING"
        if not self.ready.passed:
            return "CREATING"
        return "UPDATING" if any(update.status == "InProgress" for update in self.updates.values()) else "ACTIVE"

    def described(self) -> dict[str, Any]:
        status = self.status
        fixed = {"nodegroupArn": self.arn, "status": status, "health": {"issues": []}, "tags": self.tags}
        return {**self.fields, **fixed}


@dataclass
class ClusterRecord:
    """A cluster: what a Kubernetes backend needs to know of it, and what the API shows of it."""

    name: str
    arn: str
    account: str
    region: str
    version: str
    role_arn: str
    creator_arn: str
    bootstrap_creator_admin: bool
    authentication_mode: str
    vpc_config: dict[str, Any]
    log_types: set[str]
    network_config: dict[str, Any]
    tags: dict[str, str]
    ready: Deadline
    encryption_config: list[Any] = field(default_factory=list)
    self_managed_addons: bool = True
    compute_config: dict[str, Any] = field(default_factory=dict)
    deletion_protection: bool = False
    upgrade_policy: dict[str, Any] = field(default_factory=lambda: {"supportType": "EXTENDED"})
    created_at: dt.datetime = field(default_factory=now)
    oidc_id: str = field(default_factory=lambda: uuid.uuid4().hex.upper())
    endpoint: str | None = None
    certificate_authority_data: str | None = None
    fault: str | None = None
    deleting: bool = False
    handle: Any = None
    updates: dict[str, Update] = field(default_factory=dict)
    node_groups: dict[str, NodeGroup] = field(default_factory=dict)
    entries: dict[str, AccessEntryRecord] = field(default_factory=dict)
    addons: dict[str, Any] = field(default_factory=dict)
    pod_identities: dict[str, Any] = field(default_factory=dict)

    def settle(self) -> None:
        for update in self.updates.values():
            update.settle()
        for members in (self.node_groups, self.addons):
            for name, member in list(members.items()):
                if member.gone and member.gone.passed:
                    del members[name]

    @property
    def status(self) -> str:
        self.settle()
        if self.deleting:
            return "DELETING"
        if self.fault:
            return "FAILED"
        if self.endpoint is None or not self.ready.passed:
            return "CREATING"
        return "UPDATING" if self.update_in_progress else "ACTIVE"

    @property
    def update_in_progress(self) -> Update | None:
        return next((update for update in self.updates.values() if update.status == "InProgress"), None)

    @property
    def issuer(self) -> str:
        return f"https://oidc.eks.{self.region}.amazonaws.com/id/{self.oidc_id}"

    @property
    def auto_mode(self) -> bool:
        return bool(self.compute_config.get("enabled"))

    def described(self) -> dict[str, Any]:
        status = self.status
        up = status in ("ACTIVE", "UPDATING", "DELETING")
        issues = [{"code": "InternalFailure", "message": self.fault, "resourceIds": []}] if self.fault else []
        return {
            "name": self.name,
            "arn": self.arn,
            "createdAt": self.created_at,
            "version": self.version,
            "endpoint": self.endpoint if up else None,
            "roleArn": self.role_arn,
            "resourcesVpcConfig": self.vpc_config,
            "kubernetesNetworkConfig": {**self.network_config, "elasticLoadBalancing": {"enabled": self.auto_mode}},
            "computeConfig": self.compute_config or {"enabled": False},
            "storageConfig": {"blockStorage": {"enabled": self.auto_mode}},
            "logging": self.logging(),
            "identity": {"oidc": {"issuer": self.issuer}} if up else None,
            "status": status,
            "certificateAuthority": {"data": self.certificate_authority_data} if up else {},
            "platformVersion": "eks.1",
            "tags": self.tags,
            "encryptionConfig": self.encryption_config or None,
            "health": {"issues": issues},
            "accessConfig": {
                "bootstrapClusterCreatorAdminPermissions": self.bootstrap_creator_admin,
                "authenticationMode": self.authentication_mode,
            },
            "upgradePolicy": self.upgrade_policy,
            "deletionProtection": self.deletion_protection,
        }

    def logging(self) -> dict[str, Any]:
        on = [name for name in LOG_TYPES if name in self.log_types]
        off = [name for name in LOG_TYPES if name not in self.log_types]
        parts = [{"types": names, "enabled": enabled} for names, enabled in ((on, True), (off, False)) if names]
        return {"clusterLogging": parts}
