"""A cluster's place in the network: the VPC of its subnets and the security group that EKS makes for it."""

from __future__ import annotations

import uuid
from typing import Any

from moto.ec2.exceptions import InvalidSubnetIdError
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.subnets import Subnet

from sandbox.aws.calls import refuse

DESCRIPTION = (
    "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, "
    "as well as any managed workloads."
)


def ec2(account: str, region: str) -> EC2Backend:
    return ec2_backends[account][region]


def existing_subnets(account: str, region: str, subnet_ids: list[str]) -> list[Subnet]:
    try:
        return [ec2(account, region).get_subnet(subnet_id) for subnet_id in subnet_ids]
    except InvalidSubnetIdError as error:
        message = f"{error.message} (Service: Ec2, Status Code: 400)"
        raise refuse("InvalidParameterException", message) from error


def checked_subnets(account: str, region: str, subnet_ids: list[str]) -> list[Subnet]:
    """The subnets, which must exist, share a VPC and lie in two zones or more."""
    subnets = existing_subnets(account, region, subnet_ids)
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise refuse("InvalidParameterException", "Subnets are not all in the same VPC.")
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        raise refuse("InvalidParameterException", "Subnets specified must be in at least two different AZs")
    return subnets


def vpc_config(account: str, region: str, cluster_name: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """The network part of a cluster's description, with EKS's defaults and its security group, which is created."""
    subnets = checked_subnets(account, region, wanted.get("subnetIds") or [])
    return {
        "subnetIds": wanted["subnetIds"],
        "securityGroupIds": wanted.get("securityGroupIds") or [],
        "clusterSecurityGroupId": create_security_group(account, region, cluster_name, subnets[0].vpc_id),
        "vpcId": subnets[0].vpc_id,
        "endpointPublicAccess": wanted.get("endpointPublicAccess", True),
        "endpointPrivateAccess": wanted.get("endpointPrivateAccess", False),
        "publicAccessCidrs": wanted.get("publicAccessCidrs") or ["0.0.0.0/0"],
    }


def create_security_group(account: str, region: str, cluster_name: str, vpc_id: str) -> str:
    name = f"eks-cluster-sg-{cluster_name}-{uuid.uuid4().int % 10**10}"
    group = ec2(account, region).create_security_group(name, DESCRIPTION, vpc_id)
    group.add_tags({"Name": name, f"kubernetes.io/cluster/{cluster_name}": "owned"})
    return group.id


def delete_security_group(account: str, region: str, group_id: str) -> None:
    ec2(account, region).delete_security_group(group_id=group_id)
