"""An identity provider as its metadata describes it: all that a service provider knows of it."""

from __future__ import annotations

import base64
import textwrap
from dataclasses import dataclass

from sandbox.login.saml.document import METADATA, NAMES, Element, SamlRefused, parse, tag

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


@dataclass(frozen=True)
class IdentityProvider:
    """`certificates` are PEM texts, any of which may sign."""

    entity_id: str
    sign_on: str
    log_out: str
    certificates: tuple[str, ...]


def read_metadata(document: bytes | str) -> IdentityProvider:
    root = parse(document, comments=True)
    found = root.find(tag(METADATA, "IDPSSODescriptor"))
    if root.tag != tag(METADATA, "EntityDescriptor") or found is None:
        raise SamlRefused("the metadata is not that of an identity provider")
    keys = found.xpath("m:KeyDescriptor[not(@use) or @use='signing']//d:X509Certificate", namespaces=NAMES)
    return IdentityProvider(
        root.get("entityID", ""),
        _location(found, "SingleSignOnService"),
        _location(found, "SingleLogoutService"),
        tuple(dict.fromkeys(pem_of(key.text or "") for key in keys)),
    )


def _location(provider: Element, service: str) -> str:
    """The address for the redirect binding; empty where there is none."""
    found = {one.get("Binding"): one.get("Location", "") for one in provider.findall(tag(METADATA, service))}
    return found.get(REDIRECT, "")


def pem_of(text: str) -> str:
    """The certificate whose DER form this is in base64."""
    try:
        encoded = base64.b64encode(base64.b64decode("".join(text.split()), validate=True)).decode()
    except ValueError as error:
        raise SamlRefused("a certificate cannot be read") from error
    body = "\n".join(textwrap.wrap(encoded, 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
