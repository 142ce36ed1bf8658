"""Logins of one user in every order of their steps, some of them killed by Lambda in the middle.

The invariant is what makes one request per login safe: when all runs have ended, a receipt that says "done" tells the
truth about the cluster. The steps are real threads that take turns; the turns, and how time passes, are hypothesis's.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from profile_manager_fakes import START, Container, FakeCluster

from profile_manager.errors import LoginDenied
from profile_manager.objects import RECEIPT_ANNOTATION
from profile_manager.receipt import Receipt

ALICE = "alice@example.com"
KINDS = ("RoleBinding", "AuthorizationPolicy")
LIFE = 3.5  # seconds that Lambda lets a run live here; the deadline that its claim names


class Killed(BaseException):
    """Lambda has ended the process."""


class Run(threading.Thread):
    """A login that does one request each time it is told to."""

    def __init__(self, world: World, groups: tuple[str, ...]) -> None:
        super().__init__(daemon=True)
        self.container = Container(world.cluster)
        self.container.surroundings.now = lambda: world.time
        self.groups = f"[{', '.join(groups)}]"
        self.killed = False
        self.started_at: float | None = None
        self._turn, self._back = threading.Semaphore(0), threading.Semaphore(0)

    def run(self) -> None:
        self._turn.acquire()
        with suppress(Killed, LoginDenied):
            self.container.log_in(self.groups)
        self.ended = True
        self._back.release()

    ended = False

    def pause(self) -> None:
        self._back.release()
        self._turn.acquire()
        if self.killed:
            raise Killed

    def step(self, now: float) -> None:
        """Lets the run go on to its next request, or dies when its time is over."""
        if self.started_at is None:
            self.started_at = now
            self.start()
        self.killed = self.killed or now - self.started_at > LIFE
        self._turn.release()
        self._back.acquire()


class World:
    def __init__(self, wishes: list[tuple[str, ...]]) -> None:
        self.cluster = FakeCluster()
        self.time = START
        Container(self.cluster).log_in("[team-a, team-b]")
        self.cluster.hooks.append(self._before_each_request)
        self.runs = [Run(self, wish) for wish in wishes]

    def play(self, turns: list[tuple[int, float]]) -> None:
        for number, seconds in turns:
            left = [run for run in self.runs if not run.ended]
            if left:
                self.time += seconds
                left[number % len(left)].step(self.time)

    def end(self, kill: bool) -> None:
        for run in self.runs:
            while not run.ended:
                run.killed = kill
                run.step(self.time)
        self.cluster.hooks.clear()

    def receipt(self) -> Receipt:
        notes = self.cluster.one("Profile", "", "profile-alice")["metadata"]["annotations"]
        return Receipt.from_text(notes[RECEIPT_ANNOTATION])

    def _before_each_request(self, cluster: FakeCluster, call: object) -> None:
        current = threading.current_thread()
        if isinstance(current, Run):
            current.pause()


wishes = st.lists(st.sampled_from(["team-a", "team-b", "team-c"]), max_size=3, unique=True).map(tuple)
turns = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.0, 0.0, 0.0, 0.1, 1.0, 4.0])), max_size=80)


@settings(max_examples=80, deadline=None)
@given(st.lists(wishes, min_size=2, max_size=4), turns, st.booleans(), wishes)
def test_a_receipt_that_says_done_tells_the_truth(wanted, order, kill, last):
    world = World(wanted)
    world.play(order)
    world.end(kill)
    receipt = world.receipt()
    if receipt.state == "done":
        for kind in KINDS:
            assert world.cluster.access(ALICE, kind) == dict(receipt.want)
    afterwards = Container(world.cluster)
    afterwards.time = world.time + 60
    afterwards.log_in(f"[{', '.join(last)}]")
    for kind in KINDS:
        assert world.cluster.access(ALICE, kind) == dict.fromkeys(last, "edit")
