"""With the function's own token: all that it needs works, and nothing else does.

RBAC is tried on the emulator and on the real server when it is there; the admission policy where it is served, which
is from Kubernetes 1.30 on. Whatever is only tried is sent as a dry run, so that no case sees what another has done.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import admission_policy, receipt_rights
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.cluster_rbac import user_name
from sandbox.kubernetes.client import JSON, MERGE_PATCH, KubernetesClient, KubernetesError

GROUP = "kubeflow-profile-manager"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ISTIO = "/apis/security.istio.io/v1beta1"
PROFILES = "/apis/kubeflow.org/v1/profiles"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
CONFIG_MAPS = "/api/v1/namespaces/receipts/configmaps"
MANAGED = {"app.kubernetes.io/managed-by": GROUP}
OURS = {**MANAGED, "multitenant.kubeflow/user": "hash"}
PART_OF = {"app.kubernetes.io/part-of": "kubeflow-profile"}
HEADER = "request.headers[kubeflow-userid]"
SETTINGS = {"reservedNamespaces": ["ops-*"], "receiptNamespace": "receipts"}
ALICE, WIDE = "alice@example.com", "widened"


class TheFunction(KubernetesClient):
    """Calls with the token that the function itself has signed, and with headers that it never sends."""

    def __init__(self, world, token: str = "", **headers: str) -> None:
        own = world.container().surroundings.cluster._token()
        super().__init__(world.api.url, world.api.ca_pem, token or own)
        self._further = {name.replace("_", "-"): value for name, value in headers.items()}

    def _headers(self, payload: bytes | None, content_type: str) -> dict[str, str]:
        return {**super()._headers(payload, content_type), **self._further}

    def tries(self, method: str, path: str, body: dict | None = None) -> tuple[int, str]:
        """Status and message of the answer to a dry run."""
        dry = "" if method == "GET" else "&dryRun=All" if "?" in path else "?dryRun=All"
        status, answer = self.request(method, path + dry, body, MERGE_PATCH if method == "PATCH" else JSON)
        return status, str(answer.get("message", ""))


@pytest.fixture(scope="module")
def stage(world) -> SimpleNamespace:
    """A cluster in use: a group's Profile and two users' own by the function, the rest by others."""
    admin = world.admin
    world.container().log_in(["team"], ALICE)
    world.container().log_in(["team"], "bob@example.com")
    for name, labels in NAMESPACES.items():
        _put(admin, "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    _put(admin, PROFILES, profile("theirs", "carol@example.com", labels={}))
    for name in ("receipts", "istio-system"):
        _put(admin, f"{RBAC}/namespaces/{name}/roles", receipt_rights.role(name))
        _put(admin, f"{RBAC}/namespaces/{name}/rolebindings", receipt_rights.role_binding(name, GROUP))
    _put(admin, CONFIG_MAPS, {"metadata": {"name": "theirs"}, "data": {"a": "b"}})
    _put(admin, CONFIG_MAPS, {"metadata": {"name": "receipt-alice", "labels": OURS}})
    team = admin.items(f"{RBAC}/namespaces/team/rolebindings?labelSelector=app.kubernetes.io/managed-by={GROUP}")
    for place, namespace in ((RBAC, "rolebindings"), (ISTIO, "authorizationpolicies")):
        make = role_binding if place == RBAC else authorization_policy
        _put(admin, f"{place}/namespaces/team/{namespace}", make(labels={}, name="by-the-dashboard"))
        _put(admin, f"{place}/namespaces/kube-system/{namespace}", make(name="ours-by-label", namespace="kube-system"))
    admin.merge(f"{PROFILES}/profile-alice", noted(annotations={"theirs": "as it was"}))
    everything = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    wide = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": WIDE}]
    _put(admin, f"{RBAC}/clusterrolebindings", {"metadata": {"name": "wide"}, "roleRef": everything, "subjects": wide})
    return SimpleNamespace(own=team[0]["metadata"]["name"], world=world, function=TheFunction(world))


NAMESPACES = {
    "plain": {},
    "half": {"app.kubernetes.io/part-of": "kubeflow"},
    "istio-system": PART_OF,
    "kubeflow": PART_OF,
    "knative-eventing": PART_OF,
    "ops-one": PART_OF,
    "default": {},
    "kube-system": {},
    "receipts": {},
}


def _put(admin: KubernetesClient, collection: str, obj: dict) -> None:
    try:
        admin.create(collection, obj)
    except KubernetesError as error:
        assert error.reason == "AlreadyExists"
        labels = {"metadata": {"labels": obj["metadata"].get("labels") or {}}}
        admin.merge(f"{collection}/{obj['metadata']['name']}", labels)


def role_binding(role: str = "edit", user: str = ALICE, namespace: str = "team", **changes) -> dict:
    """As the function writes it, but for the changes; `subjects`, `labels`, `notes` and `name` may be among them."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": metadata(namespace, {"user": user, "role": role}, changes),
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": changes.get("cluster_role", f"kubeflow-{role}")},
        "subjects": changes.get("subjects", [{"apiGroup": group, "kind": "User", "name": user}]),
    }


