# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an account offers, holds and allows; None wherever AWS does not tell, or not to us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

MOST_POOLS = 60
"""Pools whose domains are counted: as many as one call lists."""


def told(question: Callable[..., Any], *arguments: Any) -> Any:
    """The answer, or None where AWS refuses it, for instance for lack of a right to look."""
    try:
        return question(*arguments)
    except ServiceError:
        return None


class AccountClient:
    """Questions to an account; `client` makes boto3's client of a service by its name."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.client = client

    @aws_call("list the cluster versions")
    def versions(self) -> list[dict[str, str]]:
        """The versions that EKS offers, newest first."""
        listed = self.client("eks").describe_cluster_versions().get("clusterVersions", [])
        return [
            {
                "version": one["clusterVersion"],
                "status": str(one.get("versionStatus") or one.get("status", "")).upper(),
            }
            for one in listed
        ]

    @aws_call("list the clusters")
    def clusters(self) -> list[str]:
        pages = self.client("eks").get_paginator("list_clusters").paginate()
        return [name for page in pages for name in page["clusters"]]

    @aws_call("read the quota {code} of {service}", missing=("NoSuchResourceException",))
    def quota(self, service: str, code: str) -> float | None:
        return self.client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]

    @aws_call("find the login domain {domain}")
    def login_domain_exists(self, domain: str) -> bool:
        described = self.client("cognito-idp").describe_user_pool_domain(Domain=domain)
        return bool(described.get("DomainDescription"))

    @aws_call("count the login domains")
    def login_domains(self) -> int:
        cognito = self.client("cognito-idp")
        pools = cognito.list_user_pools(MaxResults=MOST_POOLS)["UserPools"]
        described = [cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"] for pool in pools]
        return sum(1 for pool in described if pool.get("CustomDomain"))

    @aws_call("count the load balancers")
    def load_balancers(self) -> int:
        pages = self.client("elbv2").get_paginator("describe_load_balancers").paginate()
        return sum(1 for page in pages for one in page["LoadBalancers"] if one["Type"] == "application")

    @aws_call("count the Elastic IP addresses")
    def elastic_ips(self) -> int:
        return len(self.client("ec2").describe_addresses()["Addresses"])

    @aws_call("read the instance types")
    def cpus(self, instance_types: Iterable[str]) -> dict[str, int]:
        """The vCPUs of each type."""
        described = self.client("ec2").describe_instance_types(InstanceTypes=list(instance_types))["InstanceTypes"]
        return {one["InstanceType"]: one["VCpuInfo"]["DefaultVCpus"] for one in described}

    @aws_call("list the running instances")
    def running(self) -> list[str]:
        """The type of each instance that counts for a quota of vCPUs."""
        states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        pages = self.client("ec2").get_paginator("describe_instances").paginate(Filters=states)
        return [
            one["InstanceType"]
            for page in pages
            for reservation in page["Reservations"]
            for one in reservation["Instances"]
            if one.get("InstanceLifecycle") != "spot"
        ]

    @aws_call("read the hosted zone {zone_id}")
    def zone(self, zone_id: str) -> Mapping[str, Any]:
        """Its name and the name servers that AWS gave it."""
        answer = self.client("route53").get_hosted_zone(Id=zone_id)
        return {
            "name": answer["HostedZone"]["Name"],
            "name_servers": answer.get("DelegationSet", {}).get("NameServers", []),
        }
