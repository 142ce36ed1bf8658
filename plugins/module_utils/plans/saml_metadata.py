# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a file is metadata of a SAML 2.0 identity provider that Cognito can work with.

The format is defined in "Metadata for the OASIS Security Assertion Markup Language (SAML) V2.0", section 2.
The file comes from outside, so nothing in it may refer to anything: a document type is refused before parsing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.parsers import expat

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.certificate_validity import (
    NotACertificate,
    Validity,
    certificate_validity,
)

LARGEST = 131072
"""Bytes; Cognito takes no longer text in a provider's details."""

DEEPEST = 64
LONGEST_CERTIFICATE = 4096
DECLARATION = re.compile(r"\A<\?xml\s[^>]*\?>\s*")
SOON = datetime.timedelta(days=30)

METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
BINDINGS = {
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
}
DOWNLOAD = "Download it again from the identity provider (AD FS: /FederationMetadata/2007-06/FederationMetadata.xml)."
ROLLOVER = (
    "Renew the token-signing certificate at the identity provider and download its metadata again, "
    "or use `metadata_url`, which Cognito reads again by itself."
)


@dataclass(frozen=True)
class Metadata:
    """What is worth knowing of an identity provider's metadata; `text` is what Cognito is given."""

    text: str
    entity_id: str
    certificates: tuple[Validity, ...]
    valid_until: datetime.datetime | None


def read_metadata(content: bytes, file: str) -> Metadata:
    """The metadata in a file's content; a Refusal that names the file, what is wrong and the remedy."""
    if len(content) > LARGEST:
        raise Refusal(
            f"The metadata file {file} has more than {LARGEST} bytes, which Cognito does not take. "
            "Remove the parts that are no IDPSSODescriptor, or use `metadata_url`."
        )
    text = _text(content, file)
    root = _parsed(text, file)
    entity, provider = _identity_provider(root, file)
    _refuse_without_sign_on(provider, file)
    return Metadata(
        text=text,
        entity_id=_entity_id(entity, file),
        certificates=tuple(_signing_certificates(provider, file)),
        valid_until=_earliest_end(root, entity, provider, file),
    )


def _text(content: bytes, file: str) -> str:
    """The content without byte order mark and XML declaration, whose encoding is none of the text's any more.

    UTF-16 is what Windows tools like to write.
    """
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return DECLARATION.sub("", content.decode(encoding).strip(), count=1)
    except UnicodeDecodeError as error:
        raise Refusal(f"The metadata file {file} is neither UTF-8 nor UTF-16. {DOWNLOAD}") from error


def _parsed(text: str, file: str) -> ElementTree.Element:
    """The root element of a document without document type."""
    _refuse_references(text, file)
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise _not_xml(file, error) from error


