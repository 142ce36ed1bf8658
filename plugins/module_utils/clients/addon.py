# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon EKS: add-ons with their pod identities, installed, changed and removed, each waited for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

try:
    import yaml
except ImportError:  # it comes with Ansible itself, wherever modules run on the controller
    yaml = None

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks_client import (
    GONE,
    IN_PROGRESS_REMEDY,
    EksClient,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.pod_identity import is_not_yet_believed
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.settling import until_settled
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.waiting import wait_until
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

FAILED = ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED")
REMEDIES = {
    **IN_PROGRESS_REMEDY,
    "InvalidParameterException": "`aws eks describe-addon-versions` and `describe-addon-configuration` tell what it takes.",
}


class AddonClient(EksClient):
    """Add-ons by cluster and name, in the shape that the module returns."""

    @aws_call("read the add-on {name} of {cluster_name}", missing=GONE)
    def addon(self, cluster_name: str, name: str) -> dict[str, Any] | None:
        """The add-on, None when there is none."""
        found = self.eks.describe_addon(clusterName=cluster_name, addonName=name)["addon"]
        return {
            "cluster_name": cluster_name,
            "name": name,
            "arn": found["addonArn"],
            "status": found["status"],
            "version": found.get("addonVersion", ""),
            "configuration": _configuration(found.get("configurationValues") or "{}"),
            "pod_identities": self._identities(cluster_name, found.get("podIdentityAssociations") or []),
            "service_account_role_arn": found.get("serviceAccountRoleArn") or "",
            "tags": dict(found.get("tags") or {}),
        }

    def _identities(self, cluster_name: str, arns: list[str]) -> list[dict[str, str]]:
        found = [
            self.eks.describe_pod_identity_association(clusterName=cluster_name, associationId=arn.rsplit("/", 1)[-1])
            for arn in arns
        ]
        identities = [
            {"service_account": one["association"]["serviceAccount"], "role_arn": one["association"]["roleArn"]}
            for one in found
        ]
        return sorted(identities, key=lambda one: one["service_account"])

    @aws_call("list the versions of the add-on {name}", missing=("InvalidParameterException",))
    def default_version(self, name: str, kubernetes_version: str) -> str | None:
        """The version that EKS takes by itself for this version of Kubernetes."""
        pages = self.eks.get_paginator("describe_addon_versions").paginate(
            addonName=name, kubernetesVersion=kubernetes_version
        )
        for page in pages:
            for addon in page["addons"]:
                for one in addon["addonVersions"]:
                    if any(fits.get("defaultVersion") for fits in one["compatibilities"]):
                        return one["addonVersion"]
        return None

    def create_addon(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> None:
        """Install the add-on; a role that is new is believed after some seconds."""
        until_settled(
            lambda: self._create(cluster_name, name, _with_values(request)),
            is_not_yet_believed,
            what=f"The role of the add-on {name}",
            progress=self.progress,
        )

    @aws_call("install the add-on {name} into {cluster_name}", remedies=REMEDIES)
    def _create(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> None:
        self.eks.create_addon(clusterName=cluster_name, addonName=name, **request)

    def update_addon(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> None:
        """Begin to change the add-on."""
        until_settled(
            lambda: self._update(cluster_name, name, _with_values(request)),
            is_not_yet_believed,
            what=f"The role of the add-on {name}",
            progress=self.progress,
        )

    @aws_call("change the add-on {name} of {cluster_name}", remedies=REMEDIES)
    def _update(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> None:
        self.eks.update_addon(clusterName=cluster_name, addonName=name, **request)

    @aws_call("remove the add-on {name} from {cluster_name}", missing=GONE)
    def delete_addon(self, cluster_name: str, name: str, preserve: bool) -> None:
        """Begin to remove the add-on; `preserve` leaves its software in the cluster."""
        self.eks.delete_addon(clusterName=cluster_name, addonName=name, preserve=preserve)

    @aws_call("read the health of the add-on {name} of {cluster_name}", missing=GONE)
    def _health(self, cluster_name: str, name: str) -> dict[str, str] | None:
        """`{status, issues}`, the latter as one sentence."""
        found = self.eks.describe_addon(clusterName=cluster_name, addonName=name)["addon"]
        issues = [f"{issue.get('code')}: {issue.get('message')}" for issue in found.get("health", {}).get("issues", [])]
        return {"status": found["status"], "issues": "; ".join(issues) or "no reason given"}

    def wait_settled(self, cluster_name: str, name: str) -> None:
        """Wait until nothing is being done to the add-on."""
        self._wait(cluster_name, name, lambda health: health["status"] not in ("CREATING", "UPDATING"))

    def wait_active(self, cluster_name: str, name: str) -> None:
        """Wait until the add-on is well; one without nodes is not, until they have come."""

        def active(health: Mapping[str, str]) -> bool:
            if health["status"] in FAILED:
                raise ServiceError(
                    f"The add-on {name} of {cluster_name} became {health['status']}: {health['issues']}. "
                    "Correct the cause, and run this task again."
                )
            return health["status"] == "ACTIVE"

        self._wait(cluster_name, name, active)

    def _wait(self, cluster_name: str, name: str, ready: Any) -> None:
        def there(health: Mapping[str, str] | None) -> bool:
            if health is None:
                raise ServiceError(f"The add-on {name} of {cluster_name} has gone while it was awaited.")
            return ready(health)

        wait_until(
            lambda: self._health(cluster_name, name),
            there,
            what=f"The add-on {name} of {cluster_name}",
            timeout=self.wait_timeout,
            state=lambda health: f"{health['status']} ({health['issues']})",
            remedy="An add-on whose pods find no node stays DEGRADED: look at the nodes, or raise wait_timeout.",
            progress=self.progress,
        )

    def wait_deleted(self, cluster_name: str, name: str) -> None:
        """Wait until the add-on is gone."""

        def gone(health: Mapping[str, str] | None) -> bool:
            if health and health["status"] == "DELETE_FAILED":
                raise ServiceError(
                    f"The add-on {name} of {cluster_name} could not be removed: {health['issues']}. "
                    "Correct the cause, or remove it with preserve: true."
                )
            return health is None

        wait_until(
            lambda: self._health(cluster_name, name),
            gone,
            what=f"The add-on {name} of {cluster_name}",
            timeout=self.wait_timeout,
            state=lambda health: health["status"],
            remedy="Run this task again, or raise wait_timeout.",
            progress=self.progress,
        )


def _with_values(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with its configuration as the text that the API takes."""
    if "configuration" not in request:
        return dict(request)
    others = {key: value for key, value in request.items() if key != "configuration"}
    return {**others, "configurationValues": json.dumps(request["configuration"])}


def _configuration(text: str) -> dict[str, Any]:
    """The configuration, which whoever wrote it may have given as JSON or as YAML."""
    try:
        return json.loads(text)
    except ValueError:
        return yaml.safe_load(text) or {}
