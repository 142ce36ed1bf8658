"""A Monday morning: everybody logs in for the first time, fifty at once, over groups that nobody has had yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.crowd import access
from benchmarks.lambda_service import CONTAINERS_FOR_LOGINS, PROCESSES, Weather, run_logins
from benchmarks.rows import Row, percentiles
from benchmarks.served import Api

GROUPS_OF_EACH, GROUPS_OF_ALL = 10, 40

Wanted = dict[str, list[str]]


def storm(api: Api, users: int) -> Iterator[Row]:
    """Counted after everything asynchronous has ended; who was denied then logs in once more, in quiet."""
    wanted = {
        f"storm{number}": [f"storm-{(number * 7 + step) % GROUPS_OF_ALL}" for step in range(GROUPS_OF_EACH)]
        for number in range(users)
    }
    weather = run_logins(api, list(wanted.items()))
    yield {
        "what": f"storm: {users} users, {PROCESSES * CONTAINERS_FOR_LOGINS} at once",
        "groups": GROUPS_OF_EACH,
        **_counted(api, wanted, weather),
        "requests": weather.requests,
        "client_cpu_seconds": round(weather.client_cpu_seconds, 1),
        "logins_end_after_s": round(weather.until_logins_end, 1),
        "events_end_after_s": round(weather.until_events_end, 1),
        "reasons": dict(Counter(reason for each in weather.attempts for reason in each.reasons)),
    }
    denied = [each.user for each in weather.attempts if not each.accepted]
    if denied:
        again = run_logins(api, [(user, wanted[user]) for user in denied])
        yield {"what": "storm: the denied log in again", **_counted(api, wanted, again)}


def _counted(api: Api, wanted: Wanted, weather: Weather) -> Row:
    """Lost are bindings of those who were let in, surplus are bindings of anybody."""
    found = access(api)
    has = {user: found.get(f"{user}@example.com", set()) for user in wanted}
    inside = [each for each in weather.attempts if each.accepted]
    return {
        **percentiles([each.seconds for each in inside] or [0.0]),
        "errors": len(weather.attempts) - len(inside),
        "failed_tries": sum(each.failed for each in weather.attempts),
        "lost": sum(len(set(wanted[each.user]) - has[each.user]) for each in inside),
        "surplus": sum(len(has[user] - set(wanted[user])) for user in wanted),
        "hand_overs": weather.hand_overs,
        "dropped": weather.dropped,
    }
