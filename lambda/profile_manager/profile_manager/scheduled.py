"""The scheduled run: takes access from those who are gone, finishes what logins left undone, repairs drift.

The user pool is the truth, as of each user's last sign-in. Receipts are read before the pool is: whoever logs in after
that has a newer receipt, and is left to his own login.
"""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from .access import Access, no_access, wanted_access
from .carrier import Carrier
from .cluster import Object
from .converge import Outcome, Tools, Wish, binding_writers, converge
from .errors import ClusterError, NotAUser, OutOfTime, ProfileManagerError
from .event import person
from .names import user_label
from .objects import (
    OURS,
    USER_ANNOTATION,
    USER_LABEL,
    annotations,
    metadata,
    owner_of,
)
from .plan import Current, Plan, compare
from .pool import PoolUser
from .receipt import Receipt
from .resources import CONFIG_MAPS, PROFILES, Resource

DAY = 24 * 3600
TIME_PER_USER = 0.8  # seconds that must be left to begin with one more user


class EmptyPool(ProfileManagerError):
    """The pool names nobody: more likely a wrong pool than a company without people, so nothing is taken away."""


@dataclass(frozen=True)
class Holder:
    """Somebody who has something in the cluster."""

    email: str
    carrier: Carrier | None
    current: tuple[Current, ...]

    @property
    def receipt(self) -> Receipt | None:
        return self.carrier.receipt if self.carrier else None


@dataclass(frozen=True)
class Verdict:
    """What the pool says about a holder; `why` is for the report."""

    access: Access
    why: str


@dataclass(frozen=True)
class Step:
    """One user's part of a scheduled run."""

    holder: Holder
    verdict: Verdict
    plan: Plan

    @property
    def needed(self) -> bool:
        receipt = self.holder.receipt
        return bool(self.plan) or (receipt is not None and receipt.state == "open")


def holders(tools: Tools) -> dict[str, Holder]:
    """Everybody who has something of ours, by e-mail."""
    carriers = _carriers(tools)
    items: dict[str, list[Current]] = {}
    for item in _bindings(tools):
        if USER_LABEL in (metadata(item.object).get("labels") or {}):
            items.setdefault(annotations(item.object).get(USER_ANNOTATION, ""), []).append(item)
    emails = sorted({*carriers, *items} - {""}, key=user_label)
    return {email: Holder(email, carriers.get(email), tuple(items.get(email, ()))) for email in emails}


def _bindings(tools: Tools) -> list[Current]:
    found: list[Current] = []
    for kind in [writer.resource for writer in binding_writers(tools)]:
        found += [Current(kind, item) for item in tools.cluster.list(tools.deadline, kind, OURS)]
    return found


def members(users: Iterable[PoolUser], group_field: str, settings: Any) -> dict[str, Access]:
    """What everybody who may log in should have; of two such accounts with one address the later changed one counts."""
    found: dict[str, Access] = {}
    for user in sorted(users, key=lambda user: user.modified):
        with suppress(NotAUser):
            login = person(user.user_name, user.attributes, group_field, settings)
            if user.enabled:
                found[login.email] = wanted_access(login, settings)
    return found


def judged(holder: Holder, pool: Mapping[str, Access], now: float, settings: Any) -> Verdict:
    access = pool.get(holder.email)
    if access is None:
        return Verdict(no_access("", holder.email), "disabled or gone from the user pool")
    if settings.access_ttl_days and _last_login(holder) < now - settings.access_ttl_days * DAY:
        return Verdict(no_access(access.user, holder.email), "has not logged in for accessTtlDays")
    return Verdict(access, "as the user pool says")


def steps(tools: Tools, users: list[PoolUser], group_field: str, found: Mapping[str, Holder]) -> list[Step]:
    """What is to be done, in the order of the users' labels."""
    if not users:
        raise EmptyPool("the user pool holds no users: nothing was changed")
    pool = members(users, group_field, tools.settings)
    writers = binding_writers(tools)
    todo = []
    for holder in found.values():
        verdict = judged(holder, pool, tools.now(), tools.settings)
        plan = compare(holder.email, verdict.access.grants, holder.current, writers, tools.settings)
        todo.append(Step(holder, verdict, plan))
    return [step for step in todo if step.needed]


def carry_out(tools: Tools, todo: list[Step], after: str) -> tuple[list[tuple[Step, Outcome | str]], str]:
    """The outcome of each step that was reached, and where to go on: the label of the last one, "" at the end."""
    done: list[tuple[Step, Outcome | str]] = []
    last = after
    for step in todo:
        label = user_label(step.holder.email)
        if label <= after:
            continue
        if tools.deadline.remaining() < TIME_PER_USER:
            return done, last
        done.append((step, _one(tools, step)))
        last = label
    return done, ""


def _one(tools: Tools, step: Step) -> Outcome | str:
    holder = step.holder
    # Somebody who is gone gets no Profile back only to have a place for a receipt.
    place = (holder.carrier,) if holder.carrier or not step.verdict.access.user else None
    login = _last_login(holder)
    wish = Wish(step.verdict.access, login=login, place=place, receipt=(holder.receipt,), wait=False)
    try:
        return converge(replace(tools, run=f"{tools.run}-{user_label(holder.email)[:4]}"), wish)
    except (ClusterError, OutOfTime) as cause:
        return str(cause)  # one user's trouble must not keep the others waiting


def _carriers(tools: Tools) -> dict[str, Carrier]:
    found: dict[str, Carrier] = {}
    namespace = tools.settings.receipt_namespace
    if namespace:
        for item in tools.cluster.list(tools.deadline, CONFIG_MAPS, OURS, namespace):
            found[annotations(item).get(USER_ANNOTATION, "")] = _existing(CONFIG_MAPS, item, namespace)
    for profile in tools.cluster.list(tools.deadline, PROFILES, OURS):
        if USER_LABEL in (metadata(profile).get("labels") or {}):
            found[owner_of(profile)] = _existing(PROFILES, profile, "")
    return found


def _existing(resource: Resource, item: Object, namespace: str) -> Carrier:
    return Carrier(resource, metadata(item)["name"], namespace, item, lambda text: {})


def _last_login(holder: Holder) -> float:
    """As the receipt says; without one, when the youngest of his objects was made."""
    if holder.receipt and holder.receipt.login:
        return holder.receipt.login
    made = [metadata(item.object).get("creationTimestamp") for item in holder.current]
    return max((_seconds(text) for text in made if text), default=0.0)


def _seconds(timestamp: str) -> float:
    return float(calendar.timegm(time.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ")))
