"""A small Kubernetes API client for the sandbox's controllers and tests: JSON, verified TLS, kept-alive connections.

One connection per thread, because `http.client` serves one request at a time; a watch has a connection of its own.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

Object = dict[str, Any]


class KubernetesError(Exception):
    """The API refused a call; `code` is the HTTP status and `reason` the API's own word for it."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class KubernetesClient:
    """Calls one API server as one user; every method raises KubernetesError unless it says otherwise."""

    def __init__(self, url: str, ca_pem: bytes | str, token: str, timeout: float = 30) -> None:
        address = urllib.parse.urlsplit(url)
        self.url = url
        self._host, self._port = address.hostname or "", address.port or 443
        self._token = token
        self._timeout = timeout
        self._tls = ssl.create_default_context(cadata=ca_pem.decode() if isinstance(ca_pem, bytes) else ca_pem)
        self._threads = threading.local()

    def request(self, method: str, path: str, body: Any = None, content_type: str = JSON) -> tuple[int, Object]:
        """The answer as (status, object), whatever the status; OSError when the server cannot be reached."""
        payload = None if body is None else json.dumps(body).encode()
        try:
            status, content = self._exchange(method, path, payload, content_type)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server closed a connection that had been idle; the request was not taken up.
            self._drop()
            status, content = self._exchange(method, path, payload, content_type)
        return status, _decoded(content)

    def call(self, method: str, path: str, body: Any = None, content_type: str = JSON) -> Object:
        status, answer = self.request(method, path, body, content_type)
        if status >= 400:
            raise _refusal(method, path, status, answer)
        return answer

    def get(self, path: str) -> Object | None:
        """The object, or None when there is none (or no such kind)."""
        status, answer = self.request("GET", path)
        if status == 404:
            return None
        if status >= 400:
            raise _refusal("GET", path, status, answer)
        return answer

    def items(self, path: str) -> list[Object]:
        """The members of a collection, without the kind and version that only the list itself carries."""
        return self.call("GET", path).get("items") or []

    def create(self, collection: str, obj: Object) -> Object:
        return self.call("POST", collection, obj)

    def apply(self, collection: str, obj: Object, manager: str) -> Object:
        """The object after a server-side apply that takes over fields of other managers."""
        name = urllib.parse.quote(obj["metadata"]["name"], safe="")
        return self.call("PATCH", f"{collection}/{name}?fieldManager={manager}&force=true", obj, APPLY_PATCH)

    def merge(self, path: str, patch: Object) -> Object:
        return self.call("PATCH", path, patch, MERGE_PATCH)

    def replace(self, path: str, obj: Object) -> Object:
        return self.call("PUT", path, obj)

    def delete(self, path: str) -> bool:
        """Whether there was something to delete."""
        status, answer = self.request("DELETE", path)
        if status >= 400 and status != 404:
            raise _refusal("DELETE", path, status, answer)
        return status != 404

    def watch(self, collection: str, resource_version: str, seconds: int = 60) -> Watch:
        """Changes of the collection from that version on, for so many seconds."""
        query = f"watch=1&resourceVersion={resource_version}&timeoutSeconds={seconds}&allowWatchBookmarks=true"
        connection = self._connect(timeout=seconds + 15)
        try:
            connection.request("GET", f"{collection}?{query}", headers=self._headers(None, JSON))
            wire = connection.sock
            answer = connection.getresponse()
            if answer.status >= 400:
                raise _refusal("watch", collection, answer.status, _decoded(answer.read()))
        except BaseException:
            connection.close()
            raise
        return Watch(wire, answer)

    def _exchange(self, method: str, path: str, payload: bytes | None, content_type: str) -> tuple[int, bytes]:
        connection = getattr(self._threads, "connection", None)
        if connection is None:
            connection = self._threads.connection = self._connect(self._timeout)
        try:
            connection.request(method, path, body=payload, headers=self._headers(payload, content_type))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except BaseException:
            self._drop()
            raise

    def _connect(self, timeout: float) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._host, self._port, context=self._tls, timeout=timeout)

    def _drop(self) -> None:
        connection = getattr(self._threads, "connection", None)
        if connection is not None:
            connection.close()
        self._threads.connection = None

    def _headers(self, payload: bytes | None, content_type: str) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": JSON}
        if payload is not None:
            headers["Content-Type"] = content_type
        return headers


class Watch:
    """The events of one watch; `close` from another thread ends the iteration."""

    def __init__(self, wire: socket.socket, answer: http.client.HTTPResponse) -> None:
        self._wire = wire
        self._answer = answer

    def __iter__(self) -> Iterator[Object]:
        while line := self._answer.readline():
            yield json.loads(line)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._wire.close()


def _refusal(verb: str, path: str, status: int, answer: Object) -> KubernetesError:
    return KubernetesError(status, answer.get("reason", ""), f"{verb} {path}: {answer.get('message', status)}")


def _decoded(content: bytes) -> Object:
    """The JSON object of an answer; plain text (as /readyz gives) becomes its message."""
    try:
        answer = json.loads(content or b"{}")
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"message": content.decode(errors="replace")}