def authorization_policy(user: str = ALICE, namespace: str = "team", **changes) -> dict:
    condition = {"key": changes.get("key", HEADER), "values": changes.get("values", [user])}
    sources = changes.get("sources", [{"source": {"principals": ["cluster.local/ns/istio-system/sa/gateway"]}}])
    rule = {"from": sources, "when": [condition] * changes.get("conditions", 1)}
    rules = changes.get("rules", [{key: part for key, part in rule.items() if key != changes.get("without")}])
    return {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": metadata(namespace, {"user": user, "role": "edit"}, changes),
        "spec": {"rules": rules * changes.get("times", 1), **changes.get("spec", {})},
    }


def metadata(namespace: str, notes: dict, changes: dict) -> dict:
    return {
        "name": changes.get("name", "tried"),
        "namespace": namespace,
        "labels": changes.get("labels", OURS),
        "annotations": changes.get("notes", notes),
    }


def profile(name: str, owner: str = GROUP, kind: str = "User", labels: dict | None = None, **spec) -> dict:
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Profile",
        "metadata": {"name": name, "labels": MANAGED if labels is None else labels},
        "spec": {"owner": {"kind": kind, "name": owner}, **spec},
    }


def bound(obj: dict) -> tuple[str, str, dict]:
    """The request that creates a binding."""
    place, plural = (RBAC, "rolebindings") if obj["kind"] == "RoleBinding" else (ISTIO, "authorizationpolicies")
    return "POST", f"{place}/namespaces/{obj['metadata']['namespace']}/{plural}", obj


def noted(**metadata) -> dict:
    return {"metadata": metadata}


NEEDED = {
    "read a Profile": ("GET", f"{PROFILES}/team", None),
    "find Profiles by label": ("GET", f"{PROFILES}?labelSelector=app.kubernetes.io/managed-by={GROUP}", None),
    "read a namespace": ("GET", "/api/v1/namespaces/team", None),
    "discover": ("GET", "/apis", None),
    "find role bindings by label": ("GET", f"{RBAC}/rolebindings?labelSelector=x=y&limit=500", None),
    "find authorization policies by label": ("GET", f"{ISTIO}/authorizationpolicies?labelSelector=x=y&limit=500", None),
    "read a role binding": ("GET", f"{RBAC}/namespaces/team/rolebindings/{{own}}", None),
    "read an authorization policy": ("GET", f"{ISTIO}/namespaces/team/authorizationpolicies/{{own}}", None),
    "make a group's Profile": ("POST", PROFILES, profile("new")),
    "make one without plugins": ("POST", PROFILES, profile("new", plugins=[])),
    "make a user's own Profile": ("POST", PROFILES, profile("profile-new", "dave@example.com", labels=OURS)),
    "note a login": (
        "PATCH",
        f"{PROFILES}/profile-alice",
        noted(annotations={"multitenant.kubeflow/receipt": "{}"}),
    ),
    "let a user edit": bound(role_binding()),
    "let a user view": bound(role_binding("view")),
    "let a user's requests in": bound(authorization_policy()),
    "say aloud that they are let in": bound(authorization_policy(spec={"action": "ALLOW"})),
    "let them in with a prefix": bound(authorization_policy(values=[f"accounts:{ALICE}"])),
    "keep a receipt": ("POST", CONFIG_MAPS, {"metadata": {"name": "receipt-hash", "labels": OURS}}),
    "change a receipt": (
        "PATCH",
        f"{CONFIG_MAPS}/receipt-alice",
        noted(annotations={"multitenant.kubeflow/receipt": ""}),
    ),
    "take a role back": ("DELETE", f"{RBAC}/namespaces/team/rolebindings/{{own}}", None),
    "let no request in any more": ("DELETE", f"{ISTIO}/namespaces/team/authorizationpolicies/{{own}}", None),
}

