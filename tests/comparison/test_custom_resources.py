"""Custom resources: random valid and invalid objects under all kinds of writes."""

from __future__ import annotations

import random

import pytest

GROUP = "comparison.example.com"
SUBJECT = {
    "type": "object",
    "required": ["kind", "name"],
    "properties": {"kind": {"type": "string"}, "name": {"type": "string"}},
}
SPEC = {
    "type": "object",
    "properties": {
        "owner": SUBJECT,
        "n": {"type": "integer", "minimum": 0, "maximum": 5},
        "mode": {"type": "string", "enum": ["a", "b"], "default": "a"},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "list": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["k"],
                "properties": {"k": {"type": "string", "pattern": "^[a-z]+$"}, "v": {"type": "integer"}},
            },
        },
        "keyed": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["k"],
            "items": {
                "type": "object",
                "required": ["k"],
                "properties": {"k": {"type": "string"}, "v": {"type": "integer"}},
            },
        },
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "any": {"x-kubernetes-int-or-string": True},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "perhaps": {"type": "string", "nullable": True},
    },
}
VALUES = {
    "owner": [
        {"kind": "User", "name": "x"},
        {"kind": "User"},
        {"kind": 3, "name": "x"},
        "s",
        {"kind": "U", "name": "x", "zz": 1},
    ],
    "n": [0, 5, 6, -1, "1", 1.5, True],
    "mode": ["a", "b", "c", 1],
    "tags": [{"a": "b"}, {"a": 1}, {}],
    "list": [[], [{"k": "a"}], [{"k": "A"}], [{}], {}],
    "keyed": [[{"k": "a"}], [{"k": "a", "v": 1}, {"k": "b"}], [{"k": "a"}, {"k": "a"}], []],
    "set": [["a"], ["a", "b"], ["b", "b"], []],
    "any": [1, "x", True, {}],
    "free": [{"q": {"w": 1}}, {"q": [1]}, []],
    "perhaps": ["x", None, 1],
    "unknown": [1, {"a": 1}],
}
# Not applied: kube-apiserver 1.20 replaces them as a whole, as it did with all lists of custom resources.
KEYED_LISTS = ("keyed", "set")


def definition() -> dict:
    status = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC, "status": status}}}
    versions = [
        {"name": name, "served": True, "storage": name == "v1", "subresources": {"status": {}}, "schema": schema}
        for name in ("v1", "v1beta1")
    ]
    names = {"kind": "Thing", "plural": "things"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Cluster", "names": names, "versions": versions},
    }


def content(code: int, body: dict):
    return (code, body.get("spec"), body.get("status")) if code < 300 else (code, body.get("reason"))


@pytest.fixture(scope="module")
def things(pair) -> str:
    path = f"/apis/{GROUP}/v1/things"
    pair.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition())
    probe = {"apiVersion": f"{GROUP}/v1", "kind": "Thing", "metadata": {"name": "probe"}}
    pair.settle(lambda client: client.request("POST", path, probe)[0] in (201, 409))
    return path


@pytest.mark.parametrize("seed", [21, 22])
def test_random_objects(pair, things, seed):
    pick = random.Random(seed)

    def spec() -> dict:
        chosen = {key: values for key, values in VALUES.items() if pick.random() < 0.3}
        return {key: values[0] if pick.random() < 0.55 else pick.choice(values) for key, values in chosen.items()}

    for _ in range(400):
        name, dice = f"t{seed}-{pick.randint(0, 5)}", pick.random()
        body = {"apiVersion": f"{GROUP}/v1", "kind": "Thing", "metadata": {"name": name}, "spec": spec()}
        if pick.random() < 0.2:
            body["status"] = {"s": pick.randint(1, 3)}
        plain, patch = "application/json", "application/merge-patch+json"
        one = f"{things}/{name}"
        if dice < 0.35:
            send = ("POST", things, body, plain)
        elif dice < 0.6:
            send = ("PATCH", one, {"spec": spec()}, patch)
        elif dice < 0.75:
            query = f"?fieldManager={pick.choice(['m1', 'm2'])}&force=true"
            config = {**body, "spec": {key: value for key, value in body["spec"].items() if key not in KEYED_LISTS}}
            config.pop("status", None)
            send = ("PATCH", one + query, config, "application/apply-patch+yaml")
        elif dice < 0.85:
            send = ("PATCH", f"{one}/status", {"status": {"s": pick.randint(1, 3)}}, patch)
        elif dice < 0.9:
            send = ("PATCH", one, {"spec": spec()}, "application/strategic-merge-patch+json")
        elif dice < 0.95:
            send = ("GET", f"/apis/{GROUP}/v1beta1/things/{name}", None, plain)
        else:
            send = ("DELETE", one, None, plain)
        method, path, data, content_type = send
        pair.send(
            method,
            path,
            data,
            content_type=content_type,
            view=content if method != "DELETE" else (lambda code, answer: code),
        )
    pair.agreed()
