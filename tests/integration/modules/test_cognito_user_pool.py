"""cognito_user_pool against the project's own AWS: create, again, change, again, delete, again, each in check mode too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TRIGGER = "arn:aws:lambda:eu-west-1:123456789012:function:profile-manager"
OTHER = "arn:aws:lambda:eu-west-1:123456789012:function:somebody-elses"
SCHEMA = [{"name": "email", "required": True, "mutable": True}, {"name": "groups", "max_length": 2048}]


@pytest.fixture
def cognito(aws: Callable[..., Any]) -> Any:
    return aws("cognito-idp")


def test_a_pool_is_created_changed_and_deleted(converge, cognito):
    created = converge("cognito_user_pool", name="life", schema=SCHEMA, tags={"project": "kubeflow"})
    pool_id = created["user_pool_id"]
    assert created["user_pool"]["allow_admin_create_user_only"] is True
    assert created["user_pool"]["case_sensitive"] is False

    grown = converge("cognito_user_pool", name="life", schema=[*SCHEMA, {"name": "team"}])
    assert [item["name"] for item in grown["user_pool"]["schema"]] == ["custom:groups", "custom:team", "email"]
    assert grown["user_pool_id"] == pool_id

    changed = converge("cognito_user_pool", name="life", tags={"owner": "us"}, deletion_protection="ACTIVE")
    assert changed["user_pool"]["tags"] == {"owner": "us"}
    assert changed["user_pool"]["allow_admin_create_user_only"] is True

    renamed = converge("cognito_user_pool", name="lively", user_pool_id=pool_id)
    assert renamed["user_pool"]["name"] == "lively"

    gone = converge("cognito_user_pool", name="lively", state="absent", deletion_protection="INACTIVE")
    assert "user_pool" not in gone
    assert pool_id not in [pool["Id"] for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]]


def test_a_trigger_is_attached_and_detached_beside_those_of_others(converge, cognito):
    pool_id = converge("cognito_user_pool", name="triggers", schema=SCHEMA)["user_pool_id"]
    cognito.update_user_pool(
        UserPoolId=pool_id,
        LambdaConfig={"PostConfirmation": OTHER},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
    )
    attached = converge("cognito_user_pool", name="triggers", lambda_config={"pre_token_generation": TRIGGER})
    assert attached["user_pool"]["lambda_config"] == {
        "post_confirmation": OTHER,
        "pre_token_generation": TRIGGER,
        "pre_token_generation_config": {"lambda_arn": TRIGGER, "lambda_version": "V1_0"},
    }
    second = {"pre_token_generation_config": {"lambda_arn": TRIGGER, "lambda_version": "V2_0"}}
    newer = converge("cognito_user_pool", name="triggers", lambda_config=second)
    assert newer["user_pool"]["lambda_config"]["pre_token_generation_config"]["lambda_version"] == "V2_0"
    detached = converge("cognito_user_pool", name="triggers", lambda_config={"pre_token_generation": ""})
    assert detached["user_pool"]["lambda_config"] == {"post_confirmation": OTHER}


def test_what_others_have_set_survives_an_update(run_module, cognito):
    pool_id = run_module("cognito_user_pool", name="shared")["user_pool_id"]
    password = {"MinimumLength": 20, "RequireUppercase": True, "TemporaryPasswordValidityDays": 3}
    cognito.update_user_pool(
        UserPoolId=pool_id,
        Policies={"PasswordPolicy": password},
        AutoVerifiedAttributes=["email"],
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        UserPoolTags={"owner": "somebody"},
    )
    before = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert run_module("cognito_user_pool", name="shared", deletion_protection="ACTIVE")["changed"]
    after = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    different = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert different - {"LastModifiedDate"} == {"DeletionProtection"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(
            {"schema": [{"name": "groups", "mutable": False}]}, "custom:groups has mutable true", id="mutable"
        ),
        pytest.param({"schema": [{"name": "groups", "max_length": 99}]}, "has max_length 2048 and not 99", id="length"),
        pytest.param({"schema": [{"name": "email", "required": False}]}, "email has required true", id="required"),
        pytest.param({"username_attributes": ["email"]}, "has username_attributes [] and not ['email']", id="username"),
        pytest.param({"alias_attributes": ["email"]}, "has alias_attributes [] and not ['email']", id="alias"),
        pytest.param({"case_sensitive": True}, "has case_sensitive false and not true", id="case"),
    ],
)
def test_what_is_fixed_at_creation_is_refused_and_nothing_is_changed(run_module, cognito, options, said):
    run_module("cognito_user_pool", name="fixed", schema=SCHEMA)
    for check in (True, False):
        refused = run_module("cognito_user_pool", check=check, name="fixed", tags={"new": "tag"}, **options)
        assert refused["failed"]
        assert said in refused["msg"]
    assert run_module("cognito_user_pool", name="fixed")["user_pool"]["tags"] == {}


def test_a_name_of_two_pools_is_refused_with_both_ids(run_module, cognito):
    ids = [cognito.create_user_pool(PoolName="twins")["UserPool"]["Id"] for _ in range(2)]
    for state in ("present", "absent"):
        refused = run_module("cognito_user_pool", name="twins", state=state)
        assert refused["failed"]
        assert all(pool_id in refused["msg"] for pool_id in ids)
    assert run_module("cognito_user_pool", user_pool_id=ids[0])["user_pool_id"] == ids[0]


def test_users_are_not_deleted_without_the_word(run_module, converge, cognito):
    pool_id = run_module("cognito_user_pool", name="inhabited")["user_pool_id"]
    cognito.admin_create_user(UserPoolId=pool_id, Username="alice")
    refused = run_module("cognito_user_pool", name="inhabited", state="absent")
    assert refused["failed"]
    assert "force: true" in refused["msg"]
    converge("cognito_user_pool", name="inhabited", state="absent", force=True)


def test_a_protected_pool_is_not_deleted_without_the_word(run_module, converge):
    run_module("cognito_user_pool", name="protected", deletion_protection="ACTIVE")
    refused = run_module("cognito_user_pool", name="protected", state="absent")
    assert "is protected against deletion" in refused["msg"]
    converge("cognito_user_pool", name="protected", state="absent", force=True)


def test_a_pool_that_does_not_exist_is_named(run_module):
    refused = run_module("cognito_user_pool", user_pool_id="eu-west-1_nowhere", deletion_protection="ACTIVE")
    assert "There is no user pool eu-west-1_nowhere" in refused["msg"]


def test_a_pool_open_for_sign_up_with_an_own_attribute_is_warned_about(run_module):
    result = run_module("cognito_user_pool", name="open", schema=SCHEMA, allow_admin_create_user_only=False)
    assert "lets everybody sign up" in str(result["warnings"])


def test_a_pool_of_others_is_neither_changed_nor_removed(converge, run_module, aws):
    theirs = aws("cognito-idp").create_user_pool(PoolName="theirs")["UserPool"]["Id"]
    own = {"required_tags": {"multitenant.kubeflow/user-pool": "theirs"}}
    refused = run_module("cognito_user_pool", name="theirs", tags={}, **own)
    assert "was not made here: it lacks the tag multitenant.kubeflow/user-pool=theirs" in refused["msg"]
    left = run_module("cognito_user_pool", name="theirs", state="absent", force=True, **own)
    assert (left["changed"], "is left alone" in str(left["warnings"])) == (False, True)
    assert aws("cognito-idp").describe_user_pool(UserPoolId=theirs)["UserPool"]["Name"] == "theirs"

    tagged = converge("cognito_user_pool", name="ours", tags={"a": "b"}, required_tags={"ours": "yes"})
    assert tagged["user_pool"]["tags"] == {"a": "b", "ours": "yes"}
    converge("cognito_user_pool", name="ours", state="absent", required_tags={"ours": "yes"})
