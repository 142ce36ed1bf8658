"""Metadata files: which are taken, which are refused, and in which words."""

from __future__ import annotations

import base64
import contextlib
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as some

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.saml_metadata import (
    LARGEST,
    judged_dates,
    read_metadata,
)

NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())
EXAMPLE = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"


def certificate(start: int, end: int) -> str:
    """A certificate in base64 that is valid from and to so many days from NOW."""
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([])).serial_number(1)
    builder = builder.public_key(KEY.public_key()).not_valid_before(NOW + start * DAY).not_valid_after(NOW + end * DAY)
    return base64.b64encode(builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)).decode()


GOOD = certificate(-100, 265)


def key(text: str, use: str = ' use="signing"') -> str:
    return (
        f'<KeyDescriptor{use}><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{text}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    )


def sign_on(binding: str = "Redirect", location: str = "https://adfs.example.com/adfs/ls/") -> str:
    return f'<SingleSignOnService Binding="{EXAMPLE}{binding}" Location="{location}"/>'


def entity(content: str, attributes: str = 'entityID="http://adfs.example.com/adfs/services/trust"') -> str:
    return f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" {attributes}>{content}</EntityDescriptor>'


def provider(content: str, protocols: str = "urn:oasis:names:tc:SAML:2.0:protocol") -> str:
    return f'<IDPSSODescriptor protocolSupportEnumeration="{protocols}">{content}</IDPSSODescriptor>'


WHOLE = entity(provider(key(GOOD) + sign_on()))
DOCTYPE = '<!DOCTYPE x [<!ENTITY leak SYSTEM "file:///etc/passwd">]>'
BILLION = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'

TAKEN = {
    "plain": WHOLE.encode(),
    "with a declaration": b'<?xml version="1.0" encoding="utf-8"?>\n' + WHOLE.encode(),
    "byte order mark": b"\xef\xbb\xbf" + WHOLE.encode(),
    "utf-16": ('<?xml version="1.0" encoding="utf-16"?>' + WHOLE).encode("utf-16"),
    "post": entity(provider(key(GOOD) + sign_on("POST"))).encode(),
    "key for both uses": entity(provider(key(GOOD, "") + sign_on())).encode(),
    "among other descriptors": entity(
        "<RoleDescriptor/><SPSSODescriptor/>" + provider(key(GOOD) + key(GOOD, ' use="encryption"') + sign_on())
    ).encode(),
    "in a list of entities": (
        f'<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">{WHOLE}</EntitiesDescriptor>'
    ).encode(),
}


@pytest.mark.parametrize("content", TAKEN.values(), ids=TAKEN)
def test_metadata_of_an_identity_provider_are_taken(content):
    metadata = read_metadata(content, "adfs.xml")
    assert metadata.entity_id == "http://adfs.example.com/adfs/services/trust"
    assert metadata.text.startswith("<Entit")
    assert [item.not_after for item in metadata.certificates] == [NOW + 265 * DAY]
    assert judged_dates(metadata, "adfs.xml", NOW) == ()


REFUSED = {
    "empty": (b"", "not well-formed XML"),
    "no xml": (b"404 page not found", "not well-formed XML"),
    "cut off": (WHOLE.encode()[:-10], "not well-formed XML"),
    "another encoding": (WHOLE.replace("adfs", "ädfs").encode("latin-1"), "neither UTF-8 nor UTF-16"),
    "external entity": ((DOCTYPE + WHOLE.replace("trust", "&leak;")).encode(), "has a document type"),
    "document type alone": (("<!DOCTYPE x>" + WHOLE).encode(), "has a document type"),
    "document type elsewhere": (
        ('<!DOCTYPE x SYSTEM "https://example.com/x.dtd">' + WHOLE).encode(),
        "has a document type",
    ),
    "entities of entities": ((BILLION + WHOLE.replace("trust", "&b;")).encode(), "has a document type"),
    "document type behind a declaration": (('<?xml version="1.0"?>' + DOCTYPE + WHOLE).encode(), "has a document type"),
    "document type in utf-16": ((DOCTYPE + WHOLE).encode("utf-16"), "has a document type"),
    "large": (WHOLE.encode() + b" " * LARGEST, "more than 131072 bytes"),
    "deep": (b"<a>" * 100 + b"</a>" * 100, "deeper than 64 levels"),
    "a web page": (b"<html><body/></html>", "no SAML 2.0 metadata: its root element is html"),
    "an application": (entity("<SPSSODescriptor/>").encode(), "describes no SAML 2.0 identity provider"),
    "saml 1.1": (
        entity(provider(key(GOOD) + sign_on(), "urn:oasis:names:tc:SAML:1.1:protocol")).encode(),
        "describes no SAML 2.0 identity provider",
    ),
    "two providers": (
        entity(provider(key(GOOD) + sign_on()) * 2).encode(),
        "describes 2 identity providers",
    ),
    "no name": (entity(provider(key(GOOD) + sign_on()), "").encode(), "names no entityID"),
    "no sign-on": (entity(provider(key(GOOD))).encode(), "offers no SingleSignOnService"),
    "artifact only": (entity(provider(key(GOOD) + sign_on("Artifact"))).encode(), "offers no SingleSignOnService"),
    "sign-on without tls": (
        entity(provider(key(GOOD) + sign_on(location="http://adfs.example.com/"))).encode(),
        "offers no SingleSignOnService",
    ),
    "no key": (entity(provider(sign_on())).encode(), "holds no signing certificate"),
    "encryption key only": (
        entity(provider(key(GOOD, ' use="encryption"') + sign_on())).encode(),
        "holds no signing certificate",
    ),
    "broken certificate": (entity(provider(key("AAAA") + sign_on())).encode(), "a signing certificate cannot be read"),
    "long certificate": (entity(provider(key("A" * 4100) + sign_on())).encode(), "more than 4096 characters"),
    "no date": (WHOLE.replace("entityID", 'validUntil="soon" entityID').encode(), "which is no date"),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_other_files_are_refused_with_name_and_remedy(content, said):
    with pytest.raises(Refusal) as refused:
        read_metadata(content, "adfs.xml")
    assert said in str(refused.value)
    assert "adfs.xml" in str(refused.value)


def with_certificates(*spans: tuple[int, int], attributes: str = "") -> bytes:
    keys = "".join(key(certificate(*span)) for span in spans)
    return WHOLE.replace(key(GOOD), keys).replace("entityID", f"{attributes} entityID").encode()


DATES = {
    "long valid": (with_certificates((-1, 31)), ""),
    "ends in 30 days": (with_certificates((-1, 30)), "expires on 2026-12-24 (30 days)"),
    "ends tomorrow": (with_certificates((-1, 1)), "expires on 2026-11-25 (1 days)"),
    "ends soon beside its successor": (with_certificates((-1, 10), (5, 400)), ""),
    "ends soon and the successor comes too late": (with_certificates((-1, 10), (11, 400)), "expires on 2026-12-04"),
    "ends soon beside a longer one": (with_certificates((-1, 10), (-1, 400)), ""),
    "an expired one beside a valid one": (with_certificates((-9, -2), (-1, 400)), "that expired on 2026-11-22"),
    "metadata valid for long": (with_certificates((-1, 99), attributes='validUntil="2027-01-01T00:00:00Z"'), ""),
}


@pytest.mark.parametrize(("content", "said"), DATES.values(), ids=DATES)
def test_dates_that_come_near_are_warned_about(content, said):
    warnings = judged_dates(read_metadata(content, "adfs.xml"), "adfs.xml", NOW)
    assert len(warnings) == bool(said)
    assert said in "".join(warnings)


PAST = {
    "expired": (with_certificates((-9, -1)), "expired on 2026-11-23. Renew"),
    "all expired": (with_certificates((-9, -1), (-9, -5)), "expired on 2026-11-23. Renew"),
    "not yet valid": (with_certificates((1, 400)), "is valid from 2026-11-25 12:00 UTC on"),
    "metadata expired": (
        with_certificates((-1, 99), attributes='validUntil="2026-11-01T00:00:00.000Z"'),
        "valid until 2026-11-01 00:00 UTC only",
    ),
}


@pytest.mark.parametrize(("content", "said"), PAST.values(), ids=PAST)
def test_dates_that_are_past_are_refused(content, said):
    with pytest.raises(Refusal, match="adfs.xml") as refused:
        judged_dates(read_metadata(content, "adfs.xml"), "adfs.xml", NOW)
    assert said in str(refused.value)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(some.integers(0, len(WHOLE)), some.text(max_size=12, alphabet="<>&;!/\"'=[]xA?-"))
def test_damage_never_ends_in_another_error(place, junk):
    content = (WHOLE[:place] + junk + WHOLE[place + len(junk) :]).encode()
    with contextlib.suppress(Refusal):
        judged_dates(read_metadata(content, "adfs.xml"), "adfs.xml", NOW)
