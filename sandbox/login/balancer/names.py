"""Which load balancer a name leads to: the alias record in Route 53, and the balancer of that DNS name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ADDRESS_TYPES = ("A", "AAAA")

Record = Mapping[str, Any]


class NoSuchName(Exception):
    """The name leads nowhere; the message is what to say instead of a page."""


@dataclass(frozen=True)
class Balancer:
    """A load balancer that answers."""

    arn: str
    name: str


def zone_of(host: str, zones: Iterable[Mapping[str, Any]]) -> str:
    """The id of the public hosted zone with the longest name that holds the host."""
    holding = [
        zone
        for zone in zones
        if not (zone.get("Config") or {}).get("PrivateZone") and f".{host}.".endswith(f".{zone['Name']}")
    ]
    if not holding:
        raise NoSuchName(f"{host} does not resolve: no hosted zone in Route 53 holds it")
    return max(holding, key=lambda zone: len(zone["Name"]))["Id"]


def alias_of(host: str, records: Iterable[Record]) -> str:
    """The DNS name that the host's alias record leads to."""
    own = [
        record
        for record in records
        if record["Name"].rstrip(".").lower() == host.lower() and record["Type"] in ADDRESS_TYPES
    ]
    if not own:
        raise NoSuchName(
            f"{host} does not resolve: Route 53 has no address record of that name (DNS_PROBE_FINISHED_NXDOMAIN)"
        )
    alias = next((record["AliasTarget"] for record in own if record.get("AliasTarget")), None)
    if alias is None:
        raise NoSuchName(f"{host} has an address of its own, not an alias to a load balancer: nobody answers there")
    return alias["DNSName"].rstrip(".").lower().removeprefix("dualstack.")


def balancer_named(host: str, dns_name: str, balancers: Iterable[Mapping[str, Any]]) -> Balancer:
    """The load balancer of that DNS name, once AWS has provisioned it."""
    found = next((each for each in balancers if each["DNSName"].lower() == dns_name), None)
    if found is None:
        raise NoSuchName(f"{host} leads to {dns_name}, which is no load balancer (any more)")
    if found["State"]["Code"] != "active":
        raise NoSuchName(f"the load balancer {found['LoadBalancerName']} is still {found['State']['Code']}")
    return Balancer(found["LoadBalancerArn"], found["LoadBalancerName"])
