"""Any other cluster as backend: a named context of a kubeconfig, behind a front that knows EKS tokens.

The context is always named, never the current one, and a server that is not on this machine is refused unless
SANDBOX_KUBERNETES_REMOTE=yes says that it may be filled with the sandbox's objects.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import ssl
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.kubernetes.admin import new_token, with_admin
from sandbox.kubernetes.backend import CONTEXT, Authenticate, BackendError
from sandbox.kubernetes.certificates import make_pki, write_private
from sandbox.kubernetes.front import Front, Upstream

FORCE = "SANDBOX_KUBERNETES_REMOTE"


@dataclass(frozen=True)
class Context:
    """One context of a kubeconfig; data fields are decoded, file names are paths."""

    server: str
    ca_data: bytes = b""
    ca_file: str = ""
    cert_data: bytes = b""
    cert_file: str = ""
    key_data: bytes = b""
    key_file: str = ""
    token: str = ""


class KubeconfigContext:
    name = CONTEXT

    def __init__(
        self, authenticate: Authenticate, folder: Path, context_name: str, environ: Mapping[str, str] | None = None
    ) -> None:
        self.url = ""
        self.ca_pem = b""
        self.admin_token = new_token()
        self._authenticate = with_admin(authenticate, self.admin_token)
        self._folder = folder
        self._context_name = context_name
        self._environ = os.environ if environ is None else environ
        self._front: Front | None = None

    def start(self) -> None:
        """BackendError when the context is missing, unusable, or on another machine without being forced."""
        file = kubeconfig_file(self._environ)
        context = read_context(file, self._context_name)
        if not is_loopback(context.server) and self._environ.get(FORCE) != "yes":
            raise BackendError(
                f"context {self._context_name} of {file} is {context.server}, not a cluster on this machine: "
                f"set {FORCE}=yes if the sandbox may use it"
            )
        pki = make_pki(self._folder / "pki")
        self.ca_pem = pki.ca_pem
        upstream = Upstream(context.server, tls_of(context, self._folder), context.token)
        self._front = Front(self._authenticate, upstream, pki.server_cert, pki.server_key)
        self._front.start()
        self.url = self._front.url

    def stop(self) -> None:
        if self._front is not None:
            self._front.stop()
            self._front = None


def kubeconfig_file(environ: Mapping[str, str]) -> Path:
    """The first file KUBECONFIG names, or kubectl's usual one."""
    named = [part for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(named[0]) if named else Path.home() / ".kube" / "config"


def read_context(file: Path, name: str) -> Context:
    """The named context; BackendError when file, context, cluster or user is missing, or it needs another program."""
    try:
        config = yaml.safe_load(file.read_text()) or {}
    except (OSError, yaml.YAMLError) as error:
        raise BackendError(f"the kubeconfig {file} cannot be read: {error}") from error
    context = _named(config, "contexts", "context", name, file)
    cluster = _named(config, "clusters", "cluster", context.get("cluster", ""), file)
    user = _named(config, "users", "user", context.get("user", ""), file)
    if user.get("exec") or user.get("auth-provider"):
        raise BackendError(
            f"context {name} of {file} asks another program for its credentials: use a token or certificate"
        )
    return Context(
        server=cluster.get("server", ""),
        ca_data=_data(cluster, "certificate-authority-data", file),
        ca_file=_file(cluster, "certificate-authority", file),
        cert_data=_data(user, "client-certificate-data", file),
        cert_file=_file(user, "client-certificate", file),
        key_data=_data(user, "client-key-data", file),
        key_file=_file(user, "client-key", file),
        token=user.get("token", ""),
    )


def is_loopback(server: str) -> bool:
    """Whether the server is on this machine."""
    host = urllib.parse.urlsplit(server).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tls_of(context: Context, folder: Path) -> ssl.SSLContext | None:
    """TLS towards the cluster, verified against its authority; None for a server that speaks plain HTTP."""
    if not context.server.startswith("https://"):
        return None
    tls = ssl.create_default_context(cafile=context.ca_file or None, cadata=context.ca_data.decode() or None)
    certificate, key = context.cert_file, context.key_file
    if context.cert_data:
        certificate = str(write_private(folder / "upstream.crt", context.cert_data))
    if context.key_data:
        key = str(write_private(folder / "upstream.key", context.key_data))
    if certificate:
        tls.load_cert_chain(certificate, key or None)
    return tls


def _named(config: Mapping[str, Any], plural: str, singular: str, name: str, file: Path) -> dict[str, Any]:
    entries = config.get(plural) or []
    for entry in entries:
        if entry.get("name") == name:
            return entry.get(singular) or {}
    known = ", ".join(entry.get("name", "") for entry in entries) or "none"
    raise BackendError(f"the kubeconfig {file} has no {singular} {name}; it has: {known}")


def _data(entry: Mapping[str, Any], key: str, file: Path) -> bytes:
    try:
        return base64.b64decode(entry.get(key) or "", validate=True)
    except binascii.Error as error:
        raise BackendError(f"{key} in {file} is not base64") from error


def _file(entry: Mapping[str, Any], key: str, kubeconfig: Path) -> str:
    """A file name, relative to the kubeconfig as kubectl reads it."""
    return str(kubeconfig.parent / entry[key]) if entry.get(key) else ""