# refused by RBAC
NOT_ITS_BUSINESS = {
    "read all secrets": ("GET", "/api/v1/secrets", None),
    "read the secrets of a namespace": ("GET", "/api/v1/namespaces/team/secrets", None),
    "read one secret": ("GET", "/api/v1/namespaces/kube-system/secrets/x", None),
    "read pods": ("GET", "/api/v1/namespaces/team/pods", None),
    "run a pod": ("POST", "/api/v1/namespaces/team/pods", {"metadata": {"name": "x"}, "spec": {}}),
    "enter a pod": ("POST", "/api/v1/namespaces/team/pods/x/exec?command=sh", None),
    "read config maps": ("GET", "/api/v1/namespaces/kubeflow/configmaps", None),
    "read aws-auth": ("GET", "/api/v1/namespaces/kube-system/configmaps/aws-auth", None),
    "edit aws-auth": ("PATCH", "/api/v1/namespaces/kube-system/configmaps/aws-auth", {"data": {"mapRoles": ""}}),
    "replace aws-auth": ("PUT", "/api/v1/namespaces/kube-system/configmaps/aws-auth", noted(name="aws-auth")),
    "read nodes": ("GET", "/api/v1/nodes", None),
    "list namespaces": ("GET", "/api/v1/namespaces", None),
    "make a namespace": ("POST", "/api/v1/namespaces", noted(name="x")),
    "label a namespace": ("PATCH", "/api/v1/namespaces/plain", noted(labels=PART_OF)),
    "delete a namespace": ("DELETE", "/api/v1/namespaces/team", None),
    "become a service account": (
        "POST",
        "/api/v1/namespaces/team/serviceaccounts/default-editor/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    ),
    "delete a group's Profile": ("DELETE", f"{PROFILES}/team", None),
    "delete a user's own Profile": ("DELETE", f"{PROFILES}/profile-alice", None),
    "delete all Profiles": ("DELETE", PROFILES, None),
    "replace a Profile": ("PUT", f"{PROFILES}/team", profile("team")),
    "write a Profile's status": ("PATCH", f"{PROFILES}/team/status", {"status": {}}),
    "bind cluster-admin": bound(role_binding(cluster_role="cluster-admin")),
    "bind Kubernetes' admin": bound(role_binding(cluster_role="admin")),
    "bind Kubernetes' edit": bound(role_binding(cluster_role="edit")),
    "change a role binding": ("PATCH", f"{RBAC}/namespaces/team/rolebindings/{{own}}", noted(labels={"x": "y"})),
    "change an authorization policy": (
        "PATCH",
        f"{ISTIO}/namespaces/team/authorizationpolicies/{{own}}",
        {"spec": {"rules": [{}]}},
    ),
    "keep a receipt elsewhere": ("POST", "/api/v1/namespaces/kubeflow/configmaps", noted(name="receipt-hash")),
    "delete a receipt": ("DELETE", f"{CONFIG_MAPS}/receipt-alice", None),
    "delete all role bindings": ("DELETE", f"{RBAC}/namespaces/team/rolebindings", None),
    "bind in the whole cluster": (
        "POST",
        f"{RBAC}/clusterrolebindings",
        {"metadata": {"name": "x"}, "roleRef": role_binding()["roleRef"], "subjects": role_binding()["subjects"]},
    ),
    "make a role": ("POST", f"{RBAC}/namespaces/team/roles", {"metadata": {"name": "x"}, "rules": []}),
    "make a cluster role": ("POST", f"{RBAC}/clusterroles", {"metadata": {"name": "x"}, "rules": []}),
    "widen its own role": ("PATCH", f"{RBAC}/clusterroles/{GROUP}", {"rules": []}),
    "widen a role that it may bind": ("PATCH", f"{RBAC}/clusterroles/kubeflow-edit", {"rules": []}),
    "remove its policy": ("DELETE", f"{POLICIES}/{GROUP}", None),
    "loosen its policy": ("PATCH", f"{POLICIES}/{GROUP}", {"spec": {"failurePolicy": "Ignore"}}),
    "unbind its policy": ("DELETE", f"{BINDINGS}/{GROUP}", None),
    "define a kind": ("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", noted(name="x.y")),
    "ask what others may do": (
        "POST",
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {"user": "x"}},
    ),
    "read the server's metrics": ("GET", "/metrics", None),
}

