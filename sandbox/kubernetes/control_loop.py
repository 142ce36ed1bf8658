"""The loop every controller turns: follow a collection, bring each object nearer to what it asks for.

Mirrors follow the objects; one more thread reconciles those that are due.  An object that fails comes back later and
later; its error is logged when it is new, not each time.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time

from sandbox.kubernetes.client import KubernetesClient, KubernetesError, Object
from sandbox.kubernetes.mirror import Key, Mirror, key_of

LOG = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0


class ControlLoop:
    """Base of controllers: give `collection` (an API path) and `reconcile`.

    `owned` names collections whose objects belong to ours by a controller reference of `kind`; a change in one of them
    reconciles its owner, which must be cluster-scoped.  `errors` holds the last error of each object that fails.
    """

    collection = ""
    kind = ""
    owned: tuple[str, ...] = ()

    def __init__(self, client: KubernetesClient) -> None:
        self.client = client
        self.errors: dict[Key, str] = {}
        self._objects: dict[Key, Object] = {}
        self._failures: dict[Key, int] = {}
        self._due: list[tuple[float, int, Key]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._mirrors: list[Mirror] = []
        self._worker = threading.Thread(target=self._work, name=type(self).__name__, daemon=True)

    def reconcile(self, obj: Object) -> float | None:
        """Does what the object asks for; returns the seconds until it looks again, or None to wait for a change."""
        raise NotImplementedError

    def start(self) -> None:
        self._mirrors = [Mirror(self.client, self.collection, self._take, self._forget)]
        self._mirrors += [Mirror(self.client, each, self._wake_owner, self._wake_owner) for each in self.owned]
        for mirror in self._mirrors:
            mirror.start()
        self._worker.start()

    def stop(self) -> None:
        """Ends all threads; a reconciliation under way is finished first, within reason."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        for mirror in self._mirrors:
            mirror.stop()
        if self._worker.is_alive():
            self._worker.join(timeout=5)

    # What the mirrors tell

    def _take(self, obj: Object) -> None:
        with self._changed:
            self._objects[key_of(obj)] = obj
        self._schedule(key_of(obj), 0)

    def _forget(self, obj: Object) -> None:
        key = key_of(obj)
        with self._changed:
            self._objects.pop(key, None)
            self._failures.pop(key, None)
            self.errors.pop(key, None)

    def _wake_owner(self, owned: Object) -> None:
        for owner in owned["metadata"].get("ownerReferences") or []:
            if owner.get("controller") and owner["kind"] == self.kind and ("", owner["name"]) in self._objects:
                self._schedule(("", owner["name"]), 0)

    # Working

    def _schedule(self, key: Key, seconds: float) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), key))
            self._changed.notify_all()

    def _work(self) -> None:
        while (key := self._next_due()) is not None:
            with self._changed:
                obj = self._objects.get(key)
            if obj is not None:
                again = self._reconcile_safely(key, obj)
                if again is not None:
                    self._schedule(key, again)

    def _next_due(self) -> Key | None:
        """The next object whose time has come, or None at the end; several requests for one object become one."""
        with self._changed:
            while not self._stopping.is_set():
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    key = heapq.heappop(self._due)[2]
                    self._due = [later for later in self._due if later[2] != key or later[0] > now]
                    heapq.heapify(self._due)
                    return key
                self._changed.wait(self._due[0][0] - now if self._due else None)
        return None

    def _reconcile_safely(self, key: Key, obj: Object) -> float | None:
        try:
            again = self.reconcile(obj)
        except Exception as error:
            return self._failed(key, error)
        self._failures.pop(key, None)
        self.errors.pop(key, None)
        return again

    def _failed(self, key: Key, error: Exception) -> float:
        """A conflict is the usual course of things; any other error is logged when it is new."""
        count = self._failures[key] = self._failures.get(key, 0) + 1
        is_conflict = isinstance(error, KubernetesError) and error.code == 409
        text = f"{type(error).__name__}: {error}"
        if not is_conflict and self.errors.get(key) != text and not self._stopping.is_set():
            self.errors[key] = text
            expected = isinstance(error, KubernetesError | OSError)
            where = "/".join(part for part in key if part)
            LOG.error("%s failed on %s: %s", type(self).__name__, where, text, exc_info=None if expected else error)
        return min(FIRST_RETRY_SECONDS * 2 ** min(count - 1, 10), LONGEST_RETRY_SECONDS)
