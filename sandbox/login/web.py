"""Requests and responses as values, and a site as a function between them: what every part behind the front speaks.

Nothing here knows sockets; front.py serves sites, client.py asks them.
"""

from __future__ import annotations

import html
import json
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Headers:
    """Header fields in their order; names are compared without regard to case."""

    pairs: Pairs = ()

    def get(self, name: str, default: str = "") -> str:
        """The first field of that name."""
        return next(iter(self.all(name)), default)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.pairs if key.lower() == name.lower())

    def without(self, *names: str) -> Headers:
        gone = {name.lower() for name in names}
        return Headers(tuple(pair for pair in self.pairs if pair[0].lower() not in gone))

    def with_(self, name: str, value: str) -> Headers:
        """This field instead of all others of its name."""
        return Headers((*self.without(name).pairs, (name, value)))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))


@dataclass(frozen=True)
class Request:
    """`host` is in lower case and without a port; `query_string` is as it was sent, without the question mark."""

    method: str
    host: str
    path: str
    query_string: str = ""
    headers: Headers = Headers()
    body: bytes = b""
    client: str = "127.0.0.1"
    scheme: str = "https"

    @property
    def query(self) -> Pairs:
        return tuple(urllib.parse.parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def form(self) -> Pairs:
        """The fields of a form; none when the body is something else."""
        if not self.headers.get("Content-Type").lower().startswith("application/x-www-form-urlencoded"):
            return ()
        return tuple(urllib.parse.parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        return read_cookies("; ".join(self.headers.all("Cookie")))

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"


@dataclass(frozen=True)
class Response:
    status: int
    headers: Headers = Headers()
    body: bytes = b""

    def with_header(self, name: str, value: str) -> Response:
        """One more field, beside others of its name."""
        return replace(self, headers=Headers((*self.headers.pairs, (name, value))))

    @property
    def location(self) -> str:
        return self.headers.get("Location")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


Site = Callable[[Request], Response]
"""What answers the requests for some names."""


def value_of(pairs: Iterable[tuple[str, str]], name: str, default: str = "") -> str:
    """The first value of that name in a query or a form."""
    return next((value for key, value in pairs if key == name), default)


def with_query(url: str, parameters: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """The address with these parameters after those it has."""
    encoded = urllib.parse.urlencode(parameters)
    if not encoded:
        return url
    before, sign, fragment = url.partition("#")
    return f"{before}{'&' if '?' in before else '?'}{encoded}{sign}{fragment}"


def request_to(url: str, method: str = "GET", headers: Pairs = (), body: bytes = b"") -> Request:
    """The request that a browser would make of an address."""
    parts = urllib.parse.urlsplit(url)
    return Request(
        method=method,
        scheme=parts.scheme or "https",
        host=(parts.hostname or "").lower(),
        path=parts.path or "/",
        query_string=parts.query,
        headers=Headers(headers),
        body=body,
    )


def redirect(url: str, status: int = 302) -> Response:
    return Response(status, Headers((("Location", url), ("Cache-Control", "no-store"))))


def page(title: str, content: str, status: int = 200, style: str = "") -> Response:
    """A page; `content` and `style` are markup, the title is text."""
    text = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escaped(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head>\n'
        f"<body>\n{content}\n</body></html>\n"
    )
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"))
    return Response(status, Headers(headers), text.encode())


def document(value: Any, status: int = 200, content_type: str = "application/json") -> Response:
    headers = (("Content-Type", content_type), ("Cache-Control", "no-store"))
    return Response(status, Headers(headers), json.dumps(value).encode())


def plain(text: str, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> Response:
    return Response(status, Headers((("Content-Type", content_type),)), text.encode())


def posting_page(action: str, fields: Mapping[str, str]) -> Response:
    """A page that sends this form by itself, as SAML's POST binding does."""
    inputs = "".join(
        f'<input type="hidden" name="{escaped(name)}" value="{escaped(value)}">' for name, value in fields.items()
    )
    return page(
        "Working...",
        f'<form method="POST" name="hiddenform" action="{escaped(action)}">{inputs}'
        "<noscript><p>Script is disabled. Click Submit to continue.</p>"
        '<input type="submit" value="Submit"></noscript></form>'
        '<script language="javascript">document.forms[0].submit();</script>',
    )


def header_text(text: str) -> str:
    """A text as a header field can carry it: one line of ASCII."""
    return " ".join(text.encode("ascii", "replace").decode().split())


def escaped(text: str) -> str:
    return html.escape(text, quote=True)


def read_cookies(text: str) -> dict[str, str]:
    """The cookies of a Cookie field, the first of each name; what is not a cookie is passed over."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, sign, value = part.strip().partition("=")
        if sign and name:
            found.setdefault(name, value.strip('"'))
    return found


@dataclass(frozen=True)
class Cookie:
    """A cookie as a site sets it: for this host, over TLS only, not for scripts; `seconds` 0 removes it."""

    name: str
    value: str
    seconds: int | None = None
    path: str = "/"
    same_site: str = "None"
    others: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [f"{self.name}={self.value}", f"Path={self.path}", "Secure", "HttpOnly", f"SameSite={self.same_site}"]
        if self.seconds is not None:
            parts.append(f"Max-Age={self.seconds}")
        return "; ".join([*parts, *(f"{name}={value}" for name, value in self.others.items())])


def set_cookie(response: Response, cookie: Cookie) -> Response:
    return response.with_header("Set-Cookie", str(cookie))
