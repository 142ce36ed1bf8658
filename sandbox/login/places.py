"""What the front leads to, and what every site behind it may use: the account, the state folder, the other names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from sandbox.authority import Authority
from sandbox.aws.account import Account
from sandbox.kubernetes.client import KubernetesClient
from sandbox.login.client import Network
from sandbox.login.cognito.keys import PoolKeys
from sandbox.login.front import Door, Finder, Front
from sandbox.login.web import Site
from sandbox.state import State

CONNECTIONS = 50


class Services:
    """Clients of the account, made once each; calls of services to services, which AWS does not throttle."""

    def __init__(self, url: str, account: Account) -> None:
        self._session = boto3.Session(
            aws_access_key_id=account.access_key_id,
            aws_secret_access_key=account.secret_access_key,
            region_name=account.region,
        )
        self._url = url
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str | None = None) -> Any:
        """The one client of this service; for all threads, as botocore allows."""
        with self._lock:
            key = (service, region or self._session.region_name)
            if key not in self._made:
                self._made[key] = self.new_client(*key)
            return self._made[key]

    def new_client(self, service: str, region: str | None = None, config: Config | None = None) -> Any:
        """A client of its own, for settings or announcements that others must not have."""
        usual = Config(max_pool_connections=CONNECTIONS)
        made = self._session.client(
            service, region_name=region, endpoint_url=self._url, config=usual.merge(config) if config else usual
        )
        made.meta.events.register("before-call", _announce)
        return made


ClusterOf = Callable[[str], KubernetesClient | None]


@dataclass(frozen=True)
class Surroundings:
    """`services` is the account, `network` leads to every name of the front.

    `cluster` gives the administrator's client of the cluster of a name, None when none of that name runs.
    """

    state: State
    account: Account
    services: Services
    authority: Authority
    network: Network
    cluster: ClusterOf = lambda _: None
    pool_keys: PoolKeys = field(default_factory=PoolKeys)

    def door(self, site: Site, name: str) -> Door:
        """For a name that ACM has nothing to do with."""
        return Door(site, self.authority.key_pair(name))


Place = Callable[[Surroundings], Finder]


def open_front(
    state: State,
    account: Account,
    url: str,
    authority: Authority,
    places: Sequence[Place],
    cluster: ClusterOf = lambda _: None,
) -> Front:
    """A front that serves these places, in their order."""
    front = Front()
    network = Network(front.port, authority.pem)
    around = Surroundings(state, account, Services(url, account), authority, network, cluster)
    for place in places:
        front.know(place(around))
    front.start()
    return front


def _announce(params: dict[str, Any], **_: Any) -> None:
    params["headers"].setdefault("X-Sandbox-Service-Principal", "cognito-idp.amazonaws.com")
