"""One interface to the Kubernetes API of a sandbox cluster, and the explicit choice among its three backends.

A choice is a text: `emulator`, `apiserver` or `context:NAME`.  What was chosen either starts or fails with a sentence;
nothing falls back to another backend.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from sandbox.kubernetes.identity import UserInfo

EMULATOR = "emulator"
APISERVER = "apiserver"
CONTEXT = "context"
CONTEXT_PREFIX = f"{CONTEXT}:"

Authenticate = Callable[[str], UserInfo]


class BackendError(Exception):
    """A backend that cannot be chosen or started; the message names the cause and the remedy."""


class KubernetesAPI(Protocol):
    """A Kubernetes API that knows EKS bearer tokens; `url`, `ca_pem` and `admin_token` hold from `start` on."""

    name: str
    url: str
    ca_pem: bytes
    admin_token: str

    def start(self) -> None: ...

    def stop(self) -> None: ...


def choose(environ: Mapping[str, str]) -> str:
    """What the environment asks for: SANDBOX_KUBERNETES; else apiserver if KUBEBUILDER_ASSETS is set; else emulator."""
    asked = environ.get("SANDBOX_KUBERNETES", "")
    if not asked:
        return APISERVER if environ.get("KUBEBUILDER_ASSETS") else EMULATOR
    if asked in (EMULATOR, APISERVER) or (asked.startswith(CONTEXT_PREFIX) and asked != CONTEXT_PREFIX):
        return asked
    raise BackendError(f"SANDBOX_KUBERNETES={asked} is unknown: use emulator, apiserver or context:NAME")


def open_backend(cluster_name: str, authenticate: Authenticate, choice: str, state_dir: Path) -> KubernetesAPI:
    """The chosen backend, not started; its files go to a folder of the cluster's name below the state folder."""
    # Each backend is imported when it is chosen, so that none needs what only another one uses.
    folder = state_dir / "kubernetes" / cluster_name
    if choice == EMULATOR:
        from sandbox.kubernetes.emulated import EmulatedKubernetes

        return EmulatedKubernetes(authenticate, folder)
    if choice == APISERVER:
        from sandbox.kubernetes.apiserver import KubeApiserver

        return KubeApiserver(authenticate, folder)
    if choice.startswith(CONTEXT_PREFIX):
        from sandbox.kubernetes.context import KubeconfigContext

        return KubeconfigContext(authenticate, folder, choice.removeprefix(CONTEXT_PREFIX))
    raise BackendError(f"the Kubernetes backend {choice} is unknown: use emulator, apiserver or context:NAME")


def kubeconfig(url: str, token: str, ca_pem: bytes = b"", name: str = "sandbox") -> str:
    """A kubeconfig file (JSON is YAML) with one bearer token; no authority for a server that speaks plain HTTP."""
    cluster = {"server": url}
    if ca_pem:
        cluster["certificate-authority-data"] = base64.b64encode(ca_pem).decode()
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        },
        indent=2,
    )


def admin_kubeconfig(api: KubernetesAPI) -> str:
    """The way in that needs no AWS: the sandbox's own administrator."""
    return kubeconfig(api.url, api.admin_token, api.ca_pem)
