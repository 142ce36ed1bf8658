from __future__ import annotations

import http.client
import json
import ssl
import threading

import pytest

from sandbox.kubernetes.certificates import make_pki
from sandbox.kubernetes.emulator import Emulator, UserInfo, serve

PATH = "/api/v1/namespaces/default/configmaps"
HEADERS = {"Authorization": "Bearer admin"}


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def server(pki):
    emulator = Emulator(lambda token: UserInfo(token, ("system:masters",)))
    server = serve(emulator, "127.0.0.1", 0, pki.server_cert, pki.server_key)
    yield server
    server.shutdown()


@pytest.fixture
def connection(server, pki):
    tls = ssl.create_default_context(cadata=pki.ca_pem.decode())
    connection = http.client.HTTPSConnection("127.0.0.1", server.server_address[1], context=tls, timeout=10)
    yield connection
    connection.close()


def answer(connection, method: str, path: str, body=None, **headers):
    connection.request(method, path, body, {**HEADERS, **headers})
    response = connection.getresponse()
    return response.status, response.read()


def test_one_connection_serves_many_requests(connection):
    assert answer(connection, "GET", "/readyz") == (200, b"ok")
    body = json.dumps({"metadata": {"name": "a"}, "data": {"k": "ü"}})
    assert answer(connection, "POST", PATH, body.encode())[0] == 201
    assert json.loads(answer(connection, "GET", f"{PATH}/a")[1])["data"] == {"k": "ü"}


def test_a_chunked_body_is_read(connection):
    parts = iter([b'{"metadata": {"name"', b': "a"}}'])
    connection.request("POST", PATH, parts, HEADERS, encode_chunked=True)
    response = connection.getresponse()
    assert response.status == 201 and response.read()
    assert answer(connection, "GET", f"{PATH}/a")[0] == 200


def test_a_broken_body_is_a_bad_request(connection):
    assert answer(connection, "POST", PATH, b"{")[0] == 400


def test_a_silent_watch_shows_its_headers_and_ends_in_time(connection):
    connection.request("GET", f"{PATH}?watch=1&timeoutSeconds=1", headers=HEADERS)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"")


def test_a_watch_sees_what_another_client_does(server, connection, pki):
    connection.request("GET", f"{PATH}?watch=1&timeoutSeconds=20", headers=HEADERS)
    response = connection.getresponse()
    tls = ssl.create_default_context(cadata=pki.ca_pem.decode())
    other = http.client.HTTPSConnection("127.0.0.1", server.server_address[1], context=tls, timeout=10)
    answer(other, "POST", PATH, json.dumps({"metadata": {"name": "seen"}}).encode())
    other.close()
    event = json.loads(response.readline())
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "seen")


def test_shutdown_hangs_up_on_kept_connections(server, connection):
    assert answer(connection, "GET", "/readyz")[0] == 200
    server.shutdown()
    connection.auto_open = 0
    with pytest.raises((OSError, http.client.HTTPException)):
        answer(connection, "GET", "/readyz")


def test_parallel_writers_get_different_versions(server, pki):
    seen: list[str] = []

    def write(number: int) -> None:
        tls = ssl.create_default_context(cadata=pki.ca_pem.decode())
        own = http.client.HTTPSConnection("127.0.0.1", server.server_address[1], context=tls, timeout=20)
        for count in range(10):
            body = json.dumps({"metadata": {"name": f"w{number}-{count}"}}).encode()
            seen.append(json.loads(answer(own, "POST", PATH, body)[1])["metadata"]["resourceVersion"])
        own.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 40
