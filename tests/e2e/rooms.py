"""A deployed sandbox as the tests of logins use it: its AWS, its cluster, its directory, and a browser without a window."""

from __future__ import annotations

import base64
import configparser
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config

from sandbox.kubernetes.client import KubernetesClient
from sandbox.login import directory as directories
from sandbox.login.browser import Browser
from sandbox.login.directory import User
from sandbox.login.journey import Outcome, log_in
from sandbox.login.visit import Visit
from sandbox.state import State

Undo = Callable[[], Any]


@dataclass
class Room:
    """`state` is the folder of a sandbox into which site.yml was played."""

    folder: Path

    def __post_init__(self) -> None:
        self.state = State(self.folder)
        self.found: dict[str, Any] = json.loads(self.state.addresses.read_text())
        keys = configparser.ConfigParser()
        keys.read(self.state.aws_credentials)
        self._session = boto3.Session(region_name=self.found["region"], **dict(keys["default"]))
        self._clients: dict[str, Any] = {}
        self.visit = Visit(self, self.found, self.state)
        self.domain: str = self.found["domain"]

    def client(self, service: str) -> Any:
        if service not in self._clients:
            patient = Config(retries={"mode": "standard", "max_attempts": 10})
            url = self.found["aws_endpoint_url"]
            self._clients[service] = self._session.client(service, endpoint_url=url, config=patient)
        return self._clients[service]

    @property
    def cluster(self) -> KubernetesClient:
        """With all rights."""
        config = yaml.safe_load(self.state.admin_kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"])
        return KubernetesClient(cluster["server"], authority, config["users"][0]["user"]["token"])

    def browser(self) -> Browser:
        return Browser(self.visit.network.send)

    def log_in(self, name: str, browser: Browser | None = None) -> Outcome:
        """From Kubeflow's address on, in a new browser unless one is given."""
        user = directories.load(self.state.directory).user(name)
        return log_in(browser or self.browser(), self.visit.places, user.mail, user.password)

    def with_user(self, name: str, **changed: Any) -> Undo:
        """Changes a user of the directory, or adds him; what takes the change back."""
        before = directories.load(self.state.directory)
        known = {user.name: user for user in before.users}
        known[name] = replace(known.get(name) or User(name, f"{name}@{self.domain}", password="pass"), **changed)
        directories.save(replace(before, users=tuple(known.values())), self.state.directory)
        return lambda: directories.save(before, self.state.directory)

    @property
    def pool(self) -> dict[str, Any]:
        cognito = self.client("cognito-idp")
        return cognito.describe_user_pool(UserPoolId=cognito.list_user_pools(MaxResults=10)["UserPools"][0]["Id"])[
            "UserPool"
        ]

    @property
    def app(self) -> dict[str, Any]:
        """The application client."""
        cognito, pool = self.client("cognito-idp"), self.pool["Id"]
        name = cognito.list_user_pool_clients(UserPoolId=pool, MaxResults=10)["UserPoolClients"][0]["ClientId"]
        return cognito.describe_user_pool_client(UserPoolId=pool, ClientId=name)["UserPoolClient"]
