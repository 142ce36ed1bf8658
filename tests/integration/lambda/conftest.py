"""The function against a Kubernetes API with the profile controller: the emulator, and the real server when it is there."""

from __future__ import annotations

import base64
import itertools
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.cluster_rbac import (
    cluster_role,
    cluster_role_binding,
    user_name,
)
from sandbox.controllers.profile_controller import ProfileController
from sandbox.kubernetes.backend import open_backend
from sandbox.kubernetes.client import KubernetesClient, KubernetesError
from sandbox.kubernetes.identity import Denied, UserInfo

ROOT = Path(__file__).resolve().parents[3]
KUBEFLOW = ROOT / "sandbox" / "kubeflow"
for folder in ("lambda/profile_manager", "lambda/profile_manager/tests"):
    if str(ROOT / folder) not in sys.path:
        sys.path.insert(0, str(ROOT / folder))

from profile_manager_fakes import Context, login_event, variables  # noqa: E402

CHOICES = ["emulator", *(["apiserver"] if os.environ.get("KUBEBUILDER_ASSETS") else [])]
GROUP = "kubeflow-profile-manager"
NUMBERS = itertools.count(1)
RBAC = "/apis/rbac.authorization.k8s.io/v1"
PATHS = {
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "ClusterRole": f"{RBAC}/clusterroles",
    "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
}


class World(SimpleNamespace):
    """`admin` may do everything; `container()` is a new container of the function, `events` what it handed over."""

    def container(self, **settings) -> Invocations:
        return Invocations(self.api, settings)

    def may(self, email: str, verb: str, namespace: str, group: str = "kubeflow.org", resource: str = "notebooks"):
        """What the web applications ask: the user without any group."""
        attributes = {"namespace": namespace, "verb": verb, "group": group, "resource": resource}
        review = self.admin.create(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {"user": email, "resourceAttributes": attributes},
            },
        )
        return review["status"]["allowed"]

    def access(self, email: str) -> dict[str, dict[str, str]]:
        """Kind -> namespace -> role."""
        found = {}
        kinds = {
            "RoleBinding": f"{RBAC}/rolebindings",
            "AuthorizationPolicy": "/apis/security.istio.io/v1beta1/authorizationpolicies",
        }
        for kind, path in kinds.items():
            notes = [(item["metadata"], item["metadata"].get("annotations") or {}) for item in self.admin.items(path)]
            ours = "app.kubernetes.io/managed-by"
            found[kind] = {
                metadata["namespace"]: annotations["role"]
                for metadata, annotations in notes
                if annotations.get("user") == email and ours in (metadata.get("labels") or {})
            }
        assert found["RoleBinding"] == found["AuthorizationPolicy"]
        return found["RoleBinding"]

    def unique(self, stem: str) -> str:
        return f"{stem}-{next(NUMBERS)}"


class Invocations:
    """One warm container, with the function's own TLS connections and token."""

    def __init__(self, api, settings: dict) -> None:
        from profile_manager.surroundings import Surroundings

        environment = {
            **variables(**settings),
            "clusterEndpoint": api.url,
            "clusterCertificateAuthority": base64.b64encode(api.ca_pem).decode(),
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
        self.handed_over: list[dict] = []
        self.lines: list[str] = []
        self.surroundings = Surroundings(
            environment,
            invoke_self=lambda payload, variables, deadline: self.handed_over.append(dict(payload)),
            write=self.lines.append,
        )

    @property
    def requests(self) -> int:
        return self.surroundings.cluster.requests

    def invoke(self, payload: dict, seconds: float = 5.0):
        from profile_manager.handler import handle

        return handle(payload, Context(seconds), self.surroundings)

    def log_in(self, groups: list[str], email: str):
        text = f"[{', '.join(groups)}]" if groups else None
        answer = self.invoke(login_event(text, email, email.split("@")[0]))
        while self.handed_over:
            self.invoke(self.handed_over.pop())
        return answer


class NoAws:
    iam = None


@pytest.fixture(scope="module", params=CHOICES)
def world(request, tmp_path_factory) -> World:
    def authenticate(token: str) -> UserInfo:
        if not token.startswith("k8s-aws-v1."):
            raise Denied("no token of EKS")
        return UserInfo(user_name(GROUP), (GROUP, "system:authenticated"))

    api = open_backend("kubeflow", authenticate, request.param, tmp_path_factory.mktemp(request.param))
    api.start()
    admin = KubernetesClient(api.url, api.ca_pem, api.admin_token)
    for folder in ("crds", "roles"):
        for file in sorted((KUBEFLOW / folder).glob("*.yaml")):
            _apply(admin, file)
    for made in (cluster_role({"defaultRole": "admin"}), cluster_role_binding(GROUP)):
        admin.create(PATHS[made["kind"]], made)
    _wait(lambda: admin.get("/apis/kubeflow.org/v1/profiles"))
    _wait(lambda: admin.get("/apis/security.istio.io/v1beta1/authorizationpolicies"))
    _wait(lambda: (admin.get(f"{RBAC}/clusterroles/kubeflow-edit") or {}).get("rules"))
    controller = ProfileController(admin, NoAws())
    controller.start()
    yield World(api=api, admin=admin, backend=request.param)
    controller.stop()
    api.stop()


def _apply(admin: KubernetesClient, file: Path) -> None:
    for found in yaml.safe_load_all(file.read_text()):
        if found and found["kind"] in PATHS:
            try:
                admin.create(PATHS[found["kind"]], found)
            except KubernetesError as error:
                assert error.reason == "AlreadyExists"


def _wait(holds, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
