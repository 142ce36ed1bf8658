"""The front serves each name with its own certificate, and what does not exist does not answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.authority import Authority
from sandbox.login.browser import Browser
from sandbox.login.client import Network, Unreachable
from sandbox.login.front import Door, Front
from sandbox.login.web import Cookie, Request, Response, page, plain, posting_page, redirect, set_cookie

AUTHORITY = Authority()


def echo(request: Request) -> Response:
    if request.path == "/fault":
        raise RuntimeError("a fault")
    body = request.body.decode()
    return plain(f"{request.method} {request.url} {body}|{request.headers.get('x-asked')}")


def journey(request: Request) -> Response:
    """A cookie, a redirect, a page that sends a form by itself, and the page that it leads to."""
    match request.path:
        case "/start":
            return set_cookie(redirect("/form"), Cookie("place", "kept"))
        case "/form":
            return posting_page("https://two.example.com/end", {"told": 'a "b" <c>'})
        case "/ask":
            return page("Ask", '<form method="POST" action="/end"><input name="name"><input name="n" value="1"></form>')
        case "/round":
            return redirect("/round")
    return plain(f"{dict(request.form)} {request.cookies}")


DOORS = {
    "one.example.com": Door(echo, AUTHORITY.key_pair("one.example.com")),
    "two.example.com": Door(journey, AUTHORITY.key_pair("two.example.com")),
    "wrong.example.com": Door(echo, AUTHORITY.key_pair("other.example.com")),
    "bare.example.com": Door(echo, None),
}


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    front = Front([DOORS.get])
    front.start()
    yield Network(front.port, AUTHORITY.pem)
    front.stop()


def test_a_request_reaches_the_site_of_its_name(network: Network) -> None:
    answer = network.fetch("https://one.example.com/a/b?c=d%20e", "POST", (("X-Asked", "yes"),), b"body")
    assert (answer.status, answer.text) == (200, "POST https://one.example.com/a/b?c=d%20e body|yes")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nobody.example.com", "UNRECOGNIZED_NAME"),
        ("bare.example.com", "UNRECOGNIZED_NAME"),
        ("wrong.example.com", "Hostname mismatch"),
    ],
)
def test_no_connection_comes_about(network: Network, name: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        network.fetch(f"https://{name}/")


def test_a_stranger_s_authority_is_not_believed(network: Network) -> None:
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        Network(network.port, Authority("Another CA").pem).fetch("https://one.example.com/")


def test_a_name_reached_by_another_s_connection_is_misdirected(network: Network) -> None:
    answer = network.fetch("https://one.example.com/", headers=(("Host", "nobody.example.com"),))
    assert answer.status == 421


@pytest.mark.parametrize(
    "field", [("Content-Length", "-1"), ("Content-Length", "2000000"), ("Transfer-Encoding", "chunked")]
)
def test_a_body_without_a_bearable_length_is_not_read(network: Network, field: tuple[str, str]) -> None:
    assert network.fetch("https://one.example.com/", "POST", (field,)).status == 413


def test_a_fault_of_a_site_ends_with_a_page(network: Network) -> None:
    assert network.fetch("https://one.example.com/fault").status == 500


def test_a_browser_follows_and_keeps_cookies_for_their_host(network: Network) -> None:
    browser = Browser(network.send)
    last = browser.open("https://two.example.com/start")
    assert last.response.text == "{'told': 'a \"b\" <c>'} {'place': 'kept'}"
    assert [step.request.path for step in browser.history] == ["/start", "/form", "/end"]
    assert "kept" not in browser.open("https://one.example.com/").response.text


def test_a_browser_fills_a_form_in(network: Network) -> None:
    browser = Browser(network.send)
    last = browser.submit(browser.open("https://two.example.com/ask"), {"name": "alice"})
    assert last.response.text == "{'n': '1', 'name': 'alice'} {}"


def test_a_browser_does_not_go_round_for_ever(network: Network) -> None:
    with pytest.raises(Exception, match="more than 30 steps"):
        Browser(network.send).open("https://two.example.com/round")
