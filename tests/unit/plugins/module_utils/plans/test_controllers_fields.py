"""Which fields of webhooks are left to the controllers that write them."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.controllers_fields import left_to_controllers

US = "us"
ISTIO, KNATIVE = "rev.validation.istio.io", "webhook.serving.knative.dev"
VALIDATING, MUTATING = "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"
FIELDS = ("failurePolicy", "rules", "namespaceSelector", "objectSelector")
ALL = set(FIELDS)
OURS_AT_KNATIVE = {"failurePolicy", "objectSelector"}


def configuration(kind: str, name: str, ours=(), fields=FIELDS, manager=US, operation="Apply") -> dict:
    """Of one webhook, with the fields that are there and those that are as we have applied them."""
    owned = {f'k:{{"name":"{name}"}}': {".": {}, **{f"f:{field}": {} for field in ours}}}
    managed = [{"manager": manager, "operation": operation, "fieldsV1": {"f:webhooks": owned}}]
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": "a", "managedFields": managed},
        "webhooks": [{"name": name, **{field: field for field in fields}}],
    }


CASES = {
    "Istio's validator, not there": (VALIDATING, ISTIO, None, ALL),
    "Istio's validator, as applied": (VALIDATING, ISTIO, {"ours": FIELDS}, ALL),
    "Istio's validator, written by istiod": (
        VALIDATING, ISTIO, {"ours": ALL - {"failurePolicy"}}, ALL - {"failurePolicy"},
    ),
    "Istio's validator, all written by others": (VALIDATING, ISTIO, {}, ALL - {"failurePolicy"}),
    "Istio's default validator": (VALIDATING, "validation.istio.io", {}, ALL - {"failurePolicy"}),
    "Istio's injector": (MUTATING, "rev.namespace.sidecar-injector.istio.io", {}, ALL),
    "a name that only ends alike": (VALIDATING, "myvalidation.istio.io", {}, ALL),
    "Knative's webhook, as applied": (MUTATING, KNATIVE, {"ours": FIELDS}, ALL),
    "Knative's webhook, written by Knative": (
        MUTATING, KNATIVE, {"ours": OURS_AT_KNATIVE}, OURS_AT_KNATIVE,
    ),
    "Knative's webhook, rules alone": (MUTATING, KNATIVE, {"ours": ALL - {"rules"}}, ALL - {"rules"}),
    "Knative's webhook, without rules": (VALIDATING, KNATIVE, {"fields": ("failurePolicy",)}, ALL),
    "applied by another manager": (VALIDATING, KNATIVE, {"ours": FIELDS, "manager": "kubectl"}, OURS_AT_KNATIVE),
    "updated under our name": (VALIDATING, KNATIVE, {"ours": FIELDS, "operation": "Update"}, OURS_AT_KNATIVE),
    "somebody else's webhook": (VALIDATING, "katib.kubeflow.org", {}, ALL),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_applied_of(case):
    kind, name, there, applied = CASES[case]
    live = None if there is None else configuration(kind, name, **there)
    (hook,) = left_to_controllers(configuration(kind, name), live, US)["webhooks"]
    assert set(hook) == applied | {"name"}


def test_a_webhook_that_is_new_in_what_is_there_is_applied_whole():
    live = configuration(VALIDATING, "validation.webhook.eventing.knative.dev")
    (hook,) = left_to_controllers(configuration(VALIDATING, KNATIVE), live, US)["webhooks"]
    assert set(hook) == ALL | {"name"}


def test_what_is_no_webhook_stays_as_it_is():
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a"}, "rules": []}
    assert left_to_controllers(role, {**role, "rules": [1]}, US) == role
