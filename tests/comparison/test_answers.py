"""Single requests, good and bad: status, reason, and what is said about which field."""

from __future__ import annotations

import base64

import pytest

RBAC = "rbac.authorization.k8s.io"
ROLE_REF = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"}


def metadata(name: str = "x", **rest) -> dict:
    return {"name": name, **rest}


def config_map(name: str = "x", data=None, **rest) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name, **rest), "data": data or {"a": "1"}}


def pod(**spec) -> dict:
    containers = [{"name": "c", "image": "i"}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata(), "spec": {"containers": containers, **spec}}


def container(**fields) -> dict:
    return pod(containers=[{"name": "c", "image": "i", **fields}])


def deployment(**spec) -> dict:
    template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    base = {"selector": {"matchLabels": {"app": "d"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(), "spec": {**base, **spec}}


def service(*ports: dict, **spec) -> dict:
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata(), "spec": {"ports": list(ports), **spec}}


def binding(kind: str, *subjects: dict, role: dict = ROLE_REF) -> dict:
    head = {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata()}
    return {**head, "roleRef": role, "subjects": list(subjects)}


def role(kind: str, *rules: dict) -> dict:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata(), "rules": list(rules)}


def ingress(*paths: dict, **spec) -> dict:
    rules = [{"host": "a.example.com", "http": {"paths": list(paths)}}]
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata()}
    return {**head, "spec": {"rules": rules, **spec}}


BACKEND = {"service": {"name": "s", "port": {"number": 80}}}
ACCOUNT = {"kind": "ServiceAccount", "name": "a"}

