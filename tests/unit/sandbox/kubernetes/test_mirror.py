from __future__ import annotations

import time

import pytest

from sandbox.kubernetes import mirror as mirrors
from sandbox.kubernetes.mirror import Mirror

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def follow(kubernetes):
    """A function that follows a collection and returns what the mirror has told: (what, name, value)."""
    started = []

    def follow(collection: str) -> list[tuple[str, str, object]]:
        told: list[tuple[str, str, object]] = []

        def teller(what: str):
            def tell(obj) -> None:
                told.append((what, obj["metadata"]["name"], (obj.get("data") or {}).get("v")))

            return tell

        started.append(Mirror(kubernetes.admin, collection, teller("changed"), teller("gone")))
        started[-1].start()
        return told

    yield follow
    for each in started:
        each.stop()


@pytest.fixture
def config_maps(kubernetes, unique) -> str:
    name = unique("mirror")
    kubernetes.admin.create("/api/v1/namespaces", {"metadata": {"name": name}})
    return f"/api/v1/namespaces/{name}/configmaps"


def put(kubernetes, collection: str, value: str) -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"v": value}}
    kubernetes.admin.apply(collection, obj, "test")


def test_changes_and_removal_are_told(kubernetes, config_maps, follow, eventually):
    put(kubernetes, config_maps, "1")
    told = follow(config_maps)
    eventually(lambda: ("changed", "one", "1") in told)

    put(kubernetes, config_maps, "2")
    eventually(lambda: ("changed", "one", "2") in told)

    kubernetes.admin.delete(f"{config_maps}/one")
    eventually(lambda: ("gone", "one", "2") in told)


def test_a_watch_that_ends_is_taken_up_where_it_was(kubernetes, config_maps, follow, eventually, monkeypatch):
    monkeypatch.setattr(mirrors, "WATCH_SECONDS", 1)
    put(kubernetes, config_maps, "1")
    told = follow(config_maps)
    for value in ("2", "3"):
        # Longer than a watch lasts: the second change falls into another one.
        eventually(lambda before=value: ("changed", "one", str(int(before) - 1)) in told)
        time.sleep(1.2)
        put(kubernetes, config_maps, value)
    eventually(lambda: ("changed", "one", "3") in told)

    assert [each for each in told if each[1] == "one"] == [("changed", "one", value) for value in "123"]


def test_a_resync_tells_of_everything_again(kubernetes, config_maps, follow, eventually, monkeypatch):
    monkeypatch.setattr(mirrors, "WATCH_SECONDS", 1)
    monkeypatch.setattr(mirrors, "RESYNC_SECONDS", 0.5)
    put(kubernetes, config_maps, "1")
    told = follow(config_maps)

    eventually(lambda: told.count(("changed", "one", "1")) >= 2)


def test_a_kind_that_comes_later_is_followed(kubernetes, unique, follow, eventually):
    plural = unique("later").replace("-", "")
    collection = f"/apis/mirror.example.com/v1/{plural}"
    told = follow(collection)
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": plural, "singular": plural, "kind": plural.title(), "listKind": f"{plural.title()}List"}
    spec = {"group": "mirror.example.com", "scope": "Cluster", "names": names, "versions": [version]}
    kubernetes.admin.create(DEFINITIONS, {"metadata": {"name": f"{plural}.mirror.example.com"}, "spec": spec})
    obj = {"apiVersion": "mirror.example.com/v1", "kind": plural.title(), "metadata": {"name": "one"}}
    eventually(lambda: kubernetes.admin.request("POST", collection, obj)[0] == 201)

    eventually(lambda: ("changed", "one", None) in told)
