# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EKS Auto Mode: nodes, volumes and load balancers become EKS's affair, by three switches that go together.

Format: https://docs.aws.amazon.com/eks/latest/userguide/automode.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AutoMode:
    """Auto Mode as its user wants it; None is "not given, not touched"."""

    enabled: bool = True
    node_pools: Sequence[str] | None = None
    node_role_arn: str | None = None


def auto_mode_request(wanted: AutoMode) -> dict[str, Any]:
    """The arguments that CreateCluster and UpdateClusterConfig share."""
    compute = {"enabled": wanted.enabled, "nodePools": wanted.node_pools, "nodeRoleArn": wanted.node_role_arn}
    given = {key: list(value) if key == "nodePools" else value for key, value in compute.items() if value is not None}
    return {
        "computeConfig": given if wanted.enabled else {"enabled": False},
        "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": wanted.enabled}},
        "storageConfig": {"blockStorage": {"enabled": wanted.enabled}},
    }


def auto_mode_after(wanted: AutoMode | None, current: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Auto Mode as the cluster then has it."""
    if wanted is None or not wanted.enabled:
        return {"enabled": False, "node_pools": [], "node_role_arn": ""}
    was = current or {"node_pools": [], "node_role_arn": ""}
    return {
        "enabled": True,
        "node_pools": was["node_pools"] if wanted.node_pools is None else sorted(wanted.node_pools),
        "node_role_arn": was["node_role_arn"] if wanted.node_role_arn is None else wanted.node_role_arn,
    }
