"""Controllers at work: a cloud, a Kubernetes API that knows the kinds they need, and clients of both."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
import yaml

from sandbox.aws import Cloud
from sandbox.aws.account import prepare
from sandbox.controllers import start_controllers, stop_controllers
from sandbox.kubernetes.client import KubernetesError
from sandbox.pace import Pace

CRDS = Path(__file__).resolve().parents[4] / "sandbox" / "kubeflow" / "crds"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
KINDS = ("profiles.yaml", "security.istio.io.yaml")


class World(SimpleNamespace):
    """`admin` speaks to Kubernetes, `aws` gives clients of the deployer."""

    def aws(self, service: str, region: str | None = None):
        account = self.account
        return boto3.client(
            service,
            endpoint_url=self.cloud.url,
            region_name=region or account.region,
            aws_access_key_id=account.access_key_id,
            aws_secret_access_key=account.secret_access_key,
        )

    def namespace(self, name: str, **metadata) -> str:
        self.admin.create(
            "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}
        )
        return name


@pytest.fixture(scope="module")
def world(kubernetes, eventually):
    cloud = Cloud(Pace(0.00002))
    cloud.start()
    controllers = start_controllers(kubernetes.api, "test", cloud.url, "eu-west-1", cloud.pace)
    for file in KINDS:
        for definition in yaml.safe_load_all((CRDS / file).read_text()):
            try:
                kubernetes.admin.create(DEFINITIONS, definition)
            except KubernetesError as error:
                assert error.reason == "AlreadyExists"
    eventually(lambda: kubernetes.admin.get("/apis/kubeflow.org/v1/profiles"))
    eventually(lambda: kubernetes.admin.get("/apis/security.istio.io/v1beta1/authorizationpolicies"))
    yield World(cloud=cloud, account=prepare(cloud.url), admin=kubernetes.admin, controllers=controllers)
    stop_controllers(controllers)
    cloud.stop()
