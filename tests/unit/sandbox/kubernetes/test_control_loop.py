from __future__ import annotations

import logging
import threading

import pytest

from sandbox.kubernetes.control_loop import ControlLoop


class Counting(ControlLoop):
    """Counts reconciliations of the ConfigMaps of one namespace; fails as often as it is told."""

    def __init__(self, client, namespace: str, failures: int = 0, again: float | None = None) -> None:
        super().__init__(client)
        self.collection = f"/api/v1/namespaces/{namespace}/configmaps"
        self.seen: list[str] = []
        self.failures = failures
        self.again = again

    def reconcile(self, obj):
        if obj["metadata"]["name"] == "kube-root-ca.crt":
            # A real cluster puts this one into every namespace.
            return None
        self.seen.append(f"{obj['metadata']['name']}={(obj.get('data') or {}).get('v')}")
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not yet")
        again, self.again = self.again, None
        return again


@pytest.fixture
def place(kubernetes, unique):
    name = unique("loop")
    kubernetes.admin.create("/api/v1/namespaces", {"metadata": {"name": name}})
    return name


@pytest.fixture
def put(kubernetes, place):
    def put(name: str, value: str) -> None:
        collection = f"/api/v1/namespaces/{place}/configmaps"
        obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"v": value}}
        kubernetes.admin.apply(collection, obj, "test")

    return put


@pytest.fixture
def loop_of(kubernetes, place):
    loops = []

    def start(**options) -> Counting:
        loops.append(Counting(kubernetes.admin, place, **options))
        loops[-1].start()
        return loops[-1]

    yield start
    for loop in loops:
        loop.stop()


def test_what_exists_and_what_comes_later_is_reconciled(put, loop_of, eventually):
    put("first", "1")
    loop = loop_of()
    eventually(lambda: "first=1" in loop.seen)

    put("second", "1")
    put("first", "2")

    eventually(lambda: {"second=1", "first=2"} <= set(loop.seen))


def test_a_failure_is_tried_again_and_logged_once(put, loop_of, eventually, caplog):
    with caplog.at_level(logging.ERROR):
        put("sore", "1")
        loop = loop_of(failures=3)
        eventually(lambda: loop.seen.count("sore=1") >= 4)
        eventually(lambda: not any(name == "sore" for _, name in loop.errors))

    told = [record for record in caplog.records if "sore" in record.getMessage()]
    assert len(told) == 1
    assert told[0].exc_info, "an error nobody expects shows where it came from"


def test_an_object_may_ask_to_be_seen_again(put, loop_of, eventually):
    put("later", "1")
    loop = loop_of(again=0.05)

    eventually(lambda: loop.seen.count("later=1") >= 2)


def test_a_kind_that_does_not_exist_is_waited_for_quietly(kubernetes, caplog):
    class Missing(ControlLoop):
        collection = "/apis/nowhere.example.com/v1/things"

    with caplog.at_level(logging.WARNING):
        loop = Missing(kubernetes.admin)
        loop.start()
        loop.stop()

    assert not [record for record in caplog.records if "Missing" in record.getMessage()]


def test_a_stopped_loop_leaves_no_threads(loop_of):
    before = set(threading.enumerate())
    loop = loop_of()
    loop.stop()

    assert not [thread.name for thread in set(threading.enumerate()) - before if "configmaps" in thread.name]
    assert not loop._worker.is_alive()
