"""The one certificate authority of a sandbox: it signs what ACM issues, and the certificates of all other names.

Made anew for each sandbox and trusted by nobody who is not told to; its key never leaves the process.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from sandbox.kubernetes.certificates import key_pem, name_of, pem, sign

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class KeyPair:
    """What a TLS server shows and proves, both in PEM; its authority follows the certificate."""

    certificate: bytes
    key: bytes


class Authority:
    """`pem` is the certificate that clients must be given to trust.

    `fingerprint` is that of its key, as Chromium takes it (--ignore-certificate-errors-spki-list).
    """

    def __init__(self, name: str = "Sandbox CA") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = name_of(name)
        own = sign(self._name, self._key, self._name, self._key, is_authority=True)
        self.pem = pem(own)
        self.fingerprint = base64.b64encode(hashlib.sha256(public_key_info(own)).digest()).decode()
        self._made: dict[str, KeyPair] = {}
        self._lock = threading.Lock()

    def issue(self, names: Sequence[str], key: PrivateKey) -> bytes:
        """The certificate of a server with these names, the first being its subject."""
        certificate = sign(
            name_of(names[0]),
            key,
            self._name,
            self._key,
            extensions=[
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]),
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            ],
        )
        return pem(certificate)

    def key_pair(self, name: str) -> KeyPair:
        """A certificate for a name that ACM has nothing to do with; the same one each time."""
        with self._lock:
            if name not in self._made:
                key = ec.generate_private_key(ec.SECP256R1())
                self._made[name] = KeyPair(self.issue([name], key) + self.pem, key_pem(key))
            return self._made[name]


def public_key_info(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
