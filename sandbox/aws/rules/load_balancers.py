"""Application load balancers stand in two zones or more.

Source: ELB user guide, "Subnets for your load balancer"; ELBv2 API reference, CreateLoadBalancer and SetSubnets.
"""

from __future__ import annotations

from moto.ec2.models import ec2_backends

from sandbox.aws.calls import Call, Desk, refuse

MESSAGE = "At least two subnets in two different Availability Zones must be specified"


def check(call: Call) -> None:
    if call.get("Type", "application") != "application":
        return
    mapped = [mapping.get("SubnetId") for mapping in call.get("SubnetMappings", [])]
    wanted = {*call.get("Subnets", []), *mapped}
    known = [one for one in ec2_backends[call.account][call.region].describe_subnets() if one.id in wanted]
    if len(known) == len(wanted) and len({subnet.availability_zone for subnet in known}) < 2:
        raise refuse("ValidationError", MESSAGE)


def install(desk: Desk) -> None:
    desk.refuse_by(check, "elbv2", ("CreateLoadBalancer", "SetSubnets"))
