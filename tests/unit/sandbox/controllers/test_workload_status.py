from __future__ import annotations

import pytest

LABELS = {"app": "web"}
TEMPLATE = {
    "metadata": {"labels": LABELS},
    "spec": {"containers": [{"name": "web", "image": "registry.example.com/web:1"}]},
}
PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}


def workload(kind: str, **spec) -> dict:
    if kind == "StatefulSet":
        spec["serviceName"] = "web"
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE, **spec},
    }


@pytest.fixture
def created(world, unique):
    """A function that creates a workload and returns its path."""

    def create(kind: str, **spec) -> str:
        collection = f"/apis/apps/v1/namespaces/{world.namespace(unique('work'))}/{PLURALS[kind]}"
        world.admin.create(collection, workload(kind, **spec))
        return f"{collection}/web"

    return create


def status(world, path: str) -> dict:
    return world.admin.get(path).get("status") or {}


def test_a_deployment_becomes_available(world, created, eventually):
    path = created("Deployment", replicas=2)

    eventually(lambda: status(world, path).get("availableReplicas") == 2)
    conditions = {each["type"]: each["status"] for each in status(world, path)["conditions"]}
    assert conditions == {"Available": "True", "Progressing": "True"}
    assert status(world, path)["observedGeneration"] == world.admin.get(path)["metadata"]["generation"]


def test_a_changed_deployment_is_observed_again(world, created, eventually):
    path = created("Deployment", replicas=1)
    eventually(lambda: status(world, path).get("availableReplicas") == 1)

    world.admin.merge(path, {"spec": {"replicas": 3}})

    eventually(lambda: status(world, path).get("availableReplicas") == 3)
    assert status(world, path)["observedGeneration"] == world.admin.get(path)["metadata"]["generation"]


def test_a_deployment_scaled_to_nothing_is_content(world, created, eventually):
    path = created("Deployment", replicas=0)

    eventually(lambda: status(world, path).get("observedGeneration"))
    assert not status(world, path).get("availableReplicas")


def test_a_stateful_set_is_rolled_out(world, created, eventually):
    path = created("StatefulSet", replicas=2)

    eventually(lambda: status(world, path).get("readyReplicas") == 2)
    assert status(world, path)["currentRevision"] == status(world, path)["updateRevision"]


def test_a_daemon_set_runs_on_its_one_node(world, created, eventually):
    path = created("DaemonSet")

    eventually(lambda: status(world, path).get("numberReady") == 1)
    assert status(world, path)["desiredNumberScheduled"] == 1
