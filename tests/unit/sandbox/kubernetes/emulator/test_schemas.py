from __future__ import annotations

import pytest

from sandbox.kubernetes.emulator.schemas import default, prune, validate


def of(**properties) -> dict:
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}


PRUNED = {
    "unknown field": (of(a={}), {"spec": {"a": 1, "b": 2}}, {"spec": {"a": 1}}, ["spec.b"]),
    "metadata stays": (of(), {"metadata": {"x": 1}, "kind": "T"}, {"metadata": {"x": 1}, "kind": "T"}, []),
    "below a list": (of(l={"items": {"properties": {"a": {}}}}), {"spec": {"l": [{"b": 1}]}}, {"spec": {"l": [{}]}},
                     ["spec.l[0].b"]),
    "preserved": (of(f={"x-kubernetes-preserve-unknown-fields": True}), {"spec": {"f": {"q": 1}}},
                  {"spec": {"f": {"q": 1}}}, []),
    "preserved, but known fields are pruned inside": (
        of(f={"x-kubernetes-preserve-unknown-fields": True, "properties": {"k": {"properties": {}}}}),
        {"spec": {"f": {"q": 1, "k": {"z": 1}}}}, {"spec": {"f": {"q": 1, "k": {}}}}, ["spec.f.k.z"]),
    "map of text": (of(m={"additionalProperties": {"type": "string"}}), {"spec": {"m": {"a": "b"}}},
                    {"spec": {"m": {"a": "b"}}}, []),
}  # fmt: skip
DEFAULTED = {
    "missing": (of(a={"default": 1}), {"spec": {}}, {"spec": {"a": 1}}),
    "given": (of(a={"default": 1}), {"spec": {"a": 2}}, {"spec": {"a": 2}}),
    "null becomes the default": (of(a={"default": 1}), {"spec": {"a": None}}, {"spec": {"a": 1}}),
    "null without default goes": (of(a={}), {"spec": {"a": None}}, {"spec": {}}),
    "null where it is allowed": (of(a={"nullable": True, "default": 1}), {"spec": {"a": None}}, {"spec": {"a": None}}),
    "no parent, no default": (of(a={"default": 1}), {}, {}),
    "in each item": (of(a={"items": {"properties": {"b": {"default": 1}}}}), {"spec": {"a": [{}]}},
                     {"spec": {"a": [{"b": 1}]}}),
}  # fmt: skip
INVALID = {
    "wrong type": (of(a={"type": "string"}), {"spec": {"a": 1}}, "spec.a"),
    "a boolean is no integer": (of(a={"type": "integer"}), {"spec": {"a": True}}, "spec.a"),
    "a fraction is no integer": (of(a={"type": "integer"}), {"spec": {"a": 1.5}}, "spec.a"),
    "enum": (of(a={"type": "string", "enum": ["x"]}), {"spec": {"a": "y"}}, "spec.a"),
    "pattern": (of(a={"type": "string", "pattern": "^x$"}), {"spec": {"a": "y"}}, "spec.a"),
    "too small": (of(a={"type": "integer", "minimum": 1}), {"spec": {"a": 0}}, "spec.a"),
    "exclusive": (of(a={"type": "integer", "maximum": 1, "exclusiveMaximum": True}), {"spec": {"a": 1}}, "spec.a"),
    "too short": (of(a={"type": "string", "minLength": 1}), {"spec": {"a": ""}}, "spec.a"),
    "too many": (of(a={"type": "array", "maxItems": 1}), {"spec": {"a": [1, 2]}}, "spec.a"),
    "required": (of(a={"type": "object", "required": ["b"]}), {"spec": {"a": {}}}, "spec.a.b"),
    "int or string": (of(a={"x-kubernetes-int-or-string": True}), {"spec": {"a": {}}}, "spec.a"),
    "set": (of(a={"type": "array", "x-kubernetes-list-type": "set"}), {"spec": {"a": ["x", "x"]}}, "spec.a[1]"),
    "keys": (of(a={"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]}),
             {"spec": {"a": [{"k": 1}, {"k": 1}]}}, "spec.a[1]"),
    "one of": (of(a={"oneOf": [{"type": "string"}, {"minLength": 1}]}), {"spec": {"a": "xx"}}, "spec.a"),
    "any of": (of(a={"anyOf": [{"type": "string"}, {"type": "integer"}]}), {"spec": {"a": []}}, "spec.a"),
    "not": (of(a={"not": {"type": "string"}}), {"spec": {"a": "x"}}, "spec.a"),
}  # fmt: skip


@pytest.mark.parametrize("case", PRUNED)
def test_prune(case):
    schema, obj, after, dropped = PRUNED[case]
    assert (prune(schema, obj), obj) == (dropped, after)


@pytest.mark.parametrize("case", DEFAULTED)
def test_default(case):
    schema, obj, after = DEFAULTED[case]
    default(schema, obj)
    assert obj == after


@pytest.mark.parametrize("case", INVALID)
def test_invalid_objects(case):
    schema, obj, field = INVALID[case]
    assert [error.field for error in validate(schema, obj)] == [field]


def test_a_valid_object_has_no_errors():
    schema = of(a={"type": "integer", "minimum": 0}, b={"x-kubernetes-int-or-string": True}, c={"type": "number"})
    assert validate(schema, {"metadata": {}, "spec": {"a": 1, "b": "x", "c": 1}}) == []
