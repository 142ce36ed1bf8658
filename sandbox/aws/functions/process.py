"""One execution environment: a process of the function, and the Runtime API through which it gets its events."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
INIT_SECONDS = 10.0


@dataclass(frozen=True)
class Outcome:
    """What came of an invocation: the payload, whether the function failed, and what it wrote meanwhile."""

    request_id: str
    payload: bytes
    failed: bool
    log: str


@dataclass(frozen=True)
class Event:
    """An invocation that waits for the function's process to ask for it."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str


class RuntimeApi(BaseHTTPRequestHandler):
    """GET …/invocation/next, POST …/invocation/<id>/response|error, POST …/init/error."""

    protocol_version = "HTTP/1.1"
    environment: Environment

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        self.environment.ready.set()
        event = self.environment.events.get()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": event.request_id,
            "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
        }
        self.answer(200, event.payload, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.environment.answers.put((self.path.rsplit("/", 1)[1] == "response", body))
        self.environment.ready.set()
        self.answer(202, b'{"status":"OK"}', {})

    def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)


class Environment:
    """A process that serves one invocation at a time and stays warm in between.

    `task_root` is the unpacked zip, `variables` the whole environment of the process, `log_file` its output.
    """

    def __init__(self, task_root: Path, variables: Mapping[str, str], log_file: Path, stream: str) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        self.answers: queue.Queue[tuple[bool, bytes]] = queue.Queue()
        self.ready = threading.Event()
        self.log_file = log_file
        self.stream = stream
        self.started_at = time.monotonic()
        self.invocations = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Api", (RuntimeApi,), {"environment": self}))
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="lambda-runtime-api", daemon=True
        ).start()
        self._process = self._start(task_root, variables)

    def _start(self, task_root: Path, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        port = self._server.server_address[1]
        inherited, self._lifeline = os.pipe()
        arguments = [sys.executable, "-P", "-s", "-u", str(BOOTSTRAP), str(inherited)]
        try:
            with self.log_file.open("wb") as log:
                return subprocess.Popen(
                    arguments,
                    cwd=task_root,
                    env={**variables, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(inherited,),
                    start_new_session=True,
                )
        finally:
            os.close(inherited)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def max_memory_mb(self) -> int | None:
        """The most memory the process has ever held, where /proc tells it."""
        with contextlib.suppress(OSError, StopIteration):
            status = Path(f"/proc/{self._process.pid}/status").read_text()
            peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
            return int(peak.split()[1]) // 1024 + 1
        return None

    def invoke(self, payload: bytes, function_arn: str, timeout: float) -> Outcome:
        """Run one event; the process is killed when it takes longer than `timeout` seconds."""
        request_id, start = str(uuid.uuid4()), self.log_file.stat().st_size if self.invocations else 0
        self.invocations += 1
        if not self.ready.is_set():
            self.wait(self.ready, INIT_SECONDS)
        deadline = time.monotonic() + timeout
        self.events.put(Event(request_id, payload, int((time.time() + timeout) * 1000), function_arn))
        succeeded, body = self.answer(request_id, deadline, timeout)
        written = self.log_file.read_bytes()[start:].decode(errors="replace")
        return Outcome(request_id, body, not succeeded, written)

    def wait(self, event: threading.Event, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not event.wait(0.02) and self.alive and time.monotonic() < end:
            continue

    def answer(self, request_id: str, deadline: float, timeout: float) -> tuple[bool, bytes]:
        while True:
            try:
                return self.answers.get(timeout=0.02)
            except queue.Empty:
                pass
            if not self.alive:
                return self.last_word(request_id)
            if time.monotonic() > deadline:
                self.stop()
                message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
                return False, failure("Sandbox.Timedout", message)

    def last_word(self, request_id: str) -> tuple[bool, bytes]:
        """What a process that is no more has left: an error at its start, or nothing."""
        with contextlib.suppress(queue.Empty):
            return self.answers.get_nowait()
        status = self._process.returncode
        message = f"RequestId: {request_id} Error: Runtime exited with error: exit status {status}"
        return False, failure("Runtime.ExitError", message)

    def stop(self) -> None:
        if self.alive:
            self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            os.close(self._lifeline)
        self._lifeline = -1
        self._server.shutdown()
        self._server.server_close()


def failure(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
