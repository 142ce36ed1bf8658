"""A TLS front before any Kubernetes API: the bearer token says who calls, the upstream hears it as impersonation.

The upstream needs no option for this, only a credential that may impersonate.  Callers cannot impersonate through the
front: their Impersonate-* headers would be read as the front's own.  exec, attach and port-forward do not pass.
"""

from __future__ import annotations

import http.client
import json
import logging
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.kubernetes.identity import Denied, UserInfo

LOG = logging.getLogger(__name__)

# These belong to one connection, or are set anew towards the upstream.
NOT_FORWARDED = {
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
}
# A silent watch may last as long as its caller asked for.
UPSTREAM_TIMEOUT = 3600


@dataclass(frozen=True)
class Upstream:
    """The cluster behind the front; `tls` None means plain HTTP, `token` "" means the TLS certificate speaks."""

    url: str
    tls: ssl.SSLContext | None
    token: str

    def connect(self) -> http.client.HTTPConnection:
        address = urllib.parse.urlsplit(self.url)
        if self.tls is None:
            return http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=UPSTREAM_TIMEOUT)
        port = address.port or 443
        return http.client.HTTPSConnection(address.hostname or "", port, context=self.tls, timeout=UPSTREAM_TIMEOUT)


class Front:
    """Serves on a free loopback port until `stop`."""

    def __init__(self, authenticate: Callable[[str], UserInfo], upstream: Upstream, cert: Path, key: Path) -> None:
        self._server = _Server(authenticate, upstream)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="kubernetes-front", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def identity_headers(user: UserInfo) -> Iterator[tuple[str, str]]:
    """The impersonation headers that make the upstream see this user."""
    yield "Impersonate-User", user.username
    for group in dict.fromkeys([*user.groups, "system:authenticated"]):
        yield "Impersonate-Group", group
    for key, values in user.extra.items():
        for value in values:
            yield f"Impersonate-Extra-{urllib.parse.quote(key, safe='')}", value


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, authenticate: Callable[[str], UserInfo], upstream: Upstream) -> None:
        self.authenticate = authenticate
        self.upstream = upstream
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        LOG.debug("A connection to the Kubernetes front broke", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        # In the connection's own thread: a caller that stays silent here holds up nobody else.
        self.request.settimeout(30)
        self.request.do_handshake()
        self.request.settimeout(None)
        super().setup()

    def forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            user = self.server.authenticate(self.headers.get("Authorization", "").removeprefix("Bearer "))
        except Denied:
            return self.refuse(401, "Unauthorized", "Unauthorized")
        if any(name.lower().startswith("impersonate-") for name in self.headers):
            return self.refuse(403, "Forbidden", "impersonation through the sandbox is not supported")
        connection = self.server.upstream.connect()
        try:
            self.ask(connection, user, body)
            self.answer(connection.getresponse())
        except (ssl.SSLError, ConnectionError, TimeoutError) as error:
            LOG.warning("The cluster %s cannot be reached: %s", self.server.upstream.url, error)
            self.close_connection = True
        finally:
            connection.close()

    def ask(self, connection: http.client.HTTPConnection, user: UserInfo, body: bytes) -> None:
        connection.putrequest(self.command, self.path, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in NOT_FORWARDED:
                connection.putheader(name, value)
        for name, value in identity_headers(user):
            connection.putheader(name, value)
        if self.server.upstream.token:
            connection.putheader("Authorization", f"Bearer {self.server.upstream.token}")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)

    def answer(self, told: http.client.HTTPResponse) -> None:
        self.send_response(told.status)
        for name, value in told.getheaders():
            if name.lower() not in NOT_FORWARDED:
                self.send_header(name, value)
        if told.chunked:
            self.stream(told)
        else:
            self.send_body(told.read())

    def stream(self, told: http.client.HTTPResponse) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        # A watch may be silent for minutes; its caller must see the headers now.
        self.wfile.flush()
        while part := told.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def send_body(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, code: int, reason: str, message: str) -> None:
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_body(json.dumps({**status, "reason": reason, "message": message, "code": code}).encode())

    def log_message(self, *_: Any) -> None:
        """Silent: the upstream has its own log."""

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward
