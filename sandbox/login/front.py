"""The one HTTPS door of the sandbox's names: the certificate by the name that TLS asks for, the site by Host.

A finder knows some names, `find(name)` gives their door or None; the first that knows a name has it.  A name that no
finder knows does not exist, as in DNS: the handshake ends with unrecognized_name.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
import tempfile
import threading
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.authority import KeyPair
from sandbox.kubernetes.certificates import write_private
from sandbox.login.web import Headers, Request, Response, Site, plain

log = logging.getLogger(__name__)
LONGEST_BODY = 1 << 20
SILENCE_SECONDS = 30


@dataclass(frozen=True)
class Door:
    """What a name leads to, and the certificate it is served with; without one no connection comes about."""

    site: Site
    key_pair: KeyPair | None


Finder = Callable[[str], Door | None]


class Front:
    """Serves on a free loopback port until `stop`."""

    def __init__(self, finders: Sequence[Finder] = (), port: int = 0) -> None:
        self._finders = list(finders)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._server = _Server(self, port)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.sni_callback = self._choose
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port: int = self._server.server_address[1]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="login-front", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def know(self, finder: Finder) -> None:
        """One more finder, after the others."""
        self._finders.append(finder)

    def find(self, name: str) -> Door | None:
        for finder in self._finders:
            door = finder(name.lower())
            if door:
                return door
        return None

    def answer(self, request: Request) -> Response:
        door = self.find(request.host)
        if door is None:
            return plain(f"No site of this sandbox has the name {request.host}.\n", 421)
        return door.site(request)

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        try:
            door = self.find(name or "")
        except Exception:
            log.exception("The certificate of %s cannot be found", name)
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        if door is None or door.key_pair is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = self._context(door.key_pair)
        return None

    def _context(self, pair: KeyPair) -> ssl.SSLContext:
        """One for each certificate; the library takes certificates only from files."""
        fingerprint = hashlib.sha256(pair.certificate + pair.key).hexdigest()
        with self._lock:
            if fingerprint not in self._contexts:
                with tempfile.TemporaryDirectory(prefix="sandbox-front-") as folder:
                    certificate = write_private(Path(folder) / "tls.crt", pair.certificate)
                    key = write_private(Path(folder) / "tls.key", pair.key)
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(certificate, key)
                self._contexts[fingerprint] = context
            return self._contexts[fingerprint]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, front: Front, port: int) -> None:
        self.front = front
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("A connection to the front broke", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        # In the connection's own thread: a caller that stays silent here holds up nobody else.
        self.request.settimeout(SILENCE_SECONDS)
        self.request.do_handshake()
        super().setup()

    def serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or "Transfer-Encoding" in self.headers or int(length) > LONGEST_BODY:
            self.close_connection = True
            return self.send(plain("A body needs its length, which is limited.\n", 413))
        self.send(self.answered(self.read(self.rfile.read(int(length)))))

    def answered(self, request: Request) -> Response:
        try:
            return self.server.front.answer(request)
        except Exception:
            log.exception("%s https://%s%s", request.method, request.host, request.path)
            return plain("This is a fault of the sandbox; its log tells where.\n", 500)

    def read(self, body: bytes) -> Request:
        target = urllib.parse.urlsplit(self.path)
        return Request(
            method=self.command,
            host=(self.headers.get("Host") or "").lower().partition(":")[0],
            path=target.path or "/",
            query_string=target.query,
            headers=Headers(tuple(self.headers.items())),
            body=body,
            client=self.client_address[0],
        )

    def send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            # A line break in a value would begin a field of its own.
            self.send_header(name, value.replace("\r", "").replace("\n", ""))
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, *_: Any) -> None:
        """Silent: the sites say what is worth a line."""

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve
