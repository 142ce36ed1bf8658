"""What stands between an authorised write and the store: the policies that may refuse it.

A policy is a function of a Write that raises ApiError. The emulator's own policy keeps namespaces honest; admission
webhooks and ValidatingAdmissionPolicies are stored but not called. An evaluator of CEL would be one more policy here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.kubernetes.emulator.errors import ApiError, forbidden
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.store import Store
from sandbox.kubernetes.identity import UserInfo

PROTECTED_NAMESPACES = ("default", "kube-system", "kube-public")


@dataclass(frozen=True)
class Write:
    """One write as admission sees it; `before` is None on create, `after` on delete."""

    operation: str  # CREATE, UPDATE or DELETE
    resource: Resource
    namespace: str
    name: str
    before: dict | None
    after: dict | None
    user: UserInfo
    dry_run: bool = False


Policy = Callable[[Write], None]


def namespace_lifecycle(store: Store) -> Policy:
    """Nothing is created in a namespace that is missing or on its way out."""

    def policy(write: Write) -> None:
        if write.operation == "DELETE" and write.resource.is_core("Namespace") and write.name in PROTECTED_NAMESPACES:
            raise forbidden(f'namespaces "{write.name}" is forbidden: this namespace may not be deleted')
        if write.operation != "CREATE" or not write.resource.namespaced:
            return
        namespace = store.get(("", "namespaces"), "", write.namespace)
        if namespace is None:
            message = f'namespaces "{write.namespace}" not found'
            raise ApiError(404, "NotFound", message, name=write.namespace, kind="namespaces")
        if namespace["metadata"].get("deletionTimestamp"):
            why = f"unable to create new content in namespace {write.namespace} because it is being terminated"
            message = f'{write.resource.qualified_name} "{write.name}" is forbidden: {why}'
            cause = {"reason": "NamespaceTerminating", "message": f"namespace {write.namespace} is being terminated"}
            raise forbidden(message, name=write.name, kind=write.resource.plural, causes=[cause])

    return policy
