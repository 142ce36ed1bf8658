"""Managers that apply, force, patch and replace the same objects: data and owners stay alike.

Two things that structured-merge-diff 4.0 (kube-apiserver 1.20) and later ones do differently are kept out:
an applied `data: {}` is owned by its applier only in the later ones, so applied maps are never empty; and an owner who
is left with a map but nothing in it gets back all of it in 4.0, so such objects are deleted.
"""

from __future__ import annotations

import random

import pytest

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


def owners(body: dict) -> list:
    """Who owns which fields, whatever the times."""
    entries = body.get("metadata", {}).get("managedFields", [])
    return sorted((e["manager"], e["operation"], repr(sorted(flat(e["fieldsV1"])))) for e in entries)


def flat(fields: dict, path: str = "") -> list[str]:
    found = []
    for step, below in fields.items():
        if step == ".":
            found.append(path)
        elif not below:
            found.append(f"{path}/{step}")
        else:
            found += flat(below, f"{path}/{step}")
    return found


def owns_a_bare_map(body: dict) -> bool:
    fields = [entry["fieldsV1"] for entry in body.get("metadata", {}).get("managedFields", [])]
    maps = [one.get("f:data") for one in fields]
    maps += [one.get("f:metadata", {}).get(name) for one in fields for name in ("f:labels", "f:annotations")]
    return {} in maps


def data_and_owners(code: int, body: dict):
    if code >= 400:
        return code, body.get("reason")
    return code, body.get("data") or {}, body["metadata"].get("labels") or {}, owners(body)


@pytest.mark.parametrize("seed", [1, 2])
def test_config_maps_under_four_managers(pair, namespace, seed):
    pick = random.Random(seed)
    collection = f"/api/v1/namespaces/{namespace}/configmaps"

    def data() -> dict:
        return {pick.choice("abcde"): pick.choice("123") for _ in range(pick.randint(1, 3))}

    def body(name: str) -> dict:
        labels = {"labels": {pick.choice("xy"): pick.choice("12")}} if pick.random() < 0.3 else {}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **labels}, "data": data()}

    for _ in range(400):
        name, dice = f"c{pick.randint(0, 7)}", pick.random()
        if dice < 0.65:
            query = f"?fieldManager={pick.choice(['m1', 'm2', 'm3'])}{pick.choice(['', '', '&force=true'])}"
            send = ("PATCH", f"{collection}/{name}{query}", body(name), APPLY)
        elif dice < 0.75:
            change = {"data": {pick.choice("abcde"): pick.choice(["1", "9", None])}}
            send = ("PATCH", f"{collection}/{name}?fieldManager=up", change, MERGE)
        elif dice < 0.8:
            send = ("PUT", f"{collection}/{name}?fieldManager=put", body(name), "application/json")
        elif dice < 0.85:
            change = [{"op": "add", "path": "/data", "value": data()}]
            send = ("PATCH", f"{collection}/{name}?fieldManager=up", change, JSON_PATCH)
        elif dice < 0.93:
            send = ("POST", f"{collection}?fieldManager={pick.choice(['m1', 'put'])}", body(name), "application/json")
        else:
            send = ("DELETE", f"{collection}/{name}", None, "application/json")
        method, path, content, content_type = send
        truth, _ = pair.send(method, path, content, content_type=content_type, view=data_and_owners)
        if owns_a_bare_map(truth[1]):
            pair.send("DELETE", f"{collection}/{name}")
    pair.agreed()


def deployment(pick: random.Random, name: str) -> dict:
    def container(which: str) -> dict:
        extra = pick.choice(
            [
                {},
                {"env": [{"name": n, "value": pick.choice("12")} for n in pick.sample("XYZ", pick.randint(1, 2))]},
                {"ports": [{"containerPort": pick.choice([80, 81]), "protocol": "TCP"}]},
                {"args": pick.sample(["-a", "-b", "-c"], 2)},
                {"resources": {"limits": {"cpu": pick.choice(["1", "2"])}}},
            ]
        )
        return {"name": which, "image": f"i:{pick.randint(1, 3)}", **extra}

    spec = {
        "selector": {"matchLabels": {"app": "d"}},
        "template": {
            "metadata": {"labels": {"app": "d"}},
            "spec": {"containers": [container(which) for which in pick.sample("abc", pick.randint(1, 3))]},
        },
    }
    if pick.random() < 0.4:
        spec["replicas"] = pick.randint(1, 3)
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def containers_and_owners(code: int, body: dict):
    if code >= 400:
        return code, body.get("reason")
    spec = body["spec"]["template"]["spec"]
    kept = ("name", "image", "env", "ports", "args", "resources")
    return code, body["spec"]["replicas"], [{k: c.get(k) for k in kept} for c in spec["containers"]], owners(body)


@pytest.mark.parametrize("seed", [3])
def test_deployments_under_three_managers(pair, namespace, seed):
    pick = random.Random(seed)
    collection = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    for _ in range(200):
        name, dice = f"d{pick.randint(0, 4)}", pick.random()
        if dice < 0.8:
            query = f"?fieldManager={pick.choice(['m1', 'm2'])}{pick.choice(['', '&force=true', '&force=true'])}"
            send = ("PATCH", f"{collection}/{name}{query}", deployment(pick, name), APPLY)
        elif dice < 0.9:
            change = {"spec": {"replicas": pick.randint(1, 4)}}
            send = ("PATCH", f"{collection}/{name}?fieldManager=up", change, MERGE)
        else:
            send = ("DELETE", f"{collection}/{name}", None, "application/json")
        method, path, content, content_type = send
        pair.send(
            method,
            path,
            content,
            content_type=content_type,
            view=containers_and_owners if method == "PATCH" else (lambda code, body: code),
        )
    pair.agreed()
