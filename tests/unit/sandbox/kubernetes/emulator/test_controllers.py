from __future__ import annotations

import pytest

SPACES = "/api/v1/namespaces"
MAPS = f"{SPACES}/default/configmaps"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"


def test_a_namespace_has_a_default_account_and_its_name_as_label(api):
    _, space = api.create(SPACES, {"metadata": {"name": "n"}})
    assert space["metadata"]["labels"] == {"kubernetes.io/metadata.name": "n"}
    assert api.get(f"{SPACES}/n/serviceaccounts/default")[0] == 200


def test_a_namespace_goes_with_what_is_in_it(api, config_map):
    api.create(SPACES, {"metadata": {"name": "n"}})
    api.create(f"{SPACES}/n/configmaps", config_map())
    code, space = api.delete(f"{SPACES}/n")
    assert (code, space["status"]["phase"]) == (200, "Terminating")
    assert api.get(f"{SPACES}/n")[0] == api.get(f"{SPACES}/n/configmaps/a")[0] == 404


def test_a_finalizer_inside_holds_the_namespace(api, config_map):
    api.create(SPACES, {"metadata": {"name": "n"}})
    api.create(f"{SPACES}/n/configmaps", config_map(finalizers=["example.com/hold"]))
    api.delete(f"{SPACES}/n")
    assert api.get(f"{SPACES}/n")[1]["status"]["phase"] == "Terminating"
    code, status = api.create(f"{SPACES}/n/configmaps", config_map("b"))
    assert code == 403 and "because it is being terminated" in status["message"]
    api.merge(f"{SPACES}/n/configmaps/a", {"metadata": {"finalizers": []}})
    assert api.get(f"{SPACES}/n")[0] == 404


def test_the_first_namespaces_stay(api):
    assert api.delete(f"{SPACES}/kube-system")[0] == 403


def owned_by(*owners: dict) -> list[dict]:
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": o["metadata"]["name"], "uid": o["metadata"]["uid"]}
        for o in owners
    ]


@pytest.mark.parametrize("policy, left", [("Background", 404), ("Foreground", 404), ("Orphan", 200)])
def test_owned_objects(api, config_map, policy, left):
    _, owner = api.create(MAPS, config_map("owner"))
    _, child = api.create(MAPS, config_map("child", ownerReferences=owned_by(owner)))
    api.create(MAPS, config_map("grandchild", ownerReferences=owned_by(child)))
    api.delete(f"{MAPS}/owner", {"propagationPolicy": policy})
    assert api.get(f"{MAPS}/owner")[0] == 404
    code, obj = api.get(f"{MAPS}/child")
    assert code == api.get(f"{MAPS}/grandchild")[0] == left
    assert "ownerReferences" not in obj["metadata"]


def test_one_of_two_owners_is_enough(api, config_map):
    owners = [api.create(MAPS, config_map(name))[1] for name in ("one", "two")]
    api.create(MAPS, config_map("child", ownerReferences=owned_by(*owners)))
    api.delete(f"{MAPS}/one")
    assert [r["name"] for r in api.get(f"{MAPS}/child")[1]["metadata"]["ownerReferences"]] == ["two"]
    api.delete(f"{MAPS}/two")
    assert api.get(f"{MAPS}/child")[0] == 404


def test_foreground_deletion_waits_for_a_held_dependent(api, config_map):
    _, owner = api.create(MAPS, config_map("owner"))
    api.create(MAPS, config_map("child", ownerReferences=owned_by(owner), finalizers=["example.com/hold"]))
    api.delete(f"{MAPS}/owner", {"propagationPolicy": "Foreground"})
    assert api.get(f"{MAPS}/owner")[1]["metadata"]["finalizers"] == ["foregroundDeletion"]
    api.merge(f"{MAPS}/child", {"metadata": {"finalizers": None}})
    assert api.get(f"{MAPS}/owner")[0] == 404


def test_an_object_whose_owner_is_not_there_is_collected(api, config_map):
    _, owner = api.create(MAPS, config_map("owner"))
    api.delete(f"{MAPS}/owner")
    assert api.create(MAPS, config_map("late", ownerReferences=owned_by(owner)))[0] == 201
    assert api.get(f"{MAPS}/late")[0] == 404


def role(name: str, resource: str = "", **metadata) -> dict:
    rules = [{"verbs": ["get"], "apiGroups": ["x"], "resources": [resource]}] if resource else []
    return {"metadata": {"name": name, **metadata}, "rules": rules}


def test_roles_aggregate_over_two_levels(api):
    for name, below in (("top", "middle"), ("middle", "bottom")):
        rule = {"clusterRoleSelectors": [{"matchLabels": {"of": below}}]}
        api.create(ROLES, {**role(name, labels={"of": name}), "aggregationRule": rule})
    api.create(ROLES, role("part", "things", labels={"of": "bottom"}))
    assert [r["resources"] for r in api.get(f"{ROLES}/top")[1]["rules"]] == [["things"]]
    api.delete(f"{ROLES}/part")
    assert api.get(f"{ROLES}/top")[1]["rules"] == []


def test_custom_rules_join_the_default_roles(api):
    label = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    api.create(ROLES, role("more", "things", labels=label))
    for name in ("view", "edit", "admin"):
        assert any("things" in rule["resources"] for rule in api.get(f"{ROLES}/{name}")[1]["rules"])


def test_applying_an_aggregated_role_again_changes_nothing(api):
    config = {"kind": "ClusterRole", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "top"}}
    config["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"of": "top"}}]}
    api.apply(f"{ROLES}/top", config, "m")
    api.create(ROLES, role("part", "things", labels={"of": "top"}))
    _, before = api.get(f"{ROLES}/top")
    assert api.apply(f"{ROLES}/top", config, "m")[1] == before
