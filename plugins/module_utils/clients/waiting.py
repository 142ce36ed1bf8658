# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one loop in which this collection waits for a service."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0


def wait_until(
    read: Callable[[], Any],
    ready: Callable[[Any], bool],
    *,
    what: str,
    timeout: float,
    state: Callable[[Any], str],
    remedy: str,
    progress: Callable[[str], None] = lambda line: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Any:
    """The first thing that `read` answers and `ready` accepts.

    `ready` may raise a Failure to end the waiting early (a state that will never become good).
    Pauses grow from half a second to fifteen, so that quick things are noticed at once and slow ones not asked too often.
    `timeout` is in seconds; `what`, `state` and `remedy` make the sentence that ends a wait in vain.
    """
    start = clock()
    pause = FIRST_PAUSE
    said = None
    while True:
        current = read()
        if ready(current):
            return current
        now = state(current)
        if now != said:
            progress(f"{what}: {now} after {clock() - start:.0f} s")
            said = now
        left = timeout - (clock() - start)
        if left <= 0:
            raise ServiceError(f"{what} is still {now} after {timeout:.0f} seconds. {remedy}")
        sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)
