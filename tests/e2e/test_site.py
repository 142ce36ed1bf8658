"""The whole platform, deployed as a user would, on each Kubernetes that is at hand.  These tests run in the order they stand."""

from __future__ import annotations

import json
import re

import pytest

from .conftest import ROOT, Sandbox

DOMAIN = "platform.example.com"
ROLES = ["acm", "cognito_adfs", "eks", "kubeflow", "profile_manager", "callback"]


@pytest.fixture(scope="module")
def before(sandbox: Sandbox) -> dict[str, list[str]]:
    """What the account held before anything was deployed."""
    return sandbox.resources()


@pytest.fixture(scope="module")
def announced(sandbox: Sandbox, before: dict) -> list[str]:
    """The tasks that check mode says will change something, asked on an empty account."""
    checked = sandbox.play("site", "--check", "--diff")
    assert checked.code == 0, checked.output
    assert sandbox.resources() == before, "check mode has changed something"
    return checked.changed_tasks


@pytest.fixture(scope="module")
def deployed(sandbox: Sandbox, announced: list[str]) -> list[str]:
    """The tasks that the first real run changed."""
    first = sandbox.play("site")
    assert first.code == 0, first.output
    return first.changed_tasks


def test_check_mode_announces_what_the_real_run_does(announced: list[str], deployed: list[str]) -> None:
    assert announced == deployed


def test_only_the_certificate_of_cognito_is_in_another_region(sandbox: Sandbox, deployed: list[str]) -> None:
    here, there = sandbox.resources(), sandbox.resources("--region", "us-east-1")
    for region in ("eu-west-1", "us-east-1"):
        assert len(here[f"acm certificates in {region}"]) == 1
    regional = [kind for kind in here if kind.split()[0] in ("cognito", "eks", "elbv2", "events", "lambda", "logs")]
    assert len(regional) == 6 and all(here[kind] for kind in regional)
    assert [kind for kind in regional if there[kind]] == []


def test_a_second_run_changes_nothing(sandbox: Sandbox, deployed: list[str]) -> None:
    second = sandbox.play("site")
    assert (second.recap["changed"], second.recap["failed"]) == (0, 0), second.output


def test_users_land_in_the_namespaces_of_their_groups(sandbox: Sandbox, deployed: list[str]) -> None:
    login = sandbox.command("login")
    assert login.code == 0, login.output
    table = json.loads((sandbox.state / "access.json").read_text())
    assert table["alice@platform.example.com"] == {"speech": "edit", "vision": "edit"}
    assert table["carol@platform.example.com"] == {}


def test_users_log_in_through_oauth2_proxy(sandbox: Sandbox, deployed: list[str]) -> None:
    told = sandbox.command("visit", "alice")
    assert told.code == 0, told.output
    assert f"alice@{DOMAIN} is logged in and is in speech, vision." in told.output
    for number in range(1, 13):
        assert re.search(rf"^  {number:2}\. ", told.output, re.MULTILINE), told.output


def test_destroy_leaves_nothing_of_ours(sandbox: Sandbox, deployed: list[str], before: dict) -> None:
    destroyed = sandbox.play("destroy")
    assert destroyed.code == 0, destroyed.output
    assert sandbox.resources() == before


def test_destroying_again_changes_nothing(sandbox: Sandbox, deployed: list[str]) -> None:
    again = sandbox.play("destroy")
    assert (again.code, again.recap["changed"]) == (0, 0), again.output


NEEDED_BESIDE_CALLS = {
    "AWS asks for the right to tag of whoever makes something with tags": {
        "acm:AddTagsToCertificate",
        "cognito-idp:TagResource",
        "eks:TagResource",
        "events:TagResource",
        "iam:TagRole",
        "lambda:TagResource",
        "logs:TagResource",
    },
    "a role is given to whom it is for without a call of its own": {"iam:PassRole"},
    "Cognito gives CloudFront the login domain in the caller's name": {"cloudfront:UpdateDistribution"},
    "Lambda looks at the network in the caller's name": {
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    },
}
ONLY_LATER = {
    "tags that change": {
        "acm:RemoveTagsFromCertificate",
        "cognito-idp:UntagResource",
        "events:UntagResource",
        "iam:UntagRole",
        "lambda:ListTags",
        "lambda:UntagResource",
        "logs:UntagResource",
    },
    "settings that change": {
        "cognito-idp:AddCustomAttributes",
        "cognito-idp:UpdateIdentityProvider",
        "cognito-idp:UpdateUserPoolDomain",
        "eks:UpdateAccessEntry",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
        "lambda:DeleteFunctionConcurrency",
        "lambda:PutFunctionConcurrency",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "logs:DeleteRetentionPolicy",
    },
    "a network with NAT gateways that is made": {"ec2:DescribeAddresses"},
    "a load balancer that the role kubeflow has not made": {"elasticloadbalancing:DescribeTags"},
}
"""What the policies allow and an undisturbed deployment does not call; the modules' own tests do."""
OWN_NAMES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas", "resourcegroupstaggingapi": "tag"}


def action_of(call: str) -> str:
    """The right that a call needs: elasticloadbalancing:DescribeTags for elbv2:DescribeTags."""
    service, _, operation = call.partition(":")
    return f"{OWN_NAMES.get(service, service)}:{operation}"


def allowed_by(*roles: str) -> set[str]:
    files = [path for role in roles for path in (ROOT / "roles" / role / "files").glob("iam_policy.json")]
    statements = [statement for path in files for statement in json.loads(path.read_text())["Statement"]]
    return {action for statement in statements for action in statement["Action"]}


def test_the_policies_of_the_roles_allow_every_call_and_little_more(sandbox: Sandbox, deployed: list[str]) -> None:
    called = {action_of(call) for call in sandbox.called}
    assert "acm:RequestCertificate" in called and "eks:DeleteCluster" in called, "both playbooks were listened to"
    assert called - allowed_by("preflight", *ROLES) == set()
    explained = set().union(*NEEDED_BESIDE_CALLS.values(), *ONLY_LATER.values())
    ours = allowed_by("preflight", "acm", "cognito_adfs", "profile_manager", "callback")
    assert ours - called - explained == set()
