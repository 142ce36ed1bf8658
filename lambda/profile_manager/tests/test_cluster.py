"""The Kubernetes API as the function speaks it, against a real TLS server: what is sent, retried, refused."""

from __future__ import annotations

import pytest
from tls_server import DROP, HALF, HANG, Server, then

from profile_manager import cluster as cluster_module
from profile_manager.cluster import Cluster
from profile_manager.deadline import Deadline
from profile_manager.errors import Conflict, Refused, Unavailable
from profile_manager.resources import NAMESPACES, PROFILES, ROLE_BINDINGS

BINDING = {"metadata": {"name": "b", "namespace": "team-a", "uid": "u1", "resourceVersion": "7"}}


class Token:
    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> str:
        return f"token-{self.number}"

    def forget(self) -> None:
        self.number += 1


@pytest.fixture(scope="module")
def one_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


@pytest.fixture
def server(one_server):
    one_server.script.clear()
    one_server.requests.clear()
    one_server.default = (200, {"items": []}, {})
    return one_server


@pytest.fixture
def cluster(server):
    cluster = Cluster(server.url, server.ca_pem, Token(), request_seconds=0.5, connections=4)
    yield cluster
    cluster.close()


@pytest.fixture
def deadline():
    return Deadline(3.0)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(cluster_module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(cluster_module, "LONGEST_PAUSE", 0.01)


def sent(server):
    return [(method, path) for method, path, _, _ in server.requests]


def test_an_object_is_asked_for_with_the_token(server, cluster, deadline):
    server.script = [then(200, {"kind": "Profile"})]
    assert cluster.get(deadline, PROFILES, "team a") == {"kind": "Profile"}
    ((method, path, _, headers),) = server.requests
    assert (method, path) == ("GET", "/apis/kubeflow.org/v1/profiles/team%20a")
    assert headers["Authorization"] == "Bearer token-0"


def test_core_objects_have_a_path_of_their_own(server, cluster, deadline):
    server.script = [then(404)]
    assert cluster.get(deadline, NAMESPACES, "x") is None
    assert sent(server) == [("GET", "/api/v1/namespaces/x")]


def test_a_list_asks_for_labels_in_all_namespaces_and_reads_every_page(server, cluster, deadline):
    server.script = [
        then(200, {"items": [{"a": 1}], "metadata": {"continue": "next/page"}}),
        then(200, {"items": [{"a": 2}]}),
    ]
    assert cluster.list(deadline, ROLE_BINDINGS, "x=y,z=w") == [{"a": 1}, {"a": 2}]
    path = "/apis/rbac.authorization.k8s.io/v1/rolebindings?limit=500&labelSelector=x%3Dy%2Cz%3Dw"
    assert sent(server) == [("GET", path), ("GET", path + "&continue=next%2Fpage")]


def test_a_kind_that_is_not_served_has_no_objects(server, cluster, deadline):
    server.script = [then(404)]
    assert cluster.list(deadline, ROLE_BINDINGS, "x=y") == []


FEW = {"as it is now": (False, ""), "as the watch cache has it": (True, "&resourceVersion=0")}


@pytest.mark.parametrize("case", FEW)
def test_a_short_list_is_asked_for_in_one_piece(server, cluster, deadline, case):
    may_be_old, version = FEW[case]
    server.script = [then(200, {"items": [{"a": 1}]})]
    assert cluster.list_few(deadline, ROLE_BINDINGS, "x=y,z=w", may_be_old) == [{"a": 1}]
    path = "/apis/rbac.authorization.k8s.io/v1/rolebindings?labelSelector=x%3Dy%2Cz%3Dw"
    assert sent(server) == [("GET", path + version)]


def test_a_short_list_of_a_kind_that_is_not_served_is_empty(server, cluster, deadline):
    server.script = [then(404)]
    assert cluster.list_few(deadline, ROLE_BINDINGS, "x=y", may_be_old=True) == []


CREATED = {
    "created": (201, {"made": True}, ({"made": True}, "created")),
    "there already": (409, {}, (None, "exists")),
    "no namespace": (404, {}, (None, "nowhere")),
    "a namespace that goes away": (
        403,
        {"message": "unable to create new content in namespace x because it is being terminated"},
        (None, "nowhere"),
    ),
}


@pytest.mark.parametrize("case", CREATED)
def test_what_becomes_of_a_create(server, cluster, deadline, case):
    status, body, result = CREATED[case]
    server.script = [then(status, body)]
    assert cluster.create(deadline, ROLE_BINDINGS, BINDING) == result
    method, path, body, headers = server.requests[0]
    assert (method, path) == ("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings")
    assert body == BINDING
    assert headers["Content-Type"] == "application/json"


DELETED = {200: True, 202: True, 404: False, 409: False}


@pytest.mark.parametrize(("status", "gone"), DELETED.items())
def test_a_delete_is_of_the_object_that_was_seen(server, cluster, deadline, status, gone):
    server.script = [then(status)]
    assert cluster.delete(deadline, ROLE_BINDINGS, BINDING) is gone
    method, path, body, _ = server.requests[0]
    assert (method, path) == ("DELETE", "/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings/b")
    assert body["preconditions"] == {"uid": "u1"}


def test_an_annotation_is_written_on_the_version_that_was_read(server, cluster, deadline):
    server.script = [then(200, {"x": 1})]
    assert cluster.annotate(deadline, PROFILES, {"metadata": {"name": "p", "resourceVersion": "7"}}, {"k": "v"}) == {
        "x": 1
    }
    method, path, body, headers = server.requests[0]
    assert (method, path) == ("PATCH", "/apis/kubeflow.org/v1/profiles/p")
    assert body == {"metadata": {"annotations": {"k": "v"}, "resourceVersion": "7"}}
    assert headers["Content-Type"] == "application/merge-patch+json"


@pytest.mark.parametrize("status", [404, 409])
def test_an_annotation_on_another_version_is_a_conflict(server, cluster, deadline, status):
    server.script = [then(status)]
    with pytest.raises(Conflict):
        cluster.annotate(deadline, PROFILES, BINDING, {"k": "v"})


def test_discovery_is_asked_once(server, cluster, deadline):
    server.script = [then(200, {"groups": [{"name": "kubeflow.org"}]})]
    assert cluster.served_groups(deadline) == cluster.served_groups(deadline) == {"kubeflow.org"}
    assert len(server.requests) == 1


RETRIED = {
    "too many requests": [then(429)],
    "too many requests, with a hint": [then(429, Retry_After="0")],
    "an error": [then(500)],
    "a bad gateway": [then(502, b"<html>")],
    "not available": [then(503)],
    "a timeout behind it": [then(504)],
    "a lost connection": [DROP],
    "half an answer": [HALF],
    "no answer": [HANG],
    "several": [then(503), DROP, then(429), HALF],
}


@pytest.mark.parametrize("case", RETRIED)
@pytest.mark.parametrize("warm", [False, True], ids=["first request", "used connection"])
def test_what_may_pass_is_tried_again(server, cluster, deadline, case, warm):
    if warm:
        cluster.get(deadline, PROFILES, "first")
    server.script = [*RETRIED[case], then(200, {"ok": True})]
    assert cluster.get(deadline, PROFILES, "x") == {"ok": True}


def test_a_create_whose_answer_was_lost_meets_itself(server, cluster, deadline):
    server.script = [DROP, then(409)]
    assert cluster.create(deadline, ROLE_BINDINGS, BINDING) == (None, "exists")


def test_a_connection_that_slept_too_long_is_replaced_at_once(server, cluster, deadline):
    cluster.get(deadline, PROFILES, "x")
    server.script = [DROP, then(200, {"ok": True})]
    assert cluster.get(deadline, PROFILES, "x") == {"ok": True}
    assert cluster.requests == 3


@pytest.mark.parametrize("step", [then(503), DROP, HANG], ids=["503", "lost", "silent"])
def test_the_deadline_ends_it(server, cluster, step):
    server.default = step
    with pytest.raises(Unavailable):
        cluster.get(Deadline(0.15), PROFILES, "x")


def test_a_long_retry_after_is_not_waited_for_beyond_the_deadline(server, cluster):
    server.script = [then(429, Retry_After="60")]
    deadline = Deadline(1.0)
    with pytest.raises(Unavailable):
        cluster.get(deadline, PROFILES, "x")
    assert deadline.remaining() > 0.2


def test_nothing_is_sent_after_the_deadline(server, cluster):
    with pytest.raises(Unavailable):
        cluster.get(Deadline(0), PROFILES, "x")
    assert not server.requests


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_definite_no_is_not_tried_again_and_repeats_no_words_of_the_server(server, cluster, deadline, status):
    server.script = [then(status, {"message": "alice@example.com may not"})]
    with pytest.raises(Refused) as caught:
        cluster.list(deadline, ROLE_BINDINGS, "x=y")
    assert caught.value.status == status
    assert "alice" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_refused_token_is_signed_again_once(server, cluster, deadline):
    server.script = [then(401), then(200, {"ok": True})]
    assert cluster.get(deadline, PROFILES, "x") == {"ok": True}
    assert [headers["Authorization"] for *_, headers in server.requests] == ["Bearer token-0", "Bearer token-1"]


def test_a_token_that_is_refused_twice_is_a_no(server, cluster, deadline):
    server.default = then(401)
    with pytest.raises(Refused) as caught:
        cluster.get(deadline, PROFILES, "x")
    assert caught.value.status == 401
    assert len(server.requests) == 2


def test_a_connection_is_kept_for_the_next_request(server, cluster, deadline):
    before = server.connections
    for _ in range(5):
        cluster.get(deadline, PROFILES, "x")
    assert server.connections == before + 1


def test_several_at_a_time_keep_their_order_and_their_number_of_connections(server, cluster, deadline):
    before = server.connections
    names = [str(number) for number in range(40)]
    server.default = lambda body: (200, {"ok": True}, {})
    results = cluster.each(lambda name: (name, cluster.get(deadline, PROFILES, name)), names)
    assert results == [(name, {"ok": True}) for name in names]
    assert server.connections - before <= 4


def test_all_are_tried_before_the_first_error_is_told(server, cluster, deadline):
    done = []

    def work(number):
        done.append(number)
        if number == 2:
            raise Refused("no")

    for number in (3, 10):
        done.clear()
        with pytest.raises(Refused):
            cluster.each(work, range(number))
        assert sorted(done) == list(range(number))


def test_a_server_of_another_authority_is_refused_at_once(tmp_path, server, deadline):
    stranger = Server(tmp_path)
    try:
        cluster = Cluster(stranger.url, server.ca_pem, Token())
        with pytest.raises(Refused, match="not signed by the given authority"):
            cluster.get(deadline, PROFILES, "x")
        assert not stranger.requests
    finally:
        stranger.stop()


def test_a_server_of_another_name_is_refused_at_once(tmp_path, deadline):
    stranger = Server(tmp_path, name="cluster.example.com")
    try:
        cluster = Cluster(stranger.url, stranger.ca_pem, Token())
        with pytest.raises(Refused, match="not signed by the given authority"):
            cluster.get(deadline, PROFILES, "x")
        assert not stranger.requests
    finally:
        stranger.stop()


def test_an_endpoint_may_have_a_path(server, deadline):
    cluster = Cluster(server.url + "/clusters/one/", server.ca_pem, Token())
    cluster.get(deadline, PROFILES, "x")
    assert sent(server) == [("GET", "/clusters/one/apis/kubeflow.org/v1/profiles/x")]
    cluster.close()
