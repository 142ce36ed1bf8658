"""The HTTP-Redirect binding: a message in the query of an address, deflated, its signature beside it.

SAML 2.0 bindings, 3.4.  The signature is over the query as it was sent, so it is verified on the raw text.
"""

from __future__ import annotations

import base64
import urllib.parse
import zlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.login.saml.document import LONGEST, SamlRefused

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SIGNED = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")


def carried(url: str, kind: str, message: bytes, relay_state: str = "", key: rsa.RSAPrivateKey | None = None) -> str:
    """The address that brings the message there; `kind` is SAMLRequest or SAMLResponse, `key` signs it."""
    fields = {kind: base64.b64encode(deflated(message)).decode()}
    if relay_state:
        fields["RelayState"] = relay_state
    if key:
        fields["SigAlg"] = RSA_SHA256
    query = urllib.parse.urlencode(fields)
    if key:
        signature = key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
        query += "&" + urllib.parse.urlencode({"Signature": base64.b64encode(signature).decode()})
    return f"{url}{'&' if '?' in url else '?'}{query}"


def deflated(message: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(message) + packer.flush()


def inflated(value: str) -> bytes:
    """The message of a query field."""
    unpacker = zlib.decompressobj(wbits=-15)
    try:
        message = unpacker.decompress(base64.b64decode(value, validate=True), LONGEST)
    except (ValueError, zlib.error) as error:
        raise SamlRefused("the message is not deflated and base64-encoded") from error
    if unpacker.unconsumed_tail:
        raise SamlRefused("the message is too long")
    return message


def is_signed_by(query_string: str, certificate: str) -> bool:
    """Whether the raw query carries the signature of this certificate's key."""
    raw = dict(part.partition("=")[::2] for part in query_string.split("&"))
    if urllib.parse.unquote_plus(raw.get("SigAlg", "")) != RSA_SHA256 or "Signature" not in raw:
        return False
    signed = "&".join(f"{name}={raw[name]}" for name in SIGNED if name in raw)
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    try:
        signature = base64.b64decode(urllib.parse.unquote_plus(raw["Signature"]), validate=True)
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True
