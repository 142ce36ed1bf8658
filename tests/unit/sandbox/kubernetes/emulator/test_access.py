from __future__ import annotations

import pytest

from sandbox.kubernetes.emulator.rbac import Action, rule_allows, rule_allows_url

RBAC = "rbac.authorization.k8s.io"
ROOT = f"/apis/{RBAC}/v1"
MAPS = "/api/v1/namespaces/default/configmaps"
READER = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["configmaps"]}

RULES = {
    "exact": (READER, Action("get", "", "configmaps"), True),
    "other verb": (READER, Action("create", "", "configmaps"), False),
    "other group": (READER, Action("get", "apps", "configmaps"), False),
    "stars": ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, Action("x", "y", "z/w"), True),
    "a resource is not its subresource": (READER, Action("get", "", "configmaps/status"), False),
    "any resource's subresource": ({**READER, "resources": ["*/log"]}, Action("get", "", "pods/log"), True),
    "names": ({**READER, "resourceNames": ["a"]}, Action("get", "", "configmaps", name="a"), True),
    "other name": ({**READER, "resourceNames": ["a"]}, Action("get", "", "configmaps", name="b"), False),
    "names do not cover a list": ({**READER, "resourceNames": ["a"]}, Action("list", "", "configmaps"), False),
}


@pytest.mark.parametrize("case", RULES)
def test_rule(case):
    rule, action, allowed = RULES[case]
    assert rule_allows(rule, action) is allowed


def test_urls():
    rule = {"verbs": ["get"], "nonResourceURLs": ["/version", "/api/*"]}
    paths = ("/version", "/version/x", "/api/v1", "/api")
    assert [rule_allows_url(rule, "get", path) for path in paths] == [True, False, True, False]


def grant(api, *rules: dict, to: dict, namespace: str = "") -> None:
    """A role of the rules, bound to the subject."""
    where = f"{ROOT}/namespaces/{namespace}" if namespace else ROOT
    kind, role = ("RoleBinding", "Role") if namespace else ("ClusterRoleBinding", "ClusterRole")
    api.create(f"{where}/{role.lower()}s", {"metadata": {"name": "granted"}, "rules": list(rules)})
    binding = {"metadata": {"name": "granted"}, "roleRef": {"kind": role, "name": "granted"}, "subjects": [to]}
    assert api.create(f"{where}/{kind.lower()}s", binding)[0] == 201


SUBJECTS = {
    "user": {"kind": "User", "name": "alice"},
    "group": {"kind": "Group", "name": "dev"},
    "everybody": {"kind": "Group", "name": "system:authenticated"},
}


@pytest.mark.parametrize("case", SUBJECTS)
def test_a_binding_counts_in_its_namespace_only(api, case):
    code, status = api.get(MAPS, user="alice")
    message = 'configmaps is forbidden: User "alice" cannot list resource "configmaps" in API group "" in the namespace'
    assert code == 403 and status["message"] == f'{message} "default"'
    grant(api, READER, to=SUBJECTS[case], namespace="default")
    assert api.get(MAPS, user="alice")[0] == 200
    assert api.get("/api/v1/namespaces/kube-system/configmaps", user="alice")[0] == 403


def test_a_service_account_without_namespace_is_one_of_the_binding_s_namespace(api):
    grant(api, READER, to={"kind": "ServiceAccount", "name": "default"}, namespace="default")
    _, request = api.create("/api/v1/namespaces/default/serviceaccounts/default/token", {"spec": {}})
    token = request["status"]["token"]
    assert api.get(MAPS, user=token)[0] == 200
    api.delete("/api/v1/namespaces/default/serviceaccounts/default")
    assert api.get(MAPS, user=token)[0] == 401


def test_cluster_role_bindings_need_the_namespace_of_an_account(api):
    binding = {"metadata": {"name": "x"}, "roleRef": {"kind": "ClusterRole", "name": "view"}}
    binding["subjects"] = [{"kind": "ServiceAccount", "name": "a"}]
    code, status = api.create(f"{ROOT}/clusterrolebindings", binding)
    assert (code, status["details"]["causes"][0]["field"]) == (422, "subjects[0].namespace")


def test_tokens_and_anonymous_requests(api):
    assert api.get("/version", user="")[0] == 200
    assert api.get("/apis", user="")[0] == 403
    assert api.get("/version", user="nobody")[0] == 401


def test_apply_that_creates_needs_the_right_to_create(api, config_map):
    grant(api, {**READER, "verbs": ["patch"]}, to=SUBJECTS["user"], namespace="default")
    code, status = api.apply(f"{MAPS}/a", config_map(), "m", user="alice")
    assert code == 403 and "cannot create" in status["message"]


