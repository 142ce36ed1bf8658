"""What Cognito remembers between two requests: logins under way, codes, sessions, refresh tokens, used assertions.

Everything is in memory and has an end; a login must be finished within five minutes (developer guide, SAML).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sandbox.login.event import Account

LOGIN_SECONDS = 300
CODE_SECONDS = 300
SESSION_SECONDS = 3600

Clock = Callable[[], float]
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Asked:
    """What an application asked for at the authorization endpoint."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str = ""
    nonce: str = ""
    challenge: str = ""


@dataclass(frozen=True)
class Pending:
    """A user who has been sent to his identity provider, with this browser."""

    pool_id: str
    asked: Asked
    provider: str
    request_id: str
    browser: str
    until: float


@dataclass(frozen=True)
class Session:
    """A browser's login at the pool: with it no identity provider is asked again."""

    pool_id: str
    account: str
    provider: str
    name_id: str
    session_index: str


@dataclass(frozen=True)
class Grant:
    """What tokens are made of; `overrides` is the trigger's answer, `origin` what all tokens of one login share."""

    pool_id: str
    asked: Asked
    provider: str
    account: Account
    auth_time: int
    origin: str
    overrides: Mapping[str, Any] = field(default_factory=dict)


class Shelf(Generic[Thing]):
    """Things that are kept for some time under a key that cannot be guessed."""

    def __init__(self, seconds: float, clock: Clock = time.time) -> None:
        self._seconds = seconds
        self._clock = clock
        self._things: dict[str, tuple[float, Thing]] = {}
        self._lock = threading.Lock()

    def put(self, thing: Thing, key: str | None = None, seconds: float | None = None) -> str:
        key = key or secrets.token_urlsafe(32)
        with self._lock:
            self._forget()
            self._things[key] = (self._clock() + (self._seconds if seconds is None else seconds), thing)
        return key

    def get(self, key: str) -> Thing | None:
        with self._lock:
            until, thing = self._things.get(key, (0.0, None))
            return thing if until > self._clock() else None

    def take(self, key: str) -> Thing | None:
        """The thing, which is then no longer there."""
        with self._lock:
            until, thing = self._things.pop(key, (0.0, None))
            return thing if until > self._clock() else None

    def add(self, key: str, thing: Thing, seconds: float) -> bool:
        """Whether the key was free: only the first of several gets it."""
        with self._lock:
            self._forget()
            if key in self._things:
                return False
            self._things[key] = (self._clock() + seconds, thing)
            return True

    def _forget(self) -> None:
        """What has come to its end takes no more room."""
        now = self._clock()
        for old in [name for name, (until, _) in self._things.items() if until <= now]:
            del self._things[old]


class Memory:
    """All shelves of all pools."""

    def __init__(self, clock: Clock = time.time) -> None:
        self.clock = clock
        self.pending: Shelf[Pending] = Shelf(SESSION_SECONDS, clock)
        self.codes: Shelf[Grant] = Shelf(CODE_SECONDS, clock)
        self.sessions: Shelf[Session] = Shelf(SESSION_SECONDS, clock)
        self.refresh_tokens: Shelf[Grant] = Shelf(0, clock)
        self.assertions: Shelf[bool] = Shelf(0, clock)
        self.logouts: Shelf[str] = Shelf(LOGIN_SECONDS, clock)
        self.revoked: Shelf[bool] = Shelf(0, clock)
