"""A collection of the Kubernetes API kept at hand: listed once, followed by watching, listed again now and then."""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable

from sandbox.kubernetes.client import KubernetesClient, KubernetesError, Object, Watch

LOG = logging.getLogger(__name__)

RESYNC_SECONDS = 600
WATCH_SECONDS = 60
KIND_MISSING_SECONDS = 0.25
TROUBLE_SECONDS = 1.0

Key = tuple[str, str]


class Mirror:
    """Tells `changed` of every object that is new or different, and of all at each resync; `gone` of what was removed.

    A collection whose kind does not exist yet is waited for.  Both functions are called from the mirror's own thread.
    """

    def __init__(
        self,
        client: KubernetesClient,
        collection: str,
        changed: Callable[[Object], None],
        gone: Callable[[Object], None],
    ) -> None:
        self._client = client
        self._collection = collection
        self._changed = changed
        self._gone = gone
        self._objects: dict[Key, Object] = {}
        self._version: str | None = None
        self._listed = 0.0
        self._trouble = ""
        self._stopping = threading.Event()
        self._watch: Watch | None = None
        self._thread = threading.Thread(target=self._run, name=f"mirror {collection}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        watch = self._watch
        if watch is not None:
            watch.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause, self._trouble = self._turn(), ""
            except (OSError, ValueError, KubernetesError, http.client.HTTPException) as error:
                self._version = None
                pause = self._pause_after(error)
            self._stopping.wait(pause)

    def _turn(self) -> float:
        """One list, when it is time for one, and one watch; returns how long to pause."""
        if self._version is None or time.monotonic() - self._listed > RESYNC_SECONDS:
            listing = self._client.get(self._collection)
            if listing is None:
                self._take_all([])
                return KIND_MISSING_SECONDS
            self._take_all(listing.get("items") or [])
            self._version = listing["metadata"]["resourceVersion"]
        self._watch = self._client.watch(self._collection, self._version, WATCH_SECONDS)
        try:
            if not self._stopping.is_set():
                self._follow(self._watch)
        finally:
            self._watch.close()
        return 0

    def _follow(self, watch: Watch) -> None:
        for event in watch:
            if event["type"] == "ERROR":
                # Most often the version is too old to go on from.
                self._version = None
                return
            if self._stopping.is_set():
                return
            obj = event["object"]
            self._version = obj["metadata"]["resourceVersion"]
            if event["type"] in ("ADDED", "MODIFIED"):
                self._objects[key_of(obj)] = obj
                self._changed(obj)
            elif event["type"] == "DELETED":
                self._objects.pop(key_of(obj), None)
                self._gone(obj)

    def _take_all(self, objects: list[Object]) -> None:
        """A listing counts as changes where it differs; at a resync, everywhere."""
        is_resync = bool(self._listed) and time.monotonic() - self._listed > RESYNC_SECONDS
        self._listed = time.monotonic()
        known, self._objects = self._objects, {key_of(obj): obj for obj in objects}
        for key in set(known) - set(self._objects):
            self._gone(known[key])
        for key, obj in self._objects.items():
            if is_resync or key not in known or _version_of(known[key]) != _version_of(obj):
                self._changed(obj)

    def _pause_after(self, error: Exception) -> float:
        """A kind that went away is waited for quietly; other trouble is logged when it is new."""
        if isinstance(error, KubernetesError) and error.code == 404:
            return KIND_MISSING_SECONDS
        if str(error) != self._trouble and not self._stopping.is_set():
            self._trouble = str(error)
            LOG.warning("Cannot follow %s: %s", self._collection, error)
        return TROUBLE_SECONDS


def key_of(obj: Object) -> Key:
    """Namespace and name; no namespace is the empty text."""
    return obj["metadata"].get("namespace") or "", obj["metadata"]["name"]


def _version_of(obj: Object) -> str:
    return obj["metadata"]["resourceVersion"]
