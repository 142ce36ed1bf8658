"""The receipt: a note on an object of the user's own that says which access was last written, and by which run.

It lets an unchanged login end after one request. It never widens trust: a receipt is believed only when it is "done",
young, and for exactly the wanted access; everything else means looking at the cluster. README.md tells why this holds
under overlapping runs and crashes; the words here are

    open   a run has claimed the user and may be writing (or died doing so)
    done   that run has finished, and no other run with a different wish can still be writing
    until  the latest moment at which a run that claimed so far can still act: Lambda ends it then
    fence  the latest moment at which a run with a *different* wish can still act; no "done" before it has passed
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

CLOCK_SKEW = 5  # seconds by which the clocks of two Lambda hosts may differ
HOUR = 3600


@dataclass(frozen=True)
class Receipt:
    """Times are seconds since the epoch; `want` is [namespace, role] of each grant, so that a loser can yield to it."""

    state: str
    digest: str
    run: str
    login: float
    until: float
    fence: float
    want: tuple[tuple[str, str], ...]

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str | None) -> Receipt | None:
        """None when there is none, or when it is not one of ours: then the cluster is looked at."""
        try:
            value = json.loads(text or "")
            want = tuple((str(namespace), str(role)) for namespace, role in value["want"])
            times = {name: float(value[name]) for name in ("login", "until", "fence")}
            return cls(str(value["state"]), str(value["digest"]), str(value["run"]), want=want, **times)
        except (ValueError, TypeError, LookupError):
            return None


def is_trusted(receipt: Receipt | None, digest: str, now: float, hours: float) -> bool:
    """Whether an unchanged login may end here."""
    if receipt is None or receipt.state != "done" or receipt.digest != digest:
        return False
    return -CLOCK_SKEW <= now - receipt.login < hours * HOUR


def claimed(
    previous: Receipt | None,
    digest: str,
    run: str,
    now: float,
    ends: float,
    login: float | None,
    want: tuple[tuple[str, str], ...],
) -> Receipt:
    """The mark to write before anything is changed. `login` None keeps the last login that is known."""
    until, fence = ends + CLOCK_SKEW, 0.0
    if previous is not None and previous.state == "open":
        fence = previous.fence if previous.digest == digest else max(previous.until, previous.fence)
        until = max(until, previous.until)
    last_login = login if login is not None else (previous.login if previous else 0.0)
    return Receipt("open", digest, run, last_login, until, fence if fence > now else 0.0, want)


def finished(receipt: Receipt, now: float) -> Receipt:
    """The mark to write after the last change; still open while a run with another wish may be on its way."""
    return receipt if now < receipt.fence else replace(receipt, state="done")
