"""The key sets by which tokens are verified, fetched as istiod does: over the network, and kept for a while."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.login.client import Network, Unreachable

log = logging.getLogger(__name__)
KEPT_SECONDS = 10
DISCOVERY = "/.well-known/openid-configuration"

KeySet = Sequence[Mapping[str, Any]]


class KeySets:
    """Key sets by address; one that cannot be fetched holds no key, and is tried again with the next token."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._kept: dict[str, tuple[float, KeySet]] = {}
        self._lock = threading.Lock()

    def of(self, rule: Mapping[str, Any]) -> KeySet:
        """The keys of a jwtRule: written in it, at its address, or where its issuer says."""
        if rule.get("jwks"):
            return json.loads(rule["jwks"])["keys"]
        return self.at(rule.get("jwksUri") or self._discovered(rule["issuer"]))

    def at(self, url: str) -> KeySet:
        with self._lock:
            fetched, keys = self._kept.get(url, (0.0, ()))
        if keys and time.monotonic() - fetched < KEPT_SECONDS:
            return keys
        keys = self._fetched(url).get("keys", ())
        with self._lock:
            self._kept[url] = (time.monotonic(), keys)
        return keys

    def _discovered(self, issuer: str) -> str:
        return self._fetched(issuer.rstrip("/") + DISCOVERY).get("jwks_uri", "")

    def _fetched(self, url: str) -> Mapping[str, Any]:
        try:
            answer = self._network.fetch(url)
            if answer.status == 200:
                return answer.json()
            log.warning("%s answered %d", url, answer.status)
        except (Unreachable, ValueError) as error:
            log.warning("%s cannot be read: %s", url, error)
        return {}
