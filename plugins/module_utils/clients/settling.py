# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Repeating a call whose refusal is known to pass: AWS takes seconds to believe what it has just been told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.waiting import wait_until
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

PROPAGATION_SECONDS = 120
NOT_YET_ASSUMABLE = (
    "cannot be assumed",
    "could not be assumed",
    "CreateNetworkInterface",
    "PutTraceSegments",
    "invalid principal",
)


def is_not_yet_assumable(failure: ServiceError) -> bool:
    """Whether a service has not heard yet of a role that has just been made; told by message only."""
    return any(words.lower() in str(failure).lower() for words in NOT_YET_ASSUMABLE)


def until_settled(
    call: Callable[[], Any],
    passes: Callable[[ServiceError], bool],
    *,
    what: str,
    timeout: float = PROPAGATION_SECONDS,
    progress: Callable[[str], None] = lambda line: None,
) -> Any:
    """What the call answers once its refusal has passed; a refusal that stays is raised as it is."""
    last: list[ServiceError] = []

    def attempt() -> tuple[Any, ServiceError | None]:
        try:
            return call(), None
        except ServiceError as failure:
            if not passes(failure):
                raise
            last[:] = [failure]
            return None, failure

    try:
        return wait_until(
            attempt,
            lambda result: result[1] is None,
            what=what,
            timeout=timeout,
            state=lambda result: str(result[1].code or "refused"),
            remedy="",
            progress=progress,
        )[0]
    except ServiceError as failure:
        if last and failure.cause is None:
            raise last[0] from failure
        raise
