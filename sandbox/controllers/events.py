"""Kubernetes Events about an object, one per reason and message, counted when they come again."""

from __future__ import annotations

import datetime
import hashlib

from sandbox.kubernetes.client import KubernetesClient, Object


def record_event(client: KubernetesClient, about: Object, kind: str, reason: str, message: str, source: str) -> None:
    """A Warning that `kubectl describe` shows with the object."""
    metadata = about["metadata"]
    events = f"/api/v1/namespaces/{metadata['namespace']}/events"
    digest = hashlib.sha256(f"{metadata['uid']}/{reason}/{message}".encode()).hexdigest()[:16]
    name = f"{metadata['name']}.{digest}"
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    known = client.get(f"{events}/{name}")
    if known is not None:
        client.merge(f"{events}/{name}", {"count": known.get("count", 1) + 1, "lastTimestamp": now})
        return
    client.create(
        events,
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": metadata["namespace"]},
            "involvedObject": {
                "apiVersion": about.get("apiVersion", "networking.k8s.io/v1"),
                "kind": kind,
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
            },
            "type": "Warning",
            "reason": reason,
            "message": message,
            "source": {"component": source},
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
        },
    )