TEAM = {"namespace": "team"}
GROUPS = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}]
ACCOUNT = [{"kind": "ServiceAccount", "name": "default", "namespace": "team"}]
USER = role_binding()["subjects"]

# let through by RBAC, refused by the policy: what is asked for, and what the refusal speaks of
BEYOND_RBAC = {
    "a role in kube-system": (bound(role_binding(namespace="kube-system")), "namespaces of the platform"),
    "a role in default": (bound(role_binding(namespace="default")), "namespaces of the platform"),
    "a role in kubeflow, though labelled": (bound(role_binding(namespace="kubeflow")), "of the platform"),
    "a role in istio-system, though labelled": (bound(role_binding(namespace="istio-system")), "of the platform"),
    "a role in knative-*, though labelled": (bound(role_binding(namespace="knative-eventing")), "of the platform"),
    "a role in a reserved namespace, though labelled": (
        bound(role_binding(namespace="ops-one")),
        "reserved namespaces",
    ),
    "a role in a namespace without Profile": (bound(role_binding(namespace="plain")), "namespaces of Profiles only"),
    "a role in a namespace of Kubeflow's": (bound(role_binding(namespace="half")), "namespaces of Profiles only"),
    "a role in another user's own namespace": (bound(role_binding(namespace="profile-bob")), "a user's own namespace"),
    "requests into kube-system": (bound(authorization_policy(namespace="kube-system")), "of the platform"),
    "requests into another user's own namespace": (
        bound(authorization_policy(namespace="profile-bob")),
        "own namespace",
    ),
    "a role for nobody": (bound(role_binding(subjects=[])), "one subject"),
    "a role for two": (bound(role_binding(subjects=USER * 2)), "one subject"),
    "a role for a group": (bound(role_binding(subjects=GROUPS)), "one subject"),
    "a role for a group that is called like a user": (
        bound(role_binding(subjects=[{**USER[0], "kind": "Group"}])),
        "one subject",
    ),
    "a role for a service account": (bound(role_binding(subjects=ACCOUNT)), "one subject"),
    "a role for a user who is no person": (bound(role_binding(user="system:anonymous")), "by e-mail address"),
    "a role for another user than annotated": (
        bound(role_binding(notes={"user": "mallory@example.com", "role": "edit"})),
        "the user of its annotation",
    ),
    "a role that is not annotated": (bound(role_binding(notes={"user": ALICE})), "as annotated"),
    "a role without annotations": (bound(role_binding(notes={})), "the user of its annotation"),
    "another role than annotated": (bound(role_binding(notes={"user": ALICE, "role": "view"})), "as annotated"),
    "its own role": (bound(role_binding(cluster_role=GROUP)), "no other cluster role"),
    "a role that no group is given": (bound(role_binding("admin")), "no other cluster role"),
    "a role binding that seems to be another's": (bound(role_binding(labels={})), "its label"),
    "an authorization policy that seems to be another's": (bound(authorization_policy(labels={})), "its label"),
    "everybody's requests": (bound(authorization_policy(rules=[{}])), "annotation's user"),
    "requests with any header": (bound(authorization_policy(without="when")), "annotation's user"),
    "requests from anywhere": (bound(authorization_policy(without="from")), "annotation's user"),
    "requests of another user than annotated": (
        bound(authorization_policy(values=["bob@example.com"])),
        "annotation's",
    ),
    "requests of two users": (bound(authorization_policy(values=[ALICE, "bob@example.com"])), "annotation's user"),
    "requests of whoever is called alike": (bound(authorization_policy(values=[f"*{ALICE}"])), "annotation's user"),
    "requests by two rules": (bound(authorization_policy(times=2)), "annotation's user"),
    "requests under two conditions": (bound(authorization_policy(conditions=2)), "annotation's user"),
    "requests with another property": (bound(authorization_policy(key="source.ip")), "annotation's user"),
    "requests from nowhere": (bound(authorization_policy(sources=[])), "annotation's user"),
    "requests from any source": (bound(authorization_policy(sources=[{}])), "annotation's user"),
    "requests from a source of any name": (bound(authorization_policy(sources=[{"source": {}}])), "annotation's user"),
    "requests from a source of no name": (
        bound(authorization_policy(sources=[{"source": {"principals": []}}])),
        "annotation's user",
    ),
    "requests of a user who is no person": (bound(authorization_policy("mallory")), "annotation's user"),
    "requests without annotations": (bound(authorization_policy(notes={})), "annotation's user"),
    "a denial": (bound(authorization_policy(spec={"action": "DENY"})), "annotation's user"),
    "requests to some pods": (
        bound(authorization_policy(spec={"selector": {"matchLabels": {"a": "b"}}})),
        "annotation's",
    ),
    "take somebody else's role": (
        ("DELETE", f"{RBAC}/namespaces/team/rolebindings/by-the-dashboard", None),
        "its label",
    ),
    "take the owner's role": (("DELETE", f"{RBAC}/namespaces/team/rolebindings/namespaceAdmin", None), "its label"),
    "delete somebody else's authorization policy": (
        ("DELETE", f"{ISTIO}/namespaces/team/authorizationpolicies/by-the-dashboard", None),
        "its label",
    ),
    "delete the owner's authorization policy": (
        ("DELETE", f"{ISTIO}/namespaces/team/authorizationpolicies/ns-owner-access-istio", None),
        "its label",
    ),
    "take a role in kube-system": (
        ("DELETE", f"{RBAC}/namespaces/kube-system/rolebindings/ours-by-label", None),
        "of the platform",
    ),
    "a Profile that seems to be another's": (("POST", PROFILES, profile("new", labels={})), "its label"),
    "a group's Profile for a user": (("POST", PROFILES, profile("new", ALICE)), "the configured owner"),
    "a group's Profile that looks like a user's": (("POST", PROFILES, profile("profile-x")), "configured owner"),
    "a user's Profile under a group's name": (("POST", PROFILES, profile("new", ALICE, labels=OURS)), "user's own"),
    "a user's Profile that looks like a group's": (
        ("POST", PROFILES, profile("profile-x", ALICE, labels=MANAGED)),
        "a user's own",
    ),
    "a group's Profile with a user's label": (("POST", PROFILES, profile("new", labels=OURS)), "configured owner"),
    "a user's Profile for a service account": (
        ("POST", PROFILES, profile("profile-x", "system:serviceaccount:a:b", labels=OURS)),
        "a user's own",
    ),
    "a Profile of its own": (("POST", PROFILES, profile("new", user_name(GROUP))), "belongs to itself"),
    "a Profile of a directory's group": (("POST", PROFILES, profile("new", kind="Group")), "configured owner"),
    "a Profile of a reserved name": (("POST", PROFILES, profile("ops-two")), "reserved namespaces"),
    "a Profile of a name of the platform": (("POST", PROFILES, profile("kube-public")), "of the platform"),
    "a Profile with rights in AWS": (
        ("POST", PROFILES, profile("new", plugins=[{"kind": "AwsIamForServiceAccount", "spec": {"awsIamRole": "x"}}])),
        "no plugins",
    ),
    "another owner of a group's Profile": (
        ("PATCH", f"{PROFILES}/team", {"spec": {"owner": {"name": ALICE}}}),
        "nothing of a Profile but",
    ),
    "another owner of a user's own Profile": (
        ("PATCH", f"{PROFILES}/profile-bob", {"spec": {"owner": {"name": ALICE}}}),
        "nothing of a Profile but",
    ),
    "a larger quota": (
        ("PATCH", f"{PROFILES}/profile-alice", {"spec": {"resourceQuotaSpec": {"hard": {"cpu": "99"}}}}),
        "nothing of a Profile but",
    ),
    "no quota": (
        ("PATCH", f"{PROFILES}/profile-alice", {"spec": {"resourceQuotaSpec": None}}),
        "nothing of a Profile but",
    ),
    "rights in AWS for a Profile": (
        ("PATCH", f"{PROFILES}/profile-alice", {"spec": {"plugins": [{"kind": "AwsIamForServiceAccount"}]}}),
        "nothing of a Profile but",
    ),
    "another label of a Profile": (
        ("PATCH", f"{PROFILES}/team", noted(labels={"multitenant.kubeflow/user": "hash"})),
        "nothing of a Profile but",
    ),
    "another annotation": (("PATCH", f"{PROFILES}/team", noted(annotations={"x": "y"})), "nothing of a Profile but"),
    "a Profile's group": (
        ("PATCH", f"{PROFILES}/team", noted(annotations={"multitenant.kubeflow/group": "mallory"})),
        "nothing of a Profile but",
    ),
    "somebody else's annotation": (
        ("PATCH", f"{PROFILES}/profile-alice", noted(annotations={"theirs": "otherwise"})),
        "nothing of a Profile but",
    ),
    "no annotations": (("PATCH", f"{PROFILES}/team", noted(annotations=None)), "nothing of a Profile but"),
    "no finalizer": (("PATCH", f"{PROFILES}/team", noted(finalizers=None)), "nothing of a Profile but"),
    "a config map beside its receipts": (
        ("POST", CONFIG_MAPS, {"metadata": {"name": "config", "labels": OURS}}),
        "no ConfigMap but its receipts",
    ),
    "a config map of others": (("PATCH", f"{CONFIG_MAPS}/theirs", {"data": {"a": "c"}}), "its label"),
    "a receipt on somebody else's Profile": (
        ("PATCH", f"{PROFILES}/theirs", noted(annotations={"multitenant.kubeflow/receipt": "{}"})),
        "its label",
    ),
    "somebody else's Profile as its own": (("PATCH", f"{PROFILES}/theirs", noted(labels=MANAGED)), "its label"),
}


