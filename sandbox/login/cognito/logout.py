"""/logout and /saml2/logout: the browser's session ends, at the identity provider too where the pool asks for that.

Developer guide, "The user pool logout endpoint".
"""

from __future__ import annotations

import urllib.parse

from sandbox.login.cognito import pages
from sandbox.login.cognito.authorize import SESSION_COOKIE
from sandbox.login.cognito.federation import NO_LOGIN, NOT_BELIEVED, decoded
from sandbox.login.cognito.memory import Session
from sandbox.login.cognito.pages import PageError
from sandbox.login.cognito.pool import Pool
from sandbox.login.cognito.rooms import Rooms
from sandbox.login.saml.document import SamlRefused, new_id
from sandbox.login.saml.redirect import carried
from sandbox.login.saml.requests import LogoutRequest, logout_request
from sandbox.login.saml.verification import check_logout
from sandbox.login.web import Cookie, Request, Response, redirect, set_cookie, value_of

LOGOUT, FROM_PROVIDER = "/logout", "/saml2/logout"


def log_out(rooms: Rooms, pool: Pool, request: Request) -> Response:
    """To an address that the client has registered for it, or to the login again."""
    target = target_of(pool, request)
    session = rooms.memory.sessions.take(request.cookies.get(SESSION_COOKIE, ""))
    if session and session.pool_id == pool.id:
        target = at_provider(rooms, pool, session, target) or target
    return set_cookie(redirect(target), Cookie(SESSION_COOKIE, "", 0))


def target_of(pool: Pool, request: Request) -> str:
    client_id = value_of(request.query, "client_id")
    if not client_id:
        raise pages.required("client_id")
    client = pool.client(client_id)
    if client is None:
        raise PageError("invalid_client")
    if address := value_of(request.query, "logout_uri"):
        if address not in client.logouts:
            raise PageError("Invalid request: logout_uri is not registered")
        return address
    if address := value_of(request.query, "redirect_uri"):
        if address not in client.callbacks:
            raise PageError("redirect_mismatch")
        return pool.address(f"/login?{urllib.parse.urlencode(request.query)}")
    raise pages.required("logout_uri")


def at_provider(rooms: Rooms, pool: Pool, session: Session, target: str) -> str:
    """The address at which the provider logs out, if the pool's IDPSignout says so and the provider has one."""
    provider = pool.provider(session.provider)
    if provider is None or provider["ProviderDetails"].get("IDPSignout") != "true":
        return ""
    idp = rooms.identity_provider(provider)
    if not idp.log_out:
        return ""
    request = LogoutRequest(new_id(), pool.identifier, idp.log_out, session.name_id, session.session_index)
    rooms.memory.logouts.put(f"{session.provider} {target}", request.id)
    message = logout_request(request, rooms.memory.clock())
    return carried(idp.log_out, "SAMLRequest", message, request.id, rooms.keys.of(pool.id).saml.key)


def logged_out(rooms: Rooms, pool: Pool, request: Request) -> Response:
    """The provider's answer, which it has signed; then on to where the logout was to lead."""
    request_id = value_of(request.form, "RelayState")
    name, _, target = (rooms.memory.logouts.take(request_id) or "").partition(" ")
    provider = pool.provider(name) if name else None
    if provider is None:
        raise PageError(NO_LOGIN)
    try:
        message = decoded(value_of(request.form, "SAMLResponse"))
        check_logout(message, rooms.identity_provider(provider), request_id)
    except SamlRefused as refusal:
        raise PageError(NOT_BELIEVED.format(refusal)) from refusal
    return redirect(target)
