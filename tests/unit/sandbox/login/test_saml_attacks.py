"""No response is believed but the one that the provider has signed, for this pool, this request, now, and once."""

from __future__ import annotations

import contextlib
import copy
import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from urllib.parse import parse_qsl, urlsplit

import pytest
from lxml import etree
from signxml import SignatureMethod, XMLSigner

from sandbox.kubernetes.certificates import signing_certificate
from sandbox.login.browser import Form, filled, forms_of
from sandbox.login.claims import GROUPS, NAME_ID
from sandbox.login.saml.document import ASSERTION, PROTOCOL, SIGNATURE, SamlRefused, parse, serialized, tag
from sandbox.login.saml.issuing import Signer, Statement, assertion, response, signed, signed_response
from sandbox.login.saml.metadata import read_metadata
from sandbox.login.saml.verification import SKEW_SECONDS, Expected, believed
from sandbox.login.web import request_to
from sandbox.saml import metadata

from .conftest import CALLBACK

HOST, AUDIENCE, RECIPIENT = (
    "adfs.corp.example",
    "urn:amazon:cognito:sp:eu-west-1_A",
    "https://login.example/saml2/idpresponse",
)
NOW = 1_800_000_000.0
ASSERTION_TAG, SIGNATURE_TAG = tag(ASSERTION, "Assertion"), tag(SIGNATURE, "Signature")


@cache
def pair(name: str) -> tuple[bytes, bytes]:
    return signing_certificate(name)


@cache
def signer(name: str = "the provider") -> Signer:
    return Signer.of(*pair(name))


def provider():
    return read_metadata(metadata(HOST, pair("the provider")[0]))


STATEMENT = Statement(
    id="_assertion",
    issuer=f"http://{HOST}/adfs/services/trust",
    audience=AUDIENCE,
    recipient=RECIPIENT,
    request_id="_request",
    name_id=r"CORP\bob",
    attributes={GROUPS: ("kubeflow-vision", "none")},
    session_index="_session",
    now=NOW,
)
EXPECTED = Expected(AUDIENCE, RECIPIENT, "_request")


def made(of_assertion: bool = True, of_response: bool = False, by: str = "the provider", **changes: object) -> bytes:
    return signed_response("_response", replace(STATEMENT, **changes), signer(by), of_assertion, of_response)


def read(message: bytes, now: float = NOW):
    return believed(message, provider(), EXPECTED, now)


@pytest.mark.parametrize("parts", [(True, False), (False, True), (True, True)], ids=["assertion", "response", "both"])
def test_what_is_signed_is_believed(parts: tuple[bool, bool]) -> None:
    told = read(made(*parts))
    assert told.claims == {NAME_ID: (r"CORP\bob",), GROUPS: ("kubeflow-vision", "none")}
    assert (told.assertion_id, told.session_index) == ("_assertion", "_session")


# The message as it should be, for other people, at other times, by other providers.
MEANT = {
    "not signed at all": (made(False), "Response and Assertion are not signed."),
    "signed by another key": (made(by="a stranger"), "SAML Assertion signature is invalid."),
    "the response signed by another key": (made(False, True, by="a stranger"), "SAML Response signature is invalid."),
    "another audience": (made(audience="urn:amazon:cognito:sp:eu-west-1_B"), "Audience restriction is not satisfied"),
    "another recipient": (made(recipient="https://evil.example/saml2/idpresponse"), "Destination is not this service"),
    "another recipient in the signed part": (
        made(recipient="https://evil.example/acs").replace(b'Destination="https://evil.example/acs"', b""),
        "SubjectConfirmation is invalid: Recipient is not this service provider",
    ),
    "another request in the signed part": (
        made(request_id="_another").replace(b'InResponseTo="_another"', b"", 1),
        "SubjectConfirmation is invalid: InResponseTo is not the request that was sent",
    ),
    "the answer to another request": (made(request_id="_another"), "InResponseTo is not the request that was sent"),
    "another issuer": (
        made(issuer="http://adfs.evil.example/adfs/services/trust"),
        "Issuer is not the identity provider",
    ),
    "no name": (made(name_id=""), "the assertion has no NameID"),
    "long ago": (made(now=NOW - 300 - SKEW_SECONDS), "Assertion is expired"),
    "from the future": (made(now=NOW + SKEW_SECONDS + 1), "Assertion is not yet valid"),
    "not a response": (b"<a/>", "the message is not a Response"),
    "not XML": (b"<a>", "the message is not well-formed XML"),
    "not success": (
        serialized(response("_r", STATEMENT, None, "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")),
        "Status code is not success: AuthnFailed",
    ),
    "success without an assertion": (serialized(response("_r", STATEMENT, None)), "must have one Assertion"),
}


