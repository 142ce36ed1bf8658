"""The EKS bearer token: a presigned GetCallerIdentity is verified, and answered with who signed it."""

from __future__ import annotations

import datetime as dt
import re
import urllib.error
import urllib.request
from collections.abc import Mapping

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CLUSTER = "kubeflow"


def presigned(key, secret, token=None, at=None, host="sts.eu-west-1.amazonaws.com") -> str:
    """The query of a presigned URL, as an EKS token carries it."""
    request = AWSRequest("GET", f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15")
    request.headers["x-k8s-aws-id"] = CLUSTER
    signer = SigV4QueryAuth(Credentials(key, secret, token), "sts", "eu-west-1", expires=60)
    if at is None:
        signer.add_auth(request)
        return request.url.split("?", 1)[1]
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    signer._inject_signature_to_request(
        request, signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    )
    return request.url.split("?", 1)[1]


def ask(world, query: str, cluster: str = CLUSTER) -> tuple[int, str]:
    headers: Mapping[str, str] = {"Host": "sts.eu-west-1.amazonaws.com", "x-k8s-aws-id": cluster}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{world.cloud.url}/?{query}", headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def arn_in(body: str) -> str:
    return re.search("<Arn>(.*)</Arn>", body).group(1)


def test_a_user_is_recognised(world):
    status, body = ask(world, presigned(world.account.access_key_id, world.account.secret_access_key))
    assert (status, arn_in(body)) == (200, world.account.deployer_arn)


def test_an_assumed_role_is_recognised_with_its_session_and_id(world):
    role = world.role("signer")
    answer = world.client("sts").assume_role(RoleArn=role, RoleSessionName="me")
    key = answer["Credentials"]
    status, body = ask(world, presigned(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"]))
    assert (status, arn_in(body)) == (200, "arn:aws:sts::123456789012:assumed-role/signer/me")
    assert answer["AssumedRoleUser"]["AssumedRoleId"] in body


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


REFUSED = {
    "a wrong secret": (lambda key, secret: presigned(key, secret + "x"), CLUSTER, "SignatureDoesNotMatch"),
    "a key nobody issued": (
        lambda key, secret: presigned("AKIAAAAAAAAAAAAAAAAA", secret),
        CLUSTER,
        "InvalidClientTokenId",
    ),
    "another cluster": (presigned, "other", "SignatureDoesNotMatch"),
    "sixteen minutes later": (
        lambda key, secret: presigned(key, secret, at=now() - dt.timedelta(minutes=16)),
        CLUSTER,
        "ExpiredToken",
    ),
    "a token that does not belong to the key": (
        lambda key, secret: presigned(key, secret, "stolen"),
        CLUSTER,
        "InvalidClientTokenId",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_signatures_that_are_refused(world, name):
    sign, cluster, code = REFUSED[name]
    status, body = ask(world, sign(world.account.access_key_id, world.account.secret_access_key), cluster)
    assert (status, re.search("<Code>(.*)</Code>", body).group(1)) == (403, code)


def test_a_key_that_was_deleted_is_refused(world):
    iam = world.client("iam")
    iam.create_user(UserName="leaver")
    key = iam.create_access_key(UserName="leaver")["AccessKey"]
    query = presigned(key["AccessKeyId"], key["SecretAccessKey"])
    assert ask(world, query)[0] == 200
    iam.delete_access_key(UserName="leaver", AccessKeyId=key["AccessKeyId"])
    assert ask(world, query)[0] == 403


def test_aws_s_own_policies_can_be_attached(world):
    iam = world.client("iam")
    world.role("attached")
    for name in ("service-role/AWSLambdaBasicExecutionRole", "AmazonEKSClusterPolicy", "AmazonEKS_CNI_Policy"):
        iam.attach_role_policy(RoleName="attached", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    assert len(iam.list_attached_role_policies(RoleName="attached")["AttachedPolicies"]) == 3
