from __future__ import annotations

PATH = "/api/v1/namespaces/default/configmaps"


def test_a_watch_begins_with_what_is_there(api, config_map):
    api.create(PATH, config_map())
    assert api.watch(f"{PATH}?watch=1") == [("ADDED", "a")]


def test_a_watch_from_a_version_tells_what_came_later(api, config_map):
    _, first = api.create(PATH, config_map())
    api.create(PATH, config_map("b"))
    api.merge(f"{PATH}/b", {"data": {"k": "2"}})
    api.delete(f"{PATH}/b")
    api.create("/api/v1/namespaces/kube-system/configmaps", config_map("elsewhere"))
    version = first["metadata"]["resourceVersion"]
    assert api.watch(f"{PATH}?watch=1&resourceVersion={version}") == [
        ("ADDED", "b"),
        ("MODIFIED", "b"),
        ("DELETED", "b"),
    ]


def test_leaving_the_selection_is_a_deletion(api, config_map):
    _, first = api.create(PATH, config_map())
    api.merge(f"{PATH}/a", {"metadata": {"labels": {"x": "1"}}})
    api.merge(f"{PATH}/a", {"metadata": {"labels": {"x": "2"}}})
    version = first["metadata"]["resourceVersion"]
    events = api.watch(f"{PATH}?watch=1&labelSelector=x%3D1&resourceVersion={version}")
    assert events == [("ADDED", "a"), ("DELETED", "a")]


def test_listing_by_watching_ends_with_a_bookmark(api, config_map):
    api.create(PATH, config_map())
    query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
    assert api.watch(f"{PATH}?{query}") == [("ADDED", "a"), ("BOOKMARK", "")]


def test_a_forgotten_version_is_expired(api, config_map, monkeypatch):
    monkeypatch.setattr("sandbox.kubernetes.emulator.store.HISTORY", 2)
    _, first = api.create(PATH, config_map())
    for number in range(6):
        api.merge(f"{PATH}/a", {"data": {"k": str(number)}})
    response = api.answer("GET", f"{PATH}?watch=1&resourceVersion={first['metadata']['resourceVersion']}")
    (event,) = response.body.events(ended=lambda: False)
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)


def test_a_single_object_is_watched(api, config_map):
    api.create(PATH, config_map("a"))
    api.create(PATH, config_map("b"))
    assert api.watch(f"{PATH}/b?watch=1") == [("ADDED", "b")]