@pytest.mark.parametrize(("message", "reason"), MEANT.values(), ids=MEANT.keys())
def test_what_is_meant_for_others_is_refused(message: bytes, reason: str) -> None:
    with pytest.raises(SamlRefused, match=reason):
        read(message)


@pytest.mark.parametrize("ago", [-SKEW_SECONDS, 299 + SKEW_SECONDS])
def test_clocks_may_be_apart_that_far(ago: float) -> None:
    assert read(made(now=NOW - ago)).claims


# Signature wrapping: a forged assertion beside, around, before or inside the one that is signed.


def forged_assertion(identifier: str = "_forged") -> etree._Element:
    return assertion(replace(STATEMENT, id=identifier, name_id=r"CORP\alice"))


def wrapped(change: Callable[[etree._Element, etree._Element], object], of_response: bool = False) -> bytes:
    root = parse(made(not of_response, of_response))
    change(root, root.find(ASSERTION_TAG))
    return serialized(root)


def beside(root, original, first: bool, identifier: str = "_forged") -> None:
    forged = forged_assertion(identifier)
    original.addprevious(forged) if first else original.addnext(forged)


def around(root, original) -> None:
    forged = forged_assertion()
    root.replace(original, forged)
    forged.append(original)


def in_extensions(root, original) -> None:
    extensions = etree.Element(tag(PROTOCOL, "Extensions"))
    root.replace(original, forged_assertion())
    root.find(tag(ASSERTION, "Issuer")).addnext(extensions)
    extensions.append(original)


def in_object(root, original) -> None:
    """The original moves into the signature that it carried, which moves to the forgery (XSW 3 to 6)."""
    forged = forged_assertion()
    root.replace(original, forged)
    signature = original.find(SIGNATURE_TAG)
    original.remove(signature)
    etree.SubElement(signature, tag(SIGNATURE, "Object")).append(original)
    forged.find(tag(ASSERTION, "Issuer")).addnext(signature)


def signature_moved(root, original) -> None:
    """The forgery carries the signature, whose reference still names the original (XSW 2)."""
    forged = forged_assertion()
    signature = original.find(SIGNATURE_TAG)
    forged.find(tag(ASSERTION, "Issuer")).addnext(signature)
    original.addprevious(forged)


def whole_response_inside(root, original) -> None:
    """The signed response is kept as an object of its own signature, in a forged one (XSW 1)."""
    kept = copy.deepcopy(root)
    signature = root.find(SIGNATURE_TAG)
    kept.remove(kept.find(SIGNATURE_TAG))
    root.set("ID", "_forged-response")
    root.replace(original, forged_assertion())
    etree.SubElement(signature, tag(SIGNATURE, "Object")).append(kept)


def same_id(root, original) -> None:
    """Two elements of one ID, so that a reader may find the wrong one."""
    extensions = etree.Element(tag(PROTOCOL, "Extensions"), ID=original.get("ID"))
    root.find(tag(ASSERTION, "Issuer")).addnext(extensions)


def forged_with_the_signature(root, original) -> None:
    """The signature stays where it belongs, what it covers is replaced."""
    forged = forged_assertion("_assertion")
    forged.find(tag(ASSERTION, "Issuer")).addnext(original.find(SIGNATURE_TAG))
    root.replace(original, forged)


def group_added(root, original) -> None:
    values = original.find(f".//{tag(ASSERTION, 'Attribute')}")
    etree.SubElement(values, tag(ASSERTION, "AttributeValue")).text = "kubeflow-speech"


def in_another_namespace(root, original) -> None:
    """An assertion of an older SAML, which a reader by local names would take."""
    etree.SubElement(root, "{urn:oasis:names:tc:SAML:1.0:assertion}Assertion", ID="_old")
    original.find(f".//{tag(ASSERTION, 'NameID')}").text = r"CORP\alice"


