# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads everything that a profile manager consists of, from five services and the cluster, in one go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.access_entry import AccessEntryClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_auth_map import AwsAuthClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import Cognito
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks import EksClusterClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.event_rule import EventRuleClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.function_role import FunctionRoleClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import (
    UNREACHABLE,
    KubernetesClient,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.lambda_function import LambdaFunctionClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.log_group import LogGroupClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.together import Together
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal, ServiceError

KUBEFLOW = "kubeflow"


@dataclass(frozen=True)
class ProfileManagerClients:
    """The clients of a profile manager's parts."""

    logs: LogGroupClient
    roles: FunctionRoleClient
    functions: LambdaFunctionClient
    pools: Cognito
    clusters: EksClusterClient
    entries: AccessEntryClient
    kubernetes: KubernetesClient
    aws_auth: AwsAuthClient
    rules: EventRuleClient
    is_kubeconfig_given: bool = True

    def together(self) -> Together:
        """All that plans call; clusters are only read here."""
        return Together(
            self.logs,
            self.roles,
            self.functions,
            self.pools,
            self.entries,
            self.kubernetes,
            self.aws_auth,
            self.rules,
        )

    def read(
        self,
        wanted: Any,
        names: Any,
        *,
        may_be_unreachable: bool,
        may_be_malformed: bool,
        uses_aws_auth: Callable[[str], bool],
    ) -> Any:
        """What plans/profile_manager.py takes as `current`.

        `names` tells the names of the parts in the cluster and of the role's policy, `uses_aws_auth` for the cluster's
        mode whether aws-auth matters; `may_be_unreachable` reads a cluster that does not answer as an empty one, and
        `may_be_malformed` an aws-auth that nobody can read as `aws_auth_problem`.
        """
        cluster = self.clusters.cluster(wanted.cluster_name) if wanted.cluster_name else None
        role = self.roles.read_role(wanted.role_name, names.policy)
        role_arn = role["arn"] if role else wanted.role_arn
        mode = cluster["authentication_mode"] if cluster else None
        current = {
            "cluster": cluster,
            "mode": mode,
            "log_group": self.logs.read_log_group(wanted.log_group),
            "role": role,
            "function": self.functions.read_function(wanted.function_name),
            "statements": self.functions.read_permissions(wanted.function_name),
            "pool": self.pools.describe_user_pool(wanted.user_pool_id) if wanted.user_pool_id else None,
            "pool_keys": self.pools.updatable_user_pool_keys(),
            "rule": self.rules.read_rule(wanted.rule_name),
            **self._entry(cluster, role_arn, wanted.role_name),
        }
        in_cluster = EMPTY
        if cluster is not None and cluster["endpoint"] and cluster["status"] != "DELETING":
            try:
                self._refuse_another_cluster(cluster)
                in_cluster = self._in_cluster(names)
                if uses_aws_auth(cluster["authentication_mode"]):
                    in_cluster.update(self._aws_auth(wanted.role_name, may_be_malformed))
            except ServiceError as failure:
                if not (may_be_unreachable and failure.code == UNREACHABLE):
                    raise
        return {**current, **in_cluster}

    def _entry(self, cluster: Any, role_arn: str, role_name: str) -> dict[str, Any]:
        if cluster is None or cluster["authentication_mode"] == "CONFIG_MAP":
            return {"entry": None, "entry_created_at": None, "role_created_at": None}
        found = self.entries.read_entry(cluster["name"], role_arn)
        created_at = self.roles.created_at(role_name) if found["entry"] else None
        return {**found, "role_created_at": created_at}

    def _refuse_another_cluster(self, cluster: Any) -> None:
        """Raise when the machine's default kubeconfig leads elsewhere; one that is given may lead through a tunnel."""
        if not self.is_kubeconfig_given and self.kubernetes.host.rstrip("/") != cluster["endpoint"].rstrip("/"):
            raise ServiceError(
                f"The kubeconfig of this machine leads to {self.kubernetes.host}, not to the cluster {cluster['name']} "
                f"({cluster['endpoint']}). Give kubeconfig (and context)."
            )

    def _aws_auth(self, role_name: str, may_be_malformed: bool) -> dict[str, Any]:
        """The document; one that is malformed but does not name the role is as good as none when it may be so."""
        try:
            return {"aws_auth": self.aws_auth.read_aws_auth()}
        except Refusal as refusal:
            if not may_be_malformed:
                raise
            return {"aws_auth_problem": str(refusal) if self.aws_auth.mentions(role_name) else ""}

    def _admission(self, names: Any) -> dict[str, Any]:
        kinds = {"admission_policy": names.policy_kind, "admission_policy_binding": names.policy_binding_kind}
        if not self.kubernetes.serves(names.policy_kind):
            return {"serves_admission_policies": False}
        return {key: self.kubernetes.read_object(kind, names.policy_of_admission) for key, kind in kinds.items()}

    def _in_cluster(self, names: Any) -> dict[str, Any]:
        return {
            **EMPTY,
            **self._admission(names),
            "cluster_asked": True,
            "cluster_role": self.kubernetes.read_object("ClusterRole", names.cluster_role),
            "cluster_role_binding": self.kubernetes.read_object("ClusterRoleBinding", names.cluster_role),
            "receipt_rights": [
                found
                for kind in ("Role", "RoleBinding")
                for found in self.kubernetes.list_objects(kind, None, names.labels)
                if found["metadata"]["name"] == names.cluster_role
            ],
            "config_maps": self.kubernetes.list_objects("ConfigMap", KUBEFLOW),
        }


EMPTY = {
    "cluster_asked": False,
    "serves_admission_policies": True,
    "admission_policy": None,
    "admission_policy_binding": None,
    "cluster_role": None,
    "cluster_role_binding": None,
    "receipt_rights": [],
    "config_maps": [],
    "aws_auth": None,
    "aws_auth_problem": "",
}
