"""XML that strangers send: parsed without entities, document types or comments, which no SAML message needs.

Comments are what lets a text end early for some readers (CVE-2017-11427 and its kin), so they are refused, not skipped.
"""

from __future__ import annotations

import datetime as dt
import uuid

from lxml import etree

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
NAMES = {"a": ASSERTION, "p": PROTOCOL, "m": METADATA, "d": SIGNATURE}
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
LONGEST = 1 << 18

Element = etree._Element


class SamlRefused(Exception):
    """A message that cannot be read, or is not to be believed; the text says why, and nothing of its content."""


def parse(content: bytes | str, comments: bool = False) -> Element:
    """The root element of a message; `comments` for a document that says nothing about users."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    encoded = content.encode() if isinstance(content, str) else content
    if len(encoded) > LONGEST:
        raise SamlRefused("the message is too long")
    try:
        root = etree.fromstring(encoded, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SamlRefused("the message is not well-formed XML") from error
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise SamlRefused("document types are not allowed")
    siblings = [*root.itersiblings(), *root.itersiblings(preceding=True)]
    if not comments and any(not isinstance(node.tag, str) for node in (*root.iter(), *siblings)):
        raise SamlRefused("comments, entities and processing instructions are not allowed")
    return root


def serialized(root: Element) -> bytes:
    return etree.tostring(root)


def tag(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def text_of(element: Element, path: str) -> str:
    """The text of the one element there; empty when there is none or several."""
    found = element.xpath(path, namespaces=NAMES)
    return (found[0].text or "").strip() if len(found) == 1 else ""


def new_id() -> str:
    """An XML ID may not begin with a digit."""
    return f"_{uuid.uuid4()}"


def instant(seconds: float) -> str:
    """A time as SAML writes it, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise SamlRefused("a time in the message cannot be read") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
