# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done so that the cluster itself keeps the function to what it is for, where RBAC has no words for it.

RBAC knows verbs and kinds, but not "only in the namespaces of Profiles" or "only its own objects". A
ValidatingAdmissionPolicy (Kubernetes 1.30 and later) does; its expressions are CEL:
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import admission_rules, cluster_rbac
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Call, Plan

NAME = "kubeflow-profile-manager"
API = "admissionregistration.k8s.io/v1"
POLICY_KIND, BINDING_KIND = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
NOT_SERVED = (
    f"The cluster serves no {POLICY_KIND} (Kubernetes 1.30 and later do): nothing but its role limits the profile "
    f"manager, so it could give users access to namespaces that are not Profiles."
)

WRITTEN = (
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("security.istio.io", "authorizationpolicies"),
    ("rbac.istio.io", "servicerolebindings"),
    ("kubeflow.org", "profiles"),
)
RECEIPTS = ("", "configmaps")
SET_BY_US = (
    "failurePolicy",
    "matchConstraints",
    "matchConditions",
    "variables",
    "validations",
    "policyName",
    "validationActions",
)


def policy(settings: Mapping[str, Any], group: str) -> dict[str, Any]:
    """The policy for the function's group; `settings` are the function's own.

    What a server would fill in is there already, so that what is stored equals it.
    """
    return {
        "apiVersion": API,
        "kind": POLICY_KIND,
        "metadata": {"name": NAME, "labels": cluster_rbac.LABELS},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": {},
                "objectSelector": {},
                "resourceRules": [_every_write(*kind) for kind in _written(settings)],
            },
            "matchConditions": [
                {
                    "name": "by-the-profile-manager",
                    "expression": f"has(request.userInfo.groups) && {admission_rules.text(group)} in request.userInfo.groups",
                }
            ],
            "variables": admission_rules.variables(),
            "validations": [
                {"expression": expression, "message": message, "reason": "Forbidden"}
                for expression, message in admission_rules.validations(settings)
            ],
        },
    }


def binding() -> dict[str, Any]:
    """What makes the policy count."""
    return {
        "apiVersion": API,
        "kind": BINDING_KIND,
        "metadata": {"name": NAME, "labels": cluster_rbac.LABELS},
        "spec": {"policyName": NAME, "validationActions": ["Deny"]},
    }


def present(current: Mapping[str, Any] | None, manifest: Mapping[str, Any]) -> Plan:
    """`current` is the object in the cluster, or None; labels that we do not set are others' affair."""
    before, after = record(current) if current else None, record(manifest)
    return Plan(before, after, () if before == after else (Call("apply_object", {"manifest": manifest}),))


def absent(current: Mapping[str, Any] | None) -> Plan:
    """Remove the object."""
    if current is None:
        return Plan(None, None)
    removal = Call("delete_object", {"kind": current["kind"], "name": current["metadata"]["name"]})
    return Plan(record(current), None, (removal,))


def record(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The policy or its binding in the shape that the module returns: what of it is ours."""
    labels, spec = manifest["metadata"].get("labels") or {}, manifest.get("spec") or {}
    return {
        "name": manifest["metadata"]["name"],
        "labels": {key: labels[key] for key in cluster_rbac.LABELS if key in labels},
        "spec": {key: spec[key] for key in SET_BY_US if key in spec},
    }


def _written(settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return (*WRITTEN, RECEIPTS) if settings.get("receiptNamespace") else WRITTEN


def _every_write(group: str, resource: str) -> dict[str, Any]:
    return {
        "apiGroups": [group],
        "apiVersions": ["*"],
        "resources": [resource],
        "operations": ["CREATE", "UPDATE", "DELETE"],
        "scope": "*",
    }
