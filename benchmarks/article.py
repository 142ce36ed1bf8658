"""The article's algorithm, written for comparison with the official Kubernetes client.

Per login: list all Profiles, list all namespaces; in each namespace list the role bindings and Istio's objects, create
what is missing in the user's groups and delete what is there in the others. Its waiting (2 s steps) is left out.
"""

from __future__ import annotations

import time

from benchmarks.served import Api

ISTIO = ("security.istio.io", "v1beta1")
PROFILES = ("kubeflow.org", "v1", "profiles")


class Article:
    def __init__(self, api: Api, ca_file: str) -> None:
        from kubernetes import client

        configuration = client.Configuration(host=api.url)
        configuration.ssl_ca_cert = ca_file
        configuration.api_key = {"authorization": f"Bearer {api.admin_token}"}
        self._client = client.ApiClient(configuration)
        self._core = client.CoreV1Api(self._client)
        self._rbac = client.RbacAuthorizationV1Api(self._client)
        self._custom = client.CustomObjectsApi(self._client)

    def log_in(self, user: str, groups: list[str]) -> float:
        started = time.perf_counter()
        email, name = f"{user}@example.com", f"user-{user}-kubeflow-org-clusterrole-edit"
        owners = [item["spec"]["owner"]["name"] for item in self._custom.list_cluster_custom_object(*PROFILES)["items"]]
        if email not in owners:
            self._profile(f"profile-{user}", email)
        for namespace in [item.metadata.name for item in self._core.list_namespace().items]:
            wanted = namespace in groups
            bindings = self._rbac.list_namespaced_role_binding(namespace).items
            policies = self._custom.list_namespaced_custom_object(*ISTIO, namespace, "authorizationpolicies")["items"]
            bound = name in {item.metadata.name for item in bindings}
            admitted = name in {item["metadata"]["name"] for item in policies}
            if wanted and not bound:
                self._rbac.create_namespaced_role_binding(namespace, _role_binding(name, email))
            if wanted and not admitted:
                self._custom.create_namespaced_custom_object(
                    *ISTIO, namespace, "authorizationpolicies", _policy(name, email)
                )
            if bound and not wanted:
                self._rbac.delete_namespaced_role_binding(name, namespace)
            if admitted and not wanted:
                self._custom.delete_namespaced_custom_object(*ISTIO, namespace, "authorizationpolicies", name)
        return time.perf_counter() - started

    def _profile(self, name: str, owner: str) -> None:
        spec = {"owner": {"kind": "User", "name": owner}}
        body = {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": name}, "spec": spec}
        self._custom.create_cluster_custom_object(*PROFILES, body)


def _role_binding(name: str, email: str) -> dict:
    group = "rbac.authorization.k8s.io"
    return {
        "metadata": {"name": name, "annotations": {"role": "edit", "user": email}},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "kubeflow-edit"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": email}],
    }


def _policy(name: str, email: str) -> dict:
    return {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": name, "annotations": {"role": "edit", "user": email}},
        "spec": {"rules": [{"when": [{"key": "request.headers[kubeflow-userid]", "values": [email]}]}]},
    }
