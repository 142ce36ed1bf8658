"""A browser without a window: it keeps cookies, follows redirects, and sends the forms that send themselves.

What it saw stays in `history`, so that a login can be told step by step.
"""

from __future__ import annotations

import email.utils
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import html

from sandbox.login.web import Headers, Request, Response, request_to

MOST_STEPS = 30
Send = Callable[[Request], Response]


class Lost(Exception):
    """The site sends the browser round and round, or a page lacks the form that it should have."""


@dataclass(frozen=True)
class Form:
    """A form of a page, its fields as they are filled in already; `sends_itself` when a script does."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]
    sends_itself: bool = False


@dataclass(frozen=True)
class Step:
    request: Request
    response: Response

    @property
    def url(self) -> str:
        return self.request.url


@dataclass(frozen=True)
class StoredCookie:
    name: str
    value: str
    domain: str
    path: str
    host_only: bool
    expires: float | None = None

    def is_for(self, request: Request) -> bool:
        host, path = request.host, request.path
        own = host == self.domain or (not self.host_only and host.endswith(f".{self.domain}"))
        below = path == self.path or path.startswith(self.path.rstrip("/") + "/")
        return own and below and (self.expires is None or self.expires > time.time())


class Browser:
    """`send` is a Network's, or a site itself in tests."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.cookies: list[StoredCookie] = []
        self.history: list[Step] = []

    def open(self, url: str) -> Step:
        """The page where the address leads at last."""
        return self._follow(request_to(url))

    def submit(self, step: Step, values: Mapping[str, str] | None = None, number: int = 0) -> Step:
        """The page after sending the number-th form of this one with these values in it."""
        forms = forms_of(step)
        if number >= len(forms):
            raise Lost(f"{step.url} has no form to send")
        return self._follow(filled(forms[number], values or {}))

    def ask(self, request: Request) -> Step:
        """One request with the cookies of its host, without following anything."""
        fields = [f"{cookie.name}={cookie.value}" for cookie in self.cookies if cookie.is_for(request)]
        headers = request.headers.with_("Cookie", "; ".join(fields)) if fields else request.headers
        request = Request(**{**vars(request), "headers": headers})
        step = Step(request, self._send(request))
        self.history.append(step)
        for text in step.response.headers.all("Set-Cookie"):
            self._keep(request, text)
        return step

    def _follow(self, request: Request) -> Step:
        for _ in range(MOST_STEPS):
            step = self.ask(request)
            if step.response.status in (301, 302, 303, 307, 308) and step.response.location:
                request = request_to(urllib.parse.urljoin(step.url, step.response.location))
                continue
            waiting = next((form for form in forms_of(step) if form.sends_itself), None)
            if waiting is None:
                return step
            request = filled(waiting, {})
        raise Lost(f"more than {MOST_STEPS} steps, the last one to {request.url}")

    def _keep(self, request: Request, text: str) -> None:
        cookie = cookie_of(request, text)
        if cookie is None:
            return
        self.cookies = [
            other
            for other in self.cookies
            if (other.name, other.domain, other.path) != (cookie.name, cookie.domain, cookie.path)
        ]
        if cookie.expires is None or cookie.expires > time.time():
            self.cookies.append(cookie)


def cookie_of(request: Request, text: str) -> StoredCookie | None:
    """What a Set-Cookie field leaves; None when it is for a domain that the host is not in."""
    first, *rest = text.split(";")
    name, _, value = first.strip().partition("=")
    attributes = {key.strip().lower(): setting.strip() for key, _, setting in (part.partition("=") for part in rest)}
    domain = attributes.get("domain", "").lstrip(".").lower()
    if domain and domain != request.host and not request.host.endswith(f".{domain}"):
        return None
    expires = None
    if "max-age" in attributes:
        expires = time.time() + int(attributes["max-age"])
    elif attributes.get("expires"):
        expires = email.utils.parsedate_to_datetime(attributes["expires"]).timestamp()
    path = attributes.get("path") or "/"
    return StoredCookie(name, value, domain or request.host, path, not domain, expires)


def forms_of(step: Step) -> list[Form]:
    """The forms of a page in their order."""
    if "html" not in step.response.headers.get("Content-Type") or not step.response.body.strip():
        return []
    tree = html.document_fromstring(step.response.text)
    by_script = "].submit()" in step.response.text
    return [
        Form(
            urllib.parse.urljoin(step.url, form.action or step.url),
            form.method,
            tuple((name, value) for name, value in form.form_values()),
            by_script,
        )
        for form in tree.forms
    ]


def filled(form: Form, values: Mapping[str, str]) -> Request:
    """The request that sends the form with these values instead of its own."""
    fields = [*(pair for pair in form.fields if pair[0] not in values), *values.items()]
    encoded = urllib.parse.urlencode(fields)
    if form.method == "GET":
        return request_to(f"{form.action.partition('?')[0]}?{encoded}")
    headers = Headers((("Content-Type", "application/x-www-form-urlencoded"),))
    return request_to(form.action, "POST", headers.pairs, encoded.encode())
