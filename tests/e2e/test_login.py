"""What the article promises, seen by a user in a browser: his namespaces, nobody else's, and the end of a membership.

The browser is Debian's Chromium; its resolver rule and the sandbox's authority are options of this one run.  After that
one call or one edit after the other breaks the login, at the step and with the words by which whoever must mend it will
find it; nothing is deployed anew for that.  Tests run in the order in which they stand.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sandbox.login import directory as directories
from sandbox.login.directions import chromium_options

from .breaking import newcomer, trigger
from .conftest import Sandbox
from .login_breakages import BREAKAGES
from .rooms import Room

CHROMIUM = shutil.which("chromium") or ""
QUIET = ["quic", "background-networking", "component-update", "sync"]
FLAGS = ["--no-first-run", *(f"--disable-{feature}" for feature in QUIET)]
PICTURES = os.environ.get("LOGIN_PICTURES", "")
"""A folder for a picture of each page, for whoever wants to look at them."""


@pytest.fixture(scope="module")
def browser(platform: Sandbox) -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("needs Chromium on the PATH (.ci/run installs it)")
    found = json.loads((platform.state / "addresses.json").read_text())
    options = [*FLAGS, *chromium_options(found, as_root=os.geteuid() == 0)]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=options, chromium_sandbox=False)
        yield started
        started.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers that know nothing of each other."""
    made: list[BrowserContext] = []

    def visit(**options: object) -> BrowserContext:
        made.append(browser.new_context(viewport={"width": 1100, "height": 760}, **options))
        made[-1].set_default_timeout(60_000)
        return made[-1]

    yield visit
    for context in made:
        context.close()


def address(platform: Sandbox, path: str = "/") -> str:
    return f"https://kubeflow.{domain(platform)}{path}"


def domain(platform: Sandbox) -> str:
    return json.loads((platform.state / "addresses.json").read_text())["domain"]