WRAPPED = {
    "a forgery before the signed one": (lambda r, o: beside(r, o, True), False, "one Assertion"),
    "a forgery after the signed one": (lambda r, o: beside(r, o, False), False, "one Assertion"),
    "a forgery of the same ID": (lambda r, o: beside(r, o, True, "_assertion"), False, "an ID occurs twice"),
    "a forgery around the signed one": (around, False, "one Assertion"),
    "the signed one in the extensions": (in_extensions, False, "one Assertion"),
    "the signed one in its signature's object": (in_object, False, "one Assertion"),
    "the signature moved to a forgery": (signature_moved, False, "one Assertion"),
    "the signed response in its own signature": (whole_response_inside, True, "one Assertion"),
    "a second element of the signed ID": (same_id, False, "an ID occurs twice"),
    "the forgery under the signature": (forged_with_the_signature, False, "signature is invalid"),
    "a group added": (group_added, False, "signature is invalid"),
    "a group added to a signed response": (group_added, True, "signature is invalid"),
    "an assertion of another version": (in_another_namespace, False, "signature is invalid"),
}


@pytest.mark.parametrize(("change", "of_response", "reason"), WRAPPED.values(), ids=WRAPPED.keys())
def test_signature_wrapping_is_refused(change, of_response: bool, reason: str) -> None:
    with pytest.raises(SamlRefused, match=reason):
        read(wrapped(change, of_response))


def test_what_is_outside_of_the_signed_assertion_is_not_read() -> None:
    """A status, destination or issuer that only the response tells is checked, never believed."""
    root = parse(made())
    root.find(tag(ASSERTION, "Issuer")).text = "http://adfs.evil.example/adfs/services/trust"
    with pytest.raises(SamlRefused, match="Issuer"):
        read(serialized(root))


def test_the_key_in_the_message_counts_for_nothing() -> None:
    """A stranger's certificate in KeyInfo verifies its own signature, and is not the one of the metadata."""
    stranger = made(by="a stranger")
    assert b"X509Certificate" in stranger
    with pytest.raises(SamlRefused, match="SAML Assertion signature is invalid."):
        read(stranger)


def by_secret() -> bytes:
    """HMAC with the public certificate as the secret, which a careless verifier would accept."""
    element = assertion(STATEMENT)
    writer = XMLSigner(signature_algorithm=SignatureMethod.HMAC_SHA256)
    done = writer.sign(element, key=pair("the provider")[0], reference_uri="#_assertion", id_attribute="ID")
    return serialized(response("_response", STATEMENT, done))


