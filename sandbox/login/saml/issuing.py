"""Responses as ADFS writes them: one assertion, its signature after its issuer, the response signed where asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import CanonicalizationMethod, XMLSigner

from sandbox.login.saml.document import ASSERTION, PROTOCOL, SIGNATURE, SUCCESS, Element, instant, serialized, tag

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
CONFIRMATION_SECONDS = 300
ASSERTION_SECONDS = 3600


@dataclass(frozen=True)
class Signer:
    """The certificate of an identity provider (PEM) and its key, which is read once: that takes longest."""

    certificate: bytes
    key: rsa.RSAPrivateKey

    @classmethod
    def of(cls, certificate: bytes, key: bytes) -> Signer:
        """Of two PEM texts."""
        loaded = serialization.load_pem_private_key(key, None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        return cls(certificate, loaded)


@dataclass(frozen=True)
class Statement:
    """What an assertion says, and to whom: `audience` may believe it, at `recipient`, as the answer to `request_id`."""

    id: str
    issuer: str
    audience: str
    recipient: str
    request_id: str
    name_id: str
    attributes: Mapping[str, Sequence[str]]
    session_index: str
    now: float


def assertion(statement: Statement) -> Element:
    """Not signed yet."""
    now = statement.now
    root = etree.Element(tag(ASSERTION, "Assertion"), nsmap={None: ASSERTION})
    for name, value in (("ID", statement.id), ("IssueInstant", instant(now)), ("Version", "2.0")):
        root.set(name, value)
    _add(root, "Issuer", statement.issuer)
    subject = _add(root, "Subject")
    _add(subject, "NameID", statement.name_id, Format=PERSISTENT)
    confirmation = _add(subject, "SubjectConfirmation", Method=BEARER)
    _add(
        confirmation,
        "SubjectConfirmationData",
        InResponseTo=statement.request_id,
        NotOnOrAfter=instant(now + CONFIRMATION_SECONDS),
        Recipient=statement.recipient,
    )
    conditions = _add(root, "Conditions", NotBefore=instant(now), NotOnOrAfter=instant(now + ASSERTION_SECONDS))
    _add(_add(conditions, "AudienceRestriction"), "Audience", statement.audience)
    if statement.attributes:
        told = _add(root, "AttributeStatement")
        for name, values in statement.attributes.items():
            attribute = _add(told, "Attribute", Name=name)
            for value in values:
                _add(attribute, "AttributeValue", value)
    authentication = _add(root, "AuthnStatement", AuthnInstant=instant(now), SessionIndex=statement.session_index)
    _add(_add(authentication, "AuthnContext"), "AuthnContextClassRef", PASSWORD)
    return root


def response(identifier: str, statement: Statement, content: Element | None, status: str = SUCCESS) -> Element:
    """The message around an assertion, or around none when the status is not success."""
    root = etree.Element(tag(PROTOCOL, "Response"), nsmap={"samlp": PROTOCOL})
    for name, value in (
        ("ID", identifier),
        ("Version", "2.0"),
        ("IssueInstant", instant(statement.now)),
        ("Destination", statement.recipient),
        ("InResponseTo", statement.request_id),
    ):
        root.set(name, value)
    etree.SubElement(root, tag(ASSERTION, "Issuer"), nsmap={None: ASSERTION}).text = statement.issuer
    told = etree.SubElement(root, tag(PROTOCOL, "Status"))
    etree.SubElement(told, tag(PROTOCOL, "StatusCode"), Value=status)
    if content is not None:
        root.append(content)
    return root


def signed(element: Element, signer: Signer) -> Element:
    """The element with its enveloped signature, which the schema wants right after the issuer."""
    issuer = element.find(tag(ASSERTION, "Issuer"))
    issuer.addnext(etree.Element(tag(SIGNATURE, "Signature"), Id="placeholder", nsmap={"ds": SIGNATURE}))
    writer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    return writer.sign(
        element,
        key=signer.key,
        cert=signer.certificate.decode(),
        reference_uri=f"#{element.get('ID')}",
        id_attribute="ID",
    )


def signed_response(
    identifier: str, statement: Statement, signer: Signer, sign_assertion: bool = True, sign_response: bool = False
) -> bytes:
    """ADFS signs the assertion only, unless the relying party's SamlResponseSignature says otherwise."""
    content = assertion(statement)
    message = response(identifier, statement, signed(content, signer) if sign_assertion else content)
    return serialized(signed(message, signer) if sign_response else message)


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    child = etree.SubElement(parent, tag(ASSERTION, name), **attributes)
    child.text = text
    return child
