"""The controllers' way into the sandbox's AWS."""

from __future__ import annotations

from functools import cached_property

import boto3
from botocore.client import BaseClient
from botocore.config import Config

# Identities of controllers are not what the sandbox checks: these keys belong to nobody and moto takes any.
_CREDENTIALS = {"aws_access_key_id": "AKIASANDBOXCONTROLLR", "aws_secret_access_key": "sandbox"}


class Aws:
    """Clients of the services the controllers use, each made on first use: their models take long to load."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region

    @cached_property
    def ec2(self) -> BaseClient:
        return self._client("ec2")

    @cached_property
    def eks(self) -> BaseClient:
        return self._client("eks")

    @cached_property
    def elb(self) -> BaseClient:
        return self._client("elbv2")

    @cached_property
    def iam(self) -> BaseClient:
        return self._client("iam")

    @cached_property
    def _session(self) -> boto3.session.Session:
        return boto3.session.Session(region_name=self._region, **_CREDENTIALS)

    def _client(self, service: str) -> BaseClient:
        config = Config(retries={"mode": "standard", "max_attempts": 8}, connect_timeout=5, read_timeout=30)
        return self._session.client(service, endpoint_url=self._url, config=config)
