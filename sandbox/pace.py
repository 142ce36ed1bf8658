"""How long AWS takes for what, scaled by one factor: 1.0 waits as AWS does, 0.00167 makes ten minutes one second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

# Typical waiting times of AWS in seconds; the upper bounds are several times longer.
AWS_SECONDS = {
    "cluster": 600,
    "cluster_deletion": 180,
    "cluster_update": 60,
    "node_group": 180,
    "node_group_deletion": 120,
    "addon": 60,
    "addon_deletion": 30,
    "certificate": 300,
    "certificate_record": 10,
    "certificate_given_up": 72 * 3600,
    "user_pool_domain": 900,
    "user_pool_domain_deletion": 60,
    "load_balancer": 180,
    "function": 5,
    "function_update": 3,
    "iam": 8,
    "profile": 5,
    "deployment": 30,
}


class Pace:
    """AWS's waiting times, all multiplied by the same factor; `clock` gives seconds and never goes back."""

    def __init__(self, factor: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.factor = factor
        self.clock = clock

    def seconds(self, what: str) -> float:
        return AWS_SECONDS[what] * self.factor

    def over(self, what: str) -> Deadline:
        """The moment at which something that starts now is done."""
        return self.after(AWS_SECONDS[what])

    def after(self, aws_seconds: float) -> Deadline:
        return Deadline(self.clock() + aws_seconds * self.factor, self.clock)


@dataclass(frozen=True)
class Deadline:
    """A moment on a clock."""

    at: float
    clock: Callable[[], float]

    @property
    def passed(self) -> bool:
        return self.clock() >= self.at
