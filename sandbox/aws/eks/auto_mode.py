"""EKS Auto Mode: compute, storage and load balancers of the cluster are EKS's affair, all three or none.

Source: EKS user guide "EKS Auto Mode"; hashicorp/terraform-provider-aws#40373 for the text.
"""

from __future__ import annotations

from typing import Any

from sandbox.aws import principals
from sandbox.aws.calls import Call, refuse

TOGETHER = (
    "For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, "
    "and blockStorage are all either fully enabled or fully disabled."
)


def parts(call: Call) -> dict[str, Any]:
    """The three switches as the call gives them."""
    return {
        "computeConfig": (call.get("computeConfig") or {}).get("enabled"),
        "kubernetesNetworkConfig": ((call.get("kubernetesNetworkConfig") or {}).get("elasticLoadBalancing") or {}).get(
            "enabled"
        ),
        "storageConfig": ((call.get("storageConfig") or {}).get("blockStorage") or {}).get("enabled"),
    }


def is_given(call: Call) -> bool:
    return any(value is not None for value in parts(call).values())


def checked(call: Call, mode: str) -> dict[str, Any]:
    """The compute configuration that the call asks for; empty where it says nothing of Auto Mode."""
    switches = set(parts(call).values())
    if switches == {None}:
        return {}
    if len(switches) != 1:
        raise refuse("InvalidParameterException", TOGETHER)
    if switches == {False}:
        return {"enabled": False}
    if mode == "CONFIG_MAP":
        raise refuse(
            "InvalidParameterException", "EKS Auto Mode needs the authentication mode API or API_AND_CONFIG_MAP"
        )
    wanted = call.get("computeConfig")
    if wanted.get("nodePools") and principals.role_of(call.account, wanted.get("nodeRoleArn", "")) is None:
        raise refuse("InvalidParameterException", "The node role of computeConfig cannot be found")
    return {
        "enabled": True,
        "nodePools": wanted.get("nodePools") or [],
        **({"nodeRoleArn": wanted["nodeRoleArn"]} if wanted.get("nodeRoleArn") else {}),
    }


def check_bootstrap(call: Call, compute: dict[str, Any]) -> None:
    """A new Auto Mode cluster gets none of the add-ons that EKS puts into others."""
    if compute.get("enabled") and call.get("bootstrapSelfManagedAddons", True):
        message = "bootstrapSelfManagedAddons must be false when EKS Auto Mode is enabled"
        raise refuse("InvalidParameterException", message)
