from __future__ import annotations

import json

import pytest

PROFILES = "/apis/kubeflow.org/v1/profiles"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ISTIO = "/apis/security.istio.io/v1beta1"
OWNER = {"kind": "User", "name": "alice@example.com"}
PROVIDER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"


def profile(name: str, owner: dict | None = None, **spec) -> dict:
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Profile",
        "metadata": {"name": name},
        "spec": {"owner": owner or OWNER, **spec},
    }


@pytest.fixture
def made(world, unique, eventually):
    """A function that makes a profile and returns its name once the last of its objects is there."""

    def make(name: str = "", **spec) -> str:
        name = name or unique("team")
        world.admin.create(PROFILES, profile(name, **spec))
        eventually(lambda: world.admin.get(f"{PROFILES}/{name}")["metadata"].get("finalizers"))
        return name

    return make


def test_a_profile_gets_its_namespace_with_owner_and_labels(world, made):
    name = made()

    metadata = world.admin.get(f"/api/v1/namespaces/{name}")["metadata"]
    assert metadata["annotations"]["owner"] == "alice@example.com"
    assert metadata["ownerReferences"][0]["kind"] == "Profile"
    expected = {
        "istio-injection": "enabled",
        "app.kubernetes.io/part-of": "kubeflow-profile",
        "katib.kubeflow.org/metrics-collector-injection": "enabled",
        "pipelines.kubeflow.org/enabled": "true",
        "serving.kubeflow.org/inferenceservice": "enabled",
    }
    assert expected.items() <= metadata["labels"].items()


def test_owner_and_service_accounts_get_their_rights(world, made):
    name = made()

    bindings = world.admin.items(f"{RBAC}/namespaces/{name}/rolebindings")
    assert {each["metadata"]["name"]: each["roleRef"]["name"] for each in bindings} == {
        "namespaceAdmin": "kubeflow-admin",
        "default-editor": "kubeflow-edit",
        "default-viewer": "kubeflow-view",
    }
    admin = next(each for each in bindings if each["metadata"]["name"] == "namespaceAdmin")
    assert admin["metadata"]["annotations"] == {"user": "alice@example.com", "role": "admin"}
    assert [(each["kind"], each["name"]) for each in admin["subjects"]] == [("User", "alice@example.com")]
    accounts = {each["metadata"]["name"] for each in world.admin.items(f"/api/v1/namespaces/{name}/serviceaccounts")}
    assert {"default-editor", "default-viewer"} <= accounts


def test_the_authorization_policy_has_upstreams_four_rules(world, made):
    name = made()

    policy = world.admin.get(f"{ISTIO}/namespaces/{name}/authorizationpolicies/ns-owner-access-istio")
    assert policy["metadata"]["annotations"] == {"user": "alice@example.com", "role": "admin"}
    owner, itself, probes, culling = policy["spec"]["rules"]
    assert owner["when"] == [{"key": "request.headers[kubeflow-userid]", "values": ["alice@example.com"]}]
    assert owner["from"][0]["source"]["principals"] == [
        "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
        "cluster.local/ns/kubeflow/sa/ml-pipeline-ui",
    ]
    assert itself == {"when": [{"key": "source.namespace", "values": [name]}]}
    assert probes["to"][0]["operation"]["paths"] == ["/healthz", "/metrics", "/wait-for-drain"]
    assert culling["to"][0]["operation"] == {"methods": ["GET"], "paths": ["*/api/kernels"]}


def test_principals_and_labels_are_read_from_kubeflows_config(world, made, eventually):
    if world.admin.get("/api/v1/namespaces/kubeflow") is None:
        world.namespace("kubeflow")
    maps = "/api/v1/namespaces/kubeflow/configmaps"
    config = {"USERID_HEADER": "x-user", "USERID_PREFIX": "u:", "ISTIO_INGRESS_GATEWAY_PRINCIPAL": "td/ns/gw/sa/gw"}
    labels = "app.kubernetes.io/part-of: kubeflow-profile\npipelines.kubeflow.org/enabled: ''\nextra: 'yes'\n"
    world.admin.create(maps, {"metadata": {"name": "profiles-config"}, "data": config})
    data = {"namespace-labels.yaml": labels}
    world.admin.create(maps, {"metadata": {"name": "profiles-namespace-labels-data"}, "data": data})
    try:
        name = made()
        # Read while the configuration stands: the controller comes back to the profile, and writes by what it then finds.
        policy = world.admin.get(f"{ISTIO}/namespaces/{name}/authorizationpolicies/ns-owner-access-istio")
        found = world.admin.get(f"/api/v1/namespaces/{name}")["metadata"]["labels"]
    finally:
        world.admin.delete(f"{maps}/profiles-config")
        world.admin.delete(f"{maps}/profiles-namespace-labels-data")

    rule = policy["spec"]["rules"][0]
    assert rule["when"] == [{"key": "request.headers[x-user]", "values": ["u:alice@example.com"]}]
    assert rule["from"][0]["source"]["principals"][0] == "td/ns/gw/sa/gw"
    assert found["extra"] == "yes"
    assert "serving.kubeflow.org/inferenceservice" not in found


