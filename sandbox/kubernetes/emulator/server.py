"""The emulator over HTTPS: HTTP/1.1 with kept connections, a thread for each, watches in chunks."""

from __future__ import annotations

import contextlib
import json
import logging
import select
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import PathLike
from urllib.parse import parse_qsl, urlsplit

from sandbox.kubernetes.emulator.emulator import Emulator
from sandbox.kubernetes.emulator.errors import ApiError
from sandbox.kubernetes.emulator.requests import Request, Response
from sandbox.kubernetes.emulator.watch import Watch

log = logging.getLogger(__name__)


def _encoded(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class EmulatorServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], emulator: Emulator) -> None:
        self.emulator = emulator
        self.ending = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up and fail handshakes as they like; that is worth one quiet line."""
        log.debug("connection of %s ended by an error", client_address, exc_info=True)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def shutdown(self) -> None:
        """Stops serving, hangs up on everybody and frees the port."""
        self.ending.set()
        super().shutdown()
        self.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # below TLS: its thread may be using it


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: EmulatorServer

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):  # the handshake belongs to the connection's own thread
            self.request.settimeout(30)
            self.request.do_handshake()
            self.request.settimeout(None)
        super().setup()

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)

    def _respond(self) -> None:
        response = self._answer()
        if isinstance(response.body, Watch):
            self._stream(response.body)
        else:
            self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond

    def _answer(self) -> Response:
        try:
            url = urlsplit(self.path)
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            request = Request(self.command, url.path, query, self.headers, self._body())
            return self.server.emulator.answer(request)
        except Exception as error:
            log.exception("%s %s", self.command, self.path)
            return Response(500, ApiError(500, "InternalError", f"{type(error).__name__}: {error}").status())

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return body

    def _send(self, response: Response) -> None:
        data = response.body.encode() if isinstance(response.body, str) else _encoded(response.body)
        self.send_response(response.code)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        self.wfile.flush()

    def _stream(self, watch: Watch) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()  # a silent watch must show its headers, or clients wait for them
        try:
            for event in watch.events(ended=self._ended):
                if event is not None:
                    line = _encoded(event) + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def _ended(self) -> bool:
        """The client of a watch says nothing more; when its socket can be read, it has hung up."""
        if self.server.ending.is_set():
            return True
        try:
            return bool(select.select([self.connection], [], [], 0)[0])
        except (OSError, ValueError):
            return True


def serve(
    emulator: Emulator,
    host: str,
    port: int,
    cert_file: str | PathLike[str],
    key_file: str | PathLike[str],
) -> EmulatorServer:
    """Starts serving in a thread; port 0 takes a free one, `.server_address` tells which."""
    server = EmulatorServer((host, port), emulator)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=server.serve_forever, name="kubernetes-emulator", daemon=True).start()
    return server
