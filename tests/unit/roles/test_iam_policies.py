"""The policy of each role: valid by AWS's own list of operations, and together enough for every call of the modules."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_user_pool_client import (
    UserPoolClients,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_user_pool_domain import Names

ROOT = Path(__file__).resolve().parents[3]
POLICIES = sorted(ROOT.glob("roles/*/files/iam_policy.json"))
SERVICES = {
    "acm": "acm",
    "cloudfront": "cloudfront",
    "cognito-idp": "cognito-idp",
    "ec2": "ec2",
    "eks": "eks",
    "elasticloadbalancing": "elbv2",
    "events": "events",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "route53": "route53",
    "servicequotas": "service-quotas",
    "ssm": "ssm",
    "sts": "sts",
    "tag": "resourcegroupstaggingapi",
}
"""The service's name in a policy, and botocore's name for it."""
NOT_BY_ROLES = {"delete_user_pool_client", "delete_identity_provider"}
"""What modules can do and no role does: both go with their pool."""
RIGHTS_ONLY = {"iam:PassRole", "lambda:InvokeFunction"}
"""What is a right, but no operation."""


@cache
def operations(service: str) -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_service_model(service).operation_names)


def statements(path: Path) -> list[dict]:
    return json.loads(path.read_text())["Statement"]


def actions(path: Path) -> list[str]:
    return [action for statement in statements(path) for action in statement["Action"]]


def names(path: Path) -> str:
    return path.parts[-3]


@pytest.mark.parametrize("path", POLICIES, ids=names)
def test_the_policy_is_one(path: Path) -> None:
    policy = json.loads(path.read_text())
    assert policy.keys() == {"Version", "Statement"}
    assert policy["Version"] == "2012-10-17"
    identifiers = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(identifiers)) == len(identifiers) and all(sid.isalnum() for sid in identifiers)
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert statement["Action"] == sorted(set(statement["Action"]))
    # AWS takes 6144 characters, white space aside.
    assert len("".join(path.read_text().split())) <= 6144


@pytest.mark.parametrize("path", POLICIES, ids=names)
def test_actions_are_operations_of_aws(path: Path) -> None:
    strangers = []
    for action in actions(path):
        service, _, operation = action.partition(":")
        if action not in RIGHTS_ONLY and operation not in operations(SERVICES[service]):
            strangers.append(action)
    assert strangers == []


@pytest.mark.parametrize("path", POLICIES, ids=names)
def test_nothing_that_writes_is_allowed_on_everything(path: Path) -> None:
    """A wildcard for all resources is for reading, and for what has no resource of its own before it is made."""
    reading = ("Describe", "Get", "List")
    without_resource = {
        "acm:RequestCertificate",
        "cloudfront:UpdateDistribution",
        "cognito-idp:CreateUserPool",
        "iam:CreateServiceLinkedRole",
    }
    wide = [
        action
        for statement in statements(path)
        if statement["Resource"] == "*" and "Condition" not in statement
        for action in statement["Action"]
        if not action.partition(":")[2].startswith(reading) and action not in without_resource
    ]
    assert wide == []


def test_only_the_function_of_the_platform_is_touched_or_called() -> None:
    functions = {
        statement["Resource"]
        for path in POLICIES
        for statement in statements(path)
        if any(action.startswith("lambda:") for action in statement["Action"])
    }
    assert functions == {"arn:aws:lambda:*:*:function:*-profile-manager"}


def called() -> Iterator[tuple[str, str]]:
    """Every attribute and text in the clients that may be the name of an operation, with its file."""
    for path in sorted((ROOT / "plugins" / "module_utils" / "clients").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node.func.attr, path.stem
                if node.func.attr == "get_paginator" and isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value, path.stem


def test_every_call_of_the_clients_is_in_a_policy() -> None:
    allowed = {xform_name(action.partition(":")[2]) for path in POLICIES for action in actions(path)}
    known = {xform_name(operation) for service in SERVICES.values() for operation in operations(service)}
    # `update` and the like are methods of dictionaries; an operation's name has two words at least.
    missing = {(name, file) for name, file in called() if name in known and "_" in name and name not in allowed}
    missing = {(name, file) for name, file in missing if name not in NOT_BY_ROLES}
    assert missing == set()


class Listening:
    """A connection that answers with one of everything, and notes the rights that were needed."""

    ANSWERS = {
        "describe_user_pool": {"UserPool": {"Id": "eu-west-1_a", "Name": "kubeflow"}},
        "describe_user_pool_client": {
            "UserPoolClient": {"ClientId": "c", "ClientName": "kubeflow", "ClientSecret": "s"}
        },
        "describe_identity_provider": {"IdentityProvider": {"ProviderName": "ADFS"}},
        "list_user_pool_clients": {"UserPoolClients": [{"ClientId": "c", "ClientName": "kubeflow"}]},
        "list_identity_providers": {"Providers": [{"ProviderName": "ADFS"}]},
        "list_hosted_zones_by_name": {"HostedZones": [{"Id": "Z1", "Name": "platform.example.com."}]},
        "list_resource_record_sets": {"ResourceRecordSets": []},
    }

    def __init__(self, service: str, heard: set[str]) -> None:
        self.service, self.heard = service, heard

    def __getattr__(self, name: str) -> Callable[..., dict]:
        self.heard |= {f"{self.service}:{one}" for one in operations(SERVICES[self.service]) if xform_name(one) == name}
        return lambda **request: self.ANSWERS[name]


def look_at_the_client(heard: set[str]) -> None:
    clients = UserPoolClients(Listening("cognito-idp", heard))
    found = clients.read_user_pool_clients("eu-west-1_a", "kubeflow", None)
    assert clients.client_secret("eu-west-1_a", found["clients"][0]["ClientId"]) == "s"


def look_for_the_name_above(heard: set[str]) -> None:
    assert Names(Listening("route53", heard)).has_address("auth.platform.example.com") is False


LOOKS = {
    "callback": look_at_the_client,
    "kubeflow": look_at_the_client,
    "cognito_adfs": look_for_the_name_above,
}


@pytest.mark.parametrize("role", LOOKS)
def test_who_has_the_right_of_one_role_only_may_look_at_all_that_it_looks_at(role: str) -> None:
    """A module reads more than it changes: the client's pool, its providers, the zone in charge of a name."""
    heard: set[str] = set()
    LOOKS[role](heard)
    assert heard
    assert heard - set(actions(ROOT / "roles" / role / "files" / "iam_policy.json")) == set()
