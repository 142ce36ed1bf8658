"""The scale subresource: an autoscaling/v1 Scale in front of a workload's or custom resource's replicas."""

from __future__ import annotations

from sandbox.kubernetes.emulator.errors import bad_request
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.values import at, clone, without


def scale_of(resource: Resource, obj: dict) -> dict:
    paths, metadata = resource.scale, obj["metadata"]
    selector = at(obj, paths.selector, "") if paths.selector else ""
    if isinstance(selector, dict):
        labels = selector.get("matchLabels", selector)
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    status = {"replicas": at(obj, paths.status_replicas, 0), **({"selector": selector} if selector else {})}
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": {"replicas": at(obj, paths.replicas, 0)},
        "status": status,
    }


def with_scale(resource: Resource, obj: dict, scale: dict) -> dict:
    """The object with the replicas of the Scale, and its resourceVersion as precondition."""
    replicas = at(scale, "spec.replicas", 0)
    if isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < 0:
        raise bad_request("spec.replicas must be an integer of at least 0")
    scaled = clone(obj)
    scaled["metadata"] = without(scaled["metadata"], "resourceVersion")
    if at(scale, "metadata.resourceVersion"):
        scaled["metadata"]["resourceVersion"] = scale["metadata"]["resourceVersion"]
    *way, last = resource.scale.replicas.split(".")
    target = scaled
    for step in way:
        target = target.setdefault(step, {})
    target[last] = replicas
    return scaled
