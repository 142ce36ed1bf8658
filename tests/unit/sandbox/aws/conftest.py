"""A served cloud whose time passes only when a test asks for it, and clients of its deployer."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws import Cloud
from sandbox.aws.account import prepare
from sandbox.pace import Pace


class Clock:
    """Real time plus the jumps that tests make."""

    jumped = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.jumped


class World(SimpleNamespace):
    """The cloud, its prepared account, its clock, and clients by service name."""

    def client(self, service: str, region: str | None = None, key: tuple[str, ...] | None = None):
        key_id, secret, *token = key or (self.account.access_key_id, self.account.secret_access_key)
        return boto3.client(
            service,
            endpoint_url=self.cloud.url,
            region_name=region or self.account.region,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            aws_session_token=token[0] if token else None,
            config=Config(retries={"max_attempts": 1, "mode": "standard"}),
        )

    def role(self, name: str, service: str = "lambda.amazonaws.com", path: str = "/") -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam = self.client("iam")
        try:
            made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Path=path)
        except iam.exceptions.EntityAlreadyExistsException:
            made = iam.get_role(RoleName=name)
        self.skip("iam")
        return made["Role"]["Arn"]

    def skip(self, what: str) -> None:
        """Let as much time pass as AWS takes for this."""
        self.clock.jumped += self.cloud.pace.seconds(what)

    def until(self, holds, minutes: float = 120.0):
        """The first true answer of `holds`; AWS's time passes between its questions."""
        for _ in range(int(minutes * 3)):
            answer = holds()
            if answer:
                return answer
            self.clock.jumped += 20 * self.cloud.pace.factor
            time.sleep(0.01)
        raise AssertionError(f"{holds} did not come true within {minutes} minutes of AWS's time")

    @staticmethod
    def error_of(function, **arguments) -> tuple[str, str]:
        """Code and message that AWS refuses this call with."""
        with pytest.raises(ClientError) as caught:
            function(**arguments)
        return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def open_world(**options) -> World:
    clock = Clock()
    cloud = Cloud(Pace(1.0, clock), **options)
    cloud.start()
    return World(cloud=cloud, account=prepare(cloud.url), clock=clock)


@pytest.fixture(scope="module")
def world():
    """One cloud for a test module: tests use names of their own."""
    world = open_world()
    yield world
    world.cloud.stop()
