"""Opens the deployed Kubeflow in the terminal: as a browser would, each of the twelve steps told as it went."""

from __future__ import annotations

import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.login.balancer.names import NoSuchName, alias_of, balancer_named, zone_of
from sandbox.login.browser import Browser
from sandbox.login.client import Network
from sandbox.login.directory import User
from sandbox.login.journey import Outcome, Places, log_in
from sandbox.login.narration import narrated
from sandbox.saml import METADATA
from sandbox.state import State

Tell = Callable[[str], None]


class Visit:
    """The names of one deployment, and the network that leads to them."""

    def __init__(self, session: Any, found: Mapping[str, Any], state: State) -> None:
        self._session = session
        self.network = Network.of(found)
        self.places = places_of(session, found, state)

    def log_in(self, user: User, tell: Tell) -> Outcome:
        """How a new browser's login goes, told line by line."""
        browser = Browser(self.network.send)
        try:
            name = self.name_told()
        except NoSuchName as error:
            name, outcome = str(error), Outcome(1, str(error))
        else:
            outcome = log_in(browser, self.places, user.mail, user.password)
        for line in narrated(browser.history, self.places, name, outcome):
            tell(line)
        return outcome

    def name_told(self) -> str:
        """Where DNS leads Kubeflow's name; NoSuchName where that is nowhere."""
        host, route53 = self.places.kubeflow, self._session.client("route53")
        zone = zone_of(host, route53.list_hosted_zones()["HostedZones"])
        records = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
        dns_name = alias_of(host, [record for page in records for record in page["ResourceRecordSets"]])
        balancers = self._session.client("elbv2").describe_load_balancers()["LoadBalancers"]
        return f"{host} is an alias of {dns_name}, the load balancer {balancer_named(host, dns_name, balancers).name}"


def places_of(session: Any, found: Mapping[str, Any], state: State) -> Places:
    """By what was created: the pool's own domain, and the ADFS that the metadata names."""
    domain = found["domain"]
    cognito = session.client("cognito-idp")
    pools = cognito.list_user_pools(MaxResults=60)["UserPools"]
    described = (cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"] for pool in pools)
    login = next((pool["CustomDomain"] for pool in described if pool.get("CustomDomain")), f"cognito.auth.{domain}")
    return Places(f"kubeflow.{domain}", login, adfs_host(state.metadata.read_text(encoding="utf-8")))


def adfs_host(metadata: str) -> str:
    service = ElementTree.fromstring(metadata).find(f".//{{{METADATA}}}SingleSignOnService")
    return urllib.parse.urlsplit(service.get("Location", "") if service is not None else "").hostname or ""
