"""Starting the service in the background, asking how it is, stopping it: what `up`, `status` and `down` do."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sandbox import control, processes
from sandbox.environment import environment
from sandbox.serve import EXIT_BACKEND, EXIT_OCCUPIED, Options
from sandbox.state import ROOT, State, holder, locked, written_pid

START_SECONDS = 180
STOP_SECONDS = 30
TAIL_LINES = 25

Tell = Callable[[str], None]


class ServiceFailed(Exception):
    """The sandbox did not start or did not stop; the message says why."""


def up(state: State, options: Options, tell: Tell) -> dict[str, Any]:
    """addresses.json of the sandbox that runs here, after starting it if need be."""
    with locked(state.starting):
        running = control.ask(state.control)
        if running and running["phase"] == "ready":
            tell(f"The sandbox already runs (process {running['pid']}, {running['kubernetes']}).")
            if any(running[name] != value for name, value in asdict(options).items()):
                tell("It was started with other options; `python -m sandbox down` first to change them.")
            return state.read_addresses()
        remove_remains(state, tell)
        process = _spawn(state, options)
        _wait_until_ready(state, process, tell)
        return state.read_addresses()


def down(state: State, tell: Tell) -> bool:
    """Whether there was something to stop; afterwards nothing of it runs and only its log is left."""
    running = control.ask(state.control)
    pid = holder(state.pid)
    if running and control.ask(state.control, "stop"):
        tell(f"Stopping the sandbox (process {running['pid']}).")
        _wait_for_end(state, STOP_SECONDS)
    remove_remains(state, tell)
    return bool(running or pid)


def remove_remains(state: State, tell: Tell) -> None:
    """End what a crashed or hanging sandbox left running, and remove its files."""
    pid = holder(state.pid)
    if pid:
        # Whoever holds the lock of the pid file is a sandbox, whatever else has happened.
        tell(f"A sandbox that does not answer (process {pid}) is ended.")
        _signal(pid, signal.SIGTERM)
        if not _wait_for_end(state, 5):
            _signal(pid, signal.SIGKILL)
            _wait_for_end(state, 5)
    elif state.addresses.exists():
        tell("The last sandbox did not end properly; its remains are removed.")
    for orphan in processes.orphans_of(written_pid(state.pid)):
        _signal(orphan, signal.SIGKILL)
    state.pid.unlink(missing_ok=True)
    state.clear()


def tail(state: State, lines: int = TAIL_LINES) -> str:
    try:
        return "\n".join(state.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log was written)"


def _spawn(state: State, options: Options) -> subprocess.Popen[bytes]:
    """The service in a session of its own, so that a closed terminal or Ctrl-C does not reach it."""
    state.folder.mkdir(parents=True, exist_ok=True)
    if state.log.exists():
        state.log.replace(state.log.with_name(f"{state.log.name}.old"))
    command = [sys.executable, "-m", "sandbox", "serve", "--factor", str(options.factor)]
    command += ["--throttled", str(options.throttled), "--kubernetes", options.kubernetes, "--region", options.region]
    command += ["--state-dir", str(state.folder)]
    with open(os.open(state.log, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(state, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_ready(state: State, process: subprocess.Popen[bytes], tell: Tell) -> None:
    """Tells each phase once; ServiceFailed with the end of the log when the process ends or takes too long."""
    told = ""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ServiceFailed(_why_it_ended(state, process.returncode))
        phase = (control.ask(state.control) or {}).get("phase", "")
        if phase and phase != told:
            told = phase
            if phase != "ready":
                tell(f"The sandbox is {phase} …")
        if phase == "ready":
            return
        time.sleep(0.05)
    _signal(process.pid, signal.SIGKILL)
    raise ServiceFailed(f"the sandbox was not ready after {START_SECONDS} s. The end of {state.log}:\n{tail(state)}")


def _why_it_ended(state: State, code: int) -> str:
    if code == EXIT_OCCUPIED:
        return f"another sandbox is being started in {state.folder}; use another folder by SANDBOX_DIR"
    if code == EXIT_BACKEND:
        return tail(state, 1).partition(" ERROR ")[2]
    return f"the sandbox ended at its start with code {code}. The end of {state.log}:\n{tail(state)}"


def _wait_for_end(state: State, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holder(state.pid) is None:
            return True
        time.sleep(0.05)
    return False


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