CREATES = {
    "a config map": config_map(),
    "a name in capitals": config_map("Bad_Name"),
    "no name": config_map(""),
    "a label value with a blank": config_map(labels={"a": "b c"}),
    "a label key with two slashes": config_map(labels={"a/b/c": "x"}),
    "a label that is a number": config_map(labels={"a": 1}),
    "data that is a number": config_map(data={"a": 1}),
    "a data key with a slash": config_map(data={"a/b": "x"}),
    "an annotation that is a boolean": config_map(annotations={"a": True}),
    "another kind than the path": {**config_map(), "kind": "Secret"},
    "another namespace than the path": config_map(namespace="other"),
    "a secret": {"apiVersion": "v1", "kind": "Secret", "metadata": metadata(), "data": {"a": "YQ=="}},
    "a secret that is not base64": {"apiVersion": "v1", "kind": "Secret", "metadata": metadata(), "data": {"a": "*"}},
    "a pod": pod(),
    "a pod without containers": pod(containers=[]),
    "a container without image": pod(containers=[{"name": "c"}]),
    "a container without name": pod(containers=[{"image": "i"}]),
    "two containers of one name": pod(containers=[{"name": "c", "image": "i"}, {"name": "c", "image": "j"}]),
    "two ports of one name": container(ports=[{"containerPort": p, "name": "p"} for p in (80, 81)]),
    "a port name with a dot": container(ports=[{"containerPort": 80, "name": "a.b"}]),
    "a port out of range": container(ports=[{"containerPort": 70000}]),
    "a port that is text": container(ports=[{"containerPort": "80"}]),
    "a mount without volume": container(volumeMounts=[{"name": "v", "mountPath": "/v"}]),
    "two volumes of one name": pod(volumes=[{"name": "v", "emptyDir": {}}] * 2),
    "an environment value that is a number": container(env=[{"name": "A", "value": 1}]),
    "an environment variable without name": container(env=[{"value": "1"}]),
    "a wrong pull policy": container(imagePullPolicy="Sometimes"),
    "a memory limit in words": container(resources={"limits": {"memory": "much"}}),
    "a deployment": deployment(),
    "a deployment whose selector misses": deployment(selector={"matchLabels": {"app": "other"}}),
    "a deployment without selector": deployment(selector=None),
    "a deployment with negative replicas": deployment(replicas=-1),
    "a deployment with replicas in text": deployment(replicas="1"),
    "a service": service({"port": 80}),
    "a service without ports": service(),
    "a service with two unnamed ports": service({"port": 80}, {"port": 81}),
    "a service with two ports of one name": service({"port": 80, "name": "a"}, {"port": 81, "name": "a"}),
    "a service with one port twice": service({"port": 80, "name": "a"}, {"port": 80, "name": "b"}),
    "a service of unknown type": service({"port": 80}, type="Odd"),
    "a service with a dotted name": {**service({"port": 80}), "metadata": metadata("a.b")},
    "a role": role("Role", {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}),
    "a rule without verbs": role("Role", {"apiGroups": [""], "resources": ["pods"]}),
    "a rule without resources": role("Role", {"verbs": ["get"], "apiGroups": [""]}),
    "a role with urls": role("Role", {"verbs": ["get"], "nonResourceURLs": ["/x"]}),
    "a binding to an account without namespace": binding("RoleBinding", ACCOUNT),
    "a binding to an account": binding("RoleBinding", {**ACCOUNT, "namespace": "n"}),
    "a binding to a user without group": binding("RoleBinding", {"kind": "User", "name": "u"}),
    "a binding to nobody": binding("RoleBinding"),
    "a binding to an unknown kind": binding("RoleBinding", {"kind": "Robot", "name": "r"}),
    "a binding to a user without name": binding("RoleBinding", {"kind": "User"}),
    "a binding to a wrong api group": binding("RoleBinding", {"kind": "User", "name": "u", "apiGroup": "x"}),
    "a binding of no role": binding("RoleBinding", role={}),
    "a binding of an unknown kind of role": binding("RoleBinding", role={**ROLE_REF, "kind": "Nope"}),
    "an ingress": ingress({"path": "/", "pathType": "Prefix", "backend": BACKEND}),
    "an ingress without path type": ingress({"path": "/", "backend": BACKEND}),
    "an ingress with a relative path": ingress({"path": "a", "pathType": "Prefix", "backend": BACKEND}),
    "an ingress without backend": ingress({"path": "/", "pathType": "Prefix"}),
    "an ingress without port": ingress({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s"}}}),
    "an ingress without paths": ingress(),
    "an ingress without rules": ingress(rules=[]),
}
PLURALS = {"Ingress": "ingresses"}


def answer(code: int, body: dict):
    """The status, the reason, and the fields that are wrong."""
    if code < 400:
        return code
    causes = (body.get("details") or {}).get("causes") or []
    return code, body.get("reason"), sorted({cause.get("field", "") for cause in causes})


def collection(obj: dict, namespace: str) -> str:
    version, plural = obj["apiVersion"], PLURALS.get(obj["kind"], obj["kind"].lower() + "s")
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/namespaces/{namespace}/{plural}"


@pytest.mark.parametrize("what", CREATES)
def test_creating(pair, what):
    obj = CREATES[what]
    path = (
        "/api/v1/namespaces/default/configmaps"
        if obj["kind"] == "Secret" and "data" in obj and (what == "another kind than the path")
        else collection(obj, "default")
    )
    pair.send("POST", f"{path}?dryRun=All", obj, view=answer)
    pair.agreed()


CLUSTER_WIDE = {
    "a binding to an account without namespace": ("clusterrolebindings", binding("ClusterRoleBinding", ACCOUNT)),
    "a binding of a namespaced role": (
        "clusterrolebindings",
        binding("ClusterRoleBinding", role={**ROLE_REF, "kind": "Role"}),
    ),
    "a role with urls": ("clusterroles", role("ClusterRole", {"verbs": ["get"], "nonResourceURLs": ["/x"]})),
    "a role with urls and resources": (
        "clusterroles",
        role("ClusterRole", {"verbs": ["get"], "nonResourceURLs": ["/x"], "apiGroups": [""], "resources": ["pods"]}),
    ),
}


@pytest.mark.parametrize("what", CLUSTER_WIDE)
def test_creating_cluster_wide(pair, what):
    plural, obj = CLUSTER_WIDE[what]
    pair.send("POST", f"/apis/{RBAC}/v1/{plural}?dryRun=All", obj, view=answer)
    pair.agreed()


def test_a_life(pair, namespace):
    """Create, read, write, patch, delete and what is refused on the way, in one order on both servers."""
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    held = config_map("held", finalizers=["example.com/hold"])
    for method, where, body, content_type in (
        ("POST", path, config_map("a"), None),
        ("POST", path, config_map("a"), None),
        ("GET", f"{path}/a", None, None),
        ("GET", f"{path}/none", None, None),
        ("PUT", f"{path}/a", config_map("a", {"b": "2"}), None),
        ("PUT", f"{path}/a", config_map("other"), None),
        ("PUT", f"{path}/a", config_map("a", resourceVersion="1"), None),
        ("PUT", f"{path}/none", config_map("none"), None),
        ("PATCH", f"{path}/a", {"data": {"b": None}}, "application/merge-patch+json"),
        ("PATCH", f"{path}/a", [{"op": "test", "path": "/data/b", "value": "1"}], "application/json-patch+json"),
        ("PATCH", f"{path}/a", [{"op": "remove", "path": "/data/none"}], "application/json-patch+json"),
        ("PATCH", f"{path}/a", {"data": {"b": "1"}}, "application/json"),
        ("PATCH", f"{path}/a", config_map("a"), "application/apply-patch+yaml"),
        ("PATCH", f"{path}/a?fieldManager=m", config_map("b"), "application/apply-patch+yaml"),
        ("DELETE", f"{path}/a", {"preconditions": {"uid": "other"}}, None),
        ("DELETE", f"{path}/a", None, None),
        ("DELETE", f"{path}/a", None, None),
        ("POST", path, held, None),
        ("DELETE", f"{path}/held", None, None),
        ("POST", path, held, None),
        ("GET", f"{path}/held", None, None),
        ("PATCH", f"{path}/held", {"metadata": {"finalizers": None}}, "application/merge-patch+json"),
        ("GET", f"{path}/held", None, None),
        ("GET", f"{path}?labelSelector=a%20b%20c", None, None),
        ("GET", f"{path}?fieldSelector=spec.x%3D1", None, None),
        ("GET", "/apis/none.example.com/v1/things", None, None),
        ("GET", "/api/v1/nothings", None, None),
        ("POST", "/api/v1/namespaces/none/configmaps", config_map("a"), None),
        ("DELETE", "/api/v1/namespaces/default", None, None),
        ("POST", f"{path}/a", config_map("a"), None),
        ("PUT", path, config_map("a"), None),
    ):
        pair.send(method, where, body, content_type=content_type or "application/json", view=answer)
    pair.agreed()


def test_pages_hold_the_same_names(pair, namespace):
    path = f"/api/v1/namespaces/{namespace}/secrets"
    for name in ("c", "a", "b", "d"):
        data = {"a": base64.b64encode(name.encode()).decode()}
        pair.send("POST", path, {"metadata": {"name": name, "labels": {"page": "yes"}}, "data": data})

    def names(code: int, body: dict):
        left = body["metadata"].get("remainingItemCount")
        return [item["metadata"]["name"] for item in body["items"]], left, bool(body["metadata"].get("continue"))

    pair.send("GET", f"{path}?limit=3&labelSelector=page%3Dyes", view=names)
    pair.send("GET", f"{path}?labelSelector=page+in+(yes,no),!other", view=names)
    pair.send("GET", f"{path}?fieldSelector=metadata.name%3Db", view=names)
    pair.agreed()


def test_an_immutable_role_reference(pair, namespace):
    path = f"/apis/{RBAC}/v1/namespaces/{namespace}/rolebindings"
    pair.send("POST", path, binding("RoleBinding"), view=answer)
    pair.send("PUT", f"{path}/x", binding("RoleBinding", role={**ROLE_REF, "name": "edit"}), view=answer)
    pair.agreed()


def test_a_namespace_ends_with_its_contents(pair, namespace):
    pair.send("POST", f"/api/v1/namespaces/{namespace}/configmaps", config_map("a"))
    pair.send("DELETE", f"/api/v1/namespaces/{namespace}", view=lambda code, body: (code, body["status"]["phase"]))
    pair.settle(lambda client: client.request("GET", f"/api/v1/namespaces/{namespace}")[0] == 404)
    pair.send("GET", f"/api/v1/namespaces/{namespace}/configmaps/a")
    pair.agreed()


@pytest.mark.parametrize("policy", ["Background", "Foreground", "Orphan"])
def test_owned_objects(pair, namespace, policy):
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    for clients in (pair.real, pair.emulated):
        owner = clients["admin"].request("POST", path, config_map("owner"))[1]
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
        reference["blockOwnerDeletion"] = True
        clients["admin"].request("POST", path, config_map("owned", ownerReferences=[reference]))
    pair.send("DELETE", f"{path}/owner", {"propagationPolicy": policy}, view=lambda code, body: code)
    pair.settle(lambda client: client.request("GET", f"{path}/owner")[0] == 404)

    def over(client) -> bool:
        code, body = client.request("GET", f"{path}/owned")
        return code == 404 if policy != "Orphan" else not body["metadata"].get("ownerReferences")

    pair.settle(over)
