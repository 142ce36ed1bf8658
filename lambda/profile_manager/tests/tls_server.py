"""A Kubernetes API server of a few lines on the loopback interface, with TLS and a script of what it answers."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DROP, HANG, HALF = "drop", "hang", "half"


class Server:
    """Answers each request with the next entry of `script` (status, body, headers), or with `default` after the last."""

    def __init__(self, folder: Path, name: str = "127.0.0.1") -> None:
        self.script: list[Any] = []
        self.default: Any = (200, {"items": []}, {})
        self.requests: list[tuple[str, str, Any, dict[str, str]]] = []
        self.connections = 0
        self.ca_pem, certificate_file = certificates(folder, name)
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def log_message(self, *arguments: Any) -> None:
                pass

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"null")
                server.requests.append((self.command, self.path, body, dict(self.headers)))
                step = server.script.pop(0) if server.script else server.default
                step = step(body) if callable(step) else step
                if step == DROP:
                    self.close_connection = True
                    return
                if step == HANG:
                    time.sleep(1)
                    self.close_connection = True
                    return
                status, value, headers = step if step != HALF else (200, {"a": "b" * 100}, {})
                data = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                for key, text in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(key, text)
                self.end_headers()
                self.wfile.write(data[:10] if step == HALF else data)
                self.close_connection = self.close_connection or step == HALF

            do_GET = do_POST = do_PATCH = do_DELETE = answer

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate_file)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"https://127.0.0.1:{self._http.server_address[1]}"

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def then(status: int, value: Any = None, act: Callable[[], object] | None = None, **headers: str) -> Any:
    def step(body: Any) -> Any:
        if act:
            act()
        return status, {} if value is None else value, {name.replace("_", "-"): text for name, text in headers.items()}

    return step


def certificates(folder: Path, name: str) -> tuple[str, Path]:
    """A CA's PEM, and a file with a server certificate of that CA and its key."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.now(UTC)

    def build(subject: x509.Name, public_key: Any, is_ca: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )

    # Without key identifiers, as EKS once made them: Python 3.13's strict default would refuse this CA.
    ca = build(ca_name, ca_key.public_key(), True).sign(ca_key, hashes.SHA256())
    alternative = x509.DNSName(name)
    if name == "127.0.0.1":
        import ipaddress

        alternative = x509.IPAddress(ipaddress.ip_address(name))
    server_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        build(server_name, key.public_key(), False)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ca.public_bytes(serialization.Encoding.PEM).decode(), path
