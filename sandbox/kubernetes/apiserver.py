"""A real control plane on loopback: etcd, kube-apiserver and, when it is in the folder, kube-controller-manager.

The programs come from the folder KUBEBUILDER_ASSETS, as controller-runtime's envtest has them.  envtest brings no
controller manager; without one a bare API server misleads (view, edit and admin grant nothing, namespaces stay
Terminating, owned objects survive), so Python stand-ins do that part.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.kubernetes.admin import ADMIN, new_token
from sandbox.kubernetes.backend import APISERVER, Authenticate, BackendError, kubeconfig
from sandbox.kubernetes.certificates import Pki, make_pki, write_private
from sandbox.kubernetes.client import KubernetesClient
from sandbox.kubernetes.controller_manager import ControllerManager
from sandbox.kubernetes.processes import Child, version_of
from sandbox.kubernetes.webhook import TokenWebhook

READY_SECONDS = 90
CONTROLLERS = (
    "clusterrole-aggregation",
    "namespace",
    "garbagecollector",
    "serviceaccount",
    "serviceaccount-token",
    "resourcequota",
    "root-ca-cert-publisher",
)
# Admission by service account would refuse pods in namespaces whose default account is not made yet.
DISABLED_ADMISSION = "ServiceAccount"
# Nothing has to survive a crash; etcd knows the option from 3.4 or 3.5 on.
NO_FSYNC = "--unsafe-no-fsync"
PORT_TAKEN = "address already in use"


class KubeApiserver:
    name = APISERVER

    def __init__(self, authenticate: Authenticate, folder: Path, assets: str | None = None) -> None:
        self.url = ""
        self.ca_pem = b""
        self.admin_token = new_token()
        self._folder = folder
        self._assets = assets if assets is not None else os.environ.get("KUBEBUILDER_ASSETS", "")
        self._webhook = TokenWebhook(authenticate)
        self._children: list[Child] = []
        self._stand_in: ControllerManager | None = None

    def start(self) -> None:
        """Starts everything and waits until it works; BackendError with the end of the culprit's log otherwise."""
        apiserver, etcd = self._program("kube-apiserver"), self._program("etcd")
        version = version_of(apiserver)
        self._webhook.start()
        try:
            self._start_with_free_ports(apiserver, etcd)
            self._start_controllers(version)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._stand_in is not None:
            self._stand_in.stop()
            self._stand_in = None
        self._kill_children()
        self._webhook.stop()
        shutil.rmtree(self._folder / "etcd", ignore_errors=True)

    @property
    def processes(self) -> dict[str, int]:
        """Process ids by program."""
        return {child.name: child.pid for child in self._children}

    def _start_with_free_ports(self, apiserver: Path, etcd: Path) -> None:
        """Ports are free when they are looked up; another program may still take one first, so it is tried again."""
        for attempt in range(3):
            try:
                return self._start_servers(apiserver, etcd)
            except BackendError as error:
                if attempt == 2 or PORT_TAKEN not in str(error):
                    raise
                self._kill_children()

    def _start_servers(self, apiserver: Path, etcd: Path) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        pki = make_pki(self._folder / "pki")
        self.ca_pem = pki.ca_pem
        client_port, peer_port, port = free_ports(3)
        self.url = f"https://127.0.0.1:{port}"
        self._spawn("etcd", _etcd_command(etcd, self._folder, client_port, peer_port))
        self._spawn("kube-apiserver", [str(apiserver), *self._apiserver_options(pki, client_port, port)])
        self._wait("kube-apiserver to be ready", self._is_ready)

    def _start_controllers(self, version: tuple[int, int]) -> None:
        client = KubernetesClient(self.url, self.ca_pem, self.admin_token)
        manager = Path(self._assets) / "kube-controller-manager"
        if os.access(manager, os.X_OK):
            self._spawn("kube-controller-manager", [str(manager), *self._manager_options(version)])
        else:
            self._stand_in = ControllerManager(client)
            self._stand_in.start()
        view = "/apis/rbac.authorization.k8s.io/v1/clusterroles/view"
        self._wait("the controllers to fill the ClusterRole view", lambda: bool((client.get(view) or {}).get("rules")))

    def _apiserver_options(self, pki: Pki, etcd_port: int, port: int) -> list[str]:
        tokens = f'{self.admin_token},{ADMIN.username},{ADMIN.uid},"{",".join(ADMIN.groups)}"\n'
        webhook = kubeconfig(self._webhook.url, token="")
        return [
            f"--etcd-servers=http://127.0.0.1:{etcd_port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            f"--cert-dir={self._folder / 'run'}",
            f"--tls-cert-file={pki.server_cert}",
            f"--tls-private-key-file={pki.server_key}",
            f"--client-ca-file={pki.ca_cert}",
            f"--service-account-key-file={pki.service_account_public_key}",
            f"--service-account-signing-key-file={pki.service_account_key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=RBAC",
            f"--token-auth-file={write_private(self._folder / 'tokens.csv', tokens)}",
            f"--authentication-token-webhook-config-file={write_private(self._folder / 'webhook.json', webhook)}",
            "--authentication-token-webhook-version=v1",
            "--authentication-token-webhook-cache-ttl=1s",
            f"--disable-admission-plugins={DISABLED_ADMISSION}",
            "--allow-privileged=true",
        ]

    def _manager_options(self, version: tuple[int, int]) -> list[str]:
        pki = self._folder / "pki"
        config = kubeconfig(self.url, self.admin_token, self.ca_pem)
        options = [
            f"--kubeconfig={write_private(self._folder / 'controllers.kubeconfig', config)}",
            f"--controllers={','.join(CONTROLLERS)}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={free_ports(1)[0]}",
            f"--cert-dir={self._folder / 'run-controllers'}",
            f"--root-ca-file={pki / 'ca.crt'}",
            f"--service-account-private-key-file={pki / 'sa.key'}",
            "--use-service-account-credentials=false",
        ]
        return options + (["--port=0"] if version < (1, 24) else [])

    def _is_ready(self) -> bool:
        client = KubernetesClient(self.url, self.ca_pem, self.admin_token, timeout=5)
        try:
            return client.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def _wait(self, what: str, is_done: Callable[[], bool]) -> None:
        until = time.monotonic() + READY_SECONDS
        while not is_done():
            for child in self._children:
                child.must_run()
            if time.monotonic() > until:
                last = self._children[-1]
                raise BackendError(f"waited {READY_SECONDS} s for {what}; the end of {last.log}:\n{last.log_tail()}")
            time.sleep(0.05)

    def _spawn(self, name: str, command: list[str]) -> None:
        self._children.append(Child(name, command, self._folder))

    def _kill_children(self) -> None:
        while self._children:
            self._children.pop().kill()

    def _program(self, name: str) -> Path:
        if not self._assets:
            raise BackendError("the backend apiserver needs KUBEBUILDER_ASSETS, the folder of etcd and kube-apiserver")
        program = Path(self._assets) / name
        if not os.access(program, os.X_OK):
            raise BackendError(
                f"KUBEBUILDER_ASSETS={self._assets} holds no program {name}: correct the folder or unset it"
            )
        return program


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody listens on at this moment, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _etcd_command(program: Path, folder: Path, client_port: int, peer_port: int) -> list[str]:
    clients, peers = f"http://127.0.0.1:{client_port}", f"http://127.0.0.1:{peer_port}"
    return [
        str(program),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--log-level=warn",
        *([NO_FSYNC] if NO_FSYNC in _help(program) else []),
    ]


def _help(program: Path) -> str:
    told = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=30, check=False)
    return told.stdout + told.stderr
