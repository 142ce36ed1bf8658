"""The default backend: the project's own emulator, served over TLS in this process."""

from __future__ import annotations

from pathlib import Path

from sandbox.kubernetes.admin import new_token, with_admin
from sandbox.kubernetes.backend import EMULATOR, Authenticate
from sandbox.kubernetes.certificates import make_pki
from sandbox.kubernetes.emulator import Emulator, serve


class EmulatedKubernetes:
    name = EMULATOR

    def __init__(self, authenticate: Authenticate, folder: Path) -> None:
        self.url = ""
        self.ca_pem = b""
        self.admin_token = new_token()
        self._emulator = Emulator(with_admin(authenticate, self.admin_token))
        self._folder = folder
        self._server = None

    def start(self) -> None:
        pki = make_pki(self._folder / "pki")
        self.ca_pem = pki.ca_pem
        self._server = serve(self._emulator, "127.0.0.1", 0, pki.server_cert, pki.server_key)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
