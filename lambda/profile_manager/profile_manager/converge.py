"""Brings one user's access to what it should be: claim, revoke, grant, wait for new namespaces, note the result.

The order is the safety: the receipt is opened before the first change and closed after the last one, each time only if
no other run has written it meanwhile; revocations come before grants; a run that finds its claim lost takes back what
the winner does not want. receipt.py has the words, README.md the reasons.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from .access import Access, Grant
from .carrier import Carrier, find_carrier
from .cluster import Cluster, Object
from .deadline import Deadline
from .errors import Conflict, OutOfTime, Refused, SettingsError, Unavailable
from .namespaces import READY, WAITING, prepare
from .objects import ISTIO_WRITERS, ROLE_BINDING_WRITER, BindingWriter, of_user
from .plan import Current, Plan, Task, compare, gives_the_same, surplus
from .receipt import Receipt, claimed, finished, is_trusted
from .resources import Resource

ATTEMPTS = 20
FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.02, 0.3  # seconds before looking again after another run came in between
FIRST_LOOK, LONGEST_LOOK = 0.1, 1.0  # seconds between two looks for a new namespace
UNREACHABLE = "unreachable"
NOT_YET = (WAITING, UNREACHABLE)
HAND_OVER_TIME = 0.6  # seconds kept back to close the receipt and to hand the rest over


@dataclass(frozen=True)
class Tools:
    """What a run works with; `now` is wall-clock time in seconds, `run` this run's own name in receipts."""

    cluster: Cluster
    settings: Any
    deadline: Deadline
    run: str
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Wish:
    """What to bring about, and what the caller knows about the login behind it."""

    access: Access
    login: float | None = None  # when the user logged in, None when nobody did
    after_run: str | None = None  # only if this run's claim is still the last one, or our own from an earlier try
    rest: tuple[str, ...] | None = None  # only these groups: the run before has done everything else
    place: tuple[Carrier | None] | None = None  # where the receipt is, when that is known; (None,) for nowhere
    receipt: tuple[Receipt | None] | None = None  # only if the receipt is still this one
    trust_receipt: bool = False
    wait: bool = True


@dataclass(frozen=True)
class Outcome:
    """`ended` is unchanged (the receipt was believed), converged, or superseded (another run came after this one)."""

    ended: str
    changes: int = 0
    waiting: tuple[Grant, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    has_receipt: bool = True


def converge(tools: Tools, wish: Wish) -> Outcome:
    access, settings = wish.access, tools.settings
    pause = FIRST_BACK_OFF
    for _attempt in range(ATTEMPTS):
        carrier = _carrier(tools, wish)
        receipt = carrier.receipt if carrier else None
        if _superseded(tools, wish, carrier, receipt):
            return Outcome("superseded")
        digest = access.digest(settings)
        if wish.trust_receipt and is_trusted(receipt, digest, tools.now(), settings.receipt_hours):
            return Outcome("unchanged")
        writers = binding_writers(tools)
        plan = _plan(tools, wish, writers, carrier)
        try:
            return _carry_out(tools, wish, carrier, plan, writers)
        except Conflict:
            # Somebody claimed between our reading and our claim: look again, not in step with him.
            tools.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, LONGEST_BACK_OFF)
    raise Unavailable("other runs for this user keep coming in between")


def _plan(tools: Tools, wish: Wish, writers: tuple[BindingWriter, ...], carrier: Carrier | None) -> Plan:
    """Of a rest, what may be there already is found when it is created: nobody has claimed the user in between.

    Of a user who has no place for a receipt yet nothing is being written now, because every run claims first; what was
    left behind under his address long ago, an old answer knows too.
    """
    access = wish.access
    if wish.rest is not None:
        grants = [grant for grant in access.grants if grant.group in wish.rest]
        return compare(access.email, grants, [], writers, tools.settings)
    is_new = carrier is not None and carrier.found is None
    current = listed_of_user(tools, writers, access.email, may_be_old=is_new)
    return compare(access.email, access.grants, current, writers, tools.settings)


def binding_writers(tools: Tools) -> tuple[BindingWriter, ...]:
    """The role binding's and Istio's, the latter as set or as the cluster serves it."""
    choice = tools.settings.binding_writer
    if choice == "discover":
        served = tools.cluster.served_groups(tools.deadline)
        choices = [name for name, writer in ISTIO_WRITERS.items() if _group(writer.resource) in served]
        if not choices:
            raise SettingsError("the cluster serves neither security.istio.io nor rbac.istio.io: set bindingWriter")
        choice = choices[0]
    return ROLE_BINDING_WRITER, ISTIO_WRITERS[choice]


def listed_of_user(
    tools: Tools, writers: Iterable[BindingWriter], email: str, may_be_old: bool = False
) -> list[Current]:
    """What we have made for this user, in the whole cluster, of the kinds that the writers write."""
    found: list[Current] = []
    for kind in [writer.resource for writer in writers]:
        objects = tools.cluster.list_few(tools.deadline, kind, of_user(email), may_be_old)
        found += [Current(kind, item) for item in objects]
    return found


def _carrier(tools: Tools, wish: Wish) -> Carrier | None:
    if wish.place is None:
        return find_carrier(tools.cluster, tools.deadline, wish.access.user, wish.access.email, tools.settings)
    known = wish.place[0]
    carrier = known.read(tools.cluster, tools.deadline) if known else None
    return carrier if carrier and carrier.found else None


def _superseded(tools: Tools, wish: Wish, carrier: Carrier | None, receipt: Receipt | None) -> bool:
    if wish.receipt is not None and wish.receipt != (receipt,):
        return True
    if wish.after_run is None:
        return False
    if carrier is None or receipt is None:
        return True
    return receipt.state != "open" or receipt.run not in (wish.after_run, tools.run)