# refused by the policy even where somebody has widened the function's role to everything
WIDENED = {
    "delete a group's Profile": (("DELETE", f"{PROFILES}/team", None), "deletes no Profile"),
    "delete a receipt": (("DELETE", f"{CONFIG_MAPS}/receipt-alice", None), "no ConfigMap but its receipts"),
    "keep a receipt elsewhere": (
        ("POST", "/api/v1/namespaces/plain/configmaps", {"metadata": {"name": "receipt-x", "labels": OURS}}),
        "no ConfigMap but its receipts in receipts",
    ),
    "give a role to another user": (
        ("PATCH", f"{RBAC}/namespaces/team/rolebindings/{{own}}", {"subjects": GROUPS}),
        "one subject",
    ),
    "let everybody's requests in": (
        ("PATCH", f"{ISTIO}/namespaces/team/authorizationpolicies/{{own}}", {"spec": {"rules": [{}]}}),
        "annotation's user",
    ),
    "take over somebody else's role binding": (
        ("PATCH", f"{RBAC}/namespaces/team/rolebindings/by-the-dashboard", noted(labels=OURS)),
        "its label",
    ),
    "lose the label": (
        ("PATCH", f"{RBAC}/namespaces/team/rolebindings/{{own}}", noted(labels=None)),
        "its label",
    ),
    "bind a namespace's own role": (
        bound({**role_binding(), "roleRef": {**role_binding()["roleRef"], "kind": "Role"}}),
        "no other cluster role",
    ),
    "bind cluster-admin": (bound(role_binding(cluster_role="cluster-admin")), "no other cluster role"),
    "another finalizer of a Profile": (
        ("PATCH", f"{PROFILES}/team", noted(finalizers=["example.com/other"])),
        "nothing of a Profile but",
    ),
    "another owner of a Profile": (
        (
            "PATCH",
            f"{PROFILES}/team",
            noted(ownerReferences=[{"apiVersion": "v1", "kind": "A", "name": "a", "uid": "a"}]),
        ),
        "nothing of a Profile but",
    ),
}


