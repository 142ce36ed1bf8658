"""Watches: what happened to a kind since a resourceVersion, as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.kubernetes.emulator.errors import bad_request, expired
from sandbox.kubernetes.emulator.listing import chosen_objects, shown
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.selectors import Predicate
from sandbox.kubernetes.emulator.store import Event, Store

POLL_SECONDS = 1.0  # how often a silent watch looks whether its client is still there
BOOKMARK_SECONDS = 60
DEFAULT_SECONDS = 1800


@dataclass(frozen=True)
class Watch:
    store: Store
    resource: Resource
    namespace: str
    chosen: Predicate
    query: dict[str, str]
    partial: bool = False

    def events(self, ended: Callable[[], bool]) -> Iterator[dict | None]:
        """Watch events; None when nothing happened for a while. `ended` is asked then."""
        deadline = time.monotonic() + _number(self.query, "timeoutSeconds", DEFAULT_SECONDS)
        bookmarks = self.query.get("allowWatchBookmarks") in ("1", "true")
        revision, initial = self._start()
        yield from initial
        bookmark_at = time.monotonic() + BOOKMARK_SECONDS
        while time.monotonic() < deadline and not ended():
            fresh = self._wait(revision, deadline)
            if fresh is None:
                status = expired(f"too old resource version: {revision}").status()
                yield {"type": "ERROR", "object": status}
                return
            if fresh:
                revision = fresh[-1].revision
            found = [event for event in map(self._event, fresh) if event]
            yield from found or [None]
            if bookmarks and time.monotonic() > bookmark_at:
                yield self._bookmark(revision)
                bookmark_at = time.monotonic() + BOOKMARK_SECONDS
        if bookmarks:
            yield self._bookmark(revision)

    def _start(self) -> tuple[int, list[dict]]:
        listing = self.query.get("sendInitialEvents") == "true"
        revision = 0 if listing else _number(self.query, "resourceVersion", 0)
        with self.store.lock:
            if revision:
                return revision, []
            objects = chosen_objects(self.store, self.resource, self.namespace, self.chosen)
            revision = self.store.revision
        initial = [{"type": "ADDED", "object": shown(self.resource, obj, self.partial)} for obj in objects]
        if listing:
            initial.append(self._bookmark(revision, {"k8s.io/initial-events-end": "true"}))
        return revision, initial

    def _wait(self, revision: int, deadline: float) -> list[Event] | None:
        with self.store.lock:
            fresh = self.store.since(self.resource.storage, revision)
            if fresh == []:
                left = max(0.01, deadline - time.monotonic())
                self.store.changed.wait(min(POLL_SECONDS, left))
                fresh = self.store.since(self.resource.storage, revision)
            return fresh

    def _event(self, event: Event) -> dict | None:
        """The event as this watch sees it: an object that leaves the selection is deleted for it."""
        if self.namespace and event.object["metadata"].get("namespace") != self.namespace:
            return None
        was = event.before is not None and self.chosen(event.before)
        now = event.type != "DELETED" and self.chosen(event.object)
        kind = {(True, True): "MODIFIED", (False, True): "ADDED", (True, False): "DELETED"}.get((was, now))
        return {"type": kind, "object": shown(self.resource, event.object, self.partial)} if kind else None

    def _bookmark(self, revision: int, annotations: dict | None = None) -> dict:
        metadata = {"resourceVersion": str(revision), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        head = {"kind": self.resource.kind, "apiVersion": self.resource.group_version}
        return {"type": "BOOKMARK", "object": {**head, "metadata": metadata}}


def _number(query: dict[str, str], name: str, otherwise: int) -> int:
    try:
        return int(query.get(name) or otherwise)
    except ValueError as error:
        raise bad_request(f"{name}: {query[name]!r} is no number") from error
