from __future__ import annotations

import datetime
import ssl
import stat

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.kubernetes.certificates import make_pki, signing_certificate


def test_the_server_certificate_satisfies_strict_verification(kubernetes):
    """Python 3.13 asks for this by default; older versions do when they are told to."""
    tls = ssl.create_default_context(cadata=kubernetes.api.ca_pem.decode())
    tls.verify_flags |= ssl.VERIFY_X509_STRICT
    kubernetes.admin._tls, before = tls, kubernetes.admin._tls
    try:
        kubernetes.admin._drop()
        assert kubernetes.admin.get("/api/v1/namespaces/default")
    finally:
        kubernetes.admin._tls = before


def test_all_files_are_private(tmp_path):
    make_pki(tmp_path / "pki")

    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "pki").iterdir()} == {0o600}


def test_a_signing_certificate_is_valid_as_long_as_asked():
    starts = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    ends = datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC)
    certificate, key = signing_certificate("ADFS Signing", not_before=starts, not_after=ends)

    read = x509.load_pem_x509_certificate(certificate)
    assert (read.not_valid_before_utc, read.not_valid_after_utc) == (starts, ends)
    assert read.issuer == read.subject
    assert load_pem_private_key(key, None).public_key() == read.public_key()
