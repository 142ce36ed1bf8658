"""A sandbox of its own, and playbooks played into it as a user would: what each took, and what it asked of whom."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from sandbox import control
from sandbox.state import ROOT, State


@dataclass(frozen=True)
class Played:
    """A playbook that has ended.

    `tasks` are the names of its tasks and how long each took; `calls` counts what was asked of "aws" and "kubernetes".
    """

    code: int
    output: str
    seconds: float
    cpu_seconds: float
    tasks: Sequence[tuple[str, float]]
    calls: Mapping[str, int] = field(default_factory=dict)

    @property
    def recap(self) -> dict[str, int]:
        """What Ansible counted, e.g. {"ok": 69, "changed": 0}; empty when it did not come so far."""
        counted = re.findall(r"^\S+ +: (ok=.*)$", self.output, flags=re.MULTILINE)
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counted[-1])} if counted else {}

    @property
    def waited(self) -> float:
        """Seconds in tasks that only wait, the start of their modules included."""
        return sum(seconds for name, seconds in self.tasks if name.startswith("Wait "))


def durations(lines: Sequence[tuple[float, str]], ended: float) -> Iterator[tuple[str, float]]:
    """The tasks of an output whose lines have a time each: a task takes until the next one, or the recap, begins."""
    starts = [(at, line) for at, line in lines if line.startswith(("TASK [", "PLAY RECAP"))]
    for (begun, line), (until, _) in pairwise([*starts, (ended, "")]):
        if found := re.match(r"TASK \[(?:\S+ : )?(.*)\]", line):
            yield found[1], until - begun


class Playground:
    """A sandbox that runs in a state folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))},
            "SANDBOX_DIR": str(folder),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:{ROOT / '.cache' / 'bin'}",
            "PYTHONPATH": f"{ROOT / 'collections'}:{ROOT}",
            "PYTHONUNBUFFERED": "1",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
        }

    def start(self, playbook: str, *options: str) -> subprocess.Popen[str]:
        """The playbook as a process that leads a group of its own, its output on a pipe."""
        return subprocess.Popen(
            ["ansible-playbook", f"playbooks/{playbook}.yml", "-i", "inventories/sandbox", *options],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def play(self, playbook: str, *options: str) -> Played:
        before, begun = self.calls(), time.monotonic()
        process = self.start(playbook, *options)
        assert process.stdout
        lines = [(time.monotonic(), line) for line in process.stdout]
        ended = time.monotonic()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        made = Counter(self.calls())
        made.subtract(before)
        return Played(
            process.returncode,
            "".join(line for _, line in lines),
            ended - begun,
            usage.ru_utime + usage.ru_stime,
            list(durations(lines, ended)),
            dict(made),
        )

    def calls(self) -> dict[str, int]:
        """How often the deployer has called each of the two APIs since the sandbox began."""
        told = control.ask(self.state.control) or {}
        return {
            "aws": sum(told.get("calls", {}).values()),
            "kubernetes": sum(sum(cluster["calls"].values()) for cluster in told.get("clusters", [])),
        }

    def command(self, *arguments: str) -> str:
        """What `python -m sandbox` prints; SystemExit with its own words when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", *arguments],
            cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"sandbox {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def addresses(self) -> dict[str, Any]:
        return json.loads(self.state.addresses.read_text(encoding="utf-8"))


@contextlib.contextmanager
def playground(factor: float, throttled: float = 0.0) -> Iterator[Playground]:
    """An empty account where AWS takes `factor` of its real time; it is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        ground = Playground(Path(folder) / "sandbox")
        try:
            ground.command("up", "--factor", str(factor), "--throttled", str(throttled), "--kubernetes", "emulator")
            yield ground
        finally:
            ground.command("down")
