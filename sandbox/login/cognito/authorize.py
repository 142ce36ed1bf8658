"""/oauth2/authorize and /login: is the application's request in order, and which identity provider does the user go to?

Developer guide, "The redirect and authorization endpoint".  Client and callback address are settled first: until they
are, an error is a page of the domain.
"""

from __future__ import annotations

import secrets
import urllib.parse
from collections.abc import Mapping

from sandbox.login.cognito import pages
from sandbox.login.cognito.memory import LOGIN_SECONDS, Asked, Pending
from sandbox.login.cognito.pages import PageError, RedirectError
from sandbox.login.cognito.pool import OWN_USERS, Client, Pool, Record
from sandbox.login.cognito.rooms import Rooms
from sandbox.login.saml.document import new_id
from sandbox.login.saml.redirect import carried
from sandbox.login.saml.requests import AuthnRequest, authn_request
from sandbox.login.web import Cookie, Request, Response, redirect, set_cookie

BROWSER_COOKIE = "csrf-state"
SESSION_COOKIE = "cognito"
ADDRESSES = ("/oauth2/authorize", "/login")
NOT_AVAILABLE = "Login option is not available. Please try another one"
NEEDS_OPENID = {"email", "phone", "profile"}


def authorize(rooms: Rooms, pool: Pool, request: Request) -> Response:
    """The way to the identity provider, the choice between several, or straight back for a browser with a session."""
    given = dict(reversed(request.query))
    client, refusal = known_client(pool, given)
    if refusal or client is None:
        return refusal or pages.failed(pages.REQUESTED_PAGE)
    try:
        asked = checked(client, given)
        provider = chosen_provider(pool, client, given)
        session = rooms.memory.sessions.get(request.cookies.get(SESSION_COOKIE, ""))
        if session and session.pool_id == pool.id and session.provider in client.providers:
            return rooms.completed(pool, client, asked, session)
        if provider is None:
            return choice(request, pool, client)
        return to_provider(rooms, pool, asked, provider)
    except RedirectError as error:
        return pages.to_callback(given["redirect_uri"], error, given.get("state", ""))


def known_client(pool: Pool, given: Mapping[str, str]) -> tuple[Client | None, Response | None]:
    """The client whose callback address this is; otherwise the answer that ends the request."""
    client_id = given.get("client_id", "")
    if not client_id:
        raise pages.required("client_id")
    client = pool.client(client_id)
    if client is None:
        return None, pages.to_error_page(pool.domain, "invalid_client", client_id)
    if given.get("redirect_uri", "") not in client.callbacks:
        return None, pages.to_error_page(pool.domain, "redirect_mismatch", client_id)
    return client, None


def checked(client: Client, given: Mapping[str, str]) -> Asked:
    """The request as it is kept until the user is back; RedirectError when the client may not make it."""
    if not client.uses_oauth:
        raise RedirectError("unauthorized_client", "Client is not enabled for OAuth2.0 flows.")
    kind = given.get("response_type", "")
    if kind not in ("code", "token"):
        raise RedirectError("invalid_request", "Invalid response_type")
    if kind != "code" or "code" not in client.flows:
        raise RedirectError("unauthorized_client", "Client is not enabled for this response_type")
    scopes = tuple(given.get("scope", "").split()) or tuple(client.scopes)
    if not set(scopes) <= set(client.scopes) or (NEEDS_OPENID & set(scopes) and "openid" not in scopes):
        raise RedirectError("invalid_scope")
    challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "")
    if (challenge or method) and (method != "S256" or not challenge):
        raise RedirectError("invalid_request", "code_challenge_method must be S256, with a code_challenge")
    return Asked(client.id, given["redirect_uri"], scopes, given.get("state", ""), given.get("nonce", ""), challenge)


def chosen_provider(pool: Pool, client: Client, given: Mapping[str, str]) -> Record | None:
    """The provider that is named, or the client's only one; None when the user has to choose."""
    name, identifier = given.get("identity_provider", ""), given.get("idp_identifier", "")
    if identifier:
        found = pool.provider_with(identifier)
        name = found["ProviderName"] if found else identifier
    if not name:
        name = client.providers[0] if len(client.providers) == 1 else ""
    if not name or name == OWN_USERS:
        return None
    provider = pool.provider(name) if name in client.providers else None
    if provider is None or provider["ProviderType"] != "SAML":
        raise RedirectError("invalid_request", NOT_AVAILABLE)
    return provider


def choice(request: Request, pool: Pool, client: Client) -> Response:
    """The page to choose at, at its own address."""
    if not client.providers:
        return pages.unavailable()
    if request.path != "/login":
        return redirect(pool.address(f"/login?{request.query_string}"))
    kept = [pair for pair in request.query if pair[0] != "identity_provider"]
    names = [name for name in client.providers if name != OWN_USERS]
    links = {
        name: pool.address(f"/oauth2/authorize?{urllib.parse.urlencode([*kept, ('identity_provider', name)])}")
        for name in names
    }
    return pages.chooser(links, OWN_USERS in client.providers)


def to_provider(rooms: Rooms, pool: Pool, asked: Asked, provider: Record) -> Response:
    """The SAML request by redirect; RelayState is the key of what is kept, for this browser only."""
    idp = rooms.identity_provider(provider)
    if not idp.sign_on:
        raise PageError(f"{provider['ProviderName']} has no address for the redirect binding")
    browser, request_id = secrets.token_urlsafe(16), new_id()
    until = rooms.memory.clock() + LOGIN_SECONDS
    relay_state = rooms.memory.pending.put(
        Pending(pool.id, asked, provider["ProviderName"], request_id, browser, until)
    )
    message = AuthnRequest(request_id, pool.identifier, idp.sign_on, pool.address("/saml2/idpresponse"))
    signs = (provider.get("ProviderDetails") or {}).get("RequestSigningAlgorithm") == "rsa-sha256"
    key = rooms.keys.of(pool.id).saml.key if signs else None
    content = authn_request(message, rooms.memory.clock())
    address = carried(idp.sign_on, "SAMLRequest", content, relay_state, key)
    return set_cookie(redirect(address), Cookie(BROWSER_COOKIE, browser))
