# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Single objects of a cluster, by way of kubernetes.core's client; its errors become sentences."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import get_api_client
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.exceptions import CoreException

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

try:
    from kubernetes.dynamic.exceptions import ResourceNotFoundError
except ImportError:  # kubernetes.core says it better when a cluster is contacted
    ResourceNotFoundError = type("ResourceNotFoundError", (Exception,), {})

FIELD_MANAGER = "multitenant.kubeflow"
CONFLICT, UNREACHABLE = "Conflict", "Unreachable"
VERSIONS = {
    "ConfigMap": "v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "SubjectAccessReview": "authorization.k8s.io/v1",
    "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1",
}


class KubernetesClient:
    """Objects of the kinds of `VERSIONS`; the cluster is contacted by the first call, not before."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect

    @functools.cached_property
    def api(self) -> Any:
        """kubernetes.core's client."""
        return spoken("reach the cluster", self._connect)

    def read_object(self, kind: str, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        """One object, None when there is none."""
        what = f"read {kind} {name}"
        return spoken(what, lambda: self.api.get(self._kind(kind), name=name, namespace=namespace).to_dict())

    def list_objects(
        self, kind: str, namespace: str | None, labels: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """The objects of a namespace (of all when it is None) with these labels, empty when there is no such namespace."""
        selector = {"label_selector": ",".join(f"{key}={value}" for key, value in labels.items())} if labels else {}
        listed = spoken(
            f"list {kind} in {namespace or 'all namespaces'}",
            lambda: self.api.get(self._kind(kind), namespace=namespace, **selector).to_dict(),
        )
        return [{**item, "kind": kind} for item in (listed or {}).get("items") or []]

    def review_access(self, user: str, groups: Sequence[str], attributes: Mapping[str, str]) -> dict[str, Any]:
        """Whether the user may do what the attributes say, and why; nothing is kept in the cluster by asking."""
        kind = "SubjectAccessReview"
        asked = {key: value for key, value in attributes.items() if value}
        manifest = {
            "apiVersion": VERSIONS[kind],
            "kind": kind,
            "spec": {"user": user, "groups": list(groups), "resourceAttributes": asked},
        }
        answer = spoken(
            f"ask what {user} may do", lambda: self.api.create(self._kind(kind), manifest).to_dict()["status"]
        )
        return {"allowed": bool(answer.get("allowed")), "reason": answer.get("reason") or ""}

    def serves(self, kind: str) -> bool:
        """Whether the cluster knows the kind."""

        def found() -> bool:
            try:
                return bool(self._kind(kind))
            except ResourceNotFoundError:
                return False

        return bool(spoken(f"find out whether the cluster knows {kind}", found))

    def create_object(self, manifest: Mapping[str, Any]) -> None:
        """Make an object; one that has been made meanwhile is a conflict."""
        self._write("create", manifest)

    def replace_object(self, manifest: Mapping[str, Any]) -> None:
        """Put an object in place of the version of it that was read; a newer one is a conflict."""
        self._write("replace", manifest)

    def _write(self, verb: str, manifest: Mapping[str, Any]) -> None:
        metadata = manifest["metadata"]
        spoken(
            f"{verb} {manifest['kind']} {metadata['name']}",
            lambda: getattr(self.api, verb)(
                self._kind(manifest["kind"]), dict(manifest), namespace=metadata.get("namespace")
            ),
        )

    def apply_object(self, manifest: Mapping[str, Any]) -> None:
        """Server-side apply: the fields of the manifest become ours, the object's other fields stay."""
        metadata = manifest["metadata"]
        what = f"apply {manifest['kind']} {metadata['name']}"
        applied = spoken(
            what,
            lambda: self._kind(manifest["kind"]).server_side_apply(
                body=dict(manifest),
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                field_manager=FIELD_MANAGER,
                force_conflicts=True,
            ),
        )
        if applied is None:
            raise ServiceError(f"Cannot {what}: there is no namespace {metadata.get('namespace')}. Make it first.")

    def delete_object(self, kind: str, name: str, namespace: str | None = None) -> None:
        """Remove an object; one that is gone already is as good."""
        spoken(f"remove {kind} {name}", lambda: self.api.delete(self._kind(kind), name=name, namespace=namespace))

    @property
    def host(self) -> str:
        """The address that kubeconfig or options name."""
        return str(self.api.configuration.host)

    def _kind(self, kind: str) -> Any:
        return self.api.resource(kind, VERSIONS[kind])


def connection(module: Any, **options: Any) -> Callable[[], Any]:
    """How to reach the cluster that the options of kubernetes.core's modules name; nothing is contacted yet."""
    given = {key: value for key, value in options.items() if value is not None}
    return lambda: get_api_client(module, **given)


def spoken(action: str, call: Callable[[], Any]) -> Any:
    """What the call answers, None for "not found"; a refusal becomes a sentence with its remedy."""
    try:
        return call()
    except CoreException as error:
        raise ServiceError(f"Cannot {action}: {error}. Give kubeconfig (and context).", error, UNREACHABLE) from error
    except Exception as error:
        status = getattr(error, "status", None)
        if status == 404:
            return None
        if status is None and not is_transport(error):
            raise
        raise _refused(action, status, error) from error


def _refused(action: str, status: int | None, error: Exception) -> ServiceError:
    if status is None:
        remedy = "Check kubeconfig and context, and that this machine may reach the cluster's endpoint."
        return ServiceError(f"Cannot {action}: {type(error).__name__}: {error}. {remedy}", error, UNREACHABLE)
    reason = getattr(error, "reason", None) or "refused"
    remedies = {
        401: "The cluster does not know who asks: give these credentials an access entry, or an entry in aws-auth.",
        403: "These credentials lack the right in the cluster; use those that have created it, or an administrator's.",
        409: "Somebody else has changed it meanwhile: run this task again.",
    }
    code = CONFLICT if status == 409 else str(status)
    return ServiceError(f"Cannot {action}: {status} {reason}. {remedies.get(status, '')}".rstrip(), error, code)


def is_transport(error: Exception) -> bool:
    """Whether nobody has answered, or whatever answered was not to be trusted."""
    return type(error).__module__.split(".")[0] == "urllib3" or isinstance(error, (OSError, FileNotFoundError))
