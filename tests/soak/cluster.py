"""Everything that a cluster holds, each object without what differs between two that are alike."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sandbox.kubernetes.client import KubernetesClient

# Written by controllers for themselves, at times that nobody decides.
PASSING = {"events", "leases", "componentstatuses"}
OF_ONE_LIFE = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink")


def objects(admin_kubeconfig: Path) -> Iterator[tuple[str, Any]]:
    """Pairs of kind, namespace and name, and the object."""
    client = client_of(admin_kubeconfig)
    for path in group_versions(client):
        for resource in client.call("GET", path)["resources"]:
            if "list" not in resource.get("verbs", []) or "/" in resource["name"] or resource["name"] in PASSING:
                continue
            for item in client.items(f"{path}/{resource['name']}"):
                metadata = item["metadata"]
                yield f"{resource['kind']} {metadata.get('namespace', '')}/{metadata['name']}", lasting(item)


def client_of(kubeconfig: Path) -> KubernetesClient:
    found = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster = found["clusters"][0]["cluster"]
    ca = base64.b64decode(cluster["certificate-authority-data"])
    return KubernetesClient(cluster["server"], ca, found["users"][0]["user"]["token"])


def group_versions(client: KubernetesClient) -> Iterator[str]:
    """The path of each group, in the version that the API prefers."""
    yield "/api/v1"
    for group in client.call("GET", "/apis")["groups"]:
        yield f"/apis/{group['preferredVersion']['groupVersion']}"


def lasting(item: dict[str, Any]) -> dict[str, Any]:
    """The object without its uid, versions and times; of a Secret only which keys it has."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in OF_ONE_LIFE}
    for owner in metadata.get("ownerReferences", []):
        owner.pop("uid", None)
    kept = {**item, "metadata": metadata}
    if "data" in item and item.get("type"):
        kept["data"] = sorted(item["data"] or {})
    return kept
