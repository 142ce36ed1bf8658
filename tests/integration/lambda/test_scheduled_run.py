"""The scheduled run against a user pool of the sandbox's cloud, over the API that AWS has."""

from __future__ import annotations

import boto3
import pytest

from sandbox.aws import Cloud
from sandbox.aws.account import prepare
from sandbox.pace import Pace


@pytest.fixture(scope="module")
def cognito():
    cloud = Cloud(Pace(0.0001))
    cloud.start()
    account = prepare(cloud.url)
    client = boto3.client(
        "cognito-idp",
        endpoint_url=cloud.url,
        region_name=account.region,
        aws_access_key_id=account.access_key_id,
        aws_secret_access_key=account.secret_access_key,
    )
    client.variables = {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_REGION": account.region,
        "AWS_ACCESS_KEY_ID": account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
    }
    yield client
    cloud.stop()


@pytest.fixture
def pool_id(cognito) -> str:
    schema = [{"Name": "groups", "AttributeDataType": "String", "Mutable": True}]
    return cognito.create_user_pool(PoolName="users", Schema=schema)["UserPool"]["Id"]


def add_user(cognito, pool_id: str, email: str, groups: str) -> None:
    attributes = {"email": email, "custom:groups": groups}
    listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
    cognito.admin_create_user(UserPoolId=pool_id, Username=email.split("@")[0], UserAttributes=listed)


def test_who_is_disabled_or_gone_loses_access_and_the_others_keep_it(world, cognito, pool_id):
    users = [f"{world.unique('member')}@example.com" for _ in range(3)]
    team, other = world.unique("crew"), world.unique("crew")
    container = world.container(userPoolId=pool_id)
    container.surroundings.variables.update(cognito.variables)
    for user in users:
        container.log_in([team, other], user)
    staying, disabled, gone = users
    add_user(cognito, pool_id, staying, f"[{team}, {other}]")
    add_user(cognito, pool_id, disabled, f"[{team}, {other}]")
    cognito.admin_disable_user(UserPoolId=pool_id, Username=disabled.split("@")[0])

    announced = container.invoke({"dryRun": True}, 600.0)["users"]
    assert {disabled, gone} <= {user["email"] for user in announced}
    assert staying not in {user["email"] for user in announced}
    assert world.access(disabled) == {team: "edit", other: "edit"}

    assert container.invoke({"reconcile": True}, 600.0)["failed"] == 0
    assert world.access(staying) == {team: "edit", other: "edit"}
    assert world.access(disabled) == world.access(gone) == {}

    report = {user["email"]: user for user in container.invoke({"report": True}, 600.0)["users"]}
    assert [entry["namespace"] for entry in report[staying]["access"]] == sorted([team, other])
    assert report[gone]["access"] == []
