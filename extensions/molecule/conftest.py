"""What the questions of all scenarios need: AWS and the cluster, asked directly."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

STATE = Path(os.environ["SANDBOX_DIR"])
NAME = "kubeflow-sandbox"


@pytest.fixture(scope="session")
def state() -> Path:
    """The state folder of the sandbox, in which the roles leave their files."""
    return STATE


@pytest.fixture(scope="session")
def addresses() -> dict[str, Any]:
    return json.loads((STATE / "addresses.json").read_text())


@pytest.fixture(scope="session")
def domain(addresses: dict[str, Any]) -> str:
    return addresses["domain"]


@pytest.fixture(scope="session")
def aws(addresses: dict[str, Any]) -> Callable[..., Any]:
    """A client of boto3 for a service, in the site's region or in another one."""
    os.environ["AWS_CONFIG_FILE"] = str(STATE / "aws" / "config")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(STATE / "aws" / "credentials")
    session = boto3.Session(profile_name="default")

    def client(service: str, region: str = addresses["region"]) -> Any:
        return session.client(service, region_name=region, endpoint_url=addresses["aws_endpoint_url"])

    return client


@pytest.fixture(scope="session")
def kubectl() -> Callable[..., str]:
    """kubectl by a way into the cluster that needs none of what the roles have made."""

    def run(*arguments: str, kubeconfig: str = "admin.kubeconfig") -> str:
        command = ["kubectl", f"--kubeconfig={STATE / kubeconfig}", *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    return run


@pytest.fixture(scope="session")
def records(aws: Callable[..., Any], addresses: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The records of the hosted zone, by name and type."""
    pages = aws("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=addresses["hosted_zone_id"])
    found = [record for page in pages for record in page["ResourceRecordSets"]]
    return {(record["Name"].rstrip("."), record["Type"]): record for record in found}


@pytest.fixture(scope="session")
def pool(aws: Callable[..., Any]) -> dict[str, Any]:
    """The one user pool of the site."""
    cognito = aws("cognito-idp")
    listed = cognito.list_user_pools(MaxResults=60)["UserPools"]
    (pool_id,) = (pool["Id"] for pool in listed if pool["Name"] == NAME)
    return cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]


@pytest.fixture(scope="session")
def pool_client(aws: Callable[..., Any], pool: dict[str, Any]) -> dict[str, Any]:
    """The one application client of the pool."""
    cognito = aws("cognito-idp")
    (client,) = cognito.list_user_pool_clients(UserPoolId=pool["Id"], MaxResults=60)["UserPoolClients"]
    return cognito.describe_user_pool_client(UserPoolId=pool["Id"], ClientId=client["ClientId"])["UserPoolClient"]


@pytest.fixture(scope="session")
def load_balancer(aws: Callable[..., Any]) -> dict[str, Any]:
    (found,) = aws("elbv2").describe_load_balancers()["LoadBalancers"]
    return found
