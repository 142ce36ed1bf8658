"""Random roles, bindings and users: who may do what, and who may hand it on."""

from __future__ import annotations

import random

import pytest

RBAC = "rbac.authorization.k8s.io"
ROOT = f"/apis/{RBAC}/v1"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
GROUPS = ["", "apps", "kubeflow.org", RBAC, "*"]
RESOURCES = [
    *("configmaps", "secrets", "pods", "pods/log", "pods/*", "*/status"),
    *("deployments", "roles", "rolebindings", "clusterroles", "notebooks", "*"),
]
VERBS = ["get", "list", "create", "update", "delete", "patch", "bind", "escalate", "impersonate", "*"]
NAMES = ["a", "b", "view", "cluster-admin"]
SUBJECTS = [
    ("alice", ["dev", "system:authenticated"]),
    ("bob", ["system:authenticated"]),
    ("carol", ["ops"]),
    ("system:serviceaccount:n1:default", ["system:serviceaccounts", "system:serviceaccounts:n1"]),
]


class Dice:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def rule(self) -> dict:
        pick = self.random
        rule = {
            "verbs": pick.sample(VERBS, pick.randint(1, 4)),
            "apiGroups": pick.sample(GROUPS, pick.randint(1, 2)),
            "resources": pick.sample(RESOURCES, pick.randint(1, 3)),
        }
        if pick.random() < 0.3:
            rule["resourceNames"] = pick.sample(NAMES, pick.randint(1, 2))
        return rule

    def subject(self, cluster: bool) -> dict:
        pick = self.random
        account = {"kind": "ServiceAccount", "name": "default"}
        if cluster or pick.random() < 0.6:
            account["namespace"] = pick.choice(["n1", "n2"])
        groups = ["dev", "ops", "system:authenticated", "system:serviceaccounts:n1"]
        return pick.choice(
            [
                {"kind": "User", "apiGroup": RBAC, "name": pick.choice(["alice", "bob", "carol"])},
                {"kind": "Group", "apiGroup": RBAC, "name": pick.choice(groups)},
                account,
            ]
        )

    def attributes(self) -> dict:
        pick = self.random
        kinds = ["configmaps", "secrets", "pods", "deployments", "roles", "clusterroles", "notebooks", "nodes"]
        asked = {
            "verb": pick.choice([*VERBS[:-1], "watch"]),
            "group": pick.choice(GROUPS[:-1]),
            "resource": pick.choice(kinds),
        }
        if pick.random() < 0.3:
            asked["subresource"] = pick.choice(["log", "status", "exec"])
        if pick.random() < 0.7:
            asked["namespace"] = pick.choice(["n1", "n2", "n3"])
        if pick.random() < 0.5:
            asked["name"] = pick.choice([*NAMES, "c"])
        return asked


def collection(kind: str, namespace: str) -> str:
    plural = kind.lower() + "s"
    return f"{ROOT}/{plural}" if kind.startswith("Cluster") else f"{ROOT}/namespaces/{namespace}/{plural}"


def reference(kind: str, name: str) -> dict:
    return {"apiGroup": RBAC, "kind": kind, "name": name}


