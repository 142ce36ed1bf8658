"""The service's own door: a loopback port that tells how it is and stops it, for whoever can read `control.json`."""

from __future__ import annotations

import hmac
import http.client
import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.state import write_json

SECONDS = 5
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Control:
    """Answers GET /status with `describe()` and POST /stop by calling `stop()`."""

    def __init__(self, describe: Callable[[], dict[str, Any]], stop: Callable[[], None]) -> None:
        self.token = secrets.token_urlsafe(24)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.token, describe, stop))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self, path: Path) -> None:
        threading.Thread(target=self._server.serve_forever, name="control", daemon=True).start()
        write_json(path, {"url": self.url, "token": self.token})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def ask(path: Path, action: str = "status") -> dict[str, Any] | None:
    """The service's answer, or None when nothing that belongs to this control.json answers."""
    try:
        door = json.loads(path.read_text(encoding="utf-8"))
        request = urllib.request.Request(
            f"{door['url']}/{action}",
            method="GET" if action == "status" else "POST",
            headers={"Authorization": f"Bearer {door['token']}"},
        )
        with NO_PROXY.open(request, timeout=SECONDS) as answer:
            return json.load(answer)
    except (OSError, ValueError, KeyError, urllib.error.URLError, http.client.HTTPException):
        return None


def _handler(token: str, describe: Callable[[], dict[str, Any]], stop: Callable[[], None]) -> type:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"/status": describe})

        def do_POST(self) -> None:
            self._answer({"/stop": lambda: stop() or {"stopping": True}})

        def _answer(self, actions: dict[str, Callable[[], dict[str, Any]]]) -> None:
            given = self.headers.get("Authorization", "")
            action = actions.get(self.path)
            if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
                return self.send_error(401)
            if action is None:
                return self.send_error(404)
            content = json.dumps(action()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Status requests are not worth a line each."""

    return Handler
