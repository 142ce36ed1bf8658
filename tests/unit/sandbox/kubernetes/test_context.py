"""A named kubeconfig context behind the front; the cluster behind it is an emulator that knows nothing of EKS."""

from __future__ import annotations

import json

import pytest

from sandbox.kubernetes.backend import BackendError, admin_kubeconfig
from sandbox.kubernetes.client import KubernetesClient
from sandbox.kubernetes.context import KubeconfigContext, is_loopback, kubeconfig_file, read_context
from sandbox.kubernetes.front import identity_headers
from sandbox.kubernetes.identity import Denied, UserInfo

ALICE = UserInfo("alice", ("team",), extra={"arn": ["arn:aws:iam::123456789012:user/alice"]})


def authenticate(token: str) -> UserInfo:
    if token != "alice":
        raise Denied("unknown")
    return ALICE


@pytest.fixture
def front(kubernetes, tmp_path):
    file = tmp_path / "kubeconfig"
    file.write_text(admin_kubeconfig(kubernetes.api))
    api = KubeconfigContext(authenticate, tmp_path / "state", "sandbox", {"KUBECONFIG": str(file)})
    api.start()
    yield api
    api.stop()


def client(api, token: str) -> KubernetesClient:
    return KubernetesClient(api.url, api.ca_pem, token)


def test_the_upstream_sees_the_user_of_the_token(front):
    status, answer = client(front, "alice").request("GET", "/api/v1/namespaces")

    assert status == 403
    assert 'User "alice" cannot list resource "namespaces"' in answer["message"]


def test_the_users_groups_count_upstream(front, kubernetes, unique, eventually):
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    binding = {"metadata": {"name": unique("team")}, "roleRef": role, "subjects": [subject]}
    bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    kubernetes.admin.create(bindings, binding)
    try:
        eventually(lambda: client(front, "alice").request("GET", "/api/v1/configmaps")[0] == 200)
    finally:
        kubernetes.admin.delete(f"{bindings}/{binding['metadata']['name']}")


def test_an_unknown_token_is_refused_before_the_upstream(front):
    assert client(front, "mallory").request("GET", "/api/v1/namespaces")[0] == 401


def test_the_sandbox_administrator_passes(front, unique):
    admin = client(front, front.admin_token)
    made = admin.create("/api/v1/namespaces", {"metadata": {"name": unique("passed")}})

    assert made["metadata"]["uid"]


def test_nobody_impersonates_through_the_front(front):
    admin = client(front, front.admin_token)
    headers = admin._headers(None, "application/json")
    admin._headers = lambda payload, kind: {**headers, "Impersonate-User": "root"}

    status, answer = admin.request("GET", "/api/v1/namespaces")

    assert (status, answer["reason"]) == (403, "Forbidden")


def test_a_watch_passes_while_it_is_silent(front, unique):
    admin = client(front, front.admin_token)
    version = admin.call("GET", "/api/v1/namespaces")["metadata"]["resourceVersion"]
    watch = admin.watch("/api/v1/namespaces", version, 30)
    name = unique("watched")
    admin.create("/api/v1/namespaces", {"metadata": {"name": name}})

    assert any(event["object"]["metadata"].get("name") == name for event in watch)
    watch.close()


def kubeconfig(tmp_path, server="https://127.0.0.1:6443", user=None):
    file = tmp_path / "config"
    config = {
        "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority": "ca.crt"}}],
        "users": [{"name": "u", "user": {"token": "t"} if user is None else user}],
        "contexts": [{"name": "dev", "context": {"cluster": "c", "user": "u"}}],
    }
    file.write_text(json.dumps(config))
    return file


def test_a_context_is_read_with_files_relative_to_it(tmp_path):
    context = read_context(kubeconfig(tmp_path), "dev")

    assert (context.server, context.token) == ("https://127.0.0.1:6443", "t")
    assert context.ca_file == str(tmp_path / "ca.crt")


def test_an_unknown_context_names_the_known_ones(tmp_path):
    with pytest.raises(BackendError, match="has no context prod; it has: dev"):
        read_context(kubeconfig(tmp_path), "prod")


def test_a_missing_kubeconfig_is_an_error(tmp_path):
    with pytest.raises(BackendError, match="cannot be read"):
        read_context(tmp_path / "none", "dev")


def test_a_context_that_runs_a_program_is_refused(tmp_path):
    with pytest.raises(BackendError, match="asks another program for its credentials"):
        read_context(kubeconfig(tmp_path, user={"exec": {"command": "aws"}}), "dev")


def test_a_cluster_elsewhere_is_refused_unless_forced(tmp_path):
    file = kubeconfig(tmp_path, "https://ABC.gr7.eu-west-1.eks.amazonaws.com")
    api = KubeconfigContext(authenticate, tmp_path / "state", "dev", {"KUBECONFIG": str(file)})

    with pytest.raises(BackendError, match="not a cluster on this machine: set SANDBOX_KUBERNETES_REMOTE=yes"):
        api.start()


HOSTS = {
    "https://127.0.0.1:6443": True,
    "https://localhost:6443": True,
    "https://[::1]:6443": True,
    "https://10.0.0.1": False,
    "https://127.0.0.1.example.com": False,
    "": False,
}


@pytest.mark.parametrize(("server", "loopback"), HOSTS.items())
def test_loopback_is_told_from_elsewhere(server, loopback):
    assert is_loopback(server) is loopback


def test_the_first_file_of_kubeconfig_is_read():
    assert str(kubeconfig_file({"KUBECONFIG": "/a:/b"})) == "/a"


def test_identity_headers_carry_groups_once_and_extra():
    headers = list(identity_headers(UserInfo("a", ("g", "system:authenticated"), extra={"arn": ["x", "y"]})))

    assert headers == [
        ("Impersonate-User", "a"),
        ("Impersonate-Group", "g"),
        ("Impersonate-Group", "system:authenticated"),
        ("Impersonate-Extra-arn", "x"),
        ("Impersonate-Extra-arn", "y"),
    ]
