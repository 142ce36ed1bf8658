"""Where objects live: in memory, with one revision counter for all and a bounded history for watches.

Stored objects are never edited in place: a change is a new object. So readers may keep what they were given.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

HISTORY = 2000

Storage = tuple[str, str]  # group, plural
Key = tuple[str, str]  # namespace, name


@dataclass(frozen=True)
class Event:
    revision: int
    type: str
    object: dict
    before: dict | None


class Store:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.revision = 1
        self._objects: dict[Storage, dict[Key, dict]] = {}
        self._history: dict[Storage, list[Event]] = {}
        self._forgotten: dict[Storage, int] = {}  # newest revision no longer in the history
        self._dependents: dict[str, set[tuple[Storage, Key]]] = {}  # by uid of the owner
        self._uids: dict[str, tuple[Storage, Key]] = {}

    def objects(self, storage: Storage) -> dict[Key, dict]:
        return self._objects.setdefault(storage, {})

    def get(self, storage: Storage, namespace: str, name: str) -> dict | None:
        return self.objects(storage).get((namespace, name))

    def put(self, storage: Storage, namespace: str, name: str, obj: dict) -> dict:
        """Stores the object under a new resourceVersion and returns it."""
        before = self.get(storage, namespace, name)
        obj = self._revised(obj)
        self._index(storage, (namespace, name), before, obj)
        self.objects(storage)[namespace, name] = obj
        self._record(storage, Event(self.revision, "ADDED" if before is None else "MODIFIED", obj, before))
        return obj

    def remove(self, storage: Storage, namespace: str, name: str, last: dict | None = None) -> dict:
        """Removes the object; watchers see `last` (default: as it was stored) under a new resourceVersion."""
        before = self.objects(storage).pop((namespace, name))
        obj = self._revised(last or before)
        self._index(storage, (namespace, name), before, None)
        self._record(storage, Event(self.revision, "DELETED", obj, before))
        return obj

    def dependents(self, uid: str) -> list[tuple[Storage, Key, dict]]:
        found = sorted(self._dependents.get(uid, ()))
        return [(storage, key, self.objects(storage)[key]) for storage, key in found]

    def by_uid(self, uid: str) -> tuple[Storage, Key, dict] | None:
        if uid not in self._uids:
            return None
        storage, key = self._uids[uid]
        return storage, key, self.objects(storage)[key]

    def in_namespace(self, namespace: str) -> Iterator[tuple[Storage, Key, dict]]:
        for storage, objects in list(self._objects.items()):
            for key, obj in list(objects.items()):
                if key[0] == namespace:
                    yield storage, key, obj

    def since(self, storage: Storage, revision: int) -> list[Event] | None:
        """The events after `revision`, or None when some of them are forgotten."""
        if revision < self._forgotten.get(storage, 0):
            return None
        history = self._history.get(storage, [])
        return history[bisect_right(history, revision, key=lambda event: event.revision) :]

    def _revised(self, obj: dict) -> dict:
        self.revision += 1
        return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.revision)}}

    def _record(self, storage: Storage, event: Event) -> None:
        history = self._history.setdefault(storage, [])
        history.append(event)
        if len(history) > 2 * HISTORY:
            self._forgotten[storage] = history[-HISTORY - 1].revision
            del history[:-HISTORY]
        self.changed.notify_all()

    def _index(self, storage: Storage, key: Key, before: dict | None, after: dict | None) -> None:
        old, new = _owners(before), _owners(after)
        for uid in old - new:
            self._dependents[uid].discard((storage, key))
            if not self._dependents[uid]:
                del self._dependents[uid]
        for uid in new - old:
            self._dependents.setdefault(uid, set()).add((storage, key))
        if after is None:
            self._uids.pop(before["metadata"]["uid"], None)
        else:
            self._uids[after["metadata"]["uid"]] = (storage, key)


def _owners(obj: dict | None) -> set[str]:
    references = (obj or {}).get("metadata", {}).get("ownerReferences") or []
    return {reference["uid"] for reference in references if reference.get("uid")}