@pytest.fixture(scope="module")
def roles(pair) -> Dice:
    """Both servers hold the same random roles and bindings; alice and bob may write such objects."""
    dice = Dice(7)
    pick = dice.random
    for name in ("n1", "n2"):
        pair.send("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    for number in range(24):
        kind = pick.choice(["Role", "Role", "ClusterRole"])
        rules = [dice.rule() for _ in range(pick.randint(1, 2))]
        role = {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": {"name": f"r{number}"}, "rules": rules}
        pair.send("POST", collection(kind, pick.choice(["n1", "n2"])), role)
    for number in range(30):
        kind = pick.choice(["RoleBinding", "RoleBinding", "ClusterRoleBinding"])
        cluster = kind == "ClusterRoleBinding"
        role = reference(
            "ClusterRole" if cluster else pick.choice(["Role", "ClusterRole"]),
            pick.choice([f"r{pick.randint(0, 26)}", "view", "edit"]),
        )
        subjects = [dice.subject(cluster) for _ in range(pick.randint(0, 2))]
        binding = {"kind": kind, "metadata": {"name": f"b{number}"}, "roleRef": role, "subjects": subjects}
        pair.send("POST", collection(kind, pick.choice(["n1", "n2"])), {"apiVersion": f"{RBAC}/v1", **binding})
    return dice


def settled(pair, user: str, groups: list[str], asked: dict) -> None:
    review = {"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1"}
    review["spec"] = {"user": user, "groups": groups, "resourceAttributes": asked}
    pair.settle(lambda client: client.request("POST", REVIEWS, review)[1].get("status", {}).get("allowed") is True)


def last_binding(pair) -> None:
    """Real servers read bindings from a cache: when the last one counts, all do."""
    role = {"metadata": {"name": "last"}, "rules": [{"verbs": ["get"], "apiGroups": ["last"], "resources": ["last"]}]}
    binding = {"metadata": {"name": "last"}, "roleRef": reference("ClusterRole", "last")}
    binding["subjects"] = [{"kind": "User", "apiGroup": RBAC, "name": "last"}]
    for plural, obj in (("clusterroles", role), ("clusterrolebindings", binding)):
        pair.send("POST", f"{ROOT}/{plural}", obj, view=lambda code, body: code in (201, 409))
    settled(pair, "last", [], {"verb": "get", "group": "last", "resource": "last"})


def test_random_access_reviews_are_answered_alike(pair, roles):
    last_binding(pair)
    for _ in range(700):
        user, groups = roles.random.choice(SUBJECTS)
        spec = {"user": user, "groups": groups, "resourceAttributes": roles.attributes()}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        pair.send("POST", REVIEWS, review, view=lambda code, body: (code, body.get("status", {}).get("allowed")))
    pair.agreed()


def test_nobody_hands_on_what_he_does_not_hold(pair, roles):
    rbac_kinds = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"]
    rule = {"apiGroups": [RBAC], "resources": rbac_kinds, "verbs": ["get", "create", "update", "patch", "delete"]}
    subjects = [{"kind": "User", "apiGroup": RBAC, "name": name} for name in ("alice", "bob")]
    pair.send("POST", f"{ROOT}/clusterroles", {"metadata": {"name": "writer"}, "rules": [rule]})
    binding = {"metadata": {"name": "writer"}, "roleRef": reference("ClusterRole", "writer"), "subjects": subjects}
    pair.send("POST", f"{ROOT}/clusterrolebindings", binding)
    settled(pair, "bob", [], {"verb": "create", "group": RBAC, "resource": "clusterrolebindings"})
    pick = roles.random
    for number in range(300):
        user, dry = pick.choice(["alice", "bob"]), "?dryRun=All"
        if pick.random() < 0.5:
            kind = pick.choice(["Role", "ClusterRole"])
            body = {"rules": [roles.rule()]}
        else:
            kind = pick.choice(["RoleBinding", "ClusterRoleBinding"])
            cluster = kind == "ClusterRoleBinding"
            name = pick.choice([f"r{pick.randint(0, 24)}", "view", "edit", "cluster-admin"])
            role = reference("ClusterRole" if cluster else pick.choice(["Role", "ClusterRole"]), name)
            body = {"roleRef": role, "subjects": [roles.subject(cluster)]}
        obj = {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": {"name": f"x{number}"}, **body}
        pair.send("POST", collection(kind, "n1") + dry, obj, user=user)
    pair.agreed()


def test_default_roles_grant_the_same_on_namespaced_kinds(pair):
    """admin, edit and view, asked for every resource both servers know."""
    pair.send("POST", "/api/v1/namespaces", {"metadata": {"name": "defaults"}})
    for name in ("admin", "edit", "view"):
        subjects = [{"kind": "User", "apiGroup": RBAC, "name": f"the-{name}"}]
        binding = {"metadata": {"name": name}, "roleRef": reference("ClusterRole", name), "subjects": subjects}
        pair.send("POST", f"{ROOT}/namespaces/defaults/rolebindings", binding)
        ask = {"verb": "list", "group": "", "resource": "configmaps", "namespace": "defaults"}
        settled(pair, f"the-{name}", [], ask)
    kinds = [
        *(("", kind) for kind in ("pods", "secrets", "configmaps", "services", "serviceaccounts", "resourcequotas")),
        *(("", kind) for kind in ("persistentvolumeclaims", "endpoints", "namespaces", "nodes", "limitranges")),
        *(("apps", kind) for kind in ("deployments", "statefulsets", "daemonsets", "replicasets")),
        *(("batch", kind) for kind in ("jobs", "cronjobs")),
        *((RBAC, kind) for kind in ("roles", "rolebindings", "clusterroles")),
        *(("networking.k8s.io", kind) for kind in ("ingresses", "networkpolicies")),
        *(("policy", "poddisruptionbudgets"), ("kubeflow.org", "profiles"), ("authorization.k8s.io", "x")),
    ]
    for name in ("admin", "edit", "view"):
        for group, resource in kinds:
            for verb in ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"):
                asked = {"verb": verb, "group": group, "resource": resource, "namespace": "defaults"}
                review = {"spec": {"user": f"the-{name}", "resourceAttributes": asked}}
                pair.send(
                    "POST", REVIEWS, review, view=lambda code, body: (code, body.get("status", {}).get("allowed"))
                )
    pair.agreed()
