"""`python -m benchmarks.profile_manager [--quick] [--storm USERS]`: a table, and the same as JSON lines.

The backend is chosen as the sandbox chooses it (SANDBOX_KUBERNETES, KUBEBUILDER_ASSETS). Nothing here is a test: a
number says how it was on this machine, at this load.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.article import Article
from benchmarks.cold_start import cold_starts
from benchmarks.crowd import Crowd, access
from benchmarks.function import Denied, Function
from benchmarks.served import Api, served
from sandbox.kubernetes.backend import choose

CROWDS = [(50, 100), (500, 1000), (1000, 10000)]  # namespaces, bindings of others
GROUPS = (1, 10, 50)
REPEATS = 100
STORM_GROUPS, STORM_AT_ONCE = 10, 50
COGNITO_TRIES = 3

Row = dict[str, object]


def teams(count: int) -> list[str]:
    return [f"team-{number}" for number in range(count)]


def percentiles(seconds: list[float]) -> Row:
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50_ms": round(statistics.median(ordered) * 1000, 2), "p99_ms": round(last * 1000, 2)}


def first_logins(api: Api) -> Iterator[Row]:
    """The namespaces come with the first user; the second one finds them."""
    for count in GROUPS:
        function = Function(api)
        new = [f"new{count}-{number}" for number in range(count)]
        for what in ("new namespaces", "namespaces are there"):
            before = function.requests if what != "new namespaces" else 0
            seconds = function.log_in(f"first{count}-{what.split()[0]}", new)
            yield {
                "what": f"first login, {what}",
                "groups": count,
                "p50_ms": round(seconds * 1000, 1),
                "requests": function.requests - before,
                "hand_overs": function.hand_overs,
            }
    function = Function(api)
    groups = [f"new50-{number}" for number in range(50)]
    function.log_in("changing", groups)
    before = function.requests
    seconds = function.log_in("changing", [*groups[1:], "new10-1"])
    yield {
        "what": "one group of 50 exchanged",
        "p50_ms": round(seconds * 1000, 1),
        "requests": function.requests - before,
    }


def unchanged_logins(api: Api, crowd: Crowd, crowds: list[tuple[int, int]]) -> Iterator[Row]:
    for namespaces, bindings in crowds:
        crowd.grow(namespaces, bindings)
        for count in GROUPS:
            function, user = Function(api), f"same{count}"
            function.log_in(user, teams(count))
            function.log_in(user, teams(count))
            before = function.requests
            seconds = [function.log_in(user, teams(count)) for _ in range(REPEATS)]
            yield {
                "what": "login that changes nothing",
                "groups": count,
                "namespaces": namespaces,
                "bindings": bindings,
                **percentiles(seconds),
                "requests": (function.requests - before) / REPEATS,
            }


def against_the_article(api: Api, crowd: Crowd, namespaces: int = 200, groups: int = 20) -> Iterator[Row]:
    crowd.grow(namespaces - groups, 0)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as ca_file:
        ca_file.write(api.ca_pem)
        ca_file.flush()
        logins: dict[str, Callable[[str, list[str]], float]] = {
            "this function": Function(api).log_in,
            "article": Article(api, ca_file.name).log_in,
        }
        logins["this function"]("pioneer", teams(groups))
        logins["article"]("warm", [])
        for name, log_in in logins.items():
            user = f"versus{name.split()[0]}"
            first = log_in(user, teams(groups))
            again = [log_in(user, teams(groups)) for _ in range(5)]
            facts = {"groups": groups, "namespaces": namespaces}
            yield {"what": f"first login: {name}", **facts, "p50_ms": round(first * 1000, 1)}
            yield {"what": f"unchanged login: {name}", **facts, **percentiles(again)}


def storm(api: Api, users: int) -> Iterator[Row]:
    """Everybody's first login at once, over groups that nobody has had yet."""
    wanted = {
        f"storm{number}": [f"storm-{(number * 7 + step) % 40}" for step in range(STORM_GROUPS)]
        for number in range(users)
    }
    errors, seconds, inside = [], [], []

    def log_in(user: str) -> None:
        function = Function(api)
        for _ in range(COGNITO_TRIES):
            try:
                seconds.append(function.log_in(user, wanted[user]))
                inside.append(user)
                return
            except Denied as cause:
                errors.append(str(cause))

    with ThreadPoolExecutor(STORM_AT_ONCE) as pool:
        list(pool.map(log_in, wanted))
    found = access(api)
    lost = surplus = 0
    for user in inside:
        has = found.get(f"{user}@example.com", set())
        lost += len(set(wanted[user]) - has)
        surplus += len(has - set(wanted[user]))
    yield {
        "what": f"storm: {users} users, {STORM_AT_ONCE} at once",
        "groups": STORM_GROUPS,
        **percentiles(seconds or [0.0]),
        "failed_tries": len(errors),
        "errors": users - len(inside),
        "lost": lost,
        "surplus": surplus,
    }


def measured(api: Api, quick: bool, storm_users: int) -> Iterator[Row]:
    crowd = Crowd(api)
    yield from first_logins(api)
    yield from against_the_article(api, crowd)
    if storm_users:
        yield from storm(api, storm_users)
    yield from unchanged_logins(api, crowd, CROWDS[:2] if quick else CROWDS)


def show(backend: str, row: Row) -> None:
    facts = "  ".join(f"{key}={value}" for key, value in row.items() if key != "what")
    print(f"{backend:10} {row['what']:45} {facts}", file=sys.stderr, flush=True)
    print(json.dumps({"backend": backend, **row}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the cluster of 10,000 bindings")
    parser.add_argument("--storm", type=int, default=500, metavar="USERS", help="users of the login storm, 0 for none")
    options = parser.parse_args()
    for row in cold_starts():
        show("-", row)
    choice = choose(os.environ)
    with served(choice) as api:
        for row in measured(api, options.quick, options.storm):
            show(choice, row)


if __name__ == "__main__":
    main()