def serves_policies(world) -> bool:
    return world.admin.get(POLICIES) is not None


@pytest.fixture
def in_force(stage) -> Iterator[None]:
    """The policy and its binding; on a server that has none of either, there is nothing to try."""
    if not serves_policies(stage.world):
        pytest.skip("this Kubernetes is older than 1.30: it serves no ValidatingAdmissionPolicy")
    with _in_force(stage.world, SETTINGS):
        yield


class _in_force:
    def __init__(self, world, settings: dict) -> None:
        self._admin, self._settings = world.admin, settings

    def __enter__(self) -> None:
        self._admin.apply(POLICIES, admission_policy.policy(self._settings, GROUP), "test")
        self._admin.apply(BINDINGS, admission_policy.binding(), "test")

    def __exit__(self, *error: object) -> None:
        self._admin.delete(f"{BINDINGS}/{admission_policy.NAME}")
        self._admin.delete(f"{POLICIES}/{admission_policy.NAME}")


def request(stage, method: str, path: str, body: dict | None) -> tuple[int, str]:
    return stage.function.tries(method, path.format(own=stage.own) if "{own}" in path else path, body)


@pytest.mark.parametrize("case", NEEDED)
def test_the_role_gives_what_is_needed(stage, case):
    status, message = request(stage, *NEEDED[case])
    assert status < 300, message


