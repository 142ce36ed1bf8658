"""A run of site.yml that is stopped: when, and who is hit."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.plays import Playground

TASK = "TASK ["
ORPHANS_SECONDS = 60


@dataclass(frozen=True)
class Moment:
    """So many seconds after the beginning of that task of the run; `way` is a name in WAYS."""

    task: int
    seconds: float
    way: str

    def __str__(self) -> str:
        return f"task {self.task} + {self.seconds:.2f} s, {self.way}"


@dataclass(frozen=True)
class Stopped:
    """What became of a run that was to be stopped: `reached` is the task, `running` whether it was still going on."""

    reached: str
    running: bool
    code: int
    output: str


def random_moment(chance: random.Random, tasks: int) -> Moment:
    """Tasks take about half a second; a few take longer, so a few moments are later."""
    seconds = chance.choice((0.3, 0.3, 1.0, 3.0)) * chance.random()
    return Moment(chance.randint(1, tasks), seconds, chance.choice(list(WAYS)))


def everything(leader: int) -> None:
    """As when the machine loses its power."""
    os.killpg(leader, signal.SIGKILL)


def ansible_alone(leader: int) -> None:
    """As by a memory killer: what it has started goes on without it."""
    os.kill(leader, signal.SIGKILL)


def a_child(leader: int) -> None:
    """A worker, or the module that it has started; Ansible itself sees a task that failed."""
    below = descendants(leader)
    if below:
        os.kill(below[-1], signal.SIGKILL)


def interrupt(leader: int) -> None:
    """As Ctrl-C in a terminal."""
    os.killpg(leader, signal.SIGINT)


WAYS: dict[str, Callable[[int], None]] = {
    "everything": everything,
    "Ansible alone": ansible_alone,
    "a child": a_child,
    "Ctrl-C": interrupt,
}


def stop_at(ground: Playground, moment: Moment) -> Stopped:
    """Start site.yml and stop it at that moment; returns when nothing of it runs any more, or when it has ended."""
    process = ground.start("site")
    assert process.stdout
    printed: list[str] = []
    begun, reached, running = 0, "", False
    for line in process.stdout:
        printed.append(line)
        if line.startswith(TASK):
            begun, reached = begun + 1, line.strip(" *\n").removeprefix(TASK).rstrip("]")
            if begun == moment.task:
                time.sleep(moment.seconds)
                running = process.poll() is None
                with contextlib.suppress(ProcessLookupError):
                    WAYS[moment.way](process.pid)
    code = process.wait()
    end_orphans(process.pid)
    return Stopped(reached, running, code, "".join(printed))


def end_orphans(leader: int) -> None:
    """Those that a killed leader left: they may finish what they do, as they would on a real machine."""
    patience = time.monotonic() + ORPHANS_SECONDS
    while group_of(leader):
        if time.monotonic() > patience:
            os.killpg(leader, signal.SIGKILL)
        time.sleep(0.1)


def group_of(leader: int) -> list[int]:
    return [pid for pid, fields in processes().items() if int(fields[2]) == leader and fields[0] != "Z"]


def descendants(leader: int) -> list[int]:
    """All processes below this one, children before grandchildren."""
    parents = {pid: int(fields[1]) for pid, fields in processes().items()}
    found = [leader]
    for ancestor in found:
        found += [pid for pid, parent in parents.items() if parent == ancestor]
    return found[1:]


def processes() -> dict[int, list[str]]:
    """By process: state, parent, process group, and the rest of its line in /proc."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(path.parent.name)] = path.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
    return found