RBAC_WRITER = {"verbs": ["create", "update", "get"], "apiGroups": [RBAC], "resources": ["*"]}
ROLES, BINDINGS = f"{ROOT}/namespaces/default/roles", f"{ROOT}/namespaces/default/rolebindings"


def binding_of(role: str) -> dict:
    return {"metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": role}, "subjects": []}


def test_rights_one_does_not_hold_are_not_handed_on(api):
    grant(api, RBAC_WRITER, READER, to=SUBJECTS["user"])
    more = {**READER, "resources": ["secrets"]}
    assert api.create(ROLES, {"metadata": {"name": "same"}, "rules": [READER]}, user="alice")[0] == 201
    code, status = api.create(ROLES, {"metadata": {"name": "more"}, "rules": [more]}, user="alice")
    assert code == 403
    assert '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}' in status["message"]
    assert api.create(BINDINGS, binding_of("cluster-admin"), user="alice")[0] == 403
    assert api.create(BINDINGS, binding_of("none"), user="alice")[0] == 404


@pytest.mark.parametrize("verb, resource", [("bind", "clusterroles"), ("escalate", "roles")])
def test_bind_and_escalate_lift_the_check(api, verb, resource):
    lift = {"verbs": [verb], "apiGroups": [RBAC], "resources": [resource]}
    grant(api, RBAC_WRITER, lift, to=SUBJECTS["user"])
    bound = api.create(BINDINGS, binding_of("edit"), user="alice")[0]
    made = api.create(ROLES, {"metadata": {"name": "r"}, "rules": [READER]}, user="alice")[0]
    assert (bound, made) == ((201, 403) if verb == "bind" else (403, 201))


def test_an_aggregated_role_takes_the_rights_to_everything(api):
    grant(api, RBAC_WRITER, to=SUBJECTS["user"])
    role = {"metadata": {"name": "all"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    assert api.create(f"{ROOT}/clusterroles", role, user="alice")[0] == 403


def test_impersonation(api):
    assert api.call("GET", MAPS, Impersonate_User="zoe")[0] == 403
    assert api.call("GET", MAPS, user="alice", Impersonate_User="bob")[0] == 403
    grant(api, READER, to={"kind": "Group", "name": "team"}, namespace="default")
    assert api.call("GET", MAPS, Impersonate_User="zoe", Impersonate_Group="team")[0] == 200
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    _, review = api.call("POST", path, {}, Impersonate_User="zoe", Impersonate_Extra_team="x")
    info = {"username": "zoe", "groups": ["system:authenticated"], "extra": {"team": ["x"]}}
    assert review["status"]["userInfo"] == info


REVIEWS = "/apis/authorization.k8s.io/v1"


def test_reviews(api):
    grant(api, READER, to=SUBJECTS["group"], namespace="default")
    asked = {"verb": "get", "resource": "configmaps", "namespace": "default"}

    def allowed(kind: str, user: str = "admin", **spec) -> bool:
        body = {"spec": {"resourceAttributes": asked, **spec}}
        code, review = api.create(f"{REVIEWS}/{kind}", body, user=user)
        assert code == 201
        return review["status"]["allowed"]

    assert allowed("selfsubjectaccessreviews", user="alice") and not allowed("selfsubjectaccessreviews", user="bob")
    assert allowed("subjectaccessreviews", user="admin", groups=["dev"])
    assert not allowed("subjectaccessreviews", user="admin", groups=["system:authenticated"])
    assert allowed("namespaces/default/localsubjectaccessreviews", groups=["dev"])
    assert api.create(f"{REVIEWS}/subjectaccessreviews", {"spec": {}})[0] == 422
    assert api.create(f"{REVIEWS}/subjectaccessreviews", {"spec": {}}, user="alice")[0] == 403
    _, rules = api.create(f"{REVIEWS}/selfsubjectrulesreviews", {"spec": {"namespace": "default"}}, user="alice")
    assert READER in rules["status"]["resourceRules"]


def test_token_review(api):
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    _, review = api.create(path, {"spec": {"token": "alice"}})
    user = {"username": "alice", "uid": "uid-of-alice", "groups": ["dev", "system:authenticated"]}
    assert review["status"] == {"authenticated": True, "user": {**user, "extra": {"session": ["one"]}}}
    assert api.create(path, {"spec": {"token": "x"}})[1]["status"]["authenticated"] is False
