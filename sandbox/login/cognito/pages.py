"""The pages of a pool's login domain, and how an error is told: at the callback address where that is known to be safe.

Developer guide, "Managed login and federation error responses".
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.login.web import Response, escaped, page, redirect, with_query

STYLE = """
body{margin:0;font:16px "Amazon Ember",Arial,sans-serif;background:#faf9f8;color:#232f3e}
main{max-width:420px;margin:12vh auto;background:#fff;border:1px solid #ddd;border-radius:8px;padding:32px}
h1{font-size:20px;font-weight:500} a.provider{display:block;text-align:center;background:#0078d4;color:#fff;padding:10px;
border-radius:4px;margin:10px 0;text-decoration:none} small{color:#666}
"""
NOTE = "<p><small>The sandbox's stand-in for Amazon Cognito.</small></p>"
REQUESTED_PAGE = "An error was encountered with the requested page."


class PageError(Exception):
    """The request cannot be answered at a callback address; the text is shown on a page of the domain."""


class RedirectError(Exception):
    """The request ends at the callback address, which is told `code` and the text."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description)
        self.code = code


def failed(reason: str, status: int = 400) -> Response:
    content = f'<h1>{REQUESTED_PAGE}</h1><p id="reason">{escaped(reason)}</p>{NOTE}'
    return page("Error", f"<main>{content}</main>", status, STYLE)


def to_error_page(domain: str, code: str, client_id: str) -> Response:
    """Before it is known that the callback address belongs to the client, nothing goes there."""
    return redirect(with_query(f"https://{domain}/error", {"error": code, "client_id": client_id}))


def to_callback(address: str, error: RedirectError, state: str) -> Response:
    fields = {"error_description": str(error), "error": error.code, "state": state}
    return redirect(with_query(address, {name: value for name, value in fields.items() if value}))


def chooser(links: Mapping[str, str], own_users: bool) -> Response:
    """One link for each identity provider; the pool's own users cannot log in here."""
    buttons = "".join(
        f'<a class="provider" href="{escaped(address)}">{escaped(name)}</a>' for name, address in links.items()
    )
    own = "<p>The sandbox has no login for users that the pool itself keeps.</p>" if own_users else ""
    return page("Sign in", f"<main><h1>Sign in with your corporate ID</h1>{buttons}{own}{NOTE}</main>", 200, STYLE)


def unavailable() -> Response:
    text = "Login pages unavailable. Please contact an administrator."
    return page("Sign in", f'<main><h1 id="reason">{text}</h1>{NOTE}</main>', 400, STYLE)


def required(name: str) -> PageError:
    """A parameter that has to be there."""
    return PageError(f"Required String parameter '{name}' is not present")
