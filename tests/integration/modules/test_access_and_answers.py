"""The two modules that only ask: a cluster about rights, and web servers about where they lead."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.https_answers import HttpsAnswers, Way
from sandbox.authority import Authority

GROUP = "kubeflow-profile-manager"
HOST, LOGIN, ELSEWHERE = "kubeflow.example.com", "login.example.com", "adfs.example.com"


def test_a_cluster_is_asked_about_rights_and_keeps_nothing(cluster, run_module):
    asked = {"kubeconfig": cluster("asked", "API")["kubeconfig"], "username": "somebody", "groups": [GROUP]}
    questions = [
        {"verb": "get", "resource": "secrets"},
        {"verb": "create", "group": "authorization.k8s.io", "resource": "selfsubjectaccessreviews"},
    ]
    nobody = run_module("kubernetes_access_info", questions=questions, **asked)
    masters = run_module(
        "kubernetes_access_info", check=True, questions=questions, **{**asked, "groups": ["system:masters"]}
    )
    assert [review["allowed"] for review in nobody["reviews"]][0] is False
    assert [review["allowed"] for review in masters["reviews"]] == [True, True]
    assert not nobody["changed"] and not masters["changed"]


class Site(BaseHTTPRequestHandler):
    """Sends whoever has no name to the login, and from there elsewhere."""

    seen: list[tuple[str, str | None]] = []

    def do_GET(self):
        host = self.headers["Host"]
        self.seen.append((host, self.headers.get("kubeflow-userid")))
        location = {HOST: f"https://{LOGIN}/authorize?scope=openid", LOGIN: f"https://{ELSEWHERE}/adfs"}[host]
        self.send_response(302)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing is printed."""


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def served(authority, tmp_path_factory):
    """The address of a server with a certificate for both names, and the file of its authority."""
    folder = tmp_path_factory.mktemp("served")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexts = {}
    for name in (HOST, LOGIN):
        pair = authority.key_pair(name)
        (folder / f"{name}.pem").write_bytes(pair.certificate + pair.key)
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(folder / f"{name}.pem")
    context.load_cert_chain(folder / f"{HOST}.pem")
    context.sni_callback = lambda socket, name, _: setattr(socket, "context", contexts.get(name, context))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    (folder / "ca.pem").write_bytes(authority.pem)
    yield f"127.0.0.1:{server.server_address[1]}", str(folder / "ca.pem")
    server.shutdown()
    server.server_close()


def test_redirects_are_followed_to_named_hosts_only_and_headers_stay_with_the_first(served, run_module):
    address, ca_file = served
    Site.seen.clear()
    told = run_module(
        "https_answer_info",
        requests=[{"url": f"https://{HOST}/", "headers": {"kubeflow-userid": "mallory"}}],
        follow_hosts=[HOST, LOGIN],
        addresses={HOST: address, LOGIN: address},
        ca_file=ca_file,
    )
    (chain,) = told["answers"]
    assert [(step["status"], step["location"].split("/")[2]) for step in chain["steps"]] == [
        (302, LOGIN),
        (302, ELSEWHERE),
    ]
    assert Site.seen == [(HOST, "mallory"), (LOGIN, None)]
    assert (chain["problem"], told["changed"]) == ("", False)


def test_a_certificate_of_another_name_or_of_a_stranger_is_not_trusted(served, tmp_path):
    address, ca_file = served
    another = HttpsAnswers(Way({ELSEWHERE: address}, ca_file)).chain(f"https://{ELSEWHERE}/", {}, [])
    (tmp_path / "ca.pem").write_bytes(Authority("Somebody").pem)
    stranger = HttpsAnswers(Way({HOST: address}, str(tmp_path / "ca.pem"))).chain(f"https://{HOST}/", {}, [])
    assert (another["kind"], stranger["kind"]) == ("tls", "tls")
    assert not another["steps"] and not stranger["steps"]


@pytest.mark.parametrize(
    ("url", "addresses", "kind"),
    [
        ("https://nobody.invalid/", {}, "name"),
        (f"https://{HOST}/", {HOST: "127.0.0.1:9"}, "connection"),
        (f"http://{HOST}/", {}, "connection"),
    ],
    ids=["a name that does not exist", "nobody listens", "not https"],
)
def test_no_answer_is_a_result(url, addresses, kind):
    chain = HttpsAnswers(Way(addresses, timeout=2)).chain(url, {}, [])
    assert (chain["kind"], chain["steps"]) == (kind, [])
    assert chain["problem"]


def test_a_file_of_authorities_that_is_not_there_is_a_failure(run_module):
    failed = run_module("https_answer_info", requests=[{"url": f"https://{HOST}/"}], ca_file="/nowhere/ca.pem")
    assert failed["failed"] and "Correct ca_file" in failed["msg"]
