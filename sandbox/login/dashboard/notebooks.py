"""Notebooks as Kubeflow's web app handles them: asked for in the user's name, written with its own rights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes.client import KubernetesClient
from sandbox.login.access import REVIEWS, review

IMAGES = (
    "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-scipy:v1.10.0",
    "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-pytorch-full:v1.10.0",
    "ghcr.io/kubeflow/kubeflow/notebook-servers/codeserver-python:v1.10.0",
)
CREATOR = "notebooks.kubeflow.org/creator"
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?")


class NotAuthorized(Exception):
    """RBAC does not let the user do it; the message is that of Kubeflow's web apps."""


class BadNotebook(Exception):
    """What was asked for cannot be made; the message is for the user."""


@dataclass(frozen=True)
class Notebook:
    name: str
    image: str
    creator: str
    created: str


def check_allowed(cluster: KubernetesClient, user: str, namespace: str, verb: str) -> None:
    """A SubjectAccessReview for the e-mail alone, without groups, as Kubeflow's web apps make it."""
    if not cluster.create(REVIEWS, review(user, namespace, verb))["status"]["allowed"]:
        what = f"{verb} kubeflow.org/v1/notebooks in namespace '{namespace}'"
        raise NotAuthorized(f"User '{user}' is not authorized to {what}")


def notebooks_in(cluster: KubernetesClient, namespace: str) -> list[Notebook]:
    found = [_from_object(item) for item in cluster.items(_collection(namespace))]
    return sorted(found, key=lambda notebook: notebook.name)


def create_notebook(cluster: KubernetesClient, user: str, namespace: str, name: str, image: str) -> None:
    if not NAME.fullmatch(name):
        raise BadNotebook("A name has lower-case letters, digits and hyphens, begins and ends with a letter or digit.")
    if image not in IMAGES:
        raise BadNotebook("Choose one of the images.")
    status, answer = cluster.request("POST", _collection(namespace), wanted_notebook(user, namespace, name, image))
    if status == 409:
        raise BadNotebook(f"There is a notebook {name} already.")
    if status >= 400:
        raise BadNotebook(answer.get("message", f"Kubernetes answers {status}."))


def wanted_notebook(user: str, namespace: str, name: str, image: str) -> dict[str, Any]:
    container = {"name": name, "image": image, "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Notebook",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}, "annotations": {CREATOR: user}},
        "spec": {"template": {"spec": {"serviceAccountName": "default-editor", "containers": [container]}}},
    }


def _collection(namespace: str) -> str:
    return f"/apis/kubeflow.org/v1/namespaces/{namespace}/notebooks"


def _from_object(item: Mapping[str, Any]) -> Notebook:
    containers = (((item.get("spec") or {}).get("template") or {}).get("spec") or {}).get("containers") or [{}]
    notes = item["metadata"].get("annotations") or {}
    created = item["metadata"].get("creationTimestamp", "")
    return Notebook(item["metadata"]["name"], containers[0].get("image", ""), notes.get(CREATOR, ""), created)
