from __future__ import annotations

import pytest

from sandbox.kubernetes.emulator.errors import ApiError
from sandbox.kubernetes.emulator.field_sets import compare, dotted, field_set, from_fields_v1, to_fields_v1
from sandbox.kubernetes.emulator.managed_fields import track_update
from sandbox.kubernetes.emulator.resources import Registry, Resource
from sandbox.kubernetes.emulator.server_side_apply import apply
from sandbox.kubernetes.emulator.shapes import BuiltInShape, CustomShape

CONFIG_MAPS = Registry().find("", "v1", "configmaps")
DEPLOYMENTS = Registry().find("apps", "v1", "deployments")
LISTS = {
    "keyed": {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        "items": {"type": "object", "properties": {"k": {"type": "string"}}},
    },
    "set": {"type": "array", "x-kubernetes-list-type": "set"},
    "plain": {"type": "array"},
    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}
SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": LISTS}}}
THINGS = Resource("example.com", "v1", "things", "Thing", namespaced=False, schema=SCHEMA)


def config(data: dict, **metadata) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", **metadata}, "data": data}


def owners(obj: dict) -> dict:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"].get("managedFields", [])}


FIELD_SETS = {
    "map": (BuiltInShape(), {"data": {"a": "1"}}, {"f:data": {"f:a": {}}}),
    "empty map": (BuiltInShape(), {"spec": {"emptyDir": {}}}, {"f:spec": {"f:emptyDir": {}}}),
    "containers have keys": (BuiltInShape("spec"), {"containers": [{"name": "c", "image": "i"}]},
                             {"f:containers": {'k:{"name":"c"}': {".": {}, "f:name": {}, "f:image": {}}}}),
    "a port's protocol has a default": (BuiltInShape("c"), {"ports": [{"containerPort": 80}]},
                                        {"f:ports": {'k:{"containerPort":80,"protocol":"TCP"}':
                                                     {".": {}, "f:containerPort": {}}}}),
    "selectors are whole": (BuiltInShape("spec"), {"selector": {"matchLabels": {"a": "b"}}}, {"f:selector": {}}),
    "args are whole": (BuiltInShape("c"), {"args": ["a", "b"]}, {"f:args": {}}),
    "finalizers are a set": (BuiltInShape("metadata"), {"finalizers": ["x"]}, {"f:finalizers": {'v:"x"': {}}}),
    "keys of a schema": (CustomShape(SCHEMA, root=True), {"spec": {"keyed": [{"k": "a"}]}},
                         {"f:spec": {"f:keyed": {'k:{"k":"a"}': {".": {}, "f:k": {}}}}}),
    "set of a schema": (CustomShape(SCHEMA, root=True), {"spec": {"set": ["a"]}}, {"f:spec": {"f:set": {'v:"a"': {}}}}),
    "list of a schema": (CustomShape(SCHEMA, root=True), {"spec": {"plain": ["a"]}}, {"f:spec": {"f:plain": {}}}),
    "free keys are members": (CustomShape(SCHEMA, root=True), {"spec": {"free": {"q": {"w": 1}}}},
                              {"f:spec": {"f:free": {"f:q": {".": {}, "f:w": {}}}}}),
}  # fmt: skip


@pytest.mark.parametrize("case", FIELD_SETS)
def test_field_set_of_a_configuration(case):
    shape, value, fields = FIELD_SETS[case]
    paths = field_set(value, shape)
    assert to_fields_v1(paths) == fields
    assert from_fields_v1(fields) == paths


def test_comparison_tells_added_modified_and_removed():
    found = compare({"data": {"a": "1", "b": "1"}}, {"data": {"b": "2", "c": "1"}, "more": {"x": 1}}, BuiltInShape())
    assert found.added == {("f:data", "f:c"), ("f:more",), ("f:more", "f:x")}
    assert found.modified == {("f:data", "f:b")}
    assert found.removed == {("f:data", "f:a")}


def test_a_path_is_shown_as_in_messages():
    assert dotted(("f:spec", 'k:{"name":"c"}', "f:image")) == '.spec[name="c"].image'


def test_the_first_apply_owns_what_it_says():
    obj = apply(None, config({"a": "1"}), "m1", CONFIG_MAPS)
    assert owners(obj) == {"m1": {"f:data": {"f:a": {}}}}


def test_equal_values_are_owned_together():
    obj = apply(apply(None, config({"a": "1"}), "m1", CONFIG_MAPS), config({"a": "1"}), "m2", CONFIG_MAPS)
    assert set(owners(obj)) == {"m1", "m2"}


