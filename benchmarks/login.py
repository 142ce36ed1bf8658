"""`python -m benchmarks.login`: how long logins take in the sandbox that runs, all redirects of a browser included.

Many users are added to its directory for that and taken out again; their own Profiles stay until the sandbox ends.
Nothing here is a test: a number says how it was on this machine, at this load.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

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


def measured(login: Login, directory: Directory, users: tuple[User, ...]) -> Iterator[Row]:
    known = next(user for user in directory.active if user.password)
    login.of(known)
    yield {"what": "one user, warm", "logins": WARM, **percentiles([login.of(known) for _ in range(WARM)])}
    for what in ("one after the other, first login", "one after the other, known users"):
        begun = time.perf_counter()
        seconds = [login.of(user) for user in users]
        yield {
            "what": what,
            "logins": len(users),
            **percentiles(seconds),
            "all_s": round(time.perf_counter() - begun, 1),
        }
    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        seconds = list(pool.map(login.of, users[:AT_ONCE]))
    row: Row = {"what": "at once", "logins": AT_ONCE, **percentiles(seconds)}
    yield {**row, "all_s": round(time.perf_counter() - begun, 1)}


def main() -> int:
    state = chosen_state(os.environ)
    try:
        login = Login(state)
    except NotRunning as error:
        print(f"{error}, and deploy into it with `make sandbox`", file=sys.stderr)
        return 1
    with many_users(state, USERS) as users:
        for row in measured(login, directories.load(state.directory), users):
            print(json.dumps(row), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
