"""The sandbox's own certificates: authority and server of a Kubernetes API, and a SAML signing certificate.

Elliptic curve keys where the format allows, because three of them take 10 ms and one RSA key a third of a second.  Key
usage and key identifiers are always written: Python 3.13 verifies strictly and refuses certificates without them.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVER_HOSTS = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
SERVER_ADDRESSES = ("127.0.0.1", "::1", "10.0.0.1")
ONE_YEAR = 365


@dataclass(frozen=True)
class Pki:
    """The files of one Kubernetes API, all readable by their owner only."""

    ca_cert: Path
    ca_key: Path
    server_cert: Path
    server_key: Path
    service_account_key: Path
    service_account_public_key: Path

    @property
    def ca_pem(self) -> bytes:
        return self.ca_cert.read_bytes()

    @property
    def ca_data(self) -> str:
        """The authority as kubeconfig files and EKS carry it: base64 of the PEM text."""
        return base64.b64encode(self.ca_pem).decode()


def make_pki(folder: Path, hosts: Iterable[str] = SERVER_HOSTS, addresses: Iterable[str] = SERVER_ADDRESSES) -> Pki:
    """A new authority and the server certificate it signed, written into the folder."""
    authority_key, server_key, account_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    authority_name = name_of("sandbox-ca")
    authority = sign(authority_name, authority_key, authority_name, authority_key, is_authority=True)
    names = [x509.DNSName(host) for host in hosts]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    server = sign(
        name_of("kube-apiserver"),
        server_key,
        authority_name,
        authority_key,
        extensions=[
            x509.SubjectAlternativeName(names),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        ],
    )
    written = _write(
        folder,
        {
            "ca.crt": pem(authority),
            "ca.key": key_pem(authority_key),
            "server.crt": pem(server),
            "server.key": key_pem(server_key),
            "sa.key": key_pem(account_key),
            "sa.pub": account_key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
        },
    )
    return Pki(*written)


def signing_certificate(
    common_name: str,
    days: int = ONE_YEAR,
    not_before: datetime.datetime | None = None,
    not_after: datetime.datetime | None = None,
) -> tuple[bytes, bytes]:
    """A self-signed RSA certificate and its key, as ADFS makes them for token signing; both in PEM, times in UTC."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = name_of(common_name)
    starts = not_before or _now() - datetime.timedelta(minutes=5)
    ends = not_after or starts + datetime.timedelta(days=days)
    certificate = sign(name, key, name, key, starts=starts, ends=ends)
    return pem(certificate), key_pem(key)


def write_private(path: Path, content: bytes | str) -> Path:
    """A file only its owner can read, at no moment anything else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sign(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    *,
    is_authority: bool = False,
    extensions: Iterable[x509.ExtensionType] = (),
    starts: datetime.datetime | None = None,
    ends: datetime.datetime | None = None,
) -> x509.Certificate:
    starts = starts or _now() - datetime.timedelta(minutes=5)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends or starts + datetime.timedelta(days=ONE_YEAR))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(_key_usage(is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _key_usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def name_of(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    return [write_private(folder / name, content) for name, content in files.items()]
