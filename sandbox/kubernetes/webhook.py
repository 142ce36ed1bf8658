"""A TokenReview webhook on loopback: lets a real kube-apiserver ask the sandbox who holds a token."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.kubernetes.identity import Denied, UserInfo

LOG = logging.getLogger(__name__)


def review(authenticate: Callable[[str], UserInfo], token: str) -> dict[str, Any]:
    """The status of a TokenReview; an authenticator that breaks means no, never yes."""
    try:
        user = authenticate(token)
    except Denied as denied:
        return {"authenticated": False, "error": str(denied)}
    except Exception as error:
        LOG.exception("The token webhook could not authenticate")
        return {"authenticated": False, "error": f"{type(error).__name__}: {error}"}
    told = {"username": user.username, "uid": user.uid, "groups": list(user.groups), "extra": user.extra}
    return {"authenticated": True, "user": told}


class TokenWebhook:
    """Serves TokenReviews until `stop`."""

    def __init__(self, authenticate: Callable[[str], UserInfo]) -> None:
        self._server = _Server(authenticate)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="token-webhook", daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            # Waits for a serving thread, for ever when there is none.
            self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, authenticate: Callable[[str], UserInfo]) -> None:
        self.authenticate = authenticate
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        status = review(self.server.authenticate, asked["spec"]["token"])
        answer = {"apiVersion": asked["apiVersion"], "kind": "TokenReview", "status": status}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Silent: a line would say nothing that the API's own log does not."""
