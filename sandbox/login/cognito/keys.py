"""The keys of each pool: two that sign tokens, as Cognito has them, and one that signs SAML requests.

Made when first needed; they end with the sandbox, as the pool does.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from sandbox.aws.cognito.signing import signing_pair
from sandbox.login.saml.issuing import Signer

ALGORITHM = "RS256"
USES = ("id", "access")


@dataclass
class PoolKey:
    """The keys of one pool."""

    pool_id: str

    @cached_property
    def _keys(self) -> dict[str, RSAKey]:
        return {use: RSAKey.generate_key(2048, {"kid": self._kid(use), "alg": ALGORITHM, "use": "sig"}) for use in USES}

    def _kid(self, use: str) -> str:
        return base64.b64encode(hashlib.sha256(f"{self.pool_id} {use}".encode()).digest()).decode()

    def signed(self, claims: dict[str, Any]) -> str:
        """The JWT of these claims, by the key for its token_use."""
        key = self._keys[claims["token_use"]]
        return jwt.encode({"kid": key.kid, "alg": ALGORITHM}, claims, key, algorithms=[ALGORITHM])

    def verified(self, token: str) -> dict[str, Any] | None:
        """The claims of a token of this pool, expired or not; None for every other text."""
        try:
            return dict(jwt.decode(token, KeySet(list(self._keys.values())), algorithms=[ALGORITHM]).claims)
        except (JoseError, ValueError):
            return None

    @property
    def public(self) -> dict[str, Any]:
        """The JWKS document."""
        return {"keys": [key.as_dict(private=False) for key in self._keys.values()]}

    @cached_property
    def saml(self) -> Signer:
        """Whose certificate GetSigningCertificate tells."""
        return Signer.of(*signing_pair(self.pool_id))


class PoolKeys:
    """The keys of all pools."""

    def __init__(self) -> None:
        self._pools: dict[str, PoolKey] = {}
        self._lock = threading.Lock()

    def of(self, pool_id: str) -> PoolKey:
        with self._lock:
            return self._pools.setdefault(pool_id, PoolKey(pool_id))
