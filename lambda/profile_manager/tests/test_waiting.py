"""Waiting for new namespaces, by a clock that only moves when the function sleeps."""

from __future__ import annotations

import pytest
from profile_manager_fakes import START, Always

from profile_manager.access import Access, Grant
from profile_manager.converge import HAND_OVER_TIME, LONGEST_LOOK, Tools, Wish, converge
from profile_manager.deadline import Deadline
from profile_manager.errors import Unavailable
from profile_manager.settings import Settings

ALICE = "alice@example.com"


class Clock:
    def __init__(self) -> None:
        self.time = 0.0
        self.looks = 0

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.looks += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tools(cluster, clock) -> Tools:
    cluster.controller = False
    return Tools(cluster, Settings(), Deadline(3.5, clock), "run", lambda: START + clock.time, clock.sleep)


def wish(count: int, **values) -> Wish:
    grants = tuple(Grant(f"team-{number}", "edit", f"team-{number}") for number in range(count))
    return Wish(Access("alice", ALICE, grants), login=START, **values)


def test_it_waits_as_long_as_time_is_left_for_handing_over(tools, clock):
    outcome = converge(tools, wish(1))
    assert len(outcome.waiting) == 1
    left = tools.deadline.remaining()
    assert HAND_OVER_TIME <= left < HAND_OVER_TIME + LONGEST_LOOK


def test_a_look_is_one_request_however_many_namespaces_are_waited_for(tools, clock, cluster):
    converge(tools, wish(1))
    few, cluster.calls = len(cluster.calls), []
    clock.time = 0.0
    other = Tools(cluster, Settings(), Deadline(3.5, clock), "other", lambda: START + clock.time, clock.sleep)
    before = clock.looks
    outcome = converge(other, wish(40))
    assert len(outcome.waiting) == 40
    first_try = 40 * 4
    assert len(cluster.calls) <= first_try + (clock.looks - before) + few


def test_one_that_comes_is_entered_while_the_others_are_waited_for(tools, clock, cluster):
    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.looks == 2:
            cluster.put_namespace("team-1", "kubeflow-profile-manager")

    patient = Tools(cluster, Settings(), tools.deadline, "run", tools.now, sleep)
    outcome = converge(patient, wish(3))
    assert cluster.access(ALICE) == {"team-1": "edit"}
    assert {grant.namespace for grant in outcome.waiting} == {"team-0", "team-2"}


def test_where_one_has_come_the_others_are_entered_without_further_waiting(tools, clock, cluster):
    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.looks == 3:
            cluster.settle()

    patient = Tools(cluster, Settings(), tools.deadline, "run", tools.now, sleep)
    assert not converge(patient, wish(40)).waiting
    assert len(cluster.access(ALICE)) == 40
    assert clock.looks == 3


def test_the_profile_is_looked_at_once_in_a_run(tools, clock, cluster):
    converge(tools, wish(1))
    assert cluster.calls.count(("get", "Profile", "", "team-0")) == 1
    assert cluster.calls.count(("get", "Namespace", "", "team-0")) == clock.looks + 1


def test_nobody_waits_when_told_not_to(tools, clock):
    assert len(converge(tools, wish(2, wait=False)).waiting) == 2
    assert clock.looks == 0


def test_a_silent_cluster_is_not_waited_for(tools, clock, cluster):
    def silent(cluster):
        raise Unavailable("no answer")

    cluster.hooks.append(Always("get", "Namespace", silent))
    assert len(converge(tools, wish(2)).waiting) == 2
    assert clock.looks == 0


def test_what_is_left_is_never_more_than_the_context_leaves():
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 2000

    assert Deadline.of(Context(), 3.5).remaining() < 2.0
    assert Deadline.of(Context(), 1.0).remaining() <= 1.0
    assert Deadline.of(None, 3.5).remaining() > 3.0
