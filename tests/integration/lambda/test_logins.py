"""Logins on a real API: what the web applications then allow, and that overlapping logins end right."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.kubernetes.client import KubernetesError


@pytest.fixture
def user(world) -> str:
    return f"{world.unique('user')}@example.com"


@pytest.fixture
def teams(world) -> list[str]:
    return [world.unique("team") for _ in range(3)]


def test_a_user_may_do_in_his_groups_namespaces_what_his_role_says(world, user, teams):
    one, other, foreign = teams
    container = world.container(mapping=[{"group": other, "namespace": other, "role": "view"}])
    container.log_in([one, other], user)
    container.log_in([foreign], f"other-{user}")
    assert world.may(user, "create", one)
    assert world.may(user, "list", other)
    assert not world.may(user, "create", other)
    assert not world.may(user, "list", foreign)
    assert not world.may(user, "list", "kubeflow")


def test_access_ends_with_the_group(world, user, teams):
    container = world.container()
    container.log_in(teams, user)
    assert world.access(user) == dict.fromkeys(teams, "edit")
    container.log_in(teams[:1], user)
    assert world.access(user) == {teams[0]: "edit"}
    assert not world.may(user, "list", teams[1])
    container.log_in([], user)
    assert world.access(user) == {}


def test_an_unchanged_login_is_one_request(world, user, teams):
    container = world.container()
    container.log_in(teams, user)
    container.log_in(teams, user)
    before = container.requests
    container.log_in(teams, user)
    assert container.requests == before + 1


def test_an_own_profile_with_a_zero_quota_is_made(world, user):
    world.container().log_in([], user)
    name = f"profile-{user.split('@')[0]}"
    profile = world.admin.get(f"/apis/kubeflow.org/v1/profiles/{name}")
    assert profile["spec"]["owner"] == {"kind": "User", "name": user}
    assert profile["spec"]["resourceQuotaSpec"]["hard"]["cpu"] == "0"


def test_the_objects_are_stored_as_they_were_meant(world, user, teams):
    """No login sees drift in what it has written: defaults and pruning of the server change nothing that is compared."""
    container = world.container(receiptHours=0)
    container.log_in(teams, user)
    container.log_in(teams, user)
    assert '"changes": 0' in [line for line in container.lines if '"login' in line][-2]


def test_cognitos_three_tries_at_once(world, user, teams):
    containers = [world.container() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda container: container.log_in(teams, user), containers))
    assert world.access(user) == dict.fromkeys(teams, "edit")


def test_overlapping_logins_with_different_groups_leave_nothing_behind(world, user, teams):
    world.container().log_in(teams, user)
    wishes = [teams[:1], teams[1:2], teams[2:], []] * 2
    containers = [world.container() for _ in wishes]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: pair[0].log_in(pair[1], user), zip(containers, wishes, strict=True)))
    world.container().log_in(teams[:1], user)
    assert world.access(user) == {teams[0]: "edit"}


def test_many_users_make_one_group_at_once(world, teams):
    users = [f"{world.unique('user')}@example.com" for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda user: world.container().log_in(teams[:1], user), users))
    for user in users:
        assert world.access(user) == {teams[0]: "edit"}


def test_a_namespace_without_profile_is_not_entered(world, user):
    name = world.unique("stranger")
    world.admin.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    world.container().log_in([name], user)
    assert world.access(user) == {}
    assert world.admin.get(f"/apis/kubeflow.org/v1/profiles/{name}") is None


def test_a_binding_that_the_dashboard_made_stays(world, user, teams):
    container = world.container()
    container.log_in(teams[:1], f"other-{user}")
    role_bindings = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{teams[0]}/rolebindings"
    made = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": f"user-{user.replace('@', '-').replace('.', '-')}-clusterrole-edit"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "kubeflow-edit"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }
    made["metadata"]["annotations"] = {"user": user, "role": "edit"}
    world.admin.create(role_bindings, made)
    container.log_in(teams[1:2], user)
    container.log_in([], user)
    assert world.may(user, "create", teams[0])


def test_many_groups_at_a_first_login(world, user):
    teams = [world.unique("many") for _ in range(25)]
    world.container().log_in(teams, user)
    assert world.access(user) == dict.fromkeys(teams, "edit")


FORBIDDEN = {
    "read secrets": ("GET", "/api/v1/secrets", None),
    "read secrets of a namespace": ("GET", "/api/v1/namespaces/kube-system/secrets", None),
    "delete a Profile": ("DELETE", "/apis/kubeflow.org/v1/profiles/{profile}", None),
    "delete a namespace": ("DELETE", "/api/v1/namespaces/{profile}", None),
    "make a namespace": ("POST", "/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": "x"}}),
    "edit aws-auth": ("PATCH", "/api/v1/namespaces/kube-system/configmaps/aws-auth", {"data": {"mapRoles": ""}}),
    "read pods": ("GET", "/api/v1/pods", None),
    "bind itself to the cluster": (
        "POST",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        {"kind": "ClusterRoleBinding", "metadata": {"name": "x"}, "roleRef": {}, "subjects": []},
    ),
    "change its own role": (
        "PATCH",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/kubeflow-profile-manager",
        {"rules": []},
    ),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_the_functions_token_may_do_nothing_else(world, user, case):
    container = world.container()
    container.log_in([], user)
    method, path, body = FORBIDDEN[case]
    status = raw(container, method, path.format(profile=f"profile-{user.split('@')[0]}"), body)
    assert status == 403


@pytest.mark.parametrize("role", ["cluster-admin", "admin", "edit", "system:node"])
def test_the_functions_token_may_bind_no_other_role(world, user, teams, role):
    container = world.container()
    container.log_in(teams[:1], user)
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "x", "namespace": teams[0]},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{teams[0]}/rolebindings"
    assert raw(container, "POST", path, binding) == 403


def raw(container, method: str, path: str, body) -> int:
    """What the API answers to the function's own token."""
    from profile_manager.deadline import Deadline

    cluster = container.surroundings.cluster
    content_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
    status, _ = cluster._call(Deadline(5.0), method, path, body, content_type)
    return status


def test_an_unknown_token_is_nobody(world):
    from sandbox.kubernetes.client import KubernetesClient

    stranger = KubernetesClient(world.api.url, world.api.ca_pem, "no-token")
    with pytest.raises(KubernetesError) as caught:
        stranger.items("/apis/kubeflow.org/v1/profiles")
    assert caught.value.code == 401
