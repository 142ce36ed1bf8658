"""What the modules that only look tell is what is there, in the shape of the modules that change it."""

from __future__ import annotations

import pytest


@pytest.fixture
def pool(run_module):
    groups = [{"name": "groups", "max_length": 2048}]
    return run_module("cognito_user_pool", name="people", schema=groups, allow_admin_create_user_only=True)


def test_a_pool_is_told_with_all_that_belongs_to_it_and_without_secrets(run_module, aws, pool, account):
    client = run_module("cognito_user_pool_client", user_pool_id=pool["user_pool_id"], name="web", generate_secret=True)
    domain = run_module("cognito_user_pool_domain", user_pool_id=pool["user_pool_id"], domain="people-of-the-tests")
    told = run_module("cognito_user_pool_info", name="people")
    assert not told["changed"]
    (found,) = told["user_pools"]
    assert found["clients"] == [client["client"]]
    assert found["domains"] == [domain["domain"]]
    assert found["identity_providers"] == []
    assert {key: found[key] for key in pool["user_pool"] if key != "domain"} == {
        key: value for key, value in pool["user_pool"].items() if key != "domain"
    }
    described = aws("cognito-idp").describe_user_pool_client(
        UserPoolId=pool["user_pool_id"], ClientId=client["client_id"]
    )
    assert described["UserPoolClient"]["ClientSecret"] not in str(told)
    assert run_module("cognito_user_pool_info", user_pool_id=pool["user_pool_id"])["user_pools"] == told["user_pools"]


def test_a_pool_that_is_not_there_is_no_error(run_module):
    assert run_module("cognito_user_pool_info", name="nobody")["user_pools"] == []


def test_clusters_are_told_with_who_gets_in(run_module, aws, cluster):
    cluster("second", "API")
    cluster("first", "CONFIG_MAP")
    role = aws("iam").create_role(RoleName="reader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    entry = run_module("eks_access_entry", cluster_name="second", principal_arn=role, kubernetes_groups=["readers"])
    told = run_module("eks_cluster_info", access_entries=True)
    assert [item["name"] for item in told["clusters"]] == ["first", "second"]
    first, second = told["clusters"]
    assert first["access_entries"] == []
    assert entry["access_entry"] in second["access_entries"]
    assert told["versions"][0]["standard_support"]
    alone = run_module("eks_cluster_info", name="second")["clusters"]
    assert alone == [{key: value for key, value in second.items() if key != "access_entries"}]


def test_a_cluster_that_is_not_there_is_no_error(run_module):
    assert run_module("eks_cluster_info", name="nothing")["clusters"] == []
