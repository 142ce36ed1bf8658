from __future__ import annotations

import pytest

PATH = "/api/v1/namespaces/default/configmaps"


def test_a_created_object_gets_what_the_server_sets(api, config_map):
    code, obj = api.create(PATH, config_map())
    metadata = obj["metadata"]
    assert code == 201
    assert metadata["namespace"] == "default" and metadata["uid"] and metadata["creationTimestamp"].endswith("Z")
    assert metadata["resourceVersion"].isdigit()
    assert api.get(f"{PATH}/a") == (200, obj)


def test_a_generated_name_starts_as_told(api, config_map):
    obj = config_map(generateName="made-")
    del obj["metadata"]["name"]
    assert api.create(PATH, obj)[1]["metadata"]["name"].startswith("made-")


def test_what_can_have_no_namespace_loses_the_one_it_comes_with(api):
    role = {"metadata": {"name": "reader", "namespace": "default"}, "rules": []}
    code, obj = api.create("/apis/rbac.authorization.k8s.io/v1/clusterroles", role)
    assert code == 201 and "namespace" not in obj["metadata"]


REFUSED = {
    "twice": ("POST", PATH, {}, 409, "AlreadyExists"),
    "missing": ("GET", f"{PATH}/none", None, 404, "NotFound"),
    "update of a missing one": ("PUT", f"{PATH}/none", {"name": "none"}, 404, "NotFound"),
    "stale version": ("PUT", f"{PATH}/a", {"resourceVersion": "1"}, 409, "Conflict"),
    "other uid": ("PUT", f"{PATH}/a", {"uid": "other"}, 409, "Conflict"),
    "other name than the path": ("PUT", f"{PATH}/a", {"name": "b"}, 400, "BadRequest"),
    "other namespace than the path": ("POST", PATH, {"name": "b", "namespace": "x"}, 400, "BadRequest"),
    "missing namespace": ("POST", "/api/v1/namespaces/none/configmaps", {}, 404, "NotFound"),
    "unknown resource": ("GET", "/api/v1/nothings", None, 404, "NotFound"),
    "unknown method": ("OPTIONS", PATH, None, 405, "MethodNotAllowed"),
    "create at a name": ("POST", f"{PATH}/a", {}, 405, "MethodNotAllowed"),
    "no body": ("POST", PATH, None, 400, "BadRequest"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(api, config_map, case):
    api.create(PATH, config_map())
    method, path, metadata, code, reason = REFUSED[case]
    body = None if metadata is None else {**config_map(), "metadata": {"name": "a", **metadata}}
    answer = api.call(method, path, body)
    assert (answer[0], answer[1]["reason"]) == (code, reason)


def test_an_update_replaces_and_a_patch_merges(api, config_map):
    api.create(PATH, config_map(data={"a": "1", "b": "1"}))
    assert api.call("PUT", f"{PATH}/a", config_map(data={"a": "2"}))[1]["data"] == {"a": "2"}
    assert api.merge(f"{PATH}/a", {"data": {"c": "1", "a": None}})[1]["data"] == {"c": "1"}


def test_a_write_that_changes_nothing_keeps_the_version(api, config_map):
    _, first = api.create(PATH, config_map())
    _, second = api.call("PUT", f"{PATH}/a", config_map())
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_an_unknown_patch_type_is_refused_before_the_object_is_looked_up(api):
    assert api.call("PATCH", f"{PATH}/none", {}, Content_Type="application/json")[0] == 415


def test_dry_run_stores_nothing(api, config_map):
    assert api.create(f"{PATH}?dryRun=All", config_map())[0] == 201
    assert api.get(f"{PATH}/a")[0] == 404
    api.create(PATH, config_map())
    assert api.merge(f"{PATH}/a?dryRun=All", {"data": {"k": "2"}})[1]["data"] == {"k": "2"}
    api.delete(f"{PATH}/a", {"dryRun": ["All"]})
    assert api.get(f"{PATH}/a")[1]["data"] == {"k": "1"}


def test_apply_creates_then_changes(api, config_map):
    assert api.apply(f"{PATH}/a", config_map(), "m1")[0] == 201
    code, obj = api.apply(f"{PATH}/a", config_map(data={"k": "2"}), "m1")
    assert (code, obj["data"]) == (200, {"k": "2"})
    assert api.apply(f"{PATH}/a", config_map(data={"k": "3"}), "m2")[0] == 409
    assert api.apply(f"{PATH}/a", config_map(data={"k": "3"}), "m2", force=True)[1]["data"] == {"k": "3"}


def test_apply_reads_yaml(api):
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {day: '2026-01-01'}}\ndata: {k: x}\n"
    code, obj = api.call("PATCH", f"{PATH}/a?fieldManager=m", body, Content_Type="application/apply-patch+yaml")
    assert (code, obj["data"]) == (201, {"k": "x"})


def test_apply_needs_a_manager(api, config_map):
    code, status = api.call("PATCH", f"{PATH}/a", config_map(), Content_Type="application/apply-patch+yaml")
    assert (code, status["details"]["causes"][0]["field"]) == (422, "fieldManager")


def test_a_finalizer_holds_a_deleted_object(api, config_map):
    api.create(PATH, config_map(finalizers=["example.com/hold"]))
    assert api.delete(f"{PATH}/a")[1]["metadata"]["deletionTimestamp"]
    assert api.get(f"{PATH}/a")[0] == 200
    api.merge(f"{PATH}/a", {"metadata": {"finalizers": None}})
    assert api.get(f"{PATH}/a")[0] == 404


def test_preconditions_of_a_deletion(api, config_map):
    _, obj = api.create(PATH, config_map())
    assert api.delete(f"{PATH}/a", {"preconditions": {"uid": "other"}})[0] == 409
    assert api.delete(f"{PATH}/a", {"preconditions": {"uid": obj["metadata"]["uid"]}})[0] == 200


def test_pages(api, config_map):
    for name in "dbac":
        api.create(PATH, config_map(name))
    names, query = [], "?limit=3"
    while query:
        _, page = api.get(PATH + query)
        names.append([item["metadata"]["name"] for item in page["items"]])
        query = f"?limit=3&continue={page['metadata']['continue']}" if page["metadata"].get("continue") else ""
    assert names == [["a", "b", "c"], ["d"]]
    assert api.get(f"{PATH}?continue=nonsense")[0] == 410


def test_a_collection_is_deleted_by_selector(api, config_map):
    api.create(PATH, config_map("a", labels={"go": "yes"}))
    api.create(PATH, config_map("b"))
    api.delete(f"{PATH}?labelSelector=go%3Dyes")
    assert [item["metadata"]["name"] for item in api.get(PATH)[1]["items"]] == ["b"]


def test_status_and_generation(api):
    path = "/apis/apps/v1/namespaces/default/deployments"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    _, obj = api.create(path, {"metadata": {"name": "d"}, "spec": spec, "status": {"replicas": 9}})
    assert obj["metadata"]["generation"] == 1 and obj["spec"]["replicas"] == 1 and "status" not in obj
    assert "status" not in api.merge(f"{path}/d", {"status": {"replicas": 9}})[1]
    _, obj = api.merge(f"{path}/d/status", {"status": {"replicas": 2}, "spec": {"replicas": 5}})
    assert (obj["status"], obj["spec"]["replicas"], obj["metadata"]["generation"]) == ({"replicas": 2}, 1, 1)
    assert api.merge(f"{path}/d", {"spec": {"replicas": 3}})[1]["metadata"]["generation"] == 2


def test_scale(api):
    path = "/apis/apps/v1/namespaces/default/deployments"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    api.create(
        path, {"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}}
    )
    assert api.get(f"{path}/d/scale")[1]["status"]["selector"] == "a=b"
    assert api.merge(f"{path}/d/scale", {"spec": {"replicas": 4}})[1]["spec"]["replicas"] == 4
    assert api.get(f"{path}/d")[1]["spec"]["replicas"] == 4


def test_metadata_alone_is_shown_on_demand(api, config_map):
    api.create(PATH, config_map())
    accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    _, obj = api.call("GET", f"{PATH}/a", Accept=accept)
    assert obj["kind"] == "PartialObjectMetadata" and "data" not in obj


def test_readers_in_the_same_process(api, config_map):
    api.create(PATH, config_map())
    obj = api.emulator.read("", "configmaps", "default", "a")
    obj["data"]["k"] = "changed"
    assert api.get(f"{PATH}/a")[1]["data"] == {"k": "1"}
    assert api.emulator.read("", "configmaps", "default", "none") is None
