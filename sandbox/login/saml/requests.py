"""The requests of a service provider, and the answer to a logout: written and read."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from sandbox.login.saml.document import (
    ASSERTION,
    PROTOCOL,
    SUCCESS,
    Element,
    SamlRefused,
    instant,
    parse,
    serialized,
    tag,
    text_of,
)

POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


@dataclass(frozen=True)
class AuthnRequest:
    """Asks for an assertion, to be posted to `consumer`; `force` for a fresh login in spite of a session."""

    id: str
    issuer: str
    destination: str
    consumer: str
    force: bool = False


@dataclass(frozen=True)
class LogoutRequest:
    id: str
    issuer: str
    destination: str
    name_id: str
    session_index: str = ""


def authn_request(request: AuthnRequest, now: float) -> bytes:
    root = _message("AuthnRequest", request.id, request.destination, request.issuer, now)
    root.set("AssertionConsumerServiceURL", request.consumer)
    root.set("ProtocolBinding", POST_BINDING)
    if request.force:
        root.set("ForceAuthn", "true")
    return serialized(root)


def read_authn_request(message: bytes) -> AuthnRequest:
    root = _read(message, "AuthnRequest")
    return AuthnRequest(
        root.get("ID", ""),
        text_of(root, "a:Issuer"),
        root.get("Destination", ""),
        root.get("AssertionConsumerServiceURL", ""),
        root.get("ForceAuthn") in ("true", "1"),
    )


def logout_request(request: LogoutRequest, now: float) -> bytes:
    root = _message("LogoutRequest", request.id, request.destination, request.issuer, now)
    etree.SubElement(root, tag(ASSERTION, "NameID")).text = request.name_id
    if request.session_index:
        etree.SubElement(root, tag(PROTOCOL, "SessionIndex")).text = request.session_index
    return serialized(root)


def read_logout_request(message: bytes) -> LogoutRequest:
    root = _read(message, "LogoutRequest")
    return LogoutRequest(
        root.get("ID", ""),
        text_of(root, "a:Issuer"),
        root.get("Destination", ""),
        text_of(root, "a:NameID"),
        text_of(root, "p:SessionIndex"),
    )


def logout_response(identifier: str, issuer: str, destination: str, in_response_to: str, now: float) -> Element:
    """Not signed yet."""
    root = _message("LogoutResponse", identifier, destination, issuer, now)
    root.set("InResponseTo", in_response_to)
    status = etree.SubElement(root, tag(PROTOCOL, "Status"))
    etree.SubElement(status, tag(PROTOCOL, "StatusCode"), Value=SUCCESS)
    return root


def kind_of(message: bytes) -> str:
    """AuthnRequest, LogoutRequest, …"""
    return etree.QName(parse(message)).localname


def _message(name: str, identifier: str, destination: str, issuer: str, now: float) -> Element:
    root = etree.Element(tag(PROTOCOL, name), nsmap={"samlp": PROTOCOL, "saml": ASSERTION})
    for key, value in (
        ("ID", identifier),
        ("Version", "2.0"),
        ("IssueInstant", instant(now)),
        ("Destination", destination),
    ):
        root.set(key, value)
    etree.SubElement(root, tag(ASSERTION, "Issuer")).text = issuer
    return root


def _read(message: bytes, name: str) -> Element:
    root = parse(message)
    if root.tag != tag(PROTOCOL, name):
        raise SamlRefused(f"the message is not a {name}")
    return root
