"""SAML metadata, read far enough to refuse what Cognito refuses, and for the addresses that Cognito shows of it.

Source: developer guide, "Adding SAML identity providers" and "Things to know about SAML": a certificate must not have expired.
The reasons are ours; that and the error code are Cognito's.
"""

from __future__ import annotations

import base64
import datetime as dt
import xml.etree.ElementTree as ElementTree

from cryptography import x509

from sandbox.aws.calls import Refused, refuse

METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
LONGEST = 131072


def fault(reason: str) -> Refused:
    return refuse("InvalidParameterException", f"Invalid SAML metadata: {reason}")


def derived_details(metadata: str) -> dict[str, str]:
    """The keys that Cognito adds to ProviderDetails by itself."""
    provider = provider_of(metadata)
    check_certificates(provider)
    details = {"SSORedirectBindingURI": location(provider, "SingleSignOnService")}
    logout = location(provider, "SingleLogoutService")
    if not details["SSORedirectBindingURI"]:
        raise fault("no single sign-on service")
    return {**details, **({"SLORedirectBindingURI": logout} if logout else {})}


def provider_of(metadata: str) -> ElementTree.Element:
    if len(metadata) > LONGEST or "<!DOCTYPE" in metadata or "<!ENTITY" in metadata:
        raise fault("document types and entities are not allowed")
    try:
        root = ElementTree.fromstring(metadata)
    except ElementTree.ParseError as error:
        raise fault(f"not well-formed, {error}") from error
    provider = root.find(f"{METADATA}IDPSSODescriptor")
    if root.tag != f"{METADATA}EntityDescriptor" or provider is None or not root.get("entityID"):
        raise fault("no entity descriptor of an identity provider")
    return provider


def check_certificates(provider: ElementTree.Element) -> None:
    descriptors = [key for key in provider.iter(f"{METADATA}KeyDescriptor") if key.get("use", "signing") == "signing"]
    found = [text.text or "" for key in descriptors for text in key.iter(f"{SIGNATURE}X509Certificate")]
    if not found:
        raise fault("no signing certificate")
    try:
        ends = [x509.load_der_x509_certificate(base64.b64decode(text)).not_valid_after_utc for text in found]
    except ValueError as error:
        raise fault("the signing certificate cannot be read") from error
    if max(ends) < dt.datetime.now(dt.UTC):
        raise fault("the signing certificate has expired")


def location(provider: ElementTree.Element, service: str) -> str | None:
    found = {one.get("Binding"): one.get("Location") for one in provider.iter(METADATA + service)}
    return found.get(REDIRECT) or next(iter(found.values()), None)
