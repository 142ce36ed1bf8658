"""The AWS side of the sandbox: one account, served over HTTP, with the services that moto has and what it lacks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from moto.core.base_backend import BackendDict

from sandbox.authority import Authority
from sandbox.aws import load_balancers, log_groups, oidc_providers, roles, route53, settings
from sandbox.aws.acm import certificates
from sandbox.aws.calls import Desk
from sandbox.aws.cognito import service as cognito
from sandbox.aws.eks import service as eks
from sandbox.aws.eks.records import AccessEntryRecord, ClusterRecord
from sandbox.aws.eks.state import KubernetesHandle, Placeholder, State
from sandbox.aws.functions import service as functions
from sandbox.aws.functions.fleet import Fleet
from sandbox.aws.rules import functions as function_rules
from sandbox.aws.rules import listeners, schedules, throttling
from sandbox.aws.rules import load_balancers as load_balancer_rules
from sandbox.aws.server import Server
from sandbox.kubernetes.access_entries import AccessEntry
from sandbox.pace import Pace


class Cloud:
    """One AWS account in this process; moto's state is global, so there is one Cloud at a time.

    `kubernetes` makes the API of a new cluster; without it clusters answer with an address where nothing listens.
    `state_dir` is where running functions keep their files (a temporary folder otherwise).
    `map_node_role` writes a node role into aws-auth, as EKS does in CONFIG_MAP mode. `throttled` is the share of
    calls that are refused with the service's throttling error. `authority` signs what ACM issues.
    """

    def __init__(
        self,
        pace: Pace,
        kubernetes: Callable[[ClusterRecord], KubernetesHandle] | None = None,
        state_dir: Path | None = None,
        map_node_role: Callable[[ClusterRecord, str], None] | None = None,
        throttled: float = 0.0,
        authority: Authority | None = None,
    ) -> None:
        self.pace = pace
        self.state_dir = state_dir
        self.throttled = throttled
        self.authority = authority or Authority()
        self.desk = Desk()
        self.eks = State(pace, kubernetes or Placeholder, map_node_role)
        self._server: Server | None = None
        self._fleet: Fleet | None = None

    @property
    def url(self) -> str:
        assert self._server, "the cloud has not been started"
        return self._server.url

    def start(self, port: int = 0) -> None:
        settings.configure()
        BackendDict.reset()
        self._server = Server(port)
        self._fleet = Fleet(self._server.url, self.state_dir)
        self.install(self._fleet)
        self.desk.open()
        self._server.start()

    def install(self, fleet: Fleet) -> None:
        """Put every service of ours in front of moto's."""
        certificates.install(self.desk, self.pace, self.authority)
        cognito.install(self.desk, self.pace)
        eks.install(self.desk, self.eks)
        functions.install(self.desk, self.pace, fleet)
        function_rules.install(self.desk)
        listeners.install(self.desk)
        load_balancer_rules.install(self.desk)
        load_balancers.install(self.pace)
        log_groups.install(self.desk)
        roles.install(self.desk, self.pace)
        oidc_providers.install(self.desk)
        route53.install(self.desk)
        schedules.install(self.desk)
        throttling.install(self.desk, self.throttled)

    def stop(self) -> None:
        """Stop serving, and with it everything that was started for the account's resources."""
        if self._server:
            self._server.stop()
        if self._fleet:
            self._fleet.stop()
        self.desk.close()
        for record in list(self.eks.clusters.values()):
            with contextlib.suppress(Exception):
                record.handle.stop()

    def calls_of(self, access_key: str) -> dict[str, int]:
        """How often the owner of this key has called what since the start, e.g. {"acm:RequestCertificate": 2}."""
        served = dict(self.desk.served)
        return {
            f"{service}:{operation}": count for (key, service, operation), count in served.items() if key == access_key
        }

    def mode(self, cluster_name: str) -> str:
        """CONFIG_MAP, API_AND_CONFIG_MAP or API."""
        return self.eks.named(cluster_name).authentication_mode

    def access_entries(self, cluster_name: str) -> list[AccessEntry]:
        return [entry_of(record) for record in list(self.eks.named(cluster_name).entries.values())]

    def creator(self, cluster_name: str) -> str | None:
        """The principal who is system:masters without being listed; in the API modes he has an entry instead."""
        record = self.eks.named(cluster_name)
        unlisted = record.authentication_mode == "CONFIG_MAP" and record.bootstrap_creator_admin
        return record.creator_arn if unlisted else None


def entry_of(record: AccessEntryRecord) -> AccessEntry:
    policies = tuple(
        (arn, policy["accessScope"]["type"], tuple(policy["accessScope"]["namespaces"]))
        for arn, policy in record.policies.items()
    )
    return AccessEntry(
        principal_arn=record.principal_arn,
        username=record.username,
        groups=tuple(record.groups),
        type=record.type,
        policies=policies,
        principal_id=record.principal_id,
    )
