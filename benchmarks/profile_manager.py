"""`python -m benchmarks.profile_manager [--quick] [--storm USERS]`: a table, and the same as JSON lines.

The backend is chosen as the sandbox chooses it (SANDBOX_KUBERNETES, KUBEBUILDER_ASSETS). Nothing here is a test: a
number says how it was on this machine, at this load.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator

from benchmarks.article import Article
from benchmarks.cold_start import cold_starts
from benchmarks.crowd import Crowd
from benchmarks.function import Function
from benchmarks.rows import Row, percentiles
from benchmarks.served import Api, served
from benchmarks.storm import storm
from sandbox.kubernetes.backend import choose

CROWDS = [(50, 100), (500, 1000), (1000, 10000)]  # namespaces, bindings of others
GROUPS = (1, 10, 50)
REPEATS = 100


def teams(count: int) -> list[str]:
    return [f"team-{number}" for number in range(count)]


def first_logins(api: Api) -> Iterator[Row]:
    """The namespaces come with the first user; the second one finds them."""
    for count in GROUPS:
        function = Function(api)
        new = [f"new{count}-{number}" for number in range(count)]
        for what in ("new namespaces", "namespaces are there"):
            before = function.requests if what != "new namespaces" else 0
            handed_over = function.hand_overs
            seconds = function.log_in(f"first{count}-{what.split()[0]}", new)
            yield {
                "what": f"first login, {what}",
                "groups": count,
                "p50_ms": round(seconds * 1000, 1),
                "requests": function.requests - before,
                "hand_overs": function.hand_overs - handed_over,
            }
    function = Function(api)
    groups = [f"new50-{number}" for number in range(50)]
    function.settle("changing", groups)
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
            function.settle(user, teams(count))
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
