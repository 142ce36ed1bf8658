"""The federation metadata of the sample ADFS: what a real one publishes of its SAML 2.0 identity provider role."""

from __future__ import annotations

import base64
import re
from xml.sax.saxutils import escape, quoteattr

METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings"
NAME_ID_FORMATS = (
    "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
)


def metadata(host: str, certificate_pem: bytes) -> str:
    """The EntityDescriptor of the ADFS at that host, whose assertions this certificate verifies."""
    sign_on = quoteattr(f"https://{host}/adfs/ls/")
    key = certificate_text(certificate_pem)
    log_outs, sign_ons = (_services(name, sign_on) for name in ("SingleLogoutService", "SingleSignOnService"))
    formats = "".join(f"\n    <NameIDFormat>{escape(name)}</NameIDFormat>" for name in NAME_ID_FORMATS)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<EntityDescriptor xmlns="{METADATA}" entityID={quoteattr(f"http://{host}/adfs/services/trust")}>
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" WantAuthnRequestsSigned="false">
    <KeyDescriptor use="signing">
      <KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">
        <X509Data><X509Certificate>{key}</X509Certificate></X509Data>
      </KeyInfo>
    </KeyDescriptor>{log_outs}{formats}{sign_ons}
  </IDPSSODescriptor>
</EntityDescriptor>
"""


def certificate_text(pem: bytes) -> str:
    """The certificate as metadata carries it: base64 of its DER form, without line breaks or armour."""
    body = re.sub(r"-----[A-Z ]+-----|\s", "", pem.decode())
    base64.b64decode(body, validate=True)
    return body


def _services(name: str, location: str) -> str:
    """The service by both bindings that Cognito can use."""
    return "".join(
        f'\n    <{name} Binding="{BINDINGS}:HTTP-{binding}" Location={location}/>' for binding in ("Redirect", "POST")
    )
