"""/oauth2/userInfo: the attributes of the account whose access token this is.

Developer guide, "The userInfo endpoint".
"""

from __future__ import annotations

from typing import Any

from sandbox.login.cognito.memory import Asked, Grant
from sandbox.login.cognito.pool import Pool
from sandbox.login.cognito.rooms import Rooms
from sandbox.login.cognito.token_endpoint import TokenError, issue_of
from sandbox.login.cognito.tokens import user_info
from sandbox.login.web import Request, Response, document

ADDRESS = "/oauth2/userInfo"


def user_info_endpoint(rooms: Rooms, pool: Pool, request: Request) -> Response:
    claims = believed_token(rooms, pool, request.headers.get("Authorization"))
    if claims is None:
        return refused("invalid_token", "Access token is expired, revoked or not of this user pool")
    scopes = claims.get("scope", "").split()
    if "openid" not in scopes:
        return refused("invalid_token", "Access token does not contain openid scope")
    account = rooms.accounts.find(pool.id, claims["username"])
    client = pool.client(claims["client_id"])
    if account is None or client is None:
        return refused("invalid_token", "User does not exist.")
    provider = next((name for name in client.providers if account.name.lower().startswith(f"{name.lower()}_")), "")
    asked = Asked(client.id, "", tuple(scopes))
    try:
        issue = issue_of(rooms, pool, client, Grant(pool.id, asked, provider, account, 0, ""))
    except TokenError:
        return refused("invalid_token", "User does not exist.")
    return document(user_info(issue, scopes))


def believed_token(rooms: Rooms, pool: Pool, header: str) -> dict[str, Any] | None:
    """The claims of a bearer's access token that is still good."""
    scheme, _, token = header.partition(" ")
    claims = rooms.keys.of(pool.id).verified(token.strip()) if scheme.lower() == "bearer" else None
    if claims is None or claims.get("token_use") != "access" or claims.get("iss") != pool.issuer:
        return None
    if claims["exp"] <= rooms.memory.clock() or rooms.memory.revoked.get(claims["origin_jti"]):
        return None
    return claims


def refused(code: str, description: str) -> Response:
    answer = document({"error": code, "error_description": description}, 401)
    return answer.with_header("WWW-Authenticate", f'Bearer error="{code}", error_description="{description}"')