def test_a_quota_comes_changes_and_goes_with_the_profile(world, made, eventually):
    name = made(resourceQuotaSpec={"hard": {"cpu": "0"}})
    quota = f"/api/v1/namespaces/{name}/resourcequotas/kf-resource-quota"
    assert world.admin.get(quota)["spec"]["hard"] == {"cpu": "0"}

    world.admin.merge(f"{PROFILES}/{name}", {"spec": {"resourceQuotaSpec": {"hard": {"cpu": "4"}}}})
    eventually(lambda: world.admin.get(quota)["spec"]["hard"] == {"cpu": "4"})

    world.admin.merge(f"{PROFILES}/{name}", {"spec": {"resourceQuotaSpec": None}})
    eventually(lambda: world.admin.get(quota) is None)


def test_what_somebody_changes_is_brought_back(world, made, eventually):
    name = made()
    binding = f"{RBAC}/namespaces/{name}/rolebindings/namespaceAdmin"
    world.admin.delete(binding)

    eventually(lambda: world.admin.get(binding))


def test_a_deleted_profile_takes_its_namespace_along(world, made, eventually):
    name = made()
    world.admin.delete(f"{PROFILES}/{name}")

    eventually(lambda: world.admin.get(f"{PROFILES}/{name}") is None)
    # kube-controller-manager's garbage collector learns of a new kind only at its 30 s resync.
    eventually(lambda: world.admin.get(f"/api/v1/namespaces/{name}") is None, seconds=90)


@pytest.mark.parametrize("annotations", [{}, {"owner": "bob@example.com"}], ids=["nobody's", "another's"])
def test_a_namespace_of_somebody_else_is_left_alone_and_the_condition_is_lost(world, unique, eventually, annotations):
    name = world.namespace(unique("taken"), annotations=annotations)
    world.admin.create(PROFILES, profile(name))
    other = unique("after")
    world.admin.create(PROFILES, profile(other))
    eventually(lambda: world.admin.get(f"{PROFILES}/{other}")["metadata"].get("finalizers"))

    assert world.admin.items(f"{RBAC}/namespaces/{name}/rolebindings") == []
    assert not world.admin.get(f"{PROFILES}/{name}").get("status")


def test_an_annotated_namespace_is_adopted_without_istio_injection(world, unique, made):
    name = world.namespace(unique("adopted"), annotations={"owner": OWNER["name"]})
    made(name)

    metadata = world.admin.get(f"/api/v1/namespaces/{name}")["metadata"]
    assert "istio-injection" not in metadata["labels"]
    assert metadata["labels"]["app.kubernetes.io/part-of"] == "kubeflow-profile"
    assert not metadata.get("ownerReferences")


def role(world, name: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{PROVIDER}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return world.aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


def subjects(world, name: str) -> list[str]:
    policy = world.aws("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    equals = policy["Statement"][0].get("Condition", {}).get("StringEquals", {})
    return equals.get(f"{PROVIDER}:sub", [])


def test_the_iam_plugin_binds_a_role_and_takes_it_back(world, unique, made, eventually):
    role_name = unique("Runtime")
    arn = role(world, role_name)
    name = made(plugins=[{"kind": "AwsIamForServiceAccount", "spec": {"awsIamRole": arn}}])

    account = world.admin.get(f"/api/v1/namespaces/{name}/serviceaccounts/default-editor")
    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == arn
    assert subjects(world, role_name) == [f"system:serviceaccount:{name}:default-editor"]

    world.admin.delete(f"{PROFILES}/{name}")
    eventually(lambda: subjects(world, role_name) == [])


def test_the_iam_plugin_may_annotate_only(world, unique, made):
    role_name = unique("Runtime")
    spec = {"awsIamRole": role(world, role_name), "annotateOnly": True}
    made(plugins=[{"kind": "AwsIamForServiceAccount", "spec": spec}])

    assert subjects(world, role_name) == []


def test_a_changed_owner_stops_everything_even_deletion(world, made, unique, eventually):
    name = made()
    world.admin.merge(f"{PROFILES}/{name}", {"spec": {"owner": {"name": "bob@example.com"}}})
    world.admin.delete(f"{PROFILES}/{name}")
    after = made()

    assert world.admin.get(f"{PROFILES}/{after}")["metadata"]["finalizers"] == ["profile-finalizer"]
    assert world.admin.get(f"{PROFILES}/{name}")["metadata"]["deletionTimestamp"]

    # The way out: the namespace is told its new owner.
    world.admin.merge(f"/api/v1/namespaces/{name}", {"metadata": {"annotations": {"owner": "bob@example.com"}}})
    eventually(lambda: world.admin.get(f"{PROFILES}/{name}") is None, seconds=30)