def picture(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def log_in(platform: Sandbox, context: BrowserContext, name: str) -> Page:
    """The page that a login ends on, from Kubeflow's address on."""
    user = directories.load(platform.state / "directory.yml").user(name)
    page = context.new_page()
    page.goto(address(platform))
    assert page.url.startswith(f"https://adfs.{domain(platform)}/adfs/ls/"), page.url
    picture(page, "adfs")
    page.fill("[name=UserName]", user.mail)
    page.fill("[name=Password]", user.password)
    page.press("[name=Password]", "Enter")
    page.wait_for_load_state("networkidle")
    return page


def shown_namespaces(page: Page) -> list[str]:
    return page.locator("#namespaces strong").all_inner_texts()


def change_groups(platform: Sandbox, name: str, *groups: str) -> None:
    path = platform.state / "directory.yml"
    directory = directories.load(path)
    changed = replace(directory.user(name), groups=("Domain Users", *groups))
    users = tuple(changed if user.name == name else user for user in directory.users)
    directories.save(replace(directory, users=users), path)


def test_a_user_of_two_groups_sees_both_namespaces_and_works_in_one(platform: Sandbox, visitor) -> None:
    page = log_in(platform, visitor(), "alice")
    expect(page.locator("#user")).to_have_text(f"alice@{domain(platform)}")
    assert page.url == address(platform)
    assert shown_namespaces(page) == ["speech", "vision"]
    expect(page.locator("footer")).to_contain_text("sandbox's stand-in")
    picture(page, "dashboard")
    page.click("text=speech")
    picture(page, "namespace-empty")
    page.fill("[name=name]", "experiment")
    page.click("button")
    expect(page.locator("#notebooks")).to_contain_text("experiment")
    expect(page.locator("#notebooks")).to_contain_text(f"alice@{domain(platform)}")
    picture(page, "namespace")
    page.click("text=experiment")
    expect(page.locator("main")).to_contain_text("The mesh has let you through")
    picture(page, "notebook")


def test_a_user_of_another_group_neither_sees_nor_reaches_it(platform: Sandbox, visitor) -> None:
    change_groups(platform, "bob", "kubeflow-vision")
    forged = {"kubeflow-userid": f"alice@{domain(platform)}", "x-amzn-oidc-data": "eyJ.forged.data"}
    for number, headers in enumerate(({}, forged)):
        page = log_in(platform, visitor(extra_http_headers=headers), "bob")
        expect(page.locator("#user")).to_have_text(f"bob@{domain(platform)}")
        assert shown_namespaces(page) == ["vision"]
        answer = page.goto(address(platform, "/notebook/speech/experiment/"))
        assert answer and (answer.status, answer.text()) == (403, "RBAC: access denied")
        picture(page, f"denied-{number}")


def test_a_forged_token_gets_nobody_in(platform: Sandbox, visitor) -> None:
    page = visitor(extra_http_headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImEifQ."}).new_page()
    answer = page.goto(address(platform))
    assert answer and (answer.status, answer.text()) == (401, "Jwt issuer is not configured")


def test_a_stolen_code_or_cookie_of_the_login_is_of_no_use(platform: Sandbox, visitor) -> None:
    victim, stolen = visitor(), []
    victim.on("request", lambda request: stolen.append(request.url) if "code=" in request.url else None)
    log_in(platform, victim, "alice")
    assert stolen, "no address with a code was seen"
    thief = visitor().new_page()
    answer = thief.goto(stolen[0])
    assert answer and answer.status == 403
    expect(thief.locator("body")).to_contain_text("Unable to find a valid CSRF token")
    picture(thief, "stolen-code")
    # Once more, now with a login of his own under way; the code has been used, too.
    thief.goto(address(platform))
    answer = thief.goto(stolen[0])
    assert answer and answer.status in (403, 500)
    thief.goto(address(platform))
    assert thief.url.startswith("https://adfs.")


def test_a_cookie_is_worth_its_user_and_a_changed_one_nothing(platform: Sandbox, visitor) -> None:
    context = visitor()
    log_in(platform, context, "bob")
    cookies = [cookie for cookie in context.cookies() if cookie["name"].startswith("oauth2_proxy_kubeflow")]
    assert cookies
    assert all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies)
    other = visitor()
    other.add_cookies([{**cookie, "value": cookie["value"][:-4] + "AAAA"} for cookie in cookies])
    page = other.new_page()
    page.goto(address(platform))
    assert page.url.startswith("https://adfs.")


def test_a_lost_group_is_a_lost_namespace_after_the_next_login(platform: Sandbox, visitor) -> None:
    context = visitor()
    page = log_in(platform, context, "alice")
    change_groups(platform, "alice", "kubeflow-vision")
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url.partition("?")[0]))
    page.click("#logout")
    # ADFS still knows him, as the pool asks for no single logout: the next login needs no password.
    expect(page.locator("#namespaces strong")).to_have_text(["vision"])
    assert [url for url in seen if url.endswith(("/oauth2/sign_out", "/logout", "/saml2/idpresponse"))] == [
        address(platform, "/oauth2/sign_out"),
        f"https://cognito.auth.{domain(platform)}/logout",
        f"https://cognito.auth.{domain(platform)}/saml2/idpresponse",
    ]
    answer = page.goto(address(platform, "/notebook/speech/"))
    assert answer and answer.status == 403
    change_groups(platform, "alice", "kubeflow-vision", "kubeflow-speech")


def test_a_user_without_groups_lands_on_an_empty_dashboard(platform: Sandbox, visitor) -> None:
    page = log_in(platform, visitor(), "carol")
    expect(page.locator("#no-namespaces")).to_contain_text("You are in no namespace.")
    assert shown_namespaces(page) == []
    picture(page, "no-groups")


def test_a_disabled_user_is_refused_by_adfs(platform: Sandbox, visitor) -> None:
    page = log_in(platform, visitor(), "dave")
    assert page.url.startswith("https://adfs.")
    expect(page.locator("body")).to_contain_text("disabled")
    picture(page, "disabled")


@pytest.fixture(scope="module")
def room(platform: Sandbox) -> Room:
    """For the rest: a browser without a window, whose accounts exist already."""
    found = Room(platform.state)
    first = found.log_in("alice")
    assert (first.failed_at, first.namespaces) == (0, ("speech", "vision")), first
    return found


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_login_ends_when(room: Room, name: str) -> None:
    breakage = BREAKAGES[name]
    undo = breakage.change(room)
    try:
        found = room.log_in(breakage.user)
    finally:
        undo()
    assert (found.failed_at, bool(re.search(breakage.message, found.reason))) == (breakage.step, True), found


def test_without_the_trigger_a_newcomer_gets_no_namespace(room: Room) -> None:
    undo = newcomer(trigger())(room)
    try:
        found = room.log_in("erin")
    finally:
        undo()
    assert (found.failed_at, found.namespaces) == (0, ()), found


def test_at_the_end_all_is_as_it_was(room: Room) -> None:
    found = room.log_in("alice")
    assert (found.failed_at, found.namespaces) == (0, ("speech", "vision")), found
