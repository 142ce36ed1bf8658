"""The kinds of the Kubernetes API that the profile manager deals with, and where they are served."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Resource:
    api_version: str
    kind: str
    plural: str

    def path(self, namespace: str = "", name: str = "") -> str:
        """The collection in one namespace, in all of them when `namespace` is "", or one object of it."""
        root = "/api/" if "/" not in self.api_version else "/apis/"
        place = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        return f"{root}{self.api_version}{place}/{self.plural}" + (f"/{quote(name, safe='')}" if name else "")


NAMESPACES = Resource("v1", "Namespace", "namespaces")
CONFIG_MAPS = Resource("v1", "ConfigMap", "configmaps")
PROFILES = Resource("kubeflow.org/v1", "Profile", "profiles")
ROLE_BINDINGS = Resource("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")
AUTHORIZATION_POLICIES = Resource("security.istio.io/v1beta1", "AuthorizationPolicy", "authorizationpolicies")
SERVICE_ROLE_BINDINGS = Resource("rbac.istio.io/v1alpha1", "ServiceRoleBinding", "servicerolebindings")
