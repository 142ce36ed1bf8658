"""Workloads of a cluster without nodes: each reports itself rolled out after a while, no pod is made.

The status is what the real controllers write when everything runs, so that `kubectl rollout status`, `kubectl wait` and
kubernetes.core's wait are satisfied.
"""

from __future__ import annotations

import datetime
from typing import Any

from sandbox.kubernetes.client import KubernetesClient, Object
from sandbox.kubernetes.control_loop import ControlLoop
from sandbox.pace import Pace

APPS = "/apis/apps/v1"


class WorkloadStatus(ControlLoop):
    """Base of the three: give `plural` and `status`."""

    plural = ""

    def __init__(self, client: KubernetesClient, pace: Pace) -> None:
        super().__init__(client)
        self.collection = f"{APPS}/{self.plural}"
        self._pace = pace

    def status(self, workload: Object, now: str) -> Object:
        """What the workload reports when all of it runs."""
        raise NotImplementedError

    def reconcile(self, workload: Object) -> float | None:
        metadata, current = workload["metadata"], workload.get("status") or {}
        if metadata.get("deletionTimestamp"):
            return None
        now = datetime.datetime.now(datetime.UTC)
        wanted = self.status(workload, now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if _says(current, wanted):
            return None
        if not current.get("observedGeneration"):
            age = (now - _time(metadata["creationTimestamp"])).total_seconds()
            if age < self._pace.seconds("deployment"):
                return self._pace.seconds("deployment") - age
        path = f"{APPS}/namespaces/{metadata['namespace']}/{self.plural}/{metadata['name']}/status"
        self.client.merge(path, {"status": wanted})
        return None


class DeploymentStatus(WorkloadStatus):
    plural = "deployments"

    def status(self, workload: Object, now: str) -> Object:
        replicas = _replicas(workload)
        name = workload["metadata"]["name"]
        return {
            "observedGeneration": workload["metadata"].get("generation", 1),
            "replicas": replicas,
            "updatedReplicas": replicas,
            "readyReplicas": replicas,
            "availableReplicas": replicas,
            "conditions": [
                _condition("Available", "MinimumReplicasAvailable", "Deployment has minimum availability.", now),
                _condition("Progressing", "NewReplicaSetAvailable", f'Deployment "{name}" has progressed.', now),
            ],
        }


class StatefulSetStatus(WorkloadStatus):
    plural = "statefulsets"

    def status(self, workload: Object, now: str) -> Object:
        replicas, generation = _replicas(workload), workload["metadata"].get("generation", 1)
        revision = f"{workload['metadata']['name']}-{generation}"
        return {
            "observedGeneration": generation,
            "replicas": replicas,
            "readyReplicas": replicas,
            "currentReplicas": replicas,
            "updatedReplicas": replicas,
            "availableReplicas": replicas,
            "currentRevision": revision,
            "updateRevision": revision,
        }


class DaemonSetStatus(WorkloadStatus):
    """As on a cluster of one node."""

    plural = "daemonsets"

    def status(self, workload: Object, now: str) -> Object:
        return {
            "observedGeneration": workload["metadata"].get("generation", 1),
            "currentNumberScheduled": 1,
            "desiredNumberScheduled": 1,
            "numberAvailable": 1,
            "numberMisscheduled": 0,
            "numberReady": 1,
            "updatedNumberScheduled": 1,
        }


def _replicas(workload: Object) -> int:
    replicas = workload["spec"].get("replicas")
    return 1 if replicas is None else replicas


def _condition(kind: str, reason: str, message: str, now: str) -> Object:
    times = {"lastTransitionTime": now, "lastUpdateTime": now}
    return {"type": kind, "status": "True", "reason": reason, "message": message, **times}


def _says(current: Object, wanted: Object) -> bool:
    """Whether the status says what it should, whenever it was said; the API leaves zeros out."""
    states = {each["type"]: each["status"] for each in current.get("conditions") or []}
    wanted_states = {each["type"]: each["status"] for each in wanted.get("conditions") or []}
    fields = {key: value for key, value in wanted.items() if key != "conditions"}
    return wanted_states.items() <= states.items() and all(_same(current.get(key), fields[key]) for key in fields)


def _same(current: Any, wanted: Any) -> bool:
    return (current or 0) == (wanted or 0)


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
