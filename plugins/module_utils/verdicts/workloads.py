# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether what runs in the cluster runs: Deployments, and the objects that users' access consists of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    Verdict,
    broken,
    items,
    ok,
    within,
)

AREA = "kubeflow"
AT_THE_GATEWAY = ("istio-system", "oauth2-proxy")


def judged_deployments(deployments: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> list[Verdict]:
    """One verdict per namespace, naming those of the wanted Deployments (`namespace/name`) that are not available."""
    there = {
        f"{within(item, 'metadata', 'namespace')}/{within(item, 'metadata', 'name')}": item for item in deployments
    }
    namespaces = sorted({label.split("/")[0] for label in wanted})
    return [
        _judged_namespace(namespace, {label: there.get(label) for label in wanted if label.split("/")[0] == namespace})
        for namespace in namespaces
    ]


def _judged_namespace(namespace: str, deployments: Mapping[str, Mapping[str, Any] | None]) -> Verdict:
    part = "gateway" if namespace in AT_THE_GATEWAY else "kubeflow"
    resource = f"workloads in {namespace}"
    reasons = {label.split("/")[1]: _unavailable(item) if item else "not there" for label, item in deployments.items()}
    waiting = sorted(f"{name} ({reason})" for name, reason in reasons.items() if reason)
    if waiting:
        remedy = f"Look at `kubectl describe deployment -n {namespace}` and at the pods' events."
        return broken(AREA, part, resource, f"not available: {', '.join(waiting)}", remedy)
    return ok(AREA, part, resource, f"{len(deployments)} Deployments are available")


def _unavailable(deployment: Mapping[str, Any]) -> str:
    """Why a Deployment is not available, empty when it is."""
    wanted = within(deployment, "spec", "replicas")
    if wanted == 0:
        return "scaled to 0"
    for condition in items(within(deployment, "status", "conditions")):
        if condition.get("type") == "Available":
            if condition.get("status") == "True":
                return ""
            return str(condition.get("message") or condition.get("reason") or "not available")
    return "no status yet"
