"""Child processes that never outlive the sandbox, each with a log of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.kubernetes.backend import BackendError

LOG_TAIL = 1500

# Linux kills the child when the *thread* that started it ends; this one lives as long as the process.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="process-starter")

# PR_SET_PDEATHSIG is set by the child itself, before it becomes the program: code between fork and exec of a process
# with many threads may deadlock.
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
parent = int(sys.argv[1])
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != parent:
    sys.exit("the sandbox ended first")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Child:
    """One running program."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self._process = _STARTER.submit(_start, command, folder, log).result()

    @property
    def pid(self) -> int:
        return self._process.pid

    def must_run(self) -> None:
        """BackendError with the end of its log when the program has ended."""
        code = self._process.poll()
        if code is not None:
            raise BackendError(f"{self.name} ended with {code}; the end of {self.log}:\n{self.log_tail()}")

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-LOG_TAIL:].strip()

    def kill(self) -> None:
        """Ends the program at once: its state is thrown away with the cluster."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def version_of(program: Path) -> tuple[int, int]:
    """Major and minor version a Kubernetes program tells; BackendError when it cannot even do that."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
        major, minor = told.split()[-1].lstrip("v").split(".")[:2]
        return int(major), int(minor)
    except (OSError, subprocess.SubprocessError, IndexError, ValueError) as error:
        told = (getattr(error, "stderr", None) or str(error)).strip()[-LOG_TAIL:]
        raise BackendError(f"{program} does not run here: {told}") from error


def _start(command: list[str], folder: Path, log: object) -> subprocess.Popen[bytes]:
    if sys.platform == "linux":
        command = [sys.executable, "-S", "-E", "-c", _DIE_WITH_PARENT, str(os.getpid()), *command]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
