from __future__ import annotations

import pytest

from sandbox.kubernetes.emulator.errors import ApiError
from sandbox.kubernetes.emulator.patches import json_patch, merge_patch
from sandbox.kubernetes.emulator.strategic_merge import strategic_merge

MERGES = {
    "adds": ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
    "null removes": ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
    "goes down": ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
    "lists are replaced": ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    "text becomes a map without nulls": ({"a": "x"}, {"a": {"b": 1, "c": None}}, {"a": {"b": 1}}),
}
OPERATIONS = {
    "add a key": ({"a": 1}, [{"op": "add", "path": "/b", "value": 2}], {"a": 1, "b": 2}),
    "append": ({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}], {"a": [1, 2]}),
    "insert": ({"a": [1, 3]}, [{"op": "add", "path": "/a/1", "value": 2}], {"a": [1, 2, 3]}),
    "escaped path": ({"a/b": 1}, [{"op": "replace", "path": "/a~1b", "value": 2}], {"a/b": 2}),
    "remove": ({"a": 1, "b": 2}, [{"op": "remove", "path": "/a"}], {"b": 2}),
    "move": ({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}], {"b": 1}),
    "copy": ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
    "test": ({"a": 1}, [{"op": "test", "path": "/a", "value": 1}], {"a": 1}),
}
IMPOSSIBLE = {
    "a test that fails": [{"op": "test", "path": "/a", "value": 2}],
    "a missing path": [{"op": "remove", "path": "/none"}],
    "replacing what is not there": [{"op": "replace", "path": "/none", "value": 1}],
    "an unknown operation": [{"op": "jump", "path": "/a"}],
    "no value": [{"op": "add", "path": "/b"}],
    "a path without slash": [{"op": "add", "path": "b", "value": 1}],
}
C = {"name": "c", "image": "1"}
D = {"name": "d", "image": "1"}
STRATEGIC = {
    "items merge by name": ({"containers": [C, D]}, {"containers": [{"name": "d", "image": "2"}]},
                            {"containers": [C, {"name": "d", "image": "2"}]}),
    "new items come first": ({"containers": [C]}, {"containers": [D]}, {"containers": [D, C]}),
    "an item is deleted": ({"containers": [C, D]}, {"containers": [{"name": "c", "$patch": "delete"}]},
                           {"containers": [D]}),
    "a list is replaced on demand": ({"containers": [C]}, {"containers": [D, {"$patch": "replace"}]},
                                     {"containers": [D]}),
    "a list without key is replaced": ({"args": ["a"]}, {"args": ["b"]}, {"args": ["b"]}),
    "finalizers are a set": ({"finalizers": ["a"]}, {"finalizers": ["b", "a"]}, {"finalizers": ["a", "b"]}),
    "values leave a primitive list": ({"finalizers": ["a", "b"]}, {"$deleteFromPrimitiveList/finalizers": ["a"]},
                                      {"finalizers": ["b"]}),
    "order is set": ({"containers": [C, D]}, {"$setElementOrder/containers": [{"name": "d"}, {"name": "c"}]},
                     {"containers": [D, C]}),
    "only the kept keys stay": ({"s": {"a": 1, "b": 2}}, {"s": {"b": 3, "$retainKeys": ["b"]}}, {"s": {"b": 3}}),
    "a map is replaced on demand": ({"s": {"a": 1}}, {"s": {"b": 1, "$patch": "replace"}}, {"s": {"b": 1}}),
    "null removes": ({"a": 1}, {"a": None}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", MERGES)
def test_merge_patch(case):
    before, patch, after = MERGES[case]
    assert merge_patch(before, patch) == after


@pytest.mark.parametrize("case", OPERATIONS)
def test_json_patch(case):
    before, operations, after = OPERATIONS[case]
    assert json_patch(before, operations) == after


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_json_patch_is_unprocessable(case):
    with pytest.raises(ApiError) as refused:
        json_patch({"a": 1}, IMPOSSIBLE[case])
    assert refused.value.code == 422


@pytest.mark.parametrize("case", STRATEGIC)
def test_strategic_merge_patch(case):
    before, patch, after = STRATEGIC[case]
    assert strategic_merge(before, patch) == after


def test_patches_leave_their_arguments_alone():
    before, patch = {"a": {"b": 1}, "containers": [dict(C)]}, {"a": {"b": 2}, "containers": [{**C, "image": "2"}]}
    for change in (merge_patch, strategic_merge):
        change(before, patch)
        assert before == {"a": {"b": 1}, "containers": [C]}
