"""The cloud as a whole: what it patches of moto, what it lists, how it throttles."""

from __future__ import annotations

import importlib.metadata

import pytest
from moto.acm import models as acm_models
from moto.awslambda import models as lambda_models
from moto.core.responses import BaseResponse
from moto.eks import urls as eks_urls
from moto.elbv2 import models as elbv2_models
from moto.iam import models as iam_models

from sandbox.aws.acm.certificates import SandboxCertificate
from sandbox.aws.calls import MOTO_CALL_ACTION
from sandbox.aws.eks.routes import PATHS
from sandbox.aws.functions.model import SandboxFunction
from sandbox.aws.inventory import list_everything
from sandbox.aws.load_balancers import SandboxLoadBalancer
from sandbox.aws.rules import throttling
from sandbox.aws.rules.throttling import CODES, Throttle
from sandbox.aws.settings import MANAGED_POLICIES, managed_policies


def test_moto_is_the_version_that_was_patched():
    assert importlib.metadata.version("moto") == "5.2.5"


REPLACED = {
    "certificates": (acm_models, "CertBundle", SandboxCertificate, ("check", "describe", "generate_cert")),
    "functions": (lambda_models, "LambdaFunction", SandboxFunction, ("get_configuration", "update_configuration")),
    "load balancers": (elbv2_models, "FakeLoadBalancer", SandboxLoadBalancer, ("activate",)),
}


@pytest.mark.parametrize("name", REPLACED)
def test_replaced_classes_are_used_once_and_still_fit(world, name):
    module, attribute, ours, methods = REPLACED[name]
    [moto] = ours.__bases__
    assert getattr(module, attribute) is ours
    assert moto.__name__ == attribute and moto.__module__ == module.__name__
    assert all(callable(getattr(moto, method)) for method in methods)


def test_the_desk_stands_in_front_of_every_service_and_can_be_removed(world):
    assert BaseResponse.call_action is not MOTO_CALL_ACTION
    assert MOTO_CALL_ACTION.__module__ == "moto.core.responses"


def test_the_paths_of_eks_are_routed_once(world):
    assert set(PATHS) <= set(eks_urls.url_paths)
    missing_in_moto = [path for path in PATHS if "/access-entries" in path]
    assert len(missing_in_moto) == 4


def test_aws_s_policies_all_exist(world):
    backend = iam_models.iam_backends["123456789012"]["aws"]
    assert iam_models.IAMBackend._init_aws_policies is managed_policies
    assert {policy.name for policy in managed_policies(backend)} == set(MANAGED_POLICIES)


def test_the_list_of_everything_shows_what_was_made(world):
    credentials = {
        "aws_access_key_id": world.account.access_key_id,
        "aws_secret_access_key": world.account.secret_access_key,
    }
    before = list_everything(world.cloud.url, credentials)
    assert list_everything(world.cloud.url, credentials) == before
    world.client("acm", "us-east-1").request_certificate(DomainName="x.example.com", ValidationMethod="DNS")
    world.client("cognito-idp").create_user_pool(PoolName="pool")
    world.client("logs").create_log_group(logGroupName="group")
    world.role("listed")
    after = list_everything(world.cloud.url, credentials)
    changed = {kind for kind in after if after[kind] != before[kind]}
    assert changed == {"acm certificates in us-east-1", "cognito user pools", "iam roles", "logs groups"}
    assert f"zone platform.example.com. /hostedzone/{world.account.hosted_zone_id}" in after["route53 records"]


def refusals(seed: int) -> list[bool]:
    throttle, found = Throttle(0.3, seed), []

    class Listing:
        service, operation, headers = "acm", "ListCertificates", {}

    for _ in range(50):
        try:
            throttle(Listing())
            found.append(False)
        except Exception as error:
            assert error.code == CODES["acm"]
            found.append(True)
    return found


def test_throttling_is_seeded():
    assert refusals(1) == refusals(1) != refusals(2)
    assert 5 < sum(refusals(1)) < 25


def test_a_throttled_cloud_answers_those_who_ask_again(world):
    throttling.install(world.cloud.desk, 0.5)
    acm = world.client("acm")
    answers = []
    for _ in range(30):
        try:
            answers.append(acm.list_certificates()["ResponseMetadata"]["HTTPStatusCode"])
        except acm.exceptions.ClientError as error:
            answers.append(error.response["Error"]["Code"])
    world.cloud.desk.rules_for_all.clear()
    assert set(answers) == {200, "ThrottlingException"}
