from __future__ import annotations

import base64
import json
import stat
import urllib.parse

import pytest

from sandbox.kubernetes.backend import BackendError, admin_kubeconfig, choose, open_backend
from sandbox.kubernetes.identity import Denied, UserInfo

CHOSEN = {
    "nothing said": ({}, "emulator"),
    "assets": ({"KUBEBUILDER_ASSETS": "/assets"}, "apiserver"),
    "emulator despite assets": ({"SANDBOX_KUBERNETES": "emulator", "KUBEBUILDER_ASSETS": "/assets"}, "emulator"),
    "apiserver without assets": ({"SANDBOX_KUBERNETES": "apiserver"}, "apiserver"),
    "context": ({"SANDBOX_KUBERNETES": "context:kind-dev"}, "context:kind-dev"),
}


@pytest.mark.parametrize(("environ", "choice"), CHOSEN.values(), ids=CHOSEN)
def test_the_environment_chooses(environ, choice):
    assert choose(environ) == choice


@pytest.mark.parametrize("asked", ["kind", "context:", "Emulator"])
def test_an_unknown_choice_is_an_error(asked):
    with pytest.raises(BackendError, match="use emulator, apiserver or context:NAME"):
        choose({"SANDBOX_KUBERNETES": asked})


def test_an_unknown_backend_is_an_error(tmp_path):
    with pytest.raises(BackendError, match="docker is unknown"):
        open_backend("demo", lambda token: UserInfo("x"), "docker", tmp_path)


def test_every_backend_knows_its_administrator_and_nobody_else(kubernetes):
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {}}
    review["spec"]["resourceAttributes"] = {"verb": "*", "resource": "*", "group": "*"}
    answer = kubernetes.admin.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)

    assert answer["status"]["allowed"] is True
    assert kubernetes.client("unknown").request("GET", "/api/v1/namespaces")[0] == 401


def test_every_backend_takes_user_and_groups_from_the_token(kubernetes, unique):
    name, token = unique("reader"), unique("token")
    kubernetes.users[token] = UserInfo(name, (f"{name}s",), extra={"arn": ["arn:x"]})
    refused = kubernetes.client(token).request("GET", "/api/v1/namespaces")
    assert refused[0] == 403
    assert f'User "{name}" cannot list resource "namespaces"' in refused[1]["message"]

    binding = {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": f"{name}s"}],
    }
    kubernetes.admin.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)

    # kube-apiserver's authorizer hears of a new binding by watching.
    for _ in range(200):
        if kubernetes.client(token).request("GET", "/api/v1/namespaces")[0] == 200:
            return
    raise AssertionError("the group's binding gave no right")


def test_the_admin_kubeconfig_holds_address_authority_and_token(kubernetes):
    config = json.loads(admin_kubeconfig(kubernetes.api))

    cluster = config["clusters"][0]["cluster"]
    assert cluster["server"] == kubernetes.api.url
    assert base64.b64decode(cluster["certificate-authority-data"]) == kubernetes.api.ca_pem
    assert config["users"][0]["user"]["token"] == kubernetes.api.admin_token


def test_a_backend_listens_on_loopback_and_keeps_its_files_private(tmp_path):
    def nobody(token: str) -> UserInfo:
        raise Denied("nobody")

    api = open_backend("demo", nobody, "emulator", tmp_path)
    api.start()
    try:
        assert urllib.parse.urlsplit(api.url).hostname == "127.0.0.1"
        keys = list(tmp_path.rglob("*.key"))
        assert keys
        assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    finally:
        api.stop()
