"""The emulated Kubernetes API: its parts, put together."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.kubernetes.emulator.admission import namespace_lifecycle
from sandbox.kubernetes.emulator.admission_policies import ValidatingAdmissionPolicies
from sandbox.kubernetes.emulator.admission_policy_checks import check_policies
from sandbox.kubernetes.emulator.bootstrap_roles import bootstrap_objects
from sandbox.kubernetes.emulator.callers import Callers
from sandbox.kubernetes.emulator.controllers import CONTROLLER, Aggregation, GarbageCollector, Namespaces
from sandbox.kubernetes.emulator.custom_resources import CustomResources
from sandbox.kubernetes.emulator.objects import Objects
from sandbox.kubernetes.emulator.rbac import Authorizer
from sandbox.kubernetes.emulator.requests import Request, Requests, Response
from sandbox.kubernetes.emulator.resources import Registry
from sandbox.kubernetes.emulator.reviews import Reviews
from sandbox.kubernetes.emulator.service_account_tokens import ServiceAccountTokens
from sandbox.kubernetes.emulator.store import Store
from sandbox.kubernetes.emulator.values import clone
from sandbox.kubernetes.emulator.writes import Options, Writer
from sandbox.kubernetes.identity import UserInfo

FIRST_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")


class Emulator:
    """A cluster without nodes. `authenticate` turns a bearer token into a user or raises Denied."""

    def __init__(self, authenticate: Callable[[str], UserInfo]) -> None:
        self._store, self._registry = Store(), Registry()
        authorizer = Authorizer(self._store)
        self._writer = Writer(self._store, self._registry, authorizer, [namespace_lifecycle(self._store)])
        self._writer.last_policies += [check_policies, ValidatingAdmissionPolicies(self._store, self._registry)]
        for reaction in (CustomResources, Namespaces, Aggregation, GarbageCollector):
            self._writer.reactions.append(reaction(self._writer))
        tokens = ServiceAccountTokens(self._store)
        callers = Callers(authenticate, tokens, authorizer)
        reviews = Reviews(authorizer, callers.user_of)
        objects = Objects(self._store, self._writer, authorizer, reviews, tokens)
        self._requests = Requests(callers, authorizer, self._registry, objects)
        with self._store.lock:
            self._bootstrap()

    def answer(self, request: Request) -> Response:
        return self._requests.answer(request)

    def read(self, group: str, plural: str, namespace: str, name: str) -> dict | None:
        """A copy of a stored object, for readers in the same process; None when there is none."""
        return clone(self._store.get((group, plural), namespace, name))

    def _bootstrap(self) -> None:
        options = Options(CONTROLLER, "kube-apiserver")
        for name in FIRST_NAMESPACES:
            namespaces = self._registry.find("", "v1", "namespaces")
            self._writer.create(namespaces, "", {"metadata": {"name": name}}, options)
        for obj in bootstrap_objects():
            group, _, version = obj["apiVersion"].rpartition("/")
            self._writer.create(self._registry.find_kind(group, version, obj["kind"]), "", obj, options)
