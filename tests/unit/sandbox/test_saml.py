"""The sample ADFS's metadata is a SAML 2.0 identity provider's, with a certificate that can be read."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ElementTree

from cryptography import x509

from sandbox.kubernetes.certificates import signing_certificate
from sandbox.login.user_pool import entity_id
from sandbox.saml import metadata

NAMES = {"m": "urn:oasis:names:tc:SAML:2.0:metadata", "d": "http://www.w3.org/2000/09/xmldsig#"}
CERTIFICATE, _ = signing_certificate("ADFS Signing - adfs.corp.example")
DOCUMENT = metadata("adfs.corp.example", CERTIFICATE)
PROVIDER = ElementTree.fromstring(DOCUMENT.encode()).find("m:IDPSSODescriptor", NAMES)


def test_the_issuer_is_the_federation_service() -> None:
    assert entity_id(DOCUMENT) == "http://adfs.corp.example/adfs/services/trust"
    assert entity_id(None) == ""


def test_sign_on_is_offered_by_redirect_and_post() -> None:
    services = PROVIDER.findall("m:SingleSignOnService", NAMES)
    assert [service.get("Binding").rpartition(":")[2] for service in services] == ["HTTP-Redirect", "HTTP-POST"]
    assert {service.get("Location") for service in services} == {"https://adfs.corp.example/adfs/ls/"}


def test_the_signing_certificate_is_the_given_one() -> None:
    text = PROVIDER.find("m:KeyDescriptor[@use='signing']//d:X509Certificate", NAMES).text
    found = x509.load_der_x509_certificate(base64.b64decode(text))
    assert found == x509.load_pem_x509_certificate(CERTIFICATE)
    assert found.issuer == found.subject


def test_elements_stand_in_the_order_of_the_schema() -> None:
    order = [child.tag.rpartition("}")[2] for child in PROVIDER]
    assert order == ["KeyDescriptor"] + ["SingleLogoutService"] * 2 + ["NameIDFormat"] * 3 + ["SingleSignOnService"] * 2
