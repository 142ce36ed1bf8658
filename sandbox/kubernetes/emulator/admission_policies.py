"""ValidatingAdmissionPolicies: which of them are about a write, what their expressions say, and how a refusal reads.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.kubernetes.emulator.admission import REASONS, Refusal, Write, warn
from sandbox.kubernetes.emulator.admission_matching import matched_as
from sandbox.kubernetes.emulator.admission_params import NoParams, params_of
from sandbox.kubernetes.emulator.admission_request import namespace_seen, seen
from sandbox.kubernetes.emulator.errors import ApiError
from sandbox.kubernetes.emulator.resources import Registry
from sandbox.kubernetes.emulator.store import Store

if TYPE_CHECKING:
    from sandbox.kubernetes.emulator.admission_evaluation import CompiledPolicy

GROUP = "admissionregistration.k8s.io"
POLICIES, BINDINGS = (GROUP, "validatingadmissionpolicies"), (GROUP, "validatingadmissionpolicybindings")
# What these do is the emulator's own work within somebody's write; a refusal would leave that half done.
OWN_CONTROLLERS = ("system:kube-controller-manager", "system:apiserver")


class ValidatingAdmissionPolicies:
    """A policy of the emulator that asks those of the cluster, each compiled once per generation."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store, self._registry = store, registry
        self._compiled: dict[str, tuple[tuple[str, int], CompiledPolicy]] = {}

    def __call__(self, write: Write) -> None:
        if not self._store.objects(POLICIES) or write.user.username in OWN_CONTROLLERS:
            return
        if write.resource.storage in (POLICIES, BINDINGS):
            return  # nobody shall lock himself out of changing a policy
        for _, policy in sorted(self._store.objects(POLICIES).items()):
            self._ask(policy, write)

    def _ask(self, policy: dict, write: Write) -> None:
        name, spec = policy["metadata"]["name"], policy["spec"]
        bindings = [each for each in self._bindings(name) if self._is_about(each, write)]
        resource = bindings and matched_as(spec.get("matchConstraints") or {}, write, self._registry, self._store)
        if not resource:
            return
        visible = seen(write, resource)
        for binding in bindings:
            for refusal in self._refusals(policy, binding, visible, write):
                self._act(refusal, name, binding, write)

    def _bindings(self, policy: str) -> list[dict]:
        stored = sorted(self._store.objects(BINDINGS).items())
        return [binding for _, binding in stored if binding["spec"].get("policyName") == policy]

    def _is_about(self, binding: dict, write: Write) -> bool:
        constraints = binding["spec"].get("matchResources")
        return not constraints or matched_as(constraints, write, self._registry, self._store) is not None

    def _refusals(self, policy: dict, binding: dict, visible: dict[str, Any], write: Write) -> Iterator[Refusal]:
        compiled = self._compile(policy)
        try:
            all_params = params_of(policy["spec"], binding["spec"], write.namespace, self._store, self._registry)
        except NoParams as error:
            if compiled.fails_closed:
                yield Refusal(f"failed to configure binding: {error}")
            return
        for params in all_params:
            yield from compiled.refusals({**visible, "params": params}, namespace_seen(write, self._store))

    def _compile(self, policy: dict) -> CompiledPolicy:
        from sandbox.kubernetes.emulator.admission_evaluation import CompiledPolicy

        metadata = policy["metadata"]
        version = metadata["uid"], metadata.get("generation", 0)
        known = self._compiled.get(metadata["name"])
        if known is None or known[0] != version:
            known = self._compiled[metadata["name"]] = version, CompiledPolicy(policy["spec"])
        return known[1]

    def _act(self, refusal: Refusal, policy: str, binding: dict, write: Write) -> None:
        """An audited refusal leaves no trace: the emulator keeps no audit log."""
        where = f"ValidatingAdmissionPolicy '{policy}' with binding '{binding['metadata']['name']}'"
        actions = binding["spec"].get("validationActions") or []
        if "Warn" in actions:
            warn(f"Validation failed for {where}: {refusal.message}")
        if "Deny" in actions:
            raise _denied(f"{where} denied request: {refusal.message}", refusal.reason, write)


def _denied(why: str, reason: str, write: Write) -> ApiError:
    resource = write.resource
    return ApiError(
        REASONS[reason],
        reason,
        f'{resource.qualified_name} "{write.name}" is forbidden: {why}',
        name=write.name,
        group=resource.group,
        kind=resource.plural,
        causes=[{"message": why}],
    )