def _carry_out(
    tools: Tools, wish: Wish, carrier: Carrier | None, plan: Plan, writers: tuple[BindingWriter, ...]
) -> Outcome:
    access = wish.access
    mark = _claim(tools, wish, carrier)
    changes = int(carrier is not None and carrier.found is None)
    if not plan:
        if carrier:
            carrier.write(tools.cluster, tools.deadline, finished(mark, tools.now()))
        return Outcome("converged", changes, has_receipt=carrier is not None)
    if carrier:
        carrier = carrier.write(tools.cluster, tools.deadline, mark)
    changes += _revoke(tools, plan.revoke)
    granted = _grant(tools, plan.grant, wish.wait)
    changes += granted.changes
    if carrier and not _close(tools, access.email, carrier, mark, granted, writers):
        return Outcome("superseded", changes)
    return Outcome("converged", changes, granted.waiting, granted.refused, carrier is not None)


def _claim(tools: Tools, wish: Wish, carrier: Carrier | None) -> Receipt:
    now = tools.now()
    return claimed(
        carrier.receipt if carrier else None,
        digest=wish.access.digest(tools.settings),
        run=tools.run,
        now=now,
        ends=now + max(tools.deadline.remaining(), 0),
        login=wish.login,
        want=tuple((grant.namespace, grant.role) for grant in wish.access.grants),
    )


def _revoke(tools: Tools, items: tuple[Current, ...]) -> int:
    """How many objects went; an error when one could not be deleted, after all have been tried."""
    gone = tools.cluster.each(lambda item: tools.cluster.delete(tools.deadline, item.resource, item.object), items)
    return sum(gone)


@dataclass(frozen=True)
class _Granted:
    changes: int = 0
    waiting: tuple[Grant, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def _grant(tools: Tools, tasks: tuple[Task, ...], wait: bool) -> _Granted:
    """Grants what can be granted; waits for namespaces that are about to come, while there is time.

    While nothing comes, a look is one request, at each in turn: a morning's logins that all wait must not keep the
    profile controller from its work. Where one has come, others have too, so each look then is twice as wide.
    """
    tools = replace(tools, deadline=tools.deadline.earlier(HAND_OVER_TIME))
    changes, refused, profiles = 0, [], {}
    pause, width = FIRST_LOOK, len(tasks)
    while tasks:
        part, others = tasks[:width], tasks[width:]
        results = tools.cluster.each(lambda task: _grant_one(tools, task, profiles), part)
        done = list(zip(part, results, strict=True))
        changes += sum(made for task, (state, made) in done)
        refused += [(task.grant.group, state) for task, (state, made) in done if state not in (READY, *NOT_YET)]
        late = tuple(task for task, (state, made) in done if state in NOT_YET)
        tasks = (*others, *late)
        width *= 2
        if late:
            silent = all(state == UNREACHABLE for state, made in results)
            if silent or not wait or tools.deadline.remaining() < pause:
                break
            tools.sleep(pause * random.uniform(0.8, 1.0))
            pause, width = min(pause * 1.5, LONGEST_LOOK), 1
    return _Granted(changes, tuple(task.grant for task in tasks), tuple(refused))


def _grant_one(tools: Tools, task: Task, profiles: dict[str, Object]) -> tuple[str, int]:
    """READY when the grant's objects are there, WAITING, UNREACHABLE, or why not; and how many objects were made."""
    made, name = 0, task.grant.namespace
    try:
        place = prepare(tools.cluster, tools.deadline, task.grant, tools.settings, profiles.pop(name, None))
        made += place.made
        if place.state == WAITING and place.profile is not None:
            profiles[name] = place.profile
        if place.state != READY:
            return place.state, made
        for resource, wanted in task.missing:
            state, created = _create(tools, resource, wanted)
            made += created
            if state != READY:
                return state, made
    except Refused as cause:
        return str(cause), made
    except (Unavailable, OutOfTime):
        return UNREACHABLE, made  # the revocations are done: what is late can be handed over
    return READY, made


def _create(tools: Tools, resource: Resource, wanted: dict[str, Any]) -> tuple[str, int]:
    where = wanted["metadata"]
    how = tools.cluster.create(tools.deadline, resource, wanted)[1]
    if how == "created":
        return READY, 1
    if how == "nowhere":
        return WAITING, 0
    found = tools.cluster.get(tools.deadline, resource, where["name"], where["namespace"])
    if found is None:
        return WAITING, 0
    if gives_the_same(wanted, found):
        return READY, 0  # another run, an admin or the dashboard was first
    return f"the {resource.kind} of that name is not this user's", 0


def _close(
    tools: Tools,
    email: str,
    carrier: Carrier,
    mark: Receipt,
    granted: _Granted,
    writers: tuple[BindingWriter, ...],
) -> bool:
    """Notes the end of this run; False when another run came after it, whose wish then holds.

    Without an answer the receipt stays open, which is safe: nobody will believe it.
    """
    incomplete = granted.waiting or granted.refused
    try:
        carrier.write(tools.cluster, tools.deadline, mark if incomplete else finished(mark, tools.now()))
        return True
    except Conflict:
        _yield(tools, email, carrier, writers)
        return False
    except (Unavailable, OutOfTime):
        return True


def _yield(tools: Tools, email: str, carrier: Carrier, writers: tuple[BindingWriter, ...]) -> None:
    """Takes back what the run that came after this one does not want."""
    winner = carrier.read(tools.cluster, tools.deadline).receipt
    if winner is not None:
        _revoke(tools, surplus(email, winner.want, listed_of_user(tools, writers, email)))


def _group(resource: Resource) -> str:
    return resource.api_version.split("/")[0]
