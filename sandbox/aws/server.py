"""moto over HTTP: loopback, one thread per request, quiet; presigned STS requests are verified on the way in."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from sandbox.aws import signatures

log = logging.getLogger(__name__)


class QuietHandler(MotoRequestHandler):
    """Requests are logged at debug level only."""

    def log(self, type: str, message: str, *args: Any) -> None:
        log.debug("%s %s", type, message % args if args else message)


class Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, which in addition understands signatures in the query."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if signatures.is_presigned_for(environ, "sts"):
            fault = signatures.fault_of(environ, dt.datetime.now(dt.UTC).replace(tzinfo=None))
            if fault:
                return self.refuse(fault, start_response)
            environ["HTTP_AUTHORIZATION"] = signatures.as_header(environ)
        return super().__call__(environ, start_response)

    @staticmethod
    def refuse(code: str, start_response: Any) -> Iterable[bytes]:
        message = escape(signatures.MESSAGES[code])
        body = (
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
            f"<Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        ).encode()
        start_response("403 Forbidden", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
        return [body]


class Server:
    """The listening socket; `port` 0 takes a free one."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self._server = make_server(
            host, port, Dispatcher(create_backend_app), threaded=True, request_handler=QuietHandler
        )
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="aws", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
