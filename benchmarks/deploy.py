"""`python -m benchmarks.deploy [--factor F] [--runs N]`: how long site.yml takes where AWS takes F of its real time.

It is compared with (a) AWS's waits one after the other, as in the article, and (b) the longest chain of waits of which
each needs the one before.  Ansible's own time is what the same run takes where AWS takes no time; it is shown apart.
A table goes to standard error, JSON lines to standard output; a number says how it was on this machine, at this load.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterator

from benchmarks.plays import Played, playground
from benchmarks.rows import Row
from sandbox.pace import AWS_SECONDS

ARTICLE = ("certificate", "user_pool_domain", "cluster", "node_group", "load_balancer", "profile")
CHAINS = (
    ("certificate", "user_pool_domain"),
    ("cluster", "node_group", "load_balancer"),
    ("certificate", "load_balancer"),
)
NO_TIME = 1e-6
ALLOWED = 1.15
"""How much longer than the longest chain it may take, besides Ansible's own time."""


def waits(names: tuple[str, ...], factor: float) -> float:
    return sum(AWS_SECONDS[name] for name in names) * factor


def longest_chain(factor: float) -> tuple[str, float]:
    names = max(CHAINS, key=lambda chain: waits(chain, factor))
    return " -> ".join(names), waits(names, factor)


def into_empty_account(factor: float, times: int = 1) -> list[Played]:
    """site.yml, so many times one after the other; only the first run may change anything."""
    with playground(factor) as ground:
        plays = [ground.play("site") for _ in range(times)]
    for number, played in enumerate(plays):
        if played.code or (number and played.recap["changed"]):
            raise SystemExit(f"Run {number + 1} fails or changes something that was there:\n{played.output}")
    return plays


def measured(factor: float, runs: int) -> Iterator[Row]:
    chain, at_best = longest_chain(factor)
    yield {"what": "(a) the waits one after the other", "seconds": round(waits(ARTICLE, factor), 1)}
    yield {"what": "(b) the longest chain of waits", "seconds": round(at_best, 1), "chain": chain}
    own = [into_empty_account(NO_TIME, 2) for _ in range(runs)]
    first, second = [pair[0] for pair in own], [pair[1] for pair in own]
    yield {"what": "Ansible's own time, first run", **row(first)}
    yield {"what": "Ansible's own time, second run", **row(second), **asked(second[-1])}
    whole = [into_empty_account(factor)[0] for _ in range(runs)]
    waited = round(statistics.median(played.waited for played in whole), 1)
    yield {"what": "site.yml into an empty account", **row(whole), "waited_seconds": waited}
    yield from judged(row(whole)["seconds"], waited, row(first)["seconds"], row(second)["seconds"], at_best)


def judged(whole: float, waited: float, first: float, second: float, at_best: float) -> Iterator[Row]:
    """Two ways to tell Ansible's own time from AWS's; the second one also holds on a machine that is busy by turns."""
    allowed = ALLOWED * at_best
    limit = round(allowed + first, 1)
    yield {"what": f"at most {ALLOWED} x (b) and Ansible's own time", "seconds": limit, "kept": whole <= limit}
    yield {"what": f"waited for at most {ALLOWED} x (b)", "seconds": round(allowed, 1), "kept": waited <= allowed}
    yield {"what": "second run, share of the first one's own time", "share": round(second / first, 2)}


def row(plays: list[Played]) -> dict[str, float]:
    """Medians; the CPU time is that of Ansible and all that it started."""
    return {
        "seconds": round(statistics.median(played.seconds for played in plays), 1),
        "cpu_seconds": round(statistics.median(played.cpu_seconds for played in plays), 1),
    }


def asked(played: Played) -> Row:
    recap = played.recap
    return {"tasks": recap["ok"], "skipped": recap["skipped"], "changed": recap["changed"], **calls(played)}


def calls(played: Played) -> Row:
    return {f"{api}_calls": count for api, count in played.calls.items()}


def show(facts: Row) -> None:
    told = "  ".join(f"{key}={value}" for key, value in facts.items() if key != "what")
    print(f"{facts['what']:48} {told}", file=sys.stderr, flush=True)
    print(json.dumps(facts), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--factor", type=float, default=1 / 60, help="of AWS's waiting times; default: a minute is a second"
    )
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured; medians are shown")
    options = parser.parse_args()
    show({"what": "load of this machine before", "load": round(os.getloadavg()[0], 1), "cores": os.cpu_count()})
    for facts in measured(options.factor, options.runs):
        show(facts)
    show({"what": "load of this machine after", "load": round(os.getloadavg()[0], 1)})


if __name__ == "__main__":
    main()
