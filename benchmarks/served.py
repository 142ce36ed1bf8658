"""A Kubernetes API in a process of its own, with the profile controller, for benchmarks: `with served(choice) as api`.

Whatever bears a token of EKS's form is the function; the administrator's token is printed for the benchmark's own use.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.kubernetes.client import KubernetesClient

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Api:
    name: str
    url: str
    ca_pem: str
    admin_token: str

    def admin(self) -> KubernetesClient:
        return KubernetesClient(self.url, self.ca_pem, self.admin_token)


@contextlib.contextmanager
def served(choice: str) -> Iterator[Api]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.served", choice],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise SystemExit(f"the Kubernetes backend {choice} did not start")
        yield Api(**json.loads(line))
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(60)


def main(choice: str) -> None:
    import yaml

    from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.cluster_rbac import (
        cluster_role,
        cluster_role_binding,
        user_name,
    )
    from sandbox.controllers.profile_controller import ProfileController
    from sandbox.kubernetes.backend import open_backend
    from sandbox.kubernetes.identity import Denied, UserInfo

    group = "kubeflow-profile-manager"

    def authenticate(token: str) -> UserInfo:
        if not token.startswith("k8s-aws-v1."):
            raise Denied("no token of EKS")
        return UserInfo(user_name(group), (group, "system:authenticated"))

    class NoAws:
        iam = None

    rbac = "/apis/rbac.authorization.k8s.io/v1"
    collections = {
        "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "ClusterRole": f"{rbac}/clusterroles",
        "ClusterRoleBinding": f"{rbac}/clusterrolebindings",
    }
    with tempfile.TemporaryDirectory() as folder:
        api = open_backend("benchmark", authenticate, choice, Path(folder))
        api.start()
        admin = KubernetesClient(api.url, api.ca_pem, api.admin_token)
        files = [*(ROOT / "sandbox/kubeflow/crds").glob("*.yaml"), *(ROOT / "sandbox/kubeflow/roles").glob("*.yaml")]
        made = [found for file in sorted(files) for found in yaml.safe_load_all(file.read_text()) if found]
        made += [cluster_role({"defaultRole": "admin"}), cluster_role_binding(group)]
        for found in made:
            if found["kind"] in collections:
                admin.request("POST", collections[found["kind"]], found)
        while not admin.get("/apis/security.istio.io/v1beta1/authorizationpolicies"):
            time.sleep(0.05)
        controller = ProfileController(admin, NoAws())
        controller.start()
        facts = {"name": choice, "url": api.url, "ca_pem": api.ca_pem.decode(), "admin_token": api.admin_token}
        print(json.dumps(facts), flush=True)
        sys.stdin.read()
        controller.stop()
        api.stop()


if __name__ == "__main__":
    main(sys.argv[1])