def _refuse_references(text: str, file: str) -> None:
    depth = 0

    def refuse(*_: object) -> None:
        raise Refusal(
            f"The metadata file {file} has a document type (DOCTYPE), by which it could define entities or name other "
            f"files. Metadata needs none, so it is refused. {DOWNLOAD}"
        )

    def enter(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Refusal(f"The metadata file {file} nests elements deeper than {DEEPEST} levels. {DOWNLOAD}")

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    try:
        # as text, so that a declared encoding that was right before decoding does not matter any more
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise _not_xml(file, error) from error


def _not_xml(file: str, error: Exception) -> Refusal:
    return Refusal(f"The metadata file {file} is not well-formed XML: {error}. {DOWNLOAD}")


def _identity_provider(root: ElementTree.Element, file: str) -> tuple[ElementTree.Element, ElementTree.Element]:
    """The entity and its descriptor as a SAML 2.0 identity provider."""
    if root.tag not in (f"{METADATA}EntityDescriptor", f"{METADATA}EntitiesDescriptor"):
        raise Refusal(f"The metadata file {file} is no SAML 2.0 metadata: its root element is {root.tag}. {DOWNLOAD}")
    found = [
        (entity, provider)
        for entity in root.iter(f"{METADATA}EntityDescriptor")
        for provider in entity.findall(f"{METADATA}IDPSSODescriptor")
        if PROTOCOL in provider.get("protocolSupportEnumeration", "").split()
    ]
    if not found:
        raise Refusal(
            f"The metadata file {file} describes no SAML 2.0 identity provider (IDPSSODescriptor). "
            f"Take the metadata of the identity provider, not those of an application. {DOWNLOAD}"
        )
    if len(found) > 1:
        raise Refusal(
            f"The metadata file {file} describes {len(found)} identity providers. "
            "Keep the EntityDescriptor of the one that is meant."
        )
    return found[0]


def _entity_id(entity: ElementTree.Element, file: str) -> str:
    entity_id = entity.get("entityID", "").strip()
    if not entity_id:
        raise Refusal(f"The metadata file {file} names no entityID. {DOWNLOAD}")
    return entity_id


def _refuse_without_sign_on(provider: ElementTree.Element, file: str) -> None:
    for service in provider.findall(f"{METADATA}SingleSignOnService"):
        if service.get("Binding") in BINDINGS and service.get("Location", "").startswith("https://"):
            return
    raise Refusal(
        f"The metadata file {file} offers no SingleSignOnService with HTTP-POST or HTTP-Redirect at an https address. "
        "Turn one of them on at the identity provider."
    )


def _signing_certificates(provider: ElementTree.Element, file: str) -> Iterator[Validity]:
    found = False
    for key in provider.findall(f"{METADATA}KeyDescriptor"):
        if key.get("use", "signing") != "signing":
            continue
        for element in key.iter(f"{SIGNATURE}X509Certificate"):
            found = True
            yield _validity("".join(element.itertext()), file)
    if not found:
        raise Refusal(
            f"The metadata file {file} holds no signing certificate, so that nothing the identity provider says "
            f"could be verified. {DOWNLOAD}"
        )


def _validity(text: str, file: str) -> Validity:
    if len("".join(text.split())) > LONGEST_CERTIFICATE:
        raise Refusal(
            f"The metadata file {file}: a signing certificate has more than {LONGEST_CERTIFICATE} characters, "
            "which Cognito does not take. Use one with a smaller key at the identity provider."
        )
    try:
        return certificate_validity(text)
    except NotACertificate as error:
        raise Refusal(f"The metadata file {file}: a signing certificate cannot be read, {error}. {DOWNLOAD}") from error


def _earliest_end(*arguments: object) -> datetime.datetime | None:
    *elements, file = arguments
    ends = [_moment(text, file) for element in elements if (text := element.get("validUntil"))]
    return min(ends, default=None)


def _moment(text: str, file: object) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise Refusal(f"The metadata file {file}: validUntil is {text}, which is no date. {DOWNLOAD}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def judged_dates(metadata: Metadata, file: str, now: datetime.datetime) -> tuple[str, ...]:
    """Warnings about dates that come near; a Refusal when no sign-in could be verified at `now`."""
    if metadata.valid_until and metadata.valid_until < now:
        raise Refusal(
            f"The metadata file {file} was valid until {metadata.valid_until:%Y-%m-%d %H:%M} UTC only. {DOWNLOAD}"
        )
    valid = [item for item in metadata.certificates if item.not_before <= now <= item.not_after]
    if not valid:
        raise Refusal(_no_valid_certificate(metadata, file, now))
    last = max(item.not_after for item in valid)
    later = [item for item in metadata.certificates if item.not_after > last and item.not_before <= last]
    warnings = []
    if last - now <= SOON and not later:
        warnings.append(
            f"The signing certificate in the metadata file {file} expires on {last:%Y-%m-%d} "
            f"({(last - now).days} days): no user can sign in after that. {ROLLOVER}"
        )
    expired = [item for item in metadata.certificates if item.not_after < now]
    if expired:
        warnings.append(
            f"The metadata file {file} holds beside valid ones a signing certificate that expired on "
            f"{max(item.not_after for item in expired):%Y-%m-%d}; AWS may refuse it. {DOWNLOAD}"
        )
    return tuple(warnings)


def _no_valid_certificate(metadata: Metadata, file: str, now: datetime.datetime) -> str:
    coming = [item for item in metadata.certificates if item.not_before > now]
    if coming:
        first = min(item.not_before for item in coming)
        return (
            f"The signing certificate in the metadata file {file} is valid from {first:%Y-%m-%d %H:%M} UTC on, "
            "and now is before that. Check the clock of this machine, or wait until then."
        )
    last = max(item.not_after for item in metadata.certificates)
    return f"The signing certificate in the metadata file {file} expired on {last:%Y-%m-%d}. {ROLLOVER}"
