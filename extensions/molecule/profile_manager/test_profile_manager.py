"""The function that every login calls: Cognito may call it, and in the cluster it may do what it must and no more."""

from __future__ import annotations

import json
import subprocess

import pytest

NAME = "kubeflow-sandbox-profile-manager"


@pytest.fixture
def function(aws):
    return aws("lambda").get_function(FunctionName=NAME)["Configuration"]


@pytest.fixture
def entry(aws, function):
    named = {"clusterName": "kubeflow-sandbox", "principalArn": function["Role"]}
    return aws("eks").describe_access_entry(**named)["accessEntry"]


def test_each_login_calls_it(function, pool) -> None:
    assert pool["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaArn"] == function["FunctionArn"]


def test_only_this_pool_may_call_it_as_cognito(aws, pool) -> None:
    policy = json.loads(aws("lambda").get_policy(FunctionName=NAME)["Policy"])
    sources = [
        statement["Condition"]["ArnLike"]["AWS:SourceArn"]
        for statement in policy["Statement"]
        if statement["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
    ]
    assert sources == [pool["Arn"]]


def test_its_role_is_for_functions_only(aws, function) -> None:
    role = aws("iam").get_role(RoleName=function["Role"].rpartition("/")[2])["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_what_it_says_is_kept_for_a_while_and_not_for_ever(aws) -> None:
    (group,) = aws("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{NAME}")["logGroups"]
    assert group["retentionInDays"] == 90


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("yes", ["create", "profiles.kubeflow.org"]),
        ("yes", ["create", "rolebindings.rbac.authorization.k8s.io", "--all-namespaces"]),
        ("no", ["delete", "profiles.kubeflow.org"]),
        ("no", ["get", "secrets", "--all-namespaces"]),
        ("no", ["create", "clusterrolebindings.rbac.authorization.k8s.io"]),
        ("no", ["create", "pods", "--all-namespaces"]),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else given,
)
def test_may_it(state, entry, answer, question) -> None:
    """Asked in the name that the cluster knows it by: the groups of its access entry."""
    groups = [f"--as-group={group}" for group in entry["kubernetesGroups"]]
    assert groups
    kubectl = [
        "kubectl",
        f"--kubeconfig={state / 'admin.kubeconfig'}",
        "auth",
        "can-i",
        "--as=profile-manager",
        *groups,
    ]
    asked = subprocess.run([*kubectl, *question], stdout=subprocess.PIPE, text=True)
    assert asked.stdout.strip() == answer
