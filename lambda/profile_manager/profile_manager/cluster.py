"""The Kubernetes API over one small pool of TLS connections that trust the cluster's CA and nothing else.

Answers are retried while that can help and time is left: 429, 5xx and lost connections. A create that is repeated after
a lost connection may meet its own first try; callers take "already there" as an answer and look at what is there.
"""

from __future__ import annotations

import http.client
import json
import math
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit

from .deadline import Deadline
from .errors import Conflict, OutOfTime, Refused, Unavailable
from .resources import Resource

Object = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R")

PAGE = 500
ITEMS_PER_CONNECTION = 4  # a handshake costs both sides about as much as so many requests
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5  # seconds
LATER = (429, 500, 502, 503, 504)


class Token(Protocol):
    def __call__(self) -> str: ...

    def forget(self) -> None: ...


class Cluster:
    def __init__(
        self, endpoint: str, ca_pem: str, token: Token, request_seconds: float = 2.0, connections: int = 8
    ) -> None:
        address = urlsplit(endpoint)
        self._host = address.hostname or ""
        self._port = address.port or 443
        self._base = address.path.rstrip("/")
        # Not create_default_context: from Python 3.13 on it refuses CAs without key identifiers, as EKS has had.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.load_verify_locations(cadata=ca_pem)
        self._token = token
        self._request_seconds = request_seconds
        self._connections = connections
        self._idle: list[http.client.HTTPSConnection] = []
        self._lock = threading.Lock()
        self._groups: set[str] | None = None
        self.requests = 0

    def get(self, deadline: Deadline, resource: Resource, name: str, namespace: str = "") -> Object | None:
        status, answer = self._call(deadline, "GET", resource.path(namespace, name))
        return None if status == 404 else _good(status, answer, "get", resource)

    def list(self, deadline: Deadline, resource: Resource, selector: str, namespace: str = "") -> list[Object]:
        """All objects that carry the labels, in one namespace or ("") in all; [] when the kind is not served."""
        query = f"?limit={PAGE}&labelSelector={quote(selector, safe='')}"
        found: list[Object] = []
        token = ""
        while True:
            path = resource.path(namespace) + query + (f"&continue={quote(token, safe='')}" if token else "")
            status, answer = self._call(deadline, "GET", path, patience=math.inf)
            if status == 404:
                return found
            page = _good(status, answer, "list", resource)
            found += page.get("items") or []
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return found

    def list_few(self, deadline: Deadline, resource: Resource, selector: str, may_be_old: bool) -> list[Object]:
        """The few objects of all namespaces that carry the labels; [] when the kind is not served.

        In one piece: an API server before 1.31 reads every object of the kind for this, and once more for each page.
        `may_be_old` lets it answer from its watch cache, which costs a tenth and lags behind by what is on its way.
        """
        query = f"?labelSelector={quote(selector, safe='')}" + ("&resourceVersion=0" if may_be_old else "")
        status, answer = self._call(deadline, "GET", resource.path() + query, patience=math.inf)
        return [] if status == 404 else _good(status, answer, "list", resource).get("items") or []

    def create(self, deadline: Deadline, resource: Resource, wanted: Mapping[str, Any]) -> tuple[Object | None, str]:
        """The object and how it went: "created", "exists", or "nowhere" when its namespace (or kind) is not there."""
        namespace = wanted["metadata"].get("namespace", "")
        status, answer = self._call(deadline, "POST", resource.path(namespace), wanted)
        if status == 404:
            return None, "nowhere"
        if status == 409:
            return None, "exists"
        if status == 403 and "because it is being terminated" in str(answer.get("message", "")):
            return None, "nowhere"
        return _good(status, answer, "create", resource), "created"

    def delete(self, deadline: Deadline, resource: Resource, found: Mapping[str, Any]) -> bool:
        """Whether this very object is gone by this call; False when it was gone already, or is another one by now."""
        where = found["metadata"]
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": where.get("uid")}}
        path = resource.path(where.get("namespace", ""), where["name"])
        status, answer = self._call(deadline, "DELETE", path, body if where.get("uid") else None)
        if status in (404, 409):
            return False
        _good(status, answer, "delete", resource)
        return True

    def annotate(
        self, deadline: Deadline, resource: Resource, found: Mapping[str, Any], notes: Mapping[str, str]
    ) -> Object:
        """The object with these annotations; Conflict when it is no longer the version that was read."""
        where = found["metadata"]
        patch = {"metadata": {"annotations": dict(notes), "resourceVersion": where["resourceVersion"]}}
        path = resource.path(where.get("namespace", ""), where["name"])
        status, answer = self._call(deadline, "PATCH", path, patch, "application/merge-patch+json")
        if status in (404, 409):
            raise Conflict(f"{resource.kind} has changed meanwhile", status)
        return _good(status, answer, "patch", resource)

    def served_groups(self, deadline: Deadline) -> set[str]:
        """Asked once in the life of a container."""
        if self._groups is None:
            status, answer = self._call(deadline, "GET", "/apis")
            if status != 200:
                raise _refused(status, "discover", "API groups")
            self._groups = {group.get("name", "") for group in answer.get("groups") or []}
        return self._groups

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The results in the order of the items, several at a time; the first error after all have been tried."""
        todo = list(items)
        connections = min(self._connections, math.ceil(len(todo) / ITEMS_PER_CONNECTION))
        if connections < 2:
            return _in_turn(work, todo)
        from concurrent.futures import ThreadPoolExecutor  # only a login that changes much pays for it

        with ThreadPoolExecutor(connections) as pool:
            futures = [pool.submit(work, item) for item in todo]
        return [future.result() for future in futures]

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _call(
        self,
        deadline: Deadline,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        patience: float = 0.0,
    ) -> tuple[int, Object]:
        """Status and body of a definite answer.

        A try that has no answer after `request_seconds` is given up for another one; `patience` is for requests that
        are long work for a busy server, which would only begin it anew.
        """
        payload = None if body is None else json.dumps(body).encode()
        pause, renewed, last = FIRST_PAUSE, False, "no answer"
        while True:
            try:
                status, headers, data = self._exchange(deadline, method, path, payload, content_type, patience)
            except OutOfTime:
                raise Unavailable(f"{method} ended at the deadline: {last}") from None
            except (OSError, http.client.HTTPException) as cause:
                if isinstance(cause, ssl.SSLCertVerificationError):
                    raise Refused("the cluster's certificate is not signed by the given authority") from cause
                last, after = type(cause).__name__, 0.0
            else:
                if status == 401 and not renewed:
                    renewed = True
                    self._token.forget()
                    continue
                if status not in LATER:
                    return status, _json(data)
                last, after = f"status {status}", _seconds(headers.get("Retry-After"))
            pause = self._wait(deadline, max(pause, after), last)

    def _wait(self, deadline: Deadline, pause: float, last: str) -> float:
        """Sleeps with some jitter, and says how long to sleep next time."""
        pause *= random.uniform(0.7, 1.0)
        if deadline.remaining() <= pause:
            raise Unavailable(f"no usable answer until the deadline: {last}")
        time.sleep(pause)
        return min(pause * 2, LONGEST_PAUSE)

    def _exchange(
        self, deadline: Deadline, method: str, path: str, payload: bytes | None, content_type: str, patience: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        if payload is not None:
            headers["Content-Type"] = content_type
        seconds = deadline.within(max(self._request_seconds, patience))
        connection, used = self._take(seconds)
        try:
            try:
                answer = self._send(connection, method, path, payload, headers)
            except (ConnectionError, http.client.BadStatusLine):
                # A connection that slept while the container was frozen is gone without a fault of anybody.
                connection.close()
                if not used:
                    raise
                connection = self._take(seconds, fresh=True)[0]
                answer = self._send(connection, method, path, payload, headers)
            data = answer.read()
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        return answer.status, answer.headers, data

    def _send(
        self,
        connection: http.client.HTTPSConnection,
        method: str,
        path: str,
        payload: bytes | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        with self._lock:
            self.requests += 1
        connection.request(method, self._base + path, body=payload, headers=dict(headers))
        return connection.getresponse()

    def _take(self, seconds: float, fresh: bool = False) -> tuple[http.client.HTTPSConnection, bool]:
        """A connection that waits so long for an answer, and whether it was used before."""
        with self._lock:
            connection = self._idle.pop() if self._idle and not fresh else None
        if connection is None or connection.sock is None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=seconds, context=self._tls), False
        connection.sock.settimeout(seconds)
        return connection, True


def _in_turn(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    results: list[R] = []
    errors: list[Exception] = []
    for item in items:
        try:
            results.append(work(item))
        except Exception as cause:  # told after the others have had their turn
            errors.append(cause)
    if errors:
        raise errors[0]
    return results


def _good(status: int, answer: Object, verb: str, resource: Resource) -> Object:
    if 200 <= status < 300:
        return answer
    raise _refused(status, verb, resource.plural)


def _refused(status: int, verb: str, what: str) -> Refused:
    """Without the server's own words: they hold names of users."""
    return Refused(f"the cluster answered {status} to {verb} {what}", status)


def _json(data: bytes) -> Object:
    try:
        value = json.loads(data or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdigit() else 0.0
