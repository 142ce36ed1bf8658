"""The sandbox's names asked from a program: every name leads to the front, whose certificate is verified for it.

For the back channels (token endpoint, JWKS, metadata) and for tests; browser.py keeps cookies and follows redirects.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.login.web import Headers, Pairs, Request, Response, request_to

SECONDS = 30


class Unreachable(Exception):
    """No connection that can be trusted comes about: no such name, no certificate, or not a valid one for the name."""


class Network:
    """All names of one sandbox, at the port of its front."""

    def __init__(self, port: int, ca_pem: str | bytes, seconds: float = SECONDS) -> None:
        self.port = port
        self._seconds = seconds
        self._tls = ssl.create_default_context(cadata=ca_pem.decode() if isinstance(ca_pem, bytes) else ca_pem)

    @classmethod
    def of(cls, addresses: Mapping[str, Any]) -> Network:
        """The network that addresses.json describes."""
        return cls(addresses["front_port"], Path(addresses["ca_file"]).read_text(encoding="utf-8"))

    def fetch(self, url: str, method: str = "GET", headers: Pairs = (), body: bytes = b"") -> Response:
        """The answer as it is, redirects included."""
        return self.send(request_to(url, method, headers, body))

    def send(self, request: Request) -> Response:
        if request.scheme != "https":
            raise Unreachable(f"{request.url}: nothing listens without TLS")
        connection = http.client.HTTPConnection(request.host, timeout=self._seconds)
        try:
            connection.sock = self._tls.wrap_socket(
                socket.create_connection(("127.0.0.1", self.port), self._seconds), server_hostname=request.host
            )
            connection.request(request.method, request.target, request.body or None, self._fields(request))
            answer = connection.getresponse()
            return Response(answer.status, Headers(tuple(answer.getheaders())), answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{request.host}: {error}") from error
        finally:
            with contextlib.suppress(OSError):
                connection.close()

    @staticmethod
    def _fields(request: Request) -> dict[str, str]:
        """http.client takes each name once; a repeated one is joined, which only Cookie would not bear."""
        joined: dict[str, str] = {}
        for name, value in request.headers:
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return joined
