"""A login told in the twelve steps of the article, from what a browser asked and was answered."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence

from lxml import etree, html

from sandbox.login.browser import Step, forms_of
from sandbox.login.journey import Outcome, Places, numbers_of, text_of
from sandbox.login.web import Pairs, request_to, value_of

STEPS = {
    1: "The name leads to the load balancer",
    2: "Nobody is logged in, so the browser is sent to Cognito",
    3: "Cognito sends it on to ADFS",
    4: "ADFS asks who it is",
    5: "ADFS checks name and password",
    6: "ADFS signs what the directory says",
    7: "Cognito verifies it and updates the user",
    8: "Cognito calls the profile manager, and issues a code",
    9: "The code is exchanged for tokens, and a session begins",
    10: "The browser is back where it began, with the session",
    11: "Istio verifies the token and names the user",
    12: "The dashboard shows the namespaces",
}
LONGEST = 140


def narrated(history: Sequence[Step], places: Places, name: str, outcome: Outcome) -> list[str]:
    """Lines to print: each step that was reached, what was asked and answered, and how it ended."""
    told = {1: [name], **tell(history, places)}
    lines = []
    for number, details in sorted(told.items()):
        mark = "x" if number == outcome.failed_at else " "
        lines.append(f"{mark} {number:2}. {STEPS[number]}")
        lines += [f"        {shortened(detail)}" for detail in details]
    if outcome.failed_at:
        missing = [] if outcome.failed_at in told else [f"x {outcome.failed_at:2}. {STEPS[outcome.failed_at]}"]
        return [*lines, *missing, "", f"The login ends at step {outcome.failed_at}: {outcome.reason}"]
    return [*lines, "", f"{outcome.user} is logged in and is in {', '.join(outcome.namespaces) or 'no namespace'}."]


def tell(history: Sequence[Step], places: Places) -> dict[int, list[str]]:
    """The details of each step that was reached."""
    told: dict[int, list[str]] = {}
    for at, step in enumerate(history):
        numbers = numbers_of(step, history[:at], places)
        told.setdefault(numbers[0], []).append(line_of(step))
        for number in numbers:
            lines = told.setdefault(number, [])
            lines += DETAILS[number](step) if number in DETAILS else ()
    return told


def line_of(step: Step) -> str:
    asked = f"{step.request.method} https://{step.request.host}{step.request.path}"
    leads = f", leads to {step.response.location.partition('?')[0]}" if step.response.location else ""
    return f"{asked}: {step.response.status}{leads}"


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _led_to(step: Step) -> Pairs:
    return request_to(step.response.location).query if step.response.location else ()


def _wish(step: Step) -> Iterator[str]:
    for name in ("client_id", "scope", "redirect_uri"):
        if value_of(_led_to(step), name):
            yield f"{name}: {value_of(_led_to(step), name)}"


def _asserted(step: Step) -> Iterator[str]:
    """What the assertion says, for reading only: it is Cognito that verifies it."""
    sent = value_of([pair for form in forms_of(step) for pair in form.fields], "SAMLResponse")
    try:
        tree = etree.fromstring(base64.b64decode(sent), etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, binascii.Error):
        return
    for name in tree.iterfind(".//{*}NameID"):
        yield f"NameID: {name.text}"
    for attribute in tree.iterfind(".//{*}Attribute"):
        values = ", ".join(value.text or "" for value in attribute.iterfind("{*}AttributeValue"))
        yield f"{attribute.get('Name')}: {values}"


def _code(step: Step) -> Iterator[str]:
    if value_of(_led_to(step), "code"):
        yield "the profile manager let the login go on; the next address carries a code"


def _session(step: Step) -> Iterator[str]:
    kept = {text.partition("=")[0] for text in step.response.headers.all("Set-Cookie") if "Max-Age=0" not in text}
    if kept:
        yield f"cookies: {', '.join(sorted(kept))}"


def _identity(step: Step) -> Iterator[str]:
    for row in html.document_fromstring(step.response.text).xpath("//table[@id='identity']//tr"):
        yield ": ".join(cell.text_content() for cell in row)


def _namespaces(step: Step) -> Iterator[str]:
    names, roles = (text_of(step, f"//*[@id='namespaces']//{tag}") for tag in ("strong", "a/span"))
    yield from (f"{name} ({role})" for name, role in zip(names, roles, strict=True))


DETAILS: Mapping[int, Callable[[Step], Iterator[str]]] = {
    2: _wish,
    6: _asserted,
    8: _code,
    9: _session,
    11: _identity,
    12: _namespaces,
}
