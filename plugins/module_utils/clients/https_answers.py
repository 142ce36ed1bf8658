# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One HTTPS request as a browser would begin it, and the redirects that follow; certificates are always verified."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

NAME, TLS, CONNECTION = "name", "tls", "connection"
"""Why there is no answer: the name does not resolve, the certificate is not trusted, or nobody answers."""

MOST_STEPS = 6
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Way:
    """How hosts are reached: `addresses` are those of hosts that are not looked up, each as host:port."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    ca_file: str | None = None
    timeout: float = 10.0


class HttpsAnswers:
    """Asks and follows; nothing but GET is ever sent."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._context = ssl.create_default_context(cafile=way.ca_file)

    def chain(self, url: str, headers: Mapping[str, str], follow: Collection[str]) -> dict[str, Any]:
        """Every answer from the first one on, as long as redirects lead to the hosts of `follow`.

        The headers go to the first host only: what is asked of one is not told to another.
        """
        steps: list[dict[str, Any]] = []
        first = urlsplit(url).hostname
        while len(steps) < MOST_STEPS:
            own = headers if urlsplit(url).hostname == first else {}
            try:
                step = self._answer(url, own)
            except (OSError, http.client.HTTPException, ValueError) as error:
                return {"steps": steps, "problem": f"{type(error).__name__}: {error}", "kind": _kind(error)}
            steps.append(step)
            if step["status"] not in REDIRECTS or urlsplit(step["location"]).hostname not in follow:
                break
            url = step["location"]
        return {"steps": steps, "problem": "", "kind": ""}

    def _answer(self, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise ValueError(f"{url} is no https address")
        connection = self._connection(parts.hostname, parts.port or 443)
        try:
            path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request("GET", path, headers={"Host": parts.netloc, "Accept": "text/html", **headers})
            answer = connection.getresponse()
            location = answer.getheader("Location")
            return {"url": url, "status": answer.status, "location": urljoin(url, location) if location else ""}
        finally:
            connection.close()

    def _connection(self, host: str, port: int) -> http.client.HTTPConnection:
        """A connection whose certificate is checked for the host, wherever it leads."""
        place, colon, other_port = self._way.addresses.get(host, "").rpartition(":")
        to = (place.strip("[]"), int(other_port)) if place else (host, port)
        connection = http.client.HTTPConnection(*to, timeout=self._way.timeout)
        connection.connect()
        try:
            connection.sock = self._context.wrap_socket(connection.sock, server_hostname=host)
        except BaseException:
            connection.close()
            raise
        return connection


def _kind(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return NAME
    return TLS if isinstance(error, ssl.SSLCertVerificationError) else CONNECTION
