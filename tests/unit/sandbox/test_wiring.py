"""Account, cluster, controllers and logins together in one process: what the service wires is what a login meets."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
import yaml

from sandbox import account
from sandbox.aws import Cloud
from sandbox.clusters import Clusters, node_entry
from sandbox.environment import environment
from sandbox.kubernetes.client import KubernetesClient, KubernetesError
from sandbox.login import directory as directories
from sandbox.login.access import read_access
from sandbox.login.claims import GROUPS, MAIL, VERIFIED
from sandbox.login.cluster import ClusterNotReady, bearer_token, cluster_client
from sandbox.login.event import Attribute, SignInRefused, Trigger, UserPool, token_event
from sandbox.login.run import LoginFailed, Room
from sandbox.login.trigger import as_cognito, call_trigger
from sandbox.login.user_pool import PoolNotReady, read_user_pool
from sandbox.pace import Pace
from sandbox.state import State

from .test_kubeflow import OBJECTS

REGION, NAME = "eu-west-1", "wired"
BODY = """
def lambda_handler(event, context):
    if event["request"]["userAttributes"]["email"].startswith("carol"):
        raise RuntimeError("carol is not welcome")
    return event
"""


class Platform:
    """A sandbox in this process with an EKS cluster, reached as the deployer."""

    def __init__(self, state: State) -> None:
        pace = Pace(0.0001)
        self.state = state
        self.clusters = Clusters("emulator", state, pace)
        self.cloud = Cloud(
            pace,
            kubernetes=lambda record: self.clusters.open(self.cloud, record),
            state_dir=state.folder,
            map_node_role=self.clusters.map_node_role,
        )
        self.cloud.start()
        self.account = account.fill(self.cloud.url, state)

    def session(self) -> boto3.Session:
        return boto3.Session(region_name=REGION)

    def client(self, service: str) -> Any:
        return self.session().client(service)

    def role(self, name: str, service: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        time.sleep(0.05)
        return arn

    def create_cluster(self, name: str) -> None:
        eks = self.client("eks")
        role = self.role(f"{name}-cluster", "eks")
        eks.create_cluster(name=name, roleArn=role, resourcesVpcConfig={"subnetIds": list(self.account.subnet_ids)})
        eks.get_waiter("cluster_active").wait(name=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})

    def stop(self) -> None:
        self.clusters.stop()
        self.cloud.stop()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    state = State(tmp_path_factory.mktemp("wired"))
    with pytest.MonkeyPatch.context() as patch:
        started = Platform(state)
        for name, value in environment(state, {}, started.cloud.url).items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        try:
            started.create_cluster(NAME)
            yield started
        finally:
            started.stop()


@pytest.fixture
def cluster(platform: Platform) -> KubernetesClient:
    return cluster_client(platform.session(), platform.client("eks"))[1]


def test_the_deployer_is_administrator_of_the_cluster_he_has_made(cluster: KubernetesClient) -> None:
    assert "kube-system" in {item["metadata"]["name"] for item in cluster.items("/api/v1/namespaces")}


def test_calls_of_a_cluster_are_counted_by_who_made_them(platform: Platform, cluster: KubernetesClient) -> None:
    before = sum(platform.clusters.describe()[0]["calls"].values())
    for _ in range(3):
        cluster.items("/api/v1/namespaces")
    after = platform.clusters.describe()[0]["calls"]
    assert sum(after.values()) - before == 3
    assert set(after) == {"kubernetes-admin"}, "controllers and the sandbox's own administrator do not count"


def test_a_token_for_another_cluster_opens_nothing(platform: Platform, cluster: KubernetesClient) -> None:
    described = platform.client("eks").describe_cluster(name=NAME)["cluster"]
    authority = base64.b64decode(described["certificateAuthority"]["data"])
    wrong = KubernetesClient(described["endpoint"], authority, bearer_token(platform.session(), "another"))
    with pytest.raises(KubernetesError) as refused:
        wrong.items("/api/v1/namespaces")
    assert refused.value.code == 401


def test_the_break_glass_kubeconfig_is_private(platform: Platform) -> None:
    assert platform.state.admin_kubeconfig.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load(platform.state.admin_kubeconfig.read_text())["current-context"] == "sandbox"


def test_a_node_role_is_entered_once_beside_what_is_there(platform: Platform, cluster: KubernetesClient) -> None:
    path = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
    mine = {"rolearn": "arn:aws:iam::123456789012:role/mine", "username": "me", "groups": []}
    if cluster.get(path):
        cluster.delete(path)
    cluster.create(
        path.rpartition("/")[0],
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {"mapRoles": yaml.safe_dump([mine]), "mapUsers": "[]"},
        },
    )
    record = next(iter(platform.cloud.eks.clusters.values()))
    for _ in range(2):
        platform.clusters.map_node_role(record, "arn:aws:iam::123456789012:role/nodes")
    data = cluster.get(path)["data"]
    assert yaml.safe_load(data["mapRoles"]) == [mine, node_entry("arn:aws:iam::123456789012:role/nodes")]
    assert data["mapUsers"] == "[]"


def test_several_clusters_must_be_told_apart_and_a_deleted_one_is_gone(platform: Platform) -> None:
    platform.create_cluster("second")
    with pytest.raises(ClusterNotReady, match="name one with --cluster: second, wired"):
        cluster_client(platform.session(), platform.client("eks"))
    name, client = cluster_client(platform.session(), platform.client("eks"), "second")
    assert client.items("/api/v1/namespaces")
    eks = platform.client("eks")
    eks.delete_cluster(name="second")
    eks.get_waiter("cluster_deleted").wait(name="second", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    assert [described["name"] for described in platform.clusters.describe()] == [NAME]
    authority = platform.client("eks").describe_cluster(name=NAME)["cluster"]["certificateAuthority"]["data"]
    with pytest.raises(OSError):
        KubernetesClient(client.url, base64.b64decode(authority), "x").items("/api/v1/namespaces")


def test_without_a_pool_the_role_that_makes_it_is_named(platform: Platform) -> None:
    with pytest.raises(PoolNotReady, match="role cognito_adfs"):
        read_user_pool(platform.client("cognito-idp"), REGION, "no such pool")


@pytest.fixture(scope="module")
def pool(platform: Platform) -> dict[str, str]:
    """A user pool with a SAML provider and an app client, as a deployment makes them."""
    cognito = platform.client("cognito-idp")
    pool_id = cognito.create_user_pool(
        PoolName=NAME,
        UsernameConfiguration={"CaseSensitive": False},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        Schema=[
            {"Name": "email", "AttributeDataType": "String", "Mutable": True, "Required": True},
            {
                "Name": "groups",
                "AttributeDataType": "String",
                "Mutable": True,
                "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"},
            },
        ],
    )["UserPool"]["Id"]
    cognito.create_identity_provider(
        UserPoolId=pool_id,
        ProviderName="ADFS",
        ProviderType="SAML",
        ProviderDetails={"MetadataFile": platform.state.metadata.read_text()},
        AttributeMapping={"email": MAIL, "email_verified": VERIFIED, "custom:groups": GROUPS},
    )
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName=NAME,
        SupportedIdentityProviders=["ADFS"],
        WriteAttributes=["email", "custom:groups"],
        ReadAttributes=["email", "custom:groups"],
    )["UserPoolClient"]
    return {"id": pool_id, "client": client["ClientId"]}


def test_the_pool_is_read_as_it_was_made(platform: Platform, pool: dict[str, str]) -> None:
    found = read_user_pool(platform.client("cognito-idp"), REGION)
    assert (found.id, found.client_id, found.provider) == (pool["id"], pool["client"], "ADFS")
    assert found.case_sensitive is False
    assert found.mapping["custom:groups"] == GROUPS
    assert found.attributes["custom:groups"] == Attribute("custom:groups", True, False, 2048)
    assert found.attributes["email"].required and found.attributes["email"].mutable
    assert found.writable == {"email", "custom:groups"}
    assert found.issuer == f"http://adfs.{platform.account.domain}/adfs/services/trust"
    assert found.trigger is None


def test_a_login_without_a_trigger_names_the_role_that_sets_it(platform: Platform, pool: dict[str, str]) -> None:
    directory = directories.load(platform.state.directory)
    room = Room(platform.state, platform.session(), REGION, None, NAME)
    with pytest.raises(LoginFailed, match="alice cannot log in: .* has no trigger for tokens"):
        room.log_in(directory, directory.user("alice"))


@pytest.fixture(scope="module")
def function(platform: Platform, pool: dict[str, str]) -> str:
    """A function that returns the event, set as the pool's trigger, without the permission to be invoked."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", BODY)
    arn = platform.client("lambda").create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=platform.role("function", "lambda"),
        Handler="index.lambda_handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=5,
        Publish=True,
    )["FunctionArn"]
    cognito = platform.client("cognito-idp")
    current = cognito.describe_user_pool(UserPoolId=pool["id"])["UserPool"]
    cognito.update_user_pool(
        UserPoolId=pool["id"],
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        LambdaConfig={
            **current.get("LambdaConfig", {}),
            "PreTokenGeneration": arn,
            "PreTokenGenerationConfig": {"LambdaArn": arn, "LambdaVersion": "V1_0"},
        },
    )
    return arn


