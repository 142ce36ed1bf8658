"""Lambda and Cognito around the function, for many users at once: containers in several processes, a queue of events.

A container serves one invocation at a time and stays warm for the next, with connections and a token of its own. Fifty
interpreters would be too many for a small machine, so each of a few processes holds some containers as threads. They
share an interpreter lock, which makes the function look slower than it is, never faster.

Cognito tries a login three times, and each try is an invocation of its own. What the function hands over goes through a
queue to containers of their own; an asynchronous invocation that fails is tried twice more. Lambda waits one minute and
then two before that; here it is a tenth.
"""

from __future__ import annotations

import multiprocessing
import resource
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.served import Api

PROCESSES = 5
CONTAINERS_FOR_LOGINS = 10  # in each process
CONTAINERS_FOR_EVENTS = 4  # in each process
COGNITO_TRIES = 3
EVENT_PAUSES = (6.0, 12.0)  # seconds before the second and the third try of an asynchronous invocation
LONGEST_STORM = 600.0  # seconds

Login = tuple[str, list[str]]  # user, groups


@dataclass(frozen=True)
class Attempt:
    """A login from the user's view: `seconds` over all tries, of which `failed` ended in an error."""

    user: str
    accepted: bool
    seconds: float
    failed: int
    reasons: tuple[str, ...] = ()  # what the function's log says of failures


@dataclass
class Weather:
    """What a storm was like; `dropped` events were given up by Lambda."""

    attempts: list[Attempt] = field(default_factory=list)
    hand_overs: int = 0
    dropped: int = 0
    requests: int = 0
    client_cpu_seconds: float = 0.0
    until_logins_end: float = 0.0
    until_events_end: float = 0.0


class LambdaService:
    """The parts that all processes share."""

    def __init__(self, api: Api) -> None:
        context = multiprocessing.get_context("spawn")
        self.url, self.ca_pem = api.url, api.ca_pem
        self.logins, self.events, self.results = context.Queue(), context.Queue(), context.Queue()
        self.unfinished = context.Value("i", 0)
        self.start_process = context.Process

    def hand_over(self, payload: dict[str, Any]) -> None:
        with self.unfinished.get_lock():
            self.unfinished.value += 1
        self.events.put((0.0, 0, payload))


def run_logins(api: Api, logins: list[Login]) -> Weather:
    """Everybody's login, as many at a time as there are containers; ends when nothing asynchronous is left."""
    service, weather = LambdaService(api), Weather()
    processes = [service.start_process(target=_process, args=(_shared(service),)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for _process_ready in processes:
        service.results.get(timeout=60)
    started = time.monotonic()
    for login in logins:
        service.logins.put(login)
    while len(weather.attempts) < len(logins):
        weather.attempts.append(service.results.get(timeout=LONGEST_STORM))
    weather.until_logins_end = time.monotonic() - started
    while service.unfinished.value and time.monotonic() - started < LONGEST_STORM:
        time.sleep(0.1)
    weather.until_events_end = time.monotonic() - started
    for _ in range(PROCESSES * CONTAINERS_FOR_LOGINS):
        service.logins.put(None)
    for _ in range(PROCESSES * CONTAINERS_FOR_EVENTS):
        service.events.put(None)
    for _process_ended in processes:
        facts = service.results.get(timeout=60)
        weather.hand_overs += facts["hand_overs"]
        weather.dropped += facts["dropped"]
        weather.requests += facts["requests"]
        weather.client_cpu_seconds += facts["cpu_seconds"]
    for process in processes:
        process.join(30)
    return weather


def _shared(service: LambdaService) -> dict[str, Any]:
    return {name: value for name, value in vars(service).items() if name != "start_process"}


def _process(shared: dict[str, Any]) -> None:
    """One process with its containers; tells that it is ready, each login, and at last what it has counted."""
    from benchmarks.function import Container

    service = LambdaService.__new__(LambdaService)
    vars(service).update(shared)
    counts = {"hand_overs": 0, "dropped": 0}
    work = [_serve_logins] * CONTAINERS_FOR_LOGINS + [_serve_events] * CONTAINERS_FOR_EVENTS
    containers = [Container(service.url, service.ca_pem, service.hand_over) for _ in work]
    threads = [
        threading.Thread(target=serve, args=(service, container, counts))
        for serve, container in zip(work, containers, strict=True)
    ]
    service.results.put("ready")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    counts["requests"] = sum(container.requests for container in containers)
    service.results.put({**counts, "cpu_seconds": usage.ru_utime + usage.ru_stime})


def _serve_logins(service: LambdaService, container: Any, counts: dict[str, int]) -> None:
    while (login := service.logins.get()) is not None:
        service.results.put(_log_in(container, *login))


def _log_in(container: Any, user: str, groups: list[str]) -> Attempt:
    from benchmarks.function import login_event

    started, failed = time.monotonic(), 0
    container.reasons.clear()
    for _ in range(COGNITO_TRIES):
        try:
            container.invoke(login_event(user, groups))
        except Exception:  # whatever the function raises, Cognito calls it an error
            failed += 1
        else:
            break
    seconds = time.monotonic() - started
    return Attempt(user, failed < COGNITO_TRIES, seconds, failed, tuple(container.reasons))


def _serve_events(service: LambdaService, container: Any, counts: dict[str, int]) -> None:
    while (event := service.events.get()) is not None:
        due, tries, payload = event
        time.sleep(max(due - time.time(), 0.0))
        counts["hand_overs"] += not tries
        try:
            container.invoke(payload)
        except Exception:
            if tries < len(EVENT_PAUSES):
                service.events.put((time.time() + EVENT_PAUSES[tries], tries + 1, payload))
                continue
            counts["dropped"] += 1
        with service.unfinished.get_lock():
            service.unfinished.value -= 1