def with_algorithm(name: str) -> bytes:
    return made().replace(b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", name.encode())


ALGORITHMS = {
    "HMAC by the public certificate": by_secret(),
    "none": with_algorithm("none"),
    "SHA-1": with_algorithm("http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
    "an unknown one": with_algorithm("http://example.com/mine"),
    "no value": re.sub(rb"(<ds:SignatureValue>).*?(</ds:SignatureValue>)", rb"\1\2", made(), flags=re.DOTALL),
    "no reference": re.sub(rb"<ds:Reference .*?</ds:Reference>", b"", made(), flags=re.DOTALL),
}


@pytest.mark.parametrize("message", ALGORITHMS.values(), ids=ALGORITHMS.keys())
def test_only_rsa_with_a_sound_digest_is_a_signature(message: bytes) -> None:
    with pytest.raises(SamlRefused, match="signature is invalid"):
        read(message)


XXE = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BOMB = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
DOCUMENTS = {
    "an external entity": (XXE + made().replace(b"CORP\\bob", b"&x;"), "document types are not allowed"),
    "entities of entities": (BOMB + made().replace(b"CORP\\bob", b"&c;"), "document types are not allowed"),
    "an external document type": (b'<!DOCTYPE r SYSTEM "http://evil.example/x.dtd">' + made(), "document types"),
    "a document type in another encoding": (
        ('<?xml version="1.0" encoding="utf-16"?>' + (XXE + made()).decode()).encode("utf-16"),
        "document types are not allowed",
    ),
    "a comment in the name": (made().replace(b"CORP\\bob", b"CORP\\bo<!-- -->b"), "comments"),
    "a comment that makes the name another's": (
        made(name_id=r"CORP\alice.evil").replace(b"alice.evil", b"alice<!---->.evil"),
        "comments",
    ),
    "a processing instruction": (made().replace(b"CORP\\bob", b"CORP\\<?x?>bob"), "processing instructions"),
    "a comment before the message": (b"<!-- -->" + made(), "comments"),
    "too much of it": (b"<a>" + b" " * (1 << 18) + b"</a>", "the message is too long"),
}


@pytest.mark.parametrize(("message", "reason"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_xml_that_no_provider_writes_is_refused(message: bytes, reason: str) -> None:
    with pytest.raises(SamlRefused, match=reason):
        read(message)


def test_a_signature_over_a_comment_does_not_shorten_the_name() -> None:
    """Were comments let in, the text would still be read whole: what is signed has none."""
    element = signed(assertion(replace(STATEMENT, name_id=r"CORP\alice.evil")), signer())
    told = read(serialized(response("_response", STATEMENT, element)))
    assert told.claims[NAME_ID] == (r"CORP\alice.evil",)


@pytest.mark.parametrize("seed", range(4))
def test_no_change_of_a_message_makes_it_say_something_else(seed: int) -> None:
    """Bytes replaced, dropped and doubled anywhere: refused, or it says what was signed."""
    message, pick = made(), random.Random(seed)
    for _ in range(60):
        at, length = pick.randrange(len(message)), pick.choice((1, 1, 8, 200))
        part = message[at : at + length]
        instead = pick.choice((b"", part * 2, pick.randbytes(len(part)), bytes(reversed(part)), b"<!---->", b"alice"))
        with contextlib.suppress(SamlRefused):
            told = read(message[:at] + instead + message[at + length :])
            assert told.claims == {NAME_ID: (r"CORP\bob",), GROUPS: ("kubeflow-vision", "none")}


# Through the front: the same response twice, from another browser, without its login.


def captured(platform) -> dict[str, str]:
    """The form with which alice's response would be sent."""
    page = platform.browser.open(platform.authorize_url())
    answer = platform.browser.ask(filled(forms_of(page)[0], {"UserName": r"CORP\alice", "Password": "alice-knows"}))
    return dict(forms_of(answer)[0].fields)


def posted(platform, browser, form: dict[str, str]):
    action = f"https://{platform.domain}/saml2/idpresponse"
    return browser.ask(filled(Form(action, "POST", tuple(form.items())), {}))


def test_a_response_is_taken_once(platform) -> None:
    form = captured(platform)
    assert posted(platform, platform.browser, form).response.location.startswith(f"{CALLBACK}?code=")
    again = posted(platform, platform.browser, form)
    assert again.response.status == 400 and "Invalid samlResponse or relayState" in again.response.text


def test_a_response_is_not_taken_for_another_login(platform) -> None:
    """The attacker starts a login of his own and answers it with what he has captured."""
    form = captured(platform)
    sent = platform.browser.ask(request_to(platform.authorize_url()))
    fresh = dict(step_query(sent))["RelayState"]
    step = posted(platform, platform.browser, {**form, "RelayState": fresh})
    assert "InResponseTo" in dict(step_query(step))["error_description"]


def step_query(step) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(step.response.location).query)


def test_an_assertion_counts_once_whatever_login_it_answers(house, platform) -> None:
    form = captured(platform)
    pending = house.rooms.memory.pending.get(form["RelayState"])
    assert "code=" in posted(platform, platform.browser, form).response.location
    twin = house.rooms.memory.pending.put(pending)
    step = posted(platform, platform.browser, {**form, "RelayState": twin})
    told = dict(step_query(step))
    assert (told["error"], told["error_description"]) == (
        "server_error",
        "Invalid SAML response received: Assertion has been used before",
    )


def test_a_response_is_not_taken_from_another_browser(house, platform) -> None:
    step = posted(platform, house.browser(), captured(platform))
    assert step.response.status == 400 and "Invalid samlResponse or relayState" in step.response.text


FORMS = {
    "no relay state": ({"RelayState": ""}, "Required String parameter &#x27;RelayState&#x27; is not present"),
    "another relay state": ({"RelayState": "guessed"}, "Invalid samlResponse or relayState"),
    "no response": ({"SAMLResponse": ""}, "Required String parameter &#x27;SAMLResponse&#x27; is not present"),
}


@pytest.mark.parametrize(("changes", "text"), FORMS.values(), ids=FORMS.keys())
def test_a_response_needs_its_login(platform, changes: dict[str, str], text: str) -> None:
    step = posted(platform, platform.browser, {**captured(platform), **changes})
    assert step.response.status == 400 and text in step.response.text


def test_a_login_takes_five_minutes_at_most(house, platform) -> None:
    form = captured(platform)
    house.skipped = 301
    late = posted(platform, platform.browser, form)
    assert late.response.status == 400 and "Something went wrong" in late.response.text