@pytest.mark.parametrize("case", NEEDED)
def test_the_policy_lets_through_what_is_needed(stage, in_force, case):
    status, message = request(stage, *NEEDED[case])
    assert status < 300, message


@pytest.mark.parametrize("case", NOT_ITS_BUSINESS)
def test_the_role_gives_nothing_else(stage, case):
    status, message = request(stage, *NOT_ITS_BUSINESS[case])
    assert (status, "forbidden" in message) == (403, True), message
    assert "ValidatingAdmissionPolicy '" not in message


WHO = {
    "an administrator": {"Impersonate_User": "admin", "Impersonate_Group": "system:masters"},
    "another user": {"Impersonate_User": ALICE},
    "a controller": {"Impersonate_User": "system:serviceaccount:kubeflow:profiles-controller-service-account"},
    "itself without the policy's group": {"Impersonate_User": GROUP, "Impersonate_Group": "others"},
}


@pytest.mark.parametrize("case", WHO)
def test_the_function_cannot_pass_for_somebody_else(stage, case):
    status, message = TheFunction(stage.world, **WHO[case]).tries("GET", f"{PROFILES}/team")
    assert (status, "cannot impersonate" in message) == (403, True), message


@pytest.mark.parametrize("case", BEYOND_RBAC)
def test_the_role_alone_would_let_through(stage, case):
    """Which shows that nothing else than the policy refuses it in the next test."""
    status, message = request(stage, *BEYOND_RBAC[case][0])
    assert status < 300, message


