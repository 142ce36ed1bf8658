"""What the load balancer gives to the browser and wants back unchanged and unread: its state and its session.

AES-GCM under a key that only this balancer has: what somebody else has made, changed or made for another balancer
opens as nothing.  Sessions of more than one cookie's size are cut into shards, as AWS does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SHARD = 4000
SHARDS = 4
NONCE_BYTES = 12


class Seal:
    """Seals values for one purpose of one owner; a seal of another purpose does not open them."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(secret + purpose.encode()).digest())

    def close(self, value: Mapping[str, Any]) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, json.dumps(value).encode(), None)
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, text: str) -> dict[str, Any] | None:
        """The value, or None for anything that this seal has not closed."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            return json.loads(self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None))
        except (ValueError, InvalidTag):
            return None


def sharded(name: str, text: str, most: int = SHARDS) -> Iterator[tuple[str, str]]:
    """The cookies `<name>0`, `<name>1` … that together hold the text; ValueError when so many are not enough."""
    pieces = [text[at : at + SHARD] for at in range(0, len(text), SHARD)]
    if len(pieces) > most:
        raise ValueError(f"a session of {len(text)} characters does not fit into {most} cookies")
    yield from ((f"{name}{number}", piece) for number, piece in enumerate(pieces))


def joined(name: str, cookies: Mapping[str, str], most: int = SHARDS) -> str:
    """The text of the shards that are there, in their order."""
    return "".join(cookies.get(f"{name}{number}", "") for number in range(most))
