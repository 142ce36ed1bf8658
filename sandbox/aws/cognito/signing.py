"""The key by which a pool signs its SAML requests, and the certificate that providers are given of it.

API reference, GetSigningCertificate; developer guide, "SAML signing and encryption": valid for ten years.
"""

from __future__ import annotations

import re
import threading

from sandbox.aws.calls import Call
from sandbox.aws.cognito.pools import pool_of
from sandbox.kubernetes.certificates import signing_certificate

DAYS = 3652
_pairs: dict[str, tuple[bytes, bytes]] = {}
_lock = threading.Lock()


def signing_pair(pool_id: str) -> tuple[bytes, bytes]:
    """Certificate and key in PEM, made when they are first asked for."""
    with _lock:
        if pool_id not in _pairs:
            _pairs[pool_id] = signing_certificate(f"Amazon Cognito {pool_id}", days=DAYS)
        return _pairs[pool_id]


def certificate(call: Call) -> dict[str, str]:
    """The certificate in base64, as the API tells it."""
    pem, _ = signing_pair(pool_of(call).id)
    return {"Certificate": re.sub(r"-----[A-Z ]+-----|\s", "", pem.decode())}


OPERATIONS = {"GetSigningCertificate": certificate}
