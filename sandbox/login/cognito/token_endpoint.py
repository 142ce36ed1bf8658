"""/oauth2/token and /oauth2/revoke: codes and refresh tokens become tokens, for the client that they were given to.

Developer guide, "The token issuer endpoint" and "The revoke endpoint"; RFC 7636 for the code challenge.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import urllib.parse
from dataclasses import replace
from typing import Any

from sandbox.login.cognito.memory import Grant
from sandbox.login.cognito.pool import Client, Pool
from sandbox.login.cognito.rooms import REFRESH, Rooms
from sandbox.login.cognito.sign_in import triggered
from sandbox.login.cognito.tokens import Issue, access_claims, id_claims
from sandbox.login.event import SignInRefused
from sandbox.login.web import Request, Response, document

TOKEN, REVOKE = "/oauth2/token", "/oauth2/revoke"


class TokenError(Exception):
    """The answer of RFC 6749, 5.2."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description)
        self.code = code

    @property
    def response(self) -> Response:
        told = {"error": self.code, **({"error_description": str(self)} if str(self) else {})}
        return document(told, 400)


def token_endpoint(rooms: Rooms, pool: Pool, request: Request) -> Response:
    try:
        if request.method != "POST":
            raise TokenError("invalid_request", "Only POST is supported")
        form = dict(request.form)
        client = authenticated(pool, request, form)
        match form.get("grant_type"):
            case "authorization_code":
                return by_code(rooms, pool, client, form)
            case "refresh_token":
                return by_refresh_token(rooms, pool, client, form)
            case None | "":
                raise TokenError("invalid_request", "grant_type is missing")
        raise TokenError("unsupported_grant_type")
    except TokenError as error:
        return error.response


def revoke_endpoint(rooms: Rooms, pool: Pool, request: Request) -> Response:
    """Ends a refresh token and all tokens that came of it; a token nobody knows is answered alike."""
    try:
        form = dict(request.form)
        client = authenticated(pool, request, form)
        if not form.get("token"):
            raise TokenError("invalid_request", "token is missing")
        if not client.record.get("EnableTokenRevocation", True):
            raise TokenError("unsupported_token_type", "Token revocation is not enabled for the client")
        grant = rooms.memory.refresh_tokens.get(form["token"])
        if grant and grant.asked.client_id == client.id:
            rooms.memory.refresh_tokens.take(form["token"])
            rooms.memory.revoked.put(True, grant.origin, client.seconds("Access"))
    except TokenError as error:
        return error.response
    return Response(200)


def authenticated(pool: Pool, request: Request, form: dict[str, str]) -> Client:
    """The client that asks: by its secret, in the header or the form, where it has one."""
    client_id, secret = basic(request.headers.get("Authorization")) or (
        form.get("client_id", ""),
        form.get("client_secret", ""),
    )
    client = pool.client(client_id)
    if client is None:
        raise TokenError("invalid_client")
    if client.secret and not hmac.compare_digest(client.secret.encode(), secret.encode()):
        raise TokenError("invalid_client", "invalid_client_secret")
    if form.get("client_id", client_id) != client_id:
        raise TokenError("invalid_request", "client_id is not that of the Authorization header")
    return client


def basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise TokenError("invalid_client") from error
    return urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret)


def by_code(rooms: Rooms, pool: Pool, client: Client, form: dict[str, str]) -> Response:
    if "code" not in client.flows:
        raise TokenError("unauthorized_client")
    grant = rooms.memory.codes.take(form.get("code", ""))
    if grant is None or grant.pool_id != pool.id or grant.asked.client_id != client.id:
        raise TokenError("invalid_grant")
    if form.get("redirect_uri") != grant.asked.redirect_uri:
        raise TokenError("invalid_grant", "redirect_uri is not that of the authorization request")
    if grant.asked.challenge and challenge_of(form.get("code_verifier", "")) != grant.asked.challenge:
        raise TokenError("invalid_grant", "code_verifier does not fit the code_challenge")
    answer = issued(rooms, pool, client, grant)
    lasting = rooms.memory.refresh_tokens.put(grant, seconds=client.seconds("Refresh"))
    return document({**answer, "refresh_token": lasting})


def by_refresh_token(rooms: Rooms, pool: Pool, client: Client, form: dict[str, str]) -> Response:
    """New tokens of the account as it is now; the trigger has its say again."""
    grant = rooms.memory.refresh_tokens.get(form.get("refresh_token", ""))
    if grant is None or grant.pool_id != pool.id or grant.asked.client_id != client.id:
        raise TokenError("invalid_grant", "Invalid Refresh Token")
    provider, account = pool.provider(grant.provider), rooms.accounts.find(pool.id, grant.account.name)
    if provider is None or account is None:
        raise TokenError("invalid_grant", "User does not exist.")
    seen = pool.seen_by(client, provider)
    try:
        overrides = triggered(rooms.functions(seen), seen, account, REFRESH, grant.asked.scopes)
    except SignInRefused as refusal:
        raise TokenError("invalid_grant", str(refusal)) from refusal
    return document(issued(rooms, pool, client, replace(grant, account=account, overrides=overrides)))


def issued(rooms: Rooms, pool: Pool, client: Client, grant: Grant) -> dict[str, Any]:
    """The tokens; an ID token only for the scope openid."""
    key, issue = rooms.keys.of(pool.id), issue_of(rooms, pool, client, grant)
    access_token = key.signed(access_claims(issue))
    answer = {"access_token": access_token, "expires_in": client.seconds("Access"), "token_type": "Bearer"}
    if "openid" in grant.asked.scopes:
        answer["id_token"] = key.signed(id_claims(issue, access_token))
    return answer


def issue_of(rooms: Rooms, pool: Pool, client: Client, grant: Grant) -> Issue:
    provider = pool.provider(grant.provider)
    if provider is None:
        raise TokenError("invalid_grant")
    return Issue(
        grant,
        pool.seen_by(client, provider),
        pool.issuer,
        client.readable,
        int(rooms.memory.clock()),
        client.seconds("Id"),
        client.seconds("Access"),
    )


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
