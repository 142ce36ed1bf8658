"""Load balancers: each region's real hosted zone id, `active` only after AWS's time, target groups that name each once."""

from __future__ import annotations

import hashlib
from typing import Any

from moto.elbv2 import models

from sandbox.pace import Pace

# General reference, "Elastic Load Balancing endpoints and quotas": Route 53 hosted zone ids of application load balancers.
HOSTED_ZONES = {
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
    "ca-central-1": "ZQSVJUPU6J1EY",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-west-1": "Z32O12XQLNTSW2",
    "eu-west-2": "ZHURV8PSTC4K8",
    "eu-west-3": "Z3Q77PNBQS71R4",
    "eu-north-1": "Z23TAZ6LKFMNIO",
    "eu-south-1": "Z3ULH7SSC9OV64",
    "ap-northeast-1": "Z14GRHDCWA56QT",
    "ap-northeast-2": "ZWKZPGTI48KDX",
    "ap-south-1": "ZP97RAFLXTNZK",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "sa-east-1": "Z2P70J7HTTTPLU",
}


def backend(account: str, region: str) -> models.ELBv2Backend:
    return models.elbv2_backends[account][region]


class SandboxLoadBalancer(models.FakeLoadBalancer):
    """A load balancer that takes its time; `pace` is that of the cloud which serves."""

    pace = Pace(0.0)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        region = self.arn.split(":")[3]
        self.canonical_hosted_zone_id = HOSTED_ZONES.get(region, self.canonical_hosted_zone_id)
        number = int(hashlib.sha256(self.arn.encode()).hexdigest(), 16) % 10**10
        prefix = "internal-" if self.scheme == "internal" else ""
        self.dns_name = f"{prefix}{self.name}-{number}.{region}.elb.amazonaws.com"
        self.ready = self.pace.over("load_balancer")

    def activate(self) -> None:
        if self.ready.passed:
            super().activate()


class Once(list[str]):
    """A list that takes nothing twice."""

    def append(self, item: str) -> None:
        if item not in self:
            super().append(item)


class SandboxTargetGroup(models.FakeTargetGroup):
    """A target group that names a load balancer once, however often a rule was made that leads to it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.load_balancer_arns = Once(self.load_balancer_arns)


def listeners_with(account: str, region: str, certificate_arn: str) -> list[str]:
    """The ARNs of the load balancers that serve this certificate."""
    return [
        balancer.arn
        for balancer in list(backend(account, region).load_balancers.values())
        if any(certificate_arn in (listener.certificates or []) for listener in list(balancer.listeners.values()))
    ]


def install(pace: Pace) -> None:
    SandboxLoadBalancer.pace = pace
    models.FakeLoadBalancer = SandboxLoadBalancer
    models.FakeTargetGroup = SandboxTargetGroup
