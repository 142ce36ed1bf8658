"""One login as a browser goes through it: how it ended, and if badly, at which of the article's twelve steps and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import html

from sandbox.login.balancer.pages import REASON as ACCESS_LOG
from sandbox.login.browser import Browser, Lost, Step, forms_of
from sandbox.login.client import Unreachable
from sandbox.login.mesh.passage import REASON as MESH
from sandbox.login.oauth2_proxy.pages import LOG as PROXY_LOG
from sandbox.login.web import request_to, value_of

USER_FIELD, PASSWORD_FIELD = "UserName", "Password"
CALLBACKS = ("/oauth2/idpresponse", "/oauth2/callback")
TOKEN_TRIGGER = "PreTokenGeneration"


@dataclass(frozen=True)
class Places:
    """Who is who among the names."""

    kubeflow: str
    login: str
    adfs: str


@dataclass(frozen=True)
class Outcome:
    """`failed_at` is the step at which the login ended, 0 when it did not; `reason` why, for whoever can mend it."""

    failed_at: int = 0
    reason: str = ""
    user: str = ""
    namespaces: tuple[str, ...] = ()


def log_in(browser: Browser, places: Places, user: str, password: str) -> Outcome:
    """Opens Kubeflow's address and fills in the login page if one comes."""
    begun = len(browser.history)
    try:
        page = browser.open(f"https://{places.kubeflow}/")
        if page.request.host == places.adfs and forms_of(page):
            browser.submit(page, {USER_FIELD: user, PASSWORD_FIELD: password})
    except (Unreachable, Lost) as error:
        return Outcome(next_number(browser.history[begun:], places), str(error))
    return outcome(browser.history[begun:], places)


def outcome(history: Sequence[Step], places: Places) -> Outcome:
    """How the login went that this is the history of."""
    last = history[-1]
    user = text_of(last, "//*[@id='user']") if last.request.host == places.kubeflow else []
    if user and last.response.status == 200:
        names = text_of(last, "//*[@id='namespaces']//strong")
        return Outcome(user=user[0], namespaces=tuple(names))
    for at, step in enumerate(history):
        if _error_in(step.response.location):
            return Outcome(_number_of_error(step, history[:at], places), reason_of(history))
    return Outcome(numbers_of(last, history[:-1], places)[-1], reason_of(history))


def numbers_of(step: Step, before: Sequence[Step], places: Places) -> tuple[int, ...]:
    """Which of the twelve steps a request is; those that its answer did not come to are not among them."""
    host, path, status = step.request.host, step.request.path, step.response.status
    if host == places.login:
        found: tuple[int, ...] = (7, 8) if path.startswith("/saml2/") else (3,)
    elif host == places.adfs:
        answered = any(name == "SAMLResponse" for form in forms_of(step) for name, _ in form.fields)
        found = ((5, 6) if answered else (5,)) if step.request.method == "POST" else (4,)
    elif path in CALLBACKS:
        found = (9,)
    elif any(earlier.request.path in CALLBACKS for earlier in before):
        found = _back(step)
    else:
        found = (2,)
    return found[:1] if status >= 400 and host != places.kubeflow else found


def _back(step: Step) -> tuple[int, ...]:
    """How far a request got that comes with a session: to whoever has answered it."""
    if MESH in step.response.headers:
        return (10, 11)
    return (10,) if step.response.location or ACCESS_LOG in step.response.headers else (10, 11, 12)


def next_number(history: Sequence[Step], places: Places) -> int:
    """The step that could not be taken, because no connection came about."""
    if not history:
        return 1
    last = history[-1]
    targets = [last.response.location, *(form.action for form in forms_of(last))]
    hosts = [request_to(target).host for target in targets if target]
    if places.login in hosts:
        return 7 if any(step.request.host == places.adfs for step in history) else 3
    if places.adfs in hosts:
        return 4
    return 9


def reason_of(history: Sequence[Step]) -> str:
    """Why the last page is not the dashboard: a log's line if there is one, else what the address or the page says."""
    last = history[-1]
    for name in (ACCESS_LOG, PROXY_LOG, MESH):
        if name in last.response.headers:
            return last.response.headers.get(name)
    return _error_in(last.request.url) or visible_text(last)


def visible_text(step: Step) -> str:
    """The words of a page, in one line."""
    if not step.response.body.strip():
        return f"status {step.response.status}"
    if "html" not in step.response.headers.get("Content-Type"):
        return " ".join(step.response.text.split())
    tree = html.document_fromstring(step.response.text)
    for unseen in tree.xpath("//script | //style | //noscript | //head"):
        unseen.drop_tree()
    return " ".join(tree.text_content().split())


def text_of(step: Step, path: str) -> list[str]:
    """The text of the elements of a page that an XPath finds."""
    if "html" not in step.response.headers.get("Content-Type") or not step.response.body.strip():
        return []
    return [" ".join(each.text_content().split()) for each in html.document_fromstring(step.response.text).xpath(path)]


def _error_in(url: str) -> str:
    """The error that an address carries to where it leads."""
    query = request_to(url).query if url else ()
    code = value_of(query, "error")
    return f"{code}: {value_of(query, 'error_description')}".removesuffix(": ") if code else ""


def _number_of_error(step: Step, before: Sequence[Step], places: Places) -> int:
    numbers = numbers_of(step, before, places)
    return numbers[-1] if TOKEN_TRIGGER in _error_in(step.response.location) else numbers[0]
