"""What stands between an authorised write and the store: the policies that may refuse it.

A policy is a function of a Write that raises ApiError. The emulator's own policy keeps namespaces honest, before an
object is checked; ValidatingAdmissionPolicies (admission_policies.py) are asked about the object as it will be stored.
Admission webhooks are stored but not called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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
    subresource: str = ""


Policy = Callable[[Write], None]

REASONS = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413, "Invalid": 422}


@dataclass(frozen=True)
class Refusal:
    """Why a policy of the cluster does not let a write through; `reason` is one of REASONS."""

    message: str
    reason: str = "Invalid"


_warnings: ContextVar[list[str] | None] = ContextVar("warnings", default=None)


@contextmanager
def warnings_collected() -> Iterator[list[str]]:
    """What policies have to say to the client beside the answer, in this request."""
    told: list[str] = []
    token = _warnings.set(told)
    try:
        yield told
    finally:
        _warnings.reset(token)


def warn(message: str) -> None:
    """Each message once; nobody hears what happens outside of a request."""
    told = _warnings.get()
    if told is not None and message not in told:
        told.append(message)


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
