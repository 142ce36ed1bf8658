"""oauth2-proxy's two cookies: the session, and the beginning of a login that the callback must fit (CSRF)."""

from __future__ import annotations

import re
from typing import Any

from sandbox.login.balancer.sealed import SHARD, Seal, joined, sharded
from sandbox.login.oauth2_proxy.settings import Settings, cookie_key
from sandbox.login.web import Cookie, Request, Response, set_cookie

CSRF_SECONDS = 15 * 60
SHARDS = 8

Session = dict[str, Any]


class Sessions:
    """Sealed with the cookie secret: another secret, and nobody is logged in any more."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        secret = cookie_key(settings.cookie_secret)
        self._sessions, self._beginnings = Seal(secret, "session"), Seal(secret, "csrf")

    def of(self, request: Request, now: float) -> Session | None:
        name, cookies = self._settings.cookie_name, request.cookies
        session = self._sessions.open(cookies.get(name) or joined(f"{name}_", cookies, SHARDS))
        return session if session and now - session["begun"] < self._settings.cookie_expire else None

    def keep(self, answer: Response, session: Session, request: Request) -> Response:
        """The answer with the session in one cookie, or in numbered ones when it is too large; no old piece stays."""
        name, text = self._settings.cookie_name, self._sessions.close(session)
        pieces = {name: text} if len(text) <= SHARD else dict(sharded(f"{name}_", text, SHARDS))
        answer = self.forget(answer, request, keep=set(pieces))
        for piece, content in pieces.items():
            answer = self._set(answer, piece, content, int(self._settings.cookie_expire))
        return answer

    def forget(self, answer: Response, request: Request, keep: set[str] = frozenset()) -> Response:
        pattern = re.compile(rf"{re.escape(self._settings.cookie_name)}(_\d+)?")
        for name in request.cookies:
            if pattern.fullmatch(name) and name not in keep:
                answer = self._set(answer, name, "", 0)
        return answer

    def begin(self, answer: Response, beginning: Session) -> Response:
        return self._set(answer, self._csrf, self._beginnings.close(beginning), CSRF_SECONDS)

    def beginning(self, request: Request) -> Session | None:
        """What this browser was given at the beginning of its login."""
        return self._beginnings.open(request.cookies.get(self._csrf, ""))

    def finish(self, answer: Response) -> Response:
        return self._set(answer, self._csrf, "", 0)

    @property
    def _csrf(self) -> str:
        return f"{self._settings.cookie_name}_csrf"

    def _set(self, answer: Response, name: str, value: str, seconds: int) -> Response:
        site = {"": "Lax", "lax": "Lax", "strict": "Strict", "none": "None"}[self._settings.cookie_samesite.lower()]
        domain = {"Domain": self._settings.cookie_domains[0]} if self._settings.cookie_domains else {}
        return set_cookie(answer, Cookie(name, value, seconds, same_site=site, others=domain))
