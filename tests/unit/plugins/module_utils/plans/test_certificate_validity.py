"""The reader of certificate dates, compared with a whole X.509 library."""

from __future__ import annotations

import base64
import contextlib
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as some

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.certificate_validity import (
    NotACertificate,
    Validity,
    certificate_validity,
)

KEY = ec.generate_private_key(ec.SECP256R1())
SECONDS = some.datetimes(
    min_value=datetime.datetime(1951, 1, 1),
    max_value=datetime.datetime(9999, 12, 31),
    timezones=some.just(datetime.UTC),
).map(lambda moment: moment.replace(microsecond=0))


def certificate(start: datetime.datetime, end: datetime.datetime, issuer: str = "ADFS Signing") -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    return builder.serial_number(7).not_valid_before(start).not_valid_after(end).sign(KEY, hashes.SHA256())


def text_of(made: x509.Certificate) -> str:
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(SECONDS, SECONDS, some.text(min_size=1, max_size=20, alphabet="abcß漢 -."))
def test_the_dates_are_those_that_a_whole_library_reads(one, other, issuer):
    made = certificate(min(one, other), max(one, other), issuer)
    assert certificate_validity(text_of(made)) == Validity(made.not_valid_before_utc, made.not_valid_after_utc)


@pytest.mark.parametrize("year", [1950, 1969, 1999, 2000, 2049, 2050, 9999])
def test_two_digits_of_a_year_mean_1950_to_2049(year):
    moment = datetime.datetime(year, 6, 1, tzinfo=datetime.UTC)
    assert certificate_validity(text_of(certificate(moment, moment))) == Validity(moment, moment)


def test_pem_lines_and_white_space_do_not_matter():
    made = certificate(datetime.datetime(2026, 1, 1), datetime.datetime(2027, 1, 1))
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    assert certificate_validity(pem) == certificate_validity(text_of(made))
    assert certificate_validity("\n   " + "\n   ".join(text_of(made)[i : i + 50] for i in range(0, 900, 50)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("not base64!", "not base64", id="text"),
        pytest.param("", "fields are not those", id="empty"),
        pytest.param("AAAA", "fields are not those", id="zeros"),
        pytest.param(
            base64.b64encode(b"\x30\x85\x01\x01\x01\x01\x01").decode(), "length in it is malformed", id="length"
        ),
        pytest.param(base64.b64encode(b"\x30\x20\x30").decode(), "cut off", id="cut"),
    ],
)
def test_what_is_no_certificate_is_said_in_words(text, said):
    with pytest.raises(NotACertificate, match=said):
        certificate_validity(text)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(some.binary(max_size=80), some.integers(0, 200))
def test_damage_never_ends_in_another_error(junk, place):
    made = certificate(datetime.datetime(2026, 1, 1), datetime.datetime(2027, 1, 1))
    der = made.public_bytes(serialization.Encoding.DER)
    damaged = der[:place] + junk + der[place + len(junk) :]
    with contextlib.suppress(NotACertificate):
        certificate_validity(base64.b64encode(damaged).decode())
