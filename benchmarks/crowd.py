"""Fills a cluster with other people's namespaces and bindings, and takes the benchmark's own ones away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from benchmarks.served import Api

WORKERS = 4
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ISTIO = "/apis/security.istio.io/v1beta1"
LABEL = {"app.kubernetes.io/managed-by": "kubeflow-profile-manager"}


class Crowd:
    """Grows only: `namespaces` of others, `bindings` of others (each a role binding and an authorization policy)."""

    def __init__(self, api: Api) -> None:
        self._admin = api.admin()
        self._namespaces = self._bindings = 0

    def grow(self, namespaces: int, bindings: int) -> None:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(self._namespace, range(self._namespaces, namespaces)))
            self._namespaces = max(self._namespaces, namespaces)
            list(pool.map(self._binding, range(self._bindings, bindings)))
            self._bindings = max(self._bindings, bindings)

    def _namespace(self, number: int) -> None:
        self._admin.create("/api/v1/namespaces", {"metadata": {"name": f"other-{number}"}})

    def _binding(self, number: int) -> None:
        user = f"other{number}@example.com"
        metadata = {
            "name": f"user-other{number}-example-com-clusterrole-edit",
            "labels": {**LABEL, "multitenant.kubeflow/user": f"{number:020x}"},
            "annotations": {"user": user, "role": "edit"},
        }
        namespace = f"namespaces/other-{number % self._namespaces}"
        group = "rbac.authorization.k8s.io"
        subject = {"apiGroup": group, "kind": "User", "name": user}
        role = {"apiGroup": group, "kind": "ClusterRole", "name": "kubeflow-edit"}
        self._admin.create(
            f"{RBAC}/{namespace}/rolebindings", {"metadata": metadata, "subjects": [subject], "roleRef": role}
        )
        policy = {"apiVersion": "security.istio.io/v1beta1", "kind": "AuthorizationPolicy", "metadata": metadata}
        rules = [{"when": [{"key": "request.headers[kubeflow-userid]", "values": [user]}]}]
        self._admin.create(f"{ISTIO}/{namespace}/authorizationpolicies", {**policy, "spec": {"rules": rules}})


def access(api: Api) -> dict[str, set[str]]:
    """User -> namespaces for which he has both objects; a namespace with only one of them is told as "half <name>"."""
    admin = api.admin()
    found: dict[str, list[set[str]]] = {}
    for kind, path in enumerate((f"{RBAC}/rolebindings", f"{ISTIO}/authorizationpolicies")):
        for item in admin.items(path):
            notes = item["metadata"].get("annotations") or {}
            if LABEL.items() <= (item["metadata"].get("labels") or {}).items():
                sets = found.setdefault(notes["user"], [set(), set()])
                sets[kind].add(item["metadata"]["namespace"])
    return {user: (one & other) | {f"half {name}" for name in one ^ other} for user, (one, other) in found.items()}