def test_a_login_needs_the_permission_of_the_function(platform: Platform, pool: dict, function: str) -> None:
    directory = directories.load(platform.state.directory)
    room = Room(platform.state, platform.session(), REGION, NAME, NAME)
    assert room.pool.trigger == Trigger(function, "V1_0")
    with pytest.raises(LoginFailed, match="PreTokenGeneration invocation failed due to error AccessDeniedException"):
        room.log_in(directory, directory.user("alice"))
    platform.client("lambda").add_permission(
        FunctionName=NAME,
        StatementId="cognito",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=room.pool.arn,
    )
    assert room.log_in(directory, directory.user("alice")) > 0
    kept = room.accounts.find(pool["id"], r"adfs_corp\alice")
    assert kept.attributes["custom:groups"] == "[kubeflow-vision, kubeflow-speech, none]"
    with pytest.raises(
        LoginFailed, match="carol cannot log in: PreTokenGeneration failed with error carol is not welc"
    ):
        room.log_in(directory, directory.user("carol"))


def test_another_pool_may_not_use_the_functions_permission(platform: Platform, pool: dict, function: str) -> None:
    room = Room(platform.state, platform.session(), REGION, NAME, NAME)
    stranger: UserPool = replace(room.pool, arn=f"{room.pool.arn}x")
    known = room.accounts.find(pool["id"], r"adfs_corp\alice")
    with pytest.raises(SignInRefused, match="AccessDeniedException"):
        call_trigger(as_cognito(platform.client("lambda"), stranger), stranger, token_event(stranger, known))


def test_the_small_kubeflow_is_served_and_a_binding_gives_access(platform: Platform, cluster: KubernetesClient) -> None:
    for definition in (
        obj for obj in OBJECTS if obj["kind"] in ("Namespace", "CustomResourceDefinition", "ClusterRole")
    ):
        cluster.apply(_collection(definition), definition, "test")
    mail = "bob@platform.example.com"
    cluster.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "vision"}})
    cluster.create("/apis/rbac.authorization.k8s.io/v1/namespaces/vision/rolebindings", _binding(mail))
    until = time.monotonic() + 10
    while time.monotonic() < until:
        access = read_access(cluster, [mail])
        if access.table[mail]:
            break
        time.sleep(0.1)
    assert access.table == {mail: {"vision": "edit"}}
    assert access.closed == ((mail, "vision"),)
    assert {"default", "kube-system", "kubeflow", "istio-system", "vision"} <= set(access.namespaces)


def _collection(obj: dict[str, Any]) -> str:
    return {
        "Namespace": "/api/v1/namespaces",
        "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    }[obj["kind"]]


def _binding(mail: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "user", "namespace": "vision"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "kubeflow-edit"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": mail}],
    }
