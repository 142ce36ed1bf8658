"""Tokens made by botocore, verified by the sandbox's STS, mapped by access entries and aws-auth."""

from __future__ import annotations

import base64
import json

import boto3
import pytest
import yaml

from sandbox.aws import Cloud
from sandbox.aws.account import prepare
from sandbox.kubernetes.access_entries import AccessEntry
from sandbox.kubernetes.authentication import EksAuthenticator
from sandbox.kubernetes.identity import Denied
from sandbox.pace import Pace

ACCOUNT = "123456789012"
REGION = "eu-west-1"
CLUSTER = "demo"


@pytest.fixture(scope="module")
def cloud():
    cloud = Cloud(Pace(0.00001))
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def deployer(cloud) -> boto3.Session:
    account = prepare(cloud.url)
    return boto3.Session(account.access_key_id, account.secret_access_key, region_name=REGION)


@pytest.fixture(scope="module")
def manager(cloud, deployer) -> boto3.Session:
    """A session of the role /team/Manager; STS names it without its path."""
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    role = deployer.client("iam", endpoint_url=cloud.url).create_role(
        RoleName="Manager",
        Path="/team/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]
    sts = deployer.client("sts", endpoint_url=cloud.url)
    made = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="bob@corp")["Credentials"]
    return boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], region_name=REGION)


def token(session: boto3.Session, cluster: str = CLUSTER, url: str | None = None) -> str:
    """What `aws eks get-token` prints."""
    sts = session.client("sts", region_name=REGION, endpoint_url=url)

    def take(params, context, **_):
        context["cluster"] = params.pop("ClusterName")

    def sign(request, **_):
        request.headers["x-k8s-aws-id"] = request.context["cluster"]

    sts.meta.events.register("provide-client-params.sts.GetCallerIdentity", take)
    sts.meta.events.register("before-sign.sts.GetCallerIdentity", sign)
    signed = sts.generate_presigned_url(
        "get_caller_identity", Params={"ClusterName": cluster}, ExpiresIn=60, HttpMethod="GET"
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")


def authenticator(cloud, modes="API_AND_CONFIG_MAP", aws_auth=None, entries=(), creator=None, **more):
    return EksAuthenticator(
        CLUSTER, cloud.url, lambda: aws_auth or {}, lambda: list(entries), lambda: modes, creator=creator, **more
    )


def mapped(**entry) -> dict[str, str]:
    return {"mapRoles": yaml.safe_dump([{"rolearn": f"arn:aws:iam::{ACCOUNT}:role/Manager", **entry}])}


def test_a_role_in_aws_auth_is_its_user_with_its_groups(cloud, manager):
    user = authenticator(cloud, aws_auth=mapped(username="m:{{SessionName}}:{{SessionNameRaw}}", groups=["g"]))(
        token(manager)
    )

    assert user.username == "m:bob-corp:bob@corp"
    assert user.groups == ("g",)
    assert user.uid.startswith(f"aws-iam-authenticator:{ACCOUNT}:AROA")
    assert user.extra["canonicalArn"] == [f"arn:aws:iam::{ACCOUNT}:role/Manager"]
    assert user.extra["arn"] == [f"arn:aws:sts::{ACCOUNT}:assumed-role/Manager/bob@corp"]


def test_a_token_signed_for_the_sandbox_endpoint_is_as_good(cloud, manager):
    assert authenticator(cloud, aws_auth=mapped(username="m"))(token(manager, url=cloud.url)).username == "m"


def test_an_access_entry_wins_over_aws_auth(cloud, manager):
    entry = AccessEntry(f"arn:aws:iam::{ACCOUNT}:role/team/Manager", "entry", ("of-entry",))
    user = authenticator(cloud, aws_auth=mapped(username="map", groups=["of-map"]), entries=[entry])(token(manager))

    assert (user.username, user.groups) == ("entry", ("of-entry",))


MODES = {"CONFIG_MAP": "map", "API_AND_CONFIG_MAP": "entry", "API": "entry"}


@pytest.mark.parametrize(("mode", "username"), MODES.items())
def test_each_mode_has_its_sources(cloud, manager, mode, username):
    entry = AccessEntry(f"arn:aws:iam::{ACCOUNT}:role/Manager", "entry")
    known = authenticator(cloud, mode, mapped(username="map"), [entry])

    assert known(token(manager)).username == username


@pytest.mark.parametrize(("mode", "source"), [("API", "map"), ("CONFIG_MAP", "entry")])
def test_a_mode_does_not_ask_the_other_source(cloud, manager, mode, source):
    entries = [AccessEntry(f"arn:aws:iam::{ACCOUNT}:role/Manager", "entry")] if source == "entry" else []
    config = mapped(username="map") if source == "map" else {}

    with pytest.raises(Denied, match=f"ARN is not mapped: arn:aws:iam::{ACCOUNT}:role/manager"):
        authenticator(cloud, mode, config, entries)(token(manager))


def test_the_creator_is_an_administrator_without_any_mapping(cloud, deployer):
    user = authenticator(cloud, "CONFIG_MAP", creator=f"arn:aws:iam::{ACCOUNT}:user/deployer")(token(deployer))

    assert (user.username, user.groups) == ("kubernetes-admin", ("system:masters",))


def test_a_creator_may_be_named_by_its_session(cloud, manager):
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Manager/first"

    assert authenticator(cloud, creator=lambda: session)(token(manager)).groups == ("system:masters",)


def refused_tokens(deployer):
    keys = deployer.get_credentials()
    return {
        "for another cluster": token(deployer, "other"),
        "of an unknown key": token(boto3.Session("AKIAFORGEDFORGEDFORG", "x", region_name=REGION)),
        "with the wrong secret": token(boto3.Session(keys.access_key, "wrong", region_name=REGION)),
    }


@pytest.mark.parametrize("kind", ["for another cluster", "of an unknown key", "with the wrong secret"])
def test_sts_refuses_a_token(cloud, deployer, kind):
    known = authenticator(cloud, creator=f"arn:aws:iam::{ACCOUNT}:user/deployer")

    with pytest.raises(Denied, match="error from AWS .expected 200, got 403"):
        known(refused_tokens(deployer)[kind])


def test_a_removed_mapping_shows_when_the_cache_is_over(cloud, manager):
    config = mapped(username="m")
    known = authenticator(cloud, aws_auth=config, cache_seconds=0)
    assert known(token(manager)).username == "m"

    config.clear()

    with pytest.raises(Denied):
        known(token(manager))


def test_an_answer_is_kept_for_a_moment(cloud, manager):
    config = mapped(username="m")
    known, same = authenticator(cloud, aws_auth=config, cache_seconds=60), token(manager)
    known(same)

    config.clear()

    assert known(same).username == "m"


def test_a_node_has_no_name_here(cloud, manager):
    with pytest.raises(Denied, match="has no nodes"):
        authenticator(cloud, aws_auth=mapped(username="system:node:{{EC2PrivateDNSName}}"))(token(manager))


def test_an_sts_that_does_not_answer_denies():
    unreachable = EksAuthenticator(CLUSTER, "http://127.0.0.1:9", dict, list, lambda: "API")

    with pytest.raises(Denied, match="error during GET"):
        unreachable(token(boto3.Session("AKIAANYKEYANYKEYANYK", "x", region_name=REGION)))
