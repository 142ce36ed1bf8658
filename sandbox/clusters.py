"""The Kubernetes side of each EKS cluster: a fresh API when it is created, its controllers, and the end of both."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import yaml

from sandbox.aws import Cloud
from sandbox.controllers import start_controllers, stop_controllers
from sandbox.kubernetes.authentication import EksAuthenticator
from sandbox.kubernetes.backend import Authenticate, KubernetesAPI, admin_kubeconfig, open_backend
from sandbox.kubernetes.client import KubernetesClient, KubernetesError
from sandbox.kubernetes.identity import UserInfo
from sandbox.pace import Pace
from sandbox.state import State, write_text

log = logging.getLogger(__name__)
AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


class Clusters:
    """All clusters that run now; `open` is what the cloud calls for a new one."""

    def __init__(self, choice: str, state: State, pace: Pace) -> None:
        self.choice = choice
        self.state = state
        self.pace = pace
        self._running: dict[str, ClusterKubernetes] = {}

    def open(self, cloud: Cloud, record: Any) -> ClusterKubernetes:
        """The Kubernetes API of this cluster, not started."""
        self._running[record.name] = ClusterKubernetes(cloud, record, self)
        return self._running[record.name]

    def admin(self, name: str) -> KubernetesClient | None:
        """The administrator's client of a cluster that runs."""
        running = self._running.get(name)
        return running.admin if running else None

    def forget(self, name: str) -> None:
        self._running.pop(name, None)

    def describe(self) -> list[dict[str, Any]]:
        return [cluster.describe() for cluster in list(self._running.values())]

    def map_node_role(self, record: Any, role_arn: str) -> None:
        """Enter the role of a new node group into aws-auth, as EKS does for clusters that read it."""
        cluster = self._running.get(record.name)
        if cluster:
            cluster.map_node_role(role_arn)

    def stop(self) -> None:
        for cluster in list(self._running.values()):
            cluster.stop()


class ClusterKubernetes:
    """One cluster's API and controllers; `url` and `ca_pem` hold from `start` on."""

    def __init__(self, cloud: Cloud, record: Any, clusters: Clusters) -> None:
        self._cloud = cloud
        self._record = record
        self._clusters = clusters
        self._controllers: list[Any] = []
        self._seconds = 0.0
        self._stopped = False
        self._calls: Counter[str] = Counter()
        self._admin: KubernetesClient | None = None
        self._api: KubernetesAPI = open_backend(
            record.name, self._counting(self._authenticator()), clusters.choice, clusters.state.folder
        )

    @property
    def url(self) -> str:
        return self._api.url

    @property
    def ca_pem(self) -> bytes:
        return self._api.ca_pem

    @property
    def admin(self) -> KubernetesClient | None:
        """Asks with all rights; None before the start."""
        return self._admin

    def start(self) -> None:
        begun = time.monotonic()
        self._api.start()
        self._admin = KubernetesClient(self._api.url, self._api.ca_pem, self._api.admin_token)
        self._controllers = start_controllers(
            self._api,
            self._record.name,
            self._cloud.url,
            self._record.region,
            self._clusters.pace,
            auto_mode=self._record.auto_mode,
        )
        self._seconds = time.monotonic() - begun
        write_text(self._clusters.state.admin_kubeconfig, admin_kubeconfig(self._api))
        log.info("Kubernetes of %s at %s after %.1f s", self._record.name, self._api.url, self._seconds)

    def stop(self) -> None:
        """End the controllers and the API; a second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        stop_controllers(self._controllers)
        self._controllers = []
        self._api.stop()
        self._clusters.forget(self._record.name)
        self._clusters.state.admin_kubeconfig.unlink(missing_ok=True)
        log.info("Kubernetes of %s stopped", self._record.name)

    def describe(self) -> dict[str, Any]:
        return {
            "name": self._record.name,
            "backend": self._api.name,
            "url": self._api.url if self._admin else "",
            "seconds_to_start": round(self._seconds, 2),
            "calls": dict(self._calls),
            "controllers": [getattr(controller, "name", type(controller).__name__) for controller in self._controllers],
        }

    def _counting(self, authenticate: Authenticate) -> Authenticate:
        """The same authentication; who came is counted, for the emulator asks it at each call."""

        def authenticate_and_count(token: str) -> UserInfo:
            user = authenticate(token)
            self._calls[user.username] += 1
            return user

        return authenticate_and_count

    def _authenticator(self) -> EksAuthenticator:
        name = self._record.name
        return EksAuthenticator(
            name,
            self._cloud.url,
            aws_auth=self._aws_auth,
            access_entries=lambda: self._cloud.access_entries(name),
            modes=lambda: self._cloud.mode(name),
            creator=lambda: self._cloud.creator(name),
        )

    def _aws_auth(self) -> Mapping[str, str]:
        """The data of aws-auth as it is now; empty when the cluster has none."""
        found = self._admin.get(AWS_AUTH) if self._admin else None
        return (found or {}).get("data") or {}

    def map_node_role(self, role_arn: str) -> None:
        """Add the entry unless the role has one; read and written again when somebody else wrote in between."""
        assert self._admin, "the cluster has not been started"
        for _ in range(5):
            found = self._admin.get(AWS_AUTH)
            entries = yaml.safe_load(((found or {}).get("data") or {}).get("mapRoles") or "[]")
            if any(entry.get("rolearn") == role_arn for entry in entries):
                return
            text = yaml.safe_dump([*entries, node_entry(role_arn)], sort_keys=False)
            wanted = found or {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}}
            wanted["data"] = {**(wanted.get("data") or {}), "mapRoles": text}
            try:
                if found:
                    self._admin.replace(AWS_AUTH, wanted)
                else:
                    self._admin.create(AWS_AUTH.rpartition("/")[0], wanted)
                return
            except KubernetesError as error:
                if error.code != 409:
                    raise


def node_entry(role_arn: str) -> dict[str, Any]:
    """What EKS writes for the instances of a node group."""
    return {
        "rolearn": role_arn,
        "username": "system:node:{{EC2PrivateDNSName}}",
        "groups": ["system:bootstrappers", "system:nodes"],
    }
