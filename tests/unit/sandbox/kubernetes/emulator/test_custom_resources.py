from __future__ import annotations

import pytest

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
THINGS = "/apis/example.com/v1/things"
SPEC = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "mode": {"type": "string", "default": "a"}},
}


def thing(spec: dict | None = None, **metadata) -> dict:
    head = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t", **metadata}}
    return {**head, "spec": {} if spec is None else spec}


@pytest.fixture
def served(api, definition):
    assert api.create(DEFINITIONS, definition(SPEC))[0] == 201
    return api


def test_a_definition_is_established_and_served(served):
    _, made = served.get(f"{DEFINITIONS}/things.example.com")
    conditions = {c["type"]: c["status"] for c in made["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert made["status"]["storedVersions"] == ["v1"]
    assert made["spec"]["names"]["listKind"] == "ThingList"
    names = [r["name"] for r in served.get("/apis/example.com/v1")[1]["resources"]]
    assert names == ["things", "things/status"]


def test_an_object_is_defaulted_pruned_and_checked(served):
    code, obj = served.create(THINGS, thing({"n": 1, "unknown": True}))
    assert (code, obj["spec"]) == (201, {"n": 1, "mode": "a"})
    code, status = served.create(THINGS, thing({"n": "1"}, name="u"))
    assert (code, [cause["field"] for cause in status["details"]["causes"]]) == (422, ["spec.n"])


def test_strict_validation_refuses_unknown_fields(served):
    code, status = served.create(f"{THINGS}?fieldValidation=Strict", thing({"unknown": True}))
    assert code == 400 and 'unknown field "spec.unknown"' in status["message"]


def test_versions_show_the_same_object(served):
    served.create(THINGS, thing({"n": 1}))
    _, obj = served.get("/apis/example.com/v1beta1/things/t")
    assert (obj["apiVersion"], obj["spec"]["n"]) == ("example.com/v1beta1", 1)


def test_status_is_apart(served):
    served.create(THINGS, {**thing(), "status": {"x": 1}})
    assert "status" not in served.get(f"{THINGS}/t")[1]
    assert "status" not in served.merge(f"{THINGS}/t", {"status": {"x": 1}})[1]
    assert served.merge(f"{THINGS}/t/status", {"status": {"x": 1}})[1]["status"] == {"x": 1}


def test_there_is_no_strategic_merge_and_no_update_without_version(served):
    served.create(THINGS, thing())
    answer = served.call("PATCH", f"{THINGS}/t", {}, Content_Type="application/strategic-merge-patch+json")
    assert answer[0] == 415
    assert served.call("PUT", f"{THINGS}/t", thing())[0] == 422


def test_a_version_that_is_no_longer_served_is_gone(served, definition):
    _, current = served.get(f"{DEFINITIONS}/things.example.com")
    current["spec"]["versions"][1]["served"] = False
    assert served.call("PUT", f"{DEFINITIONS}/things.example.com", current)[0] == 200
    assert served.get("/apis/example.com/v1beta1/things")[0] == 404
    assert served.get(THINGS)[0] == 200


def test_a_definition_goes_with_its_objects(served):
    served.create(THINGS, thing(finalizers=["example.com/hold"]))
    served.delete(f"{DEFINITIONS}/things.example.com")
    assert served.get(f"{DEFINITIONS}/things.example.com")[1]["metadata"]["deletionTimestamp"]
    served.merge(f"{THINGS}/t", {"metadata": {"finalizers": None}})
    assert served.get(f"{DEFINITIONS}/things.example.com")[0] == 404
    assert served.get(THINGS)[0] == 404


def test_scope(api, definition):
    api.create(DEFINITIONS, definition(scope="Namespaced"))
    assert api.create(THINGS, thing())[0] == 405
    assert api.create("/apis/example.com/v1/namespaces/default/things", thing())[0] == 201
    assert [o["metadata"]["namespace"] for o in api.get(THINGS)[1]["items"]] == ["default"]


INVALID = {
    "name": ({"metadata": {"name": "other.example.com"}}, "metadata.name"),
    "scope": ({"spec": {"scope": "World"}}, "spec.scope"),
    "no versions": ({"spec": {"versions": []}}, "spec.versions"),
    "no schema": ({"spec": {"versions": [{"name": "v1", "served": True, "storage": True}]}},
                  "spec.versions[0].schema.openAPIV3Schema"),
}  # fmt: skip


@pytest.mark.parametrize("case", INVALID)
def test_invalid_definitions(api, definition, case):
    change, field = INVALID[case]
    body = definition()
    body = {**body, **{key: {**body[key], **value} for key, value in change.items()}}
    code, status = api.create(DEFINITIONS, body)
    assert (code, [cause["field"] for cause in status["details"]["causes"]]) == (422, [field])
