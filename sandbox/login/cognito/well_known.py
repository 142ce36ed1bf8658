"""Where Cognito tells a pool's keys and endpoints: cognito-idp.<region>.amazonaws.com/<pool>/.well-known/…"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.login.cognito.keys import ALGORITHM, PoolKeys
from sandbox.login.cognito.pool import Pool
from sandbox.login.web import Request, Response, document

KEYS, CONFIGURATION = "/.well-known/jwks.json", "/.well-known/openid-configuration"

PoolOf = Callable[[str], Pool | None]


def well_known(keys: PoolKeys, pool_of: PoolOf, request: Request) -> Response:
    """The document of the pool that the path names."""
    pool_id, _, rest = request.path.removeprefix("/").partition("/")
    pool = pool_of(pool_id) if f"/{rest}" in (KEYS, CONFIGURATION) else None
    if pool is None or not pool.record:
        return document({"message": f"User pool {pool_id} does not exist."}, 400)
    return document(keys.of(pool_id).public if f"/{rest}" == KEYS else configuration(pool))


def configuration(pool: Pool) -> dict[str, Any]:
    """OpenID Connect Discovery, as Cognito fills it in."""
    record = pool.record
    prefix = record.get("Domain")
    domain = record.get("CustomDomain") or (f"{prefix}.auth.{pool.region}.amazoncognito.com" if prefix else "")
    endpoints = {
        "authorization_endpoint": "/oauth2/authorize",
        "end_session_endpoint": "/logout",
        "revocation_endpoint": "/oauth2/revoke",
        "token_endpoint": "/oauth2/token",
        "userinfo_endpoint": "/oauth2/userInfo",
    }
    return {
        **({name: f"https://{domain}{path}" for name, path in endpoints.items()} if domain else {}),
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "issuer": pool.issuer,
        "jwks_uri": f"{pool.issuer}{KEYS}",
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
