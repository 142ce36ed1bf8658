"""aws_auth on a Kubernetes API: one entry changes, the rest stays, and twenty writers at once lose nothing.

The API is the project's emulator, or with KUBEBUILDER_ASSETS a real kube-apiserver.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import get_api_client

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_auth_map import AwsAuthClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import KubernetesClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.aws_auth import WantedMapping, edits
from sandbox.kubernetes import client as sandbox_client
from sandbox.kubernetes.backend import admin_kubeconfig, choose, open_backend

ACCOUNT = "arn:aws:iam::123456789012"
WRITERS = 20
NODES = f"""\
# written by EKS: do not touch
- rolearn: {ACCOUNT}:role/nodes
  username: system:node:{{{{EC2PrivateDNSName}}}}
  groups:
    - system:bootstrappers
    - system:nodes
"""


def nobody(token):
    raise PermissionError("only the administrator's token is known here")


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    backend = open_backend("aws-auth", nobody, choose(os.environ), tmp_path_factory.mktemp("kubernetes"))
    backend.start()
    yield backend
    backend.stop()


@pytest.fixture(scope="module")
def kubeconfig(api, tmp_path_factory):
    path = tmp_path_factory.mktemp("kubeconfig") / "config"
    path.write_text(admin_kubeconfig(api))
    return str(path)


@pytest.fixture
def config_map(api):
    """`config_map(data)` puts aws-auth into the cluster, `config_map()` reads its data."""
    kubernetes = sandbox_client.KubernetesClient(api.url, api.ca_pem, api.admin_token)
    path = "/api/v1/namespaces/kube-system/configmaps"

    def accessed(data=None):
        if data is not None:
            kubernetes.request("DELETE", f"{path}/aws-auth")
            manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": data}
            kubernetes.create(path, manifest)
        return kubernetes.get(f"{path}/aws-auth")

    return accessed


def test_an_entry_is_added_changed_and_removed_between_those_of_others(converge, kubeconfig, config_map):
    config_map({"mapRoles": NODES, "mapAccounts": "- '123456789012'\n"})
    ours = {"kubeconfig": kubeconfig, "arn": f"{ACCOUNT}:role/a/path/pm"}
    made = converge("aws_auth", **ours, username="pm", groups=["pm"])
    assert made["entry"]["arn"] == f"{ACCOUNT}:role/pm"
    data = config_map()["data"]
    assert data["mapRoles"].startswith(NODES)
    assert data["mapAccounts"] == "- '123456789012'\n"

    added = converge("aws_auth", **ours, groups=["more"])
    assert added["entry"]["groups"] == ["pm", "more"]
    purged = converge("aws_auth", **ours, groups=["more"], purge=True)
    assert purged["entry"] == {**added["entry"], "groups": ["more"]}

    converge("aws_auth", **ours, state="absent")
    assert config_map()["data"]["mapRoles"] == NODES


def test_the_role_of_the_article_is_moved_to_its_list(converge, kubeconfig, config_map):
    users = f"- userarn: {ACCOUNT}:role/pm\n  username: lambda\n  groups:\n  - system:masters\n"
    config_map({"mapRoles": NODES, "mapUsers": users})
    moved = converge("aws_auth", kubeconfig=kubeconfig, arn=f"{ACCOUNT}:role/pm", groups=["pm"], purge=True)
    assert moved["diff"]["before"]["section"] == "mapUsers"
    assert moved["entry"]["section"] == "mapRoles"
    assert not yaml.safe_load(config_map()["data"]["mapUsers"])


@pytest.mark.parametrize(
    ("data", "arn", "state", "message"),
    [
        ({"mapRoles": "- rolearn: ["}, "role/pm", "present", "mapRoles of aws-auth is no YAML"),
        ({"mapRoles": NODES}, "role/nodes", "absent", "system:nodes"),
    ],
    ids=["malformed", "nodes"],
)
def test_what_would_lock_out_is_refused_in_check_mode_too(
    run_module, kubeconfig, config_map, data, arn, state, message
):
    config_map(data)
    for check in (True, False):
        result = run_module("aws_auth", check=check, kubeconfig=kubeconfig, arn=f"{ACCOUNT}:{arn}", state=state)
        assert message in result["msg"]
    assert config_map()["data"] == data


def test_a_cluster_that_does_not_answer_is_named(run_module, tmp_path):
    missing = str(tmp_path / "none")
    assert "Give kubeconfig" in run_module("aws_auth", kubeconfig=missing, arn=f"{ACCOUNT}:role/pm")["msg"]


def test_twenty_writers_at_once_lose_nothing(kubeconfig, config_map):
    config_map({"mapRoles": NODES})
    names = [f"writer-{number}" for number in range(WRITERS)]

    def write(name):
        client = AwsAuthClient(KubernetesClient(lambda: get_api_client(None, kubeconfig=kubeconfig)), edits)
        client.change_aws_auth(WantedMapping(f"{ACCOUNT}:role/{name}", username=name, groups=(name,)))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, names))
    text = config_map()["data"]["mapRoles"]
    assert text.startswith(NODES)
    assert sorted(entry["rolearn"].split("/")[-1] for entry in yaml.safe_load(text)) == sorted(["nodes", *names])
