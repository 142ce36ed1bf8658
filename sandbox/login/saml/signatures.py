"""Which element of a message carries a valid signature of its provider; everything else about it is others' question."""

from __future__ import annotations

from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier

from sandbox.login.saml.document import Element, SamlRefused
from sandbox.login.saml.metadata import IdentityProvider

METHODS = frozenset((SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512))
DIGESTS = frozenset((DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512))


def verified_element(root: Element, location: str, provider: IdentityProvider, name: str) -> Element:
    """What the signature there covers, by any certificate of the metadata; none of the message itself counts."""
    settings = SignatureConfiguration(location=location, signature_methods=METHODS, digest_algorithms=DIGESTS)
    for certificate in provider.certificates:
        try:
            result = XMLVerifier().verify(root, x509_cert=certificate, id_attribute="ID", expect_config=settings)
        except Exception:
            # Whatever the library stumbles over was written by a stranger: TypeError, KeyError, its own, lxml's.
            continue
        if result.signed_xml is not None:
            return result.signed_xml
    raise SamlRefused(f"SAML {name} signature is invalid.")