@pytest.mark.parametrize("case", BEYOND_RBAC)
def test_the_policy_refuses(stage, in_force, case):
    wanted, why = BEYOND_RBAC[case]
    status, message = request(stage, *wanted)
    denied = f"ValidatingAdmissionPolicy '{GROUP}' with binding '{GROUP}' denied request: "
    assert (status, denied in message) == (403, True), message
    assert why in message.partition(denied)[2]


@pytest.mark.parametrize("case", WIDENED)
def test_the_policy_holds_where_the_role_is_widened(stage, in_force, case):
    method, path, body = WIDENED[case][0]
    as_a_member = {"Impersonate_User": WIDE, "Impersonate_Group": GROUP}
    member = TheFunction(stage.world, token=stage.world.api.admin_token, **as_a_member)
    status, message = member.tries(method, path.format(own=stage.own) if "{own}" in path else path, body)
    assert (status, WIDENED[case][1] in message) == (403, True), message


def test_the_policy_is_about_nobody_else(stage, in_force):
    administrator = TheFunction(stage.world, token=stage.world.api.admin_token)
    answers = {case: administrator.tries(*wanted) for case, (wanted, _) in BEYOND_RBAC.items()}
    assert {case: message for case, (status, message) in answers.items() if status >= 300} == {}


# settings of the function, under each of which it does its work with the policy for these settings
INSTALLATIONS = {
    "as delivered": {},
    "everything otherwise": {
        "defaultRole": "admin",
        "keepPrefix": True,
        "personalPrefix": "me-",
        "personalProfile": "empty",
        "profileOwner": "platform@example.com",
        "reservedNamespaces": ["ops-*", "x[0-9]?", "me-*"],
        "userIdHeader": "x-user",
        "userIdPrefix": "accounts:",
        "gatewayPrincipal": "*",
        "accessTokenClaims": [],
        "lowerCaseEmail": True,
    },
    "no own Profiles": {"personalProfile": "none"},
    "receipts as config maps": {"personalProfile": "none", "receiptNamespace": "istio-system"},
    "mapped groups": {
        "mapping": [{"pattern": "(team.*)", "namespace": "{1}", "role": "view"}],
        "unmappedGroups": "ignore",
    },
}


@pytest.mark.parametrize("case", INSTALLATIONS)
def test_the_function_does_its_work_under_the_policy(stage, in_force, case):
    world, settings = stage.world, INSTALLATIONS[case]
    role = "view" if "mapping" in settings else settings.get("defaultRole", "edit")
    user = f"{world.unique('User')}.O'Neil+x@Example.com"
    kept = user.lower() if settings.get("lowerCaseEmail") else user
    teams = [world.unique("team") for _ in range(3)]
    with _in_force(world, settings):
        container = world.container(**settings)
        for groups in (teams[:2], teams[1:], teams[1:], []):
            container.log_in(groups, user)
            assert world.access(kept) == dict.fromkeys(groups, role), container.lines
        container.log_in([*teams, "kubeflow", "ops-one" if settings.get("reservedNamespaces") else "default"], user)
        assert world.access(kept) == dict.fromkeys(teams, role), container.lines


def test_what_was_given_before_can_be_taken_from_where_it_may_no_more_be_given(stage, in_force):
    """Or a name that becomes reserved, or a label that a namespace loses, would keep everybody in it from logging in."""
    world = stage.world
    user, team = f"{world.unique('user')}@example.com", world.unique("team")
    world.container().log_in([team], user)
    world.admin.merge(f"/api/v1/namespaces/{team}", {"metadata": {"labels": {"app.kubernetes.io/part-of": "other"}}})
    settings = {"reservedNamespaces": [team]}
    with _in_force(world, settings):
        world.container(**settings).log_in([team], user)
        assert world.access(user) == {}
