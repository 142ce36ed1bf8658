"""A login told in twelve steps: which step a request is, and where and why a login ends that does not end well."""

from __future__ import annotations

import base64

import pytest

from sandbox.login.balancer.pages import error_page
from sandbox.login.browser import Browser
from sandbox.login.client import Unreachable
from sandbox.login.directions import chromium_options, direction_lines, user_lines
from sandbox.login.directory import sample_directory
from sandbox.login.journey import Outcome, Places, log_in
from sandbox.login.mesh.passage import refused
from sandbox.login.narration import narrated
from sandbox.login.visit import adfs_host
from sandbox.login.web import Cookie, Request, Response, page, plain, posting_page, redirect, set_cookie
from sandbox.saml import metadata

PLACES = Places("kubeflow.example.com", "login.example.com", "adfs.example.com")
HOME, LOGIN, ADFS = (f"https://{name}" for name in (PLACES.kubeflow, PLACES.login, PLACES.adfs))
ASSERTION = (
    '<Response><NameID>alice</NameID><Attribute Name="Role"><AttributeValue>a</AttributeValue></Attribute></Response>'
)
SENT = {"SAMLResponse": base64.b64encode(ASSERTION.encode()).decode()}
DASHBOARD = (
    '<span id="user">alice</span><ul id="namespaces"><li><a href="/x"><strong>vision</strong><span>contributor</span></a>'
    '</li></ul><table id="identity"><tr><td>kubeflow-userid</td><td>alice</td></tr></table>'
)
FORM = '<form method="POST" action="/adfs/ls/"><input name="UserName"><input name="Password" type="password"></form>'


class World:
    """A login that goes well, but for the answers given here by the address without its query."""

    def __init__(self, **instead: Response | str) -> None:
        self.instead = {key.replace("_", "/"): value for key, value in instead.items()}

    def __call__(self, request: Request) -> Response:
        place = {PLACES.kubeflow: "home", PLACES.login: "login", PLACES.adfs: request.method.lower()}[request.host]
        instead = self.instead.get(f"{place}{request.path.rstrip('/')}")
        if isinstance(instead, str):
            raise Unreachable(instead)
        return instead or self.usual(place + request.path, request)

    def usual(self, address: str, request: Request) -> Response:
        match address:
            case "home/":
                known = "session" in request.cookies
                return page("it", DASHBOARD) if known else redirect(f"{LOGIN}/oauth2/authorize?scope=openid")
            case "login/oauth2/authorize":
                return redirect(f"{ADFS}/adfs/ls/")
            case "get/adfs/ls/":
                return page("ADFS", FORM)
            case "post/adfs/ls/":
                return posting_page(f"{LOGIN}/saml2/idpresponse", SENT)
            case "login/saml2/idpresponse":
                return redirect(f"{HOME}/oauth2/callback?code=c")
            case "home/oauth2/callback":
                return set_cookie(redirect("/"), Cookie("session", "s"))
        raise AssertionError(address)


def login(world: World) -> tuple[Outcome, list[str]]:
    browser = Browser(world)
    found = log_in(browser, PLACES, "alice", "secret")
    return found, narrated(browser.history, PLACES, "the name", found)


def test_a_login_that_goes_well_has_twelve_steps() -> None:
    found, lines = login(World())
    assert found == Outcome(user="alice", namespaces=("vision",))
    assert [line.split(".")[0].strip() for line in lines if line[:4].strip().isdigit()] == [
        str(n) for n in range(1, 13)
    ]
    told = "\n".join(lines)
    for detail in ("scope: openid", "NameID: alice", "Role: a", "cookies: session", "kubeflow-userid: alice"):
        assert detail in told
    assert ("vision (contributor)" in told, lines[-1]) == (True, "alice is logged in and is in vision.")


ERROR = redirect(f"{HOME}/oauth2/callback?error=invalid_request&error_description=user.email%3A+no")
TRIGGER = redirect(f"{HOME}/oauth2/callback?error=invalid_request&error_description=PreTokenGeneration+failed")
DENIED = refused(403, "RBAC: access denied", "AuthorizationPolicy a/b").response
ENDS = {
    "no such name": ({"home": "unrecognized name"}, 1, "unrecognized name"),
    "the load balancer itself": ({"home": error_page(504, "no way in")}, 2, "no way in"),
    "no login domain": ({"login_oauth2_authorize": "unrecognized name"}, 3, "unrecognized name"),
    "a page of Cognito": ({"login_oauth2_authorize": page("E", "<h1>redirect_mismatch</h1>", 400)}, 3, "redirect_mismatch"),
    "no ADFS": ({"get_adfs_ls": "no route"}, 4, "no route"),
    "a page of ADFS": ({"get_adfs_ls": page("E", "<p>MSIS3020</p>")}, 4, "MSIS3020"),
    "a wrong password": ({"post_adfs_ls": page("E", f"<p>Incorrect</p>{FORM}")}, 5, "Incorrect"),
    "the assertion cannot be taken": (
        {"login_saml2_idpresponse": ERROR, "home_oauth2_callback": plain("", 403)}, 7, "invalid_request: user.email: no",
    ),
    "the function refuses": (
        {"login_saml2_idpresponse": TRIGGER, "home_oauth2_callback": error_page(561, "the answer")}, 8, "the answer",
    ),
    "no token": ({"home_oauth2_callback": error_page(561, "AuthTokenEpRequestFailed")}, 9, "AuthTokenEpRequestFailed"),
}  # fmt: skip


@pytest.mark.parametrize(("instead", "step", "reason"), ENDS.values(), ids=ENDS)
def test_a_login_that_ends_early(instead: dict, step: int, reason: str) -> None:
    found, lines = login(World(**instead))
    assert (found.failed_at, found.reason) == (step, reason)
    assert [line[2:4] for line in lines if line.startswith("x")] == [f"{step:2}"]
    assert lines[-1] == f"The login ends at step {step}: {reason}"


@pytest.mark.parametrize(("answer", "step"), [(DENIED, 11), (plain("fault", 500), 12)], ids=["mesh", "dashboard"])
def test_a_session_that_does_not_open_the_dashboard(answer: Response, step: int) -> None:
    class Behind(World):
        def usual(self, address: str, request: Request) -> Response:
            return answer if address == "home/" and "session" in request.cookies else super().usual(address, request)

    assert login(Behind())[0].failed_at == step


FOUND = {
    "domain": "example.com",
    "front_port": 4443,
    "ca_fingerprint": "abc=",
    "state_dir": "/s p",
    "ca_file": "/ca.pem",
}


def test_the_directions_fit_into_a_shell() -> None:
    told = "\n".join(direction_lines(FOUND, as_root=False))
    assert '"--host-resolver-rules=MAP *.example.com 127.0.0.1:4443" --ignore-certificate-errors-spki-list=abc=' in told
    assert ('--user-data-dir="/s p/browser"' in told) or ('"--user-data-dir=/s p/browser"' in told)
    assert "curl --cacert /ca.pem --connect-to ::127.0.0.1:4443 -iL https://kubeflow.example.com/" in told
    assert "--no-sandbox" not in told
    assert chromium_options(FOUND, as_root=True)[-1] == "--no-sandbox"


def test_the_users_are_told_with_their_passwords() -> None:
    lines = user_lines(sample_directory("example.com"))
    assert lines[1].split() == ["alice@example.com", "alice-knows", "kubeflow-vision,", "kubeflow-speech"]
    assert lines[-1].endswith("the account is disabled")


def test_adfs_is_the_host_of_its_metadata() -> None:
    pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    assert adfs_host(metadata("adfs.corp.example", pem)) == "adfs.corp.example"
