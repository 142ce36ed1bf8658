"""Whether a response is to be believed, and what it says: only what is signed is read.

The document's shape is settled before any signature is looked at: one assertion, directly in the response, signatures
only where they belong, no id twice.  That leaves signature wrapping no second place to put anything.
Pure: the time is an argument.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sandbox.login.claims import NAME_ID, Claims
from sandbox.login.saml.document import (
    ASSERTION,
    NAMES,
    PROTOCOL,
    SIGNATURE,
    SUCCESS,
    Element,
    SamlRefused,
    parse,
    seconds_of,
    tag,
    text_of,
)
from sandbox.login.saml.issuing import BEARER
from sandbox.login.saml.metadata import IdentityProvider
from sandbox.login.saml.signatures import verified_element

SKEW_SECONDS = 180
"""How far the two clocks may be apart."""
ONE_ASSERTION = "Response must have one Assertion, and it must stand directly in it"
ID_NAMES = ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id")


@dataclass(frozen=True)
class Expected:
    """What the response must be meant for."""

    audience: str
    recipient: str
    request_id: str


@dataclass(frozen=True)
class Believed:
    """What the identity provider has said, and until when it may not be said again."""

    assertion_id: str
    claims: Claims
    session_index: str
    until: float


def believed(message: bytes, provider: IdentityProvider, expected: Expected, now: float) -> Believed:
    """The content of a response; SamlRefused with the reason when it is not to be believed."""
    root = parse(message)
    check_shape(root)
    check_status(root)
    if root.find(tag(ASSERTION, "Assertion")) is None:
        raise SamlRefused(ONE_ASSERTION)
    content = signed_assertion(root, provider)
    check_addressee(root, content, provider, expected)
    until = check_confirmation(content, expected, now)
    check_conditions(content, expected, now)
    return Believed(content.get("ID", ""), claims_of(content), session_index(content), until + SKEW_SECONDS)


def check_logout(message: bytes, provider: IdentityProvider, request_id: str) -> None:
    """SamlRefused unless the provider has answered this request to log out with success."""
    root = parse(message)
    if root.tag != tag(PROTOCOL, "LogoutResponse"):
        raise SamlRefused("the message is not a LogoutResponse")
    signed = verified_element(root, "./", provider, "LogoutResponse")
    if signed.tag != root.tag or signed.get("InResponseTo") != request_id:
        raise SamlRefused("InResponseTo is not the request that was sent")
    check_status(signed)


def check_shape(root: Element) -> None:
    if root.tag != tag(PROTOCOL, "Response"):
        raise SamlRefused("the message is not a Response")
    if root.xpath("//a:EncryptedAssertion", namespaces=NAMES):
        raise SamlRefused("encrypted assertions are not supported here")
    ids = Counter(node.get(name) for node in root.iter() for name in ID_NAMES if node.get(name) is not None)
    if any(number > 1 for number in ids.values()):
        raise SamlRefused("an ID occurs twice")
    places = [root, *root.findall(tag(ASSERTION, "Assertion"))]
    assertions = list(root.iter(tag(ASSERTION, "Assertion")))
    if len(assertions) > 1 or assertions != places[1:] or list(root.iter(root.tag)) != [root]:
        raise SamlRefused(ONE_ASSERTION)
    signatures = list(root.iter(tag(SIGNATURE, "Signature")))
    parents = [signature.getparent() for signature in signatures]
    if any(parent not in places for parent in parents) or len(set(parents)) < len(parents):
        raise SamlRefused("a Signature stands where none belongs")


def check_status(root: Element) -> None:
    codes = root.xpath("p:Status/p:StatusCode", namespaces=NAMES)
    value = codes[0].get("Value", "") if len(codes) == 1 else ""
    if value != SUCCESS:
        raise SamlRefused(f"Status code is not success: {value.rpartition(':')[2] or 'none'}")


def signed_assertion(root: Element, provider: IdentityProvider) -> Element:
    """The assertion as it was signed; whatever is not under a valid signature is not in it."""
    content = None
    signed = False
    for name, location in (("Response", "./"), ("Assertion", f"./{tag(ASSERTION, 'Assertion')}/")):
        parent = root if name == "Response" else root.find(tag(ASSERTION, "Assertion"))
        if parent.find(tag(SIGNATURE, "Signature")) is None:
            continue
        found = verified_element(root, location, provider, name)
        if found.tag != parent.tag or found.get("ID") != parent.get("ID") or not found.get("ID"):
            raise SamlRefused(f"SAML {name} signature is invalid.")
        signed = True
        content = found if name == "Assertion" else found.find(tag(ASSERTION, "Assertion"))
    if not signed or content is None:
        raise SamlRefused("Response and Assertion are not signed.")
    return content


def check_addressee(root: Element, content: Element, provider: IdentityProvider, expected: Expected) -> None:
    told = root.find(tag(ASSERTION, "Issuer"))
    issuers = {text_of(content, "a:Issuer"), *([] if told is None else [told.text])}
    if issuers != {provider.entity_id}:
        raise SamlRefused("Issuer is not the identity provider of the metadata")
    if root.get("Destination", expected.recipient) != expected.recipient:
        raise SamlRefused("Destination is not this service provider")
    if root.get("InResponseTo", expected.request_id) != expected.request_id:
        raise SamlRefused("InResponseTo is not the request that was sent")


def check_confirmation(content: Element, expected: Expected, now: float) -> float:
    """The time until which one of the bearer confirmations holds."""
    path = f"a:Subject/a:SubjectConfirmation[@Method='{BEARER}']/a:SubjectConfirmationData"
    fault = "no bearer confirmation"
    for data in content.xpath(path, namespaces=NAMES):
        until = seconds_of(data.get("NotOnOrAfter", ""))
        if data.get("Recipient") != expected.recipient:
            fault = "Recipient is not this service provider"
        elif data.get("InResponseTo") != expected.request_id:
            fault = "InResponseTo is not the request that was sent"
        elif now >= until + SKEW_SECONDS:
            fault = "Assertion is expired"
        else:
            return until
    raise SamlRefused(f"SubjectConfirmation is invalid: {fault}")


def check_conditions(content: Element, expected: Expected, now: float) -> None:
    found = content.findall(tag(ASSERTION, "Conditions"))
    if len(found) != 1:
        raise SamlRefused("Assertion must have Conditions")
    begins, ends = found[0].get("NotBefore"), found[0].get("NotOnOrAfter")
    if begins and now < seconds_of(begins) - SKEW_SECONDS:
        raise SamlRefused("Assertion is not yet valid")
    if ends and now >= seconds_of(ends) + SKEW_SECONDS:
        raise SamlRefused("Assertion is expired")
    restrictions = found[0].findall(tag(ASSERTION, "AudienceRestriction"))
    audiences = [{one.text for one in entry.findall(tag(ASSERTION, "Audience"))} for entry in restrictions]
    if not audiences or any(expected.audience not in named for named in audiences):
        raise SamlRefused("Audience restriction is not satisfied: the assertion is for another audience")


def claims_of(content: Element) -> Claims:
    """Attribute name -> values, and the NameID under its claim type."""
    claims: dict[str, tuple[str, ...]] = {}
    for attribute in content.xpath("a:AttributeStatement/a:Attribute", namespaces=NAMES):
        values = tuple(value.text or "" for value in attribute.findall(tag(ASSERTION, "AttributeValue")))
        name = attribute.get("Name", "")
        claims[name] = claims.get(name, ()) + values
    name_id = text_of(content, "a:Subject/a:NameID")
    if not name_id:
        raise SamlRefused("the assertion has no NameID")
    return {**claims, NAME_ID: (name_id,)}


def session_index(content: Element) -> str:
    found = content.find(tag(ASSERTION, "AuthnStatement"))
    return "" if found is None else found.get("SessionIndex", "")
