"""/saml2/idpresponse: the identity provider's answer is verified, the account brought up to date, a code is given."""

from __future__ import annotations

import base64
import hmac

from sandbox.login.cognito import pages
from sandbox.login.cognito.authorize import BROWSER_COOKIE, NOT_AVAILABLE, SESSION_COOKIE
from sandbox.login.cognito.memory import Pending, Session
from sandbox.login.cognito.pages import PageError, RedirectError
from sandbox.login.cognito.pool import Pool, Record
from sandbox.login.cognito.rooms import Rooms
from sandbox.login.cognito.sign_in import arrive
from sandbox.login.event import SignInRefused
from sandbox.login.saml.document import LONGEST, SamlRefused
from sandbox.login.saml.verification import Believed, Expected, believed
from sandbox.login.web import Cookie, Request, Response, set_cookie, value_of

ADDRESS = "/saml2/idpresponse"
NO_LOGIN = "Invalid samlResponse or relayState from identity provider"
NOT_BELIEVED = "Invalid SAML response received: {}"


def idp_response(rooms: Rooms, pool: Pool, request: Request) -> Response:
    pending = expected_login(rooms, pool, request)
    client = pool.client(pending.asked.client_id)
    if client is None or pending.asked.redirect_uri not in client.callbacks:
        return pages.to_error_page(pool.domain, "redirect_mismatch", pending.asked.client_id)
    try:
        provider = pool.provider(pending.provider)
        if provider is None or pending.provider not in client.providers:
            raise RedirectError("invalid_request", NOT_AVAILABLE)
        told = verified(rooms, pool, pending, provider, value_of(request.form, "SAMLResponse"))
        seen = pool.seen_by(client, provider)
        account = arrive(rooms.accounts, seen, told.claims)
        response = rooms.back(rooms.granted(seen, pending.asked, account))
    except SignInRefused as refusal:
        return pages.to_callback(
            pending.asked.redirect_uri, RedirectError("invalid_request", str(refusal)), pending.asked.state
        )
    except RedirectError as error:
        return pages.to_callback(pending.asked.redirect_uri, error, pending.asked.state)
    session = Session(pool.id, account.name, seen.provider, account.name_id, told.session_index)
    return set_cookie(response, Cookie(SESSION_COOKIE, rooms.memory.sessions.put(session)))


def expected_login(rooms: Rooms, pool: Pool, request: Request) -> Pending:
    """The login under way that this answer is for: one answer each, from the browser that was sent away."""
    if request.method != "POST":
        raise PageError("Request method 'GET' not supported")
    for name in ("RelayState", "SAMLResponse"):
        if not value_of(request.form, name):
            raise pages.required(name)
    pending = rooms.memory.pending.take(value_of(request.form, "RelayState"))
    if pending is None or pending.pool_id != pool.id:
        raise PageError(NO_LOGIN)
    if not hmac.compare_digest(pending.browser.encode(), request.cookies.get(BROWSER_COOKIE, "").encode()):
        raise PageError(NO_LOGIN)
    if pending.until <= rooms.memory.clock():
        raise PageError("Something went wrong")
    return pending


def verified(rooms: Rooms, pool: Pool, pending: Pending, provider: Record, encoded: str) -> Believed:
    """What the provider has said; each of its assertions counts once."""
    now = rooms.memory.clock()
    expected = Expected(pool.identifier, pool.address(ADDRESS), pending.request_id)
    try:
        told = believed(decoded(encoded), rooms.identity_provider(provider), expected, now)
        if not rooms.memory.assertions.add(f"{pool.id} {told.assertion_id}", True, told.until - now):
            raise SamlRefused("Assertion has been used before")
    except SamlRefused as refusal:
        raise RedirectError("server_error", NOT_BELIEVED.format(refusal)) from refusal
    return told


def decoded(text: str) -> bytes:
    if len(text) > 2 * LONGEST:
        raise SamlRefused("the message is too long")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise SamlRefused("the message is not base64-encoded") from error