def test_another_value_is_a_conflict_that_names_manager_and_field():
    live = apply(None, config({"a": "1", "b": "1"}), "m1", CONFIG_MAPS)
    with pytest.raises(ApiError) as refused:
        apply(live, config({"a": "2"}), "m2", CONFIG_MAPS)
    assert refused.value.message == 'Apply failed with 1 conflict: conflict with "m1": .data.a'
    with pytest.raises(ApiError) as refused:
        apply(live, config({"a": "2", "b": "2"}), "m2", CONFIG_MAPS)
    assert refused.value.message == 'Apply failed with 2 conflicts: conflicts with "m1":\n- .data.a\n- .data.b'


def test_force_takes_the_field_over():
    live = apply(None, config({"a": "1", "b": "1"}), "m1", CONFIG_MAPS)
    obj = apply(live, config({"a": "2"}), "m2", CONFIG_MAPS, force=True)
    assert obj["data"] == {"a": "2", "b": "1"}
    assert owners(obj) == {"m1": {"f:data": {"f:b": {}}}, "m2": {"f:data": {"f:a": {}}}}


def test_what_is_no_longer_applied_goes_unless_another_owns_it():
    live = apply(None, config({"a": "1", "b": "1"}), "m1", CONFIG_MAPS)
    live = apply(live, config({"b": "1"}), "m2", CONFIG_MAPS)
    obj = apply(live, config({"c": "1"}), "m1", CONFIG_MAPS)
    assert obj["data"] == {"b": "1", "c": "1"}


def test_the_last_label_goes_and_the_rest_of_metadata_stays():
    live = apply(None, config({"a": "1"}, labels={"x": "1"}), "m1", CONFIG_MAPS)
    live["metadata"]["uid"] = "u"
    obj = apply(live, config({"a": "1"}), "m1", CONFIG_MAPS)
    assert obj["metadata"]["name"] == "a" and obj["metadata"]["uid"] == "u"
    assert not obj["metadata"].get("labels")


def test_an_object_nobody_tracked_belongs_to_before_first_apply():
    live = config({"a": "1"})
    with pytest.raises(ApiError) as refused:
        apply(live, config({"a": "2"}), "m1", CONFIG_MAPS)
    assert "before-first-apply" in refused.value.message
    assert "using v1" in refused.value.message


def test_containers_merge_by_name_and_keep_their_order():
    def pods(*containers: dict) -> dict:
        return {"metadata": {"name": "d"}, "spec": {"template": {"spec": {"containers": list(containers)}}}}

    live = apply(None, pods({"name": "a", "image": "1"}, {"name": "b", "image": "1"}), "m1", DEPLOYMENTS)
    obj = apply(live, pods({"name": "b", "args": ["x"]}, {"name": "c", "image": "1"}), "m2", DEPLOYMENTS)
    assert obj["spec"]["template"]["spec"]["containers"] == [
        {"name": "a", "image": "1"},
        {"name": "b", "image": "1", "args": ["x"]},
        {"name": "c", "image": "1"},
    ]
    obj = apply(obj, pods({"name": "b", "image": "1"}), "m1", DEPLOYMENTS)
    assert [c["name"] for c in obj["spec"]["template"]["spec"]["containers"]] == ["b", "c"]


def test_keyed_lists_of_custom_resources_merge():
    def thing(*keys: str) -> dict:
        return {"metadata": {"name": "t"}, "spec": {"keyed": [{"k": key} for key in keys], "set": list(keys)}}

    live = apply(None, thing("a"), "m1", THINGS)
    obj = apply(live, thing("b"), "m2", THINGS)
    assert obj["spec"] == {"keyed": [{"k": "a"}, {"k": "b"}], "set": ["a", "b"]}
    assert apply(obj, thing(), "m1", THINGS)["spec"] == {"keyed": [{"k": "b"}], "set": ["b"]}


def test_applying_the_same_again_changes_nothing():
    first = apply(None, config({"a": "1"}), "m1", CONFIG_MAPS)
    assert apply(first, config({"a": "1"}), "m1", CONFIG_MAPS) == first


def test_the_status_endpoint_owns_status_alone():
    thing = {"metadata": {"name": "d", "labels": {"a": "b"}}, "spec": {"replicas": 1}, "status": {"replicas": 1}}
    main = apply(None, thing, "m1", DEPLOYMENTS)
    assert owners(main) == {"m1": {"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {"f:replicas": {}}}}
    status = apply(main, thing, "m2", DEPLOYMENTS, subresource="status")
    assert owners(status)["m2"] == {"f:status": {"f:replicas": {}}}


def test_an_update_takes_the_fields_it_changes():
    before = config({"a": "1", "b": "1"})
    before["metadata"]["managedFields"] = track_update(None, before, "m1", CONFIG_MAPS)
    after = config({"a": "2", "b": "1"})
    after["metadata"]["managedFields"] = track_update(before, after, "m2", CONFIG_MAPS)
    assert owners(after) == {"m1": {"f:data": {".": {}, "f:b": {}}}, "m2": {"f:data": {"f:a": {}}}}
