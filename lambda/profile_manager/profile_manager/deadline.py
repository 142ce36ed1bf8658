"""How much time is left, as one value that is handed down instead of many timeouts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .errors import OutOfTime

MARGIN = 0.4  # seconds kept back for the answer to leave the function


class Deadline:
    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.started = clock()
        self._end = self.started + seconds

    @classmethod
    def of(cls, context: Any, most: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """What the invocation's context leaves, `most` at the longest."""
        left = getattr(context, "get_remaining_time_in_millis", None)
        seconds = min(most, left() / 1000 - MARGIN) if left else most
        return cls(max(seconds, 0.0), clock)

    def earlier(self, seconds: float) -> Deadline:
        """A deadline that leaves so much time before this one."""
        sooner = Deadline(0.0, self._clock)
        sooner.started, sooner._end = self.started, self._end - seconds
        return sooner

    def remaining(self) -> float:
        return self._end - self._clock()

    def elapsed(self) -> float:
        return self._clock() - self.started

    def within(self, seconds: float) -> float:
        """At most `seconds`, less when less is left; OutOfTime when nothing is."""
        left = self.remaining()
        if left <= 0:
            raise OutOfTime("the deadline of this invocation has passed")
        return min(seconds, left)
