"""What a name leads to and what answers there, read straight from Route 53 and ELBv2: a browser asks many times a second.

The values have the shape that the API gives them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.elbv2.models import FakeListener

from sandbox.aws import load_balancers, route53

Resource = dict[str, Any]


class Traffic:
    """One region of one account."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region

    def zones(self) -> Iterator[Resource]:
        for zone in list(route53.backend(self._account).zones.values()):
            yield {"Id": zone.resource_id, "Name": zone.name, "Config": {"PrivateZone": zone.private_zone}}

    def records(self, zone_id: str) -> Iterator[Resource]:
        for record in list(route53.backend(self._account).zones[zone_id].rrsets):
            yield {"Name": record.name, "Type": record.type, "AliasTarget": record.alias_target}

    def balancers(self) -> Iterator[Resource]:
        for balancer in list(self._backend.load_balancers.values()):
            balancer.activate()
            yield {
                "LoadBalancerArn": balancer.arn,
                "LoadBalancerName": balancer.name,
                "DNSName": balancer.dns_name,
                "State": {"Code": balancer.state},
            }

    def https_listener(self, balancer_arn: str) -> Resource | None:
        """Certificates (the default first) and rules of the listener on port 443; None when there is none."""
        balancer = self._backend.load_balancers.get(balancer_arn)
        for listener in list(balancer.listeners.values()) if balancer else ():
            if listener.protocol == "HTTPS" and str(listener.port) == "443":
                return {"Certificates": list(listener.certificates), "Rules": list(_rules(listener))}
        return None

    def target_tags(self, target_group_arn: str) -> dict[str, str]:
        return self._backend.describe_tags([target_group_arn])[target_group_arn]

    @property
    def _backend(self) -> load_balancers.models.ELBv2Backend:
        return load_balancers.backend(self._account, self._region)


def _rules(listener: FakeListener) -> Iterator[Resource]:
    for rule in list(listener.rules.values()):
        yield {
            "IsDefault": rule.is_default,
            "Priority": str(rule.priority),
            "Conditions": rule.conditions,
            "Actions": [action.data for action in rule.actions],
        }
