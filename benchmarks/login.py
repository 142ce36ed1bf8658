"""`python -m benchmarks.login`: how long logins take in the sandbox that runs, all redirects of a browser included.

Many users are added to its directory for that and taken out again; their own Profiles stay until the sandbox ends.
Nothing here is a test: a number says how it was on this machine, at this load.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.rows import Row, percentiles
from sandbox.login import directory as directories
from sandbox.login.browser import Browser
from sandbox.login.client import Network
from sandbox.login.directory import Directory, User
from sandbox.login.journey import Places, log_in
from sandbox.state import NotRunning, State, chosen_state

USERS = 100
AT_ONCE = 20
WARM = 10


class Login:
    """One sandbox; `of` is a whole login of a new browser."""

    def __init__(self, state: State) -> None:
        found = state.read_addresses()
        domain = found["domain"]
        self.pid: int = found["pid"]
        self._network = Network.of(found)
        self._places = Places(f"kubeflow.{domain}", f"cognito.auth.{domain}", f"adfs.{domain}")

    def of(self, user: User) -> float:
        """Seconds from the first request to the dashboard."""
        begun = time.perf_counter()
        outcome = log_in(Browser(self._network.send), self._places, user.mail, user.password)
        seconds = time.perf_counter() - begun
        if outcome.failed_at:
            raise SystemExit(f"{user.name}: the login ends at step {outcome.failed_at}: {outcome.reason}")
        return seconds


@contextmanager
def many_users(state: State, count: int) -> Iterator[tuple[User, ...]]:
    """So many users of two groups in the directory, for as long as it takes."""
    before = directories.load(state.directory)
    groups = ("Domain Users", *list(before.namespaces)[:2])
    domain = before.users[0].mail.partition("@")[2]
    new = tuple(
        User(f"bench{number:03}", f"bench{number:03}@{domain}", groups, "Bench-1234") for number in range(count)
    )
    directories.save(replace(before, users=(*before.users, *new)), state.directory)
    try:
        yield new
    finally:
        directories.save(before, state.directory)


def measured(login: Login, directory: Directory, users: tuple[User, ...], pid: int) -> Iterator[Row]:
    known = next(user for user in directory.active if user.password)
    login.of(known)
    yield row("one user, warm", pid, lambda: [login.of(known) for _ in range(WARM)])
    yield row("one after the other, first login", pid, lambda: [login.of(user) for user in users])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield row("at once", pid, lambda: list(pool.map(login.of, users[:AT_ONCE])))


def row(what: str, pid: int, logins: Callable[[], list[float]]) -> Row:
    """`cpu_ms` is what one login costs the sandbox's process, whatever else the machine does."""
    begun, used = time.perf_counter(), cpu_seconds(pid)
    seconds = logins()
    cpu = (cpu_seconds(pid) - used) / len(seconds)
    return {
        "what": what,
        "logins": len(seconds),
        **percentiles(seconds),
        "all_s": round(time.perf_counter() - begun, 1),
        "cpu_ms": round(cpu * 1000),
    }


def cpu_seconds(pid: int) -> float:
    """Of a process without its children, where there is a /proc; otherwise nothing."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    state = chosen_state(os.environ)
    try:
        login = Login(state)
    except NotRunning as error:
        print(f"{error}, and deploy into it with `make sandbox`", file=sys.stderr)
        return 1
    with many_users(state, USERS) as users:
        for line in measured(login, directories.load(state.directory), users, login.pid):
            print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
