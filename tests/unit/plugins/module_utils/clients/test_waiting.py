"""Waiting ends when the thing is ready, when it never will be, or when time is up, and says which."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.waiting import wait_until
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal, ServiceError


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def waited(states: Iterable[str], clock: Clock, ready: Callable[[str], bool], **options):
    answers = iter(states)
    return wait_until(
        lambda: next(answers),
        ready,
        what="Cluster blue",
        state=str,
        remedy="Look at it.",
        clock=clock,
        sleep=clock.sleep,
        **{"timeout": 60, **options},
    )


def test_it_returns_the_first_ready_answer_without_a_pause() -> None:
    clock = Clock()
    assert waited(["ACTIVE"], clock, lambda state: state == "ACTIVE") == "ACTIVE"
    assert clock.pauses == []


def test_pauses_grow_to_fifteen_seconds() -> None:
    clock = Clock()
    waited(["CREATING"] * 12 + ["ACTIVE"], clock, lambda state: state == "ACTIVE", timeout=600)
    assert clock.pauses[:3] == [0.5, 0.75, 1.125]
    assert max(clock.pauses) == 15.0


def test_time_is_up() -> None:
    with pytest.raises(ServiceError, match="^Cluster blue is still CREATING after 5 seconds. Look at it.$"):
        waited(["CREATING"] * 100, Clock(), lambda state: False, timeout=5)


def test_it_never_sleeps_past_the_deadline() -> None:
    clock = Clock()
    with pytest.raises(ServiceError):
        waited(["CREATING"] * 100, clock, lambda state: False, timeout=7)
    assert clock.now == pytest.approx(7)


def test_a_state_that_never_becomes_good_ends_it_at_once() -> None:
    def ready(state: str) -> bool:
        raise Refusal(f"Cluster blue is {state}.")

    with pytest.raises(Refusal, match="FAILED"):
        waited(["FAILED"], Clock(), ready)


def test_each_new_state_is_told_once() -> None:
    told: list[str] = []
    states = ["PENDING", "PENDING", "CREATING", "ACTIVE"]
    waited(states, Clock(), lambda state: state == "ACTIVE", progress=told.append)
    assert told == ["Cluster blue: PENDING after 0 s", "Cluster blue: CREATING after 1 s"]
