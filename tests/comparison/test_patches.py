"""Strategic merge patches of workloads and services."""

from __future__ import annotations

import random

STRATEGIC = "application/strategic-merge-patch+json"


def pod_template(code: int, body: dict):
    if code >= 400:
        return code
    spec = body["spec"]["template"]["spec"]
    containers = [
        (c["name"], c.get("image"), c.get("env"), [p["containerPort"] for p in c.get("ports", [])])
        for c in spec["containers"]
    ]
    return code, containers, [volume["name"] for volume in spec.get("volumes", [])]


def service_ports(code: int, body: dict):
    return (code, [(port["name"], port["port"]) for port in body["spec"]["ports"]]) if code < 300 else code


def test_pod_templates(pair, namespace):
    pick = random.Random(11)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    containers = [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]
    template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": {"app": "d"}}, "template": template}
    pair.send("POST", path, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec})
    for _ in range(200):
        container = {"name": pick.choice("abc"), "image": f"i:{pick.randint(1, 5)}"}
        extra = pick.choice(
            [
                {},
                {"env": [{"name": pick.choice("XY"), "value": pick.choice("12")}]},
                {"env": [{"name": "X", "$patch": "delete"}]},
                {"ports": [{"containerPort": 80, "name": "p"}]},
                {"$patch": "delete"} if container["name"] != "a" else {},
            ]
        )
        change = {"containers": [{**container, **extra}]}
        if pick.random() < 0.3:
            change["volumes"] = [{"name": pick.choice("vw"), "emptyDir": {}}]
        if pick.random() < 0.2:
            change["$setElementOrder/containers"] = [{"name": name} for name in pick.sample("abc", 3)]
        body = {"spec": {"template": {"spec": change}}}
        pair.send("PATCH", f"{path}/d", body, content_type=STRATEGIC, view=pod_template)
    pair.agreed()


def test_service_ports(pair, namespace):
    pick = random.Random(12)
    path = f"/api/v1/namespaces/{namespace}/services"
    pair.send("POST", path, {"metadata": {"name": "s"}, "spec": {"ports": [{"name": "a", "port": 80}]}})
    ports = [(80, "a"), (81, "b"), (82, "c"), (82, "d"), (83, "e")]
    for _ in range(80):
        number, name = pick.choice(ports)
        body = {"spec": {"ports": [{"port": number, "name": name}]}}
        if pick.random() < 0.2:
            body = {"spec": {"ports": [{"port": number, "$patch": "delete"}]}}
        pair.send("PATCH", f"{path}/s", body, content_type=STRATEGIC, view=service_ports)
    pair.agreed()
