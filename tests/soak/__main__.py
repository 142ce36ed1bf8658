"""`python -m tests.soak [--kills N] [--seed S]`: site.yml stopped at random moments and started again.

Each deployment begins in an empty account, is stopped some times, and is then left to finish; every resource and every
object must be as after an undisturbed run.  The exit code is 1 where that is not so.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.plays import Played, Playground, playground

from .kills import TASK, Moment, random_moment, stop_at
from .snapshot import Snapshot, differences, snapshot


def undisturbed(factor: float) -> tuple[Snapshot, int]:
    """What a run that nobody stops makes of an empty account, and how many tasks it has."""
    with playground(factor) as ground:
        played = finished(ground)
        return snapshot(ground), played.output.count(TASK)


def finished(ground: Playground) -> Played:
    """site.yml as it ends by itself; what it said when it failed is kept in a file."""
    played = ground.play("site")
    if played.code:
        keep(played.output)
    return played


def keep(output: str) -> None:
    path = Path(tempfile.gettempdir()) / f"soak-{time.time():.0f}.log"
    path.write_text(output, encoding="utf-8")
    tell(f"     it failed: {path}")


def deployments(chance: random.Random, kills: int, in_one: int, tasks: int) -> Iterator[list[Moment]]:
    """The moments, so many in each deployment."""
    while kills > 0:
        yield [random_moment(chance, tasks) for _ in range(min(in_one, kills))]
        kills -= in_one


def disturbed(number: int, moments: list[Moment], expected: Snapshot, factor: float) -> list[str]:
    """What is wrong in the end, one line each."""
    with playground(factor) as ground:
        for moment in moments:
            stopped = stop_at(ground, moment)
            how = "running" if stopped.running else "had ended"
            tell(f"{number:4} {str(moment):36} {how:9} code {stopped.code:4}  {stopped.reached}")
        last = finished(ground)
        if last.code:
            return [f"started again, site.yml ends with code {last.code}"]
        return differences(expected, snapshot(ground))


def tell(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--in-one", type=int, default=3, help="how often each deployment is stopped")
    parser.add_argument("--seed", type=int, default=None, help="the same seed stops at the same tasks")
    parser.add_argument("--factor", type=float, default=1 / 600, help="of AWS's waiting times")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    begun, faults = time.monotonic(), 0
    expected, tasks = undisturbed(options.factor)
    tell(f"seed {seed}: {len(expected)} resources and objects after an undisturbed run of {tasks} tasks")
    planned = deployments(random.Random(seed), options.kills, options.in_one, tasks)
    for number, moments in enumerate(planned, 1):
        wrong = disturbed(number, moments, expected, options.factor)
        faults += bool(wrong)
        for line in wrong or ["equal"]:
            tell(f"     {line}")
    tell(f"{options.kills} kills in {number} deployments, {faults} with differences, {time.monotonic() - begun:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
