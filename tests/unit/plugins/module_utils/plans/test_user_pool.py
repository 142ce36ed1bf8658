"""User pools: schema, triggers, tags and removal, decided without any service."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool import plan_absent, plan_present
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_schema import (
    added_attributes,
    wanted_attribute,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_triggers import (
    merged_triggers,
    wanted_triggers,
)

ONE, TWO = (f"arn:aws:lambda:eu-west-1:123456789012:function:{name}" for name in ("one", "two"))
KEYS = {
    "PoolName",
    "UserPoolId",
    "LambdaConfig",
    "UserPoolTags",
    "DeletionProtection",
    "AdminCreateUserConfig",
    "Policies",
}
POOL = {
    "Id": "eu-west-1_abc",
    "Arn": "arn:pool",
    "Name": "kubeflow",
    "Status": "Enabled",
    "SchemaAttributes": [
        {"Name": "sub", "AttributeDataType": "String", "Mutable": False, "Required": True},
        {"Name": "email", "AttributeDataType": "String", "Mutable": True, "Required": True},
        {"Name": "custom:groups", "AttributeDataType": "String", "Mutable": True, "Required": False},
    ],
    "UsernameConfiguration": {"CaseSensitive": False},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
    "LambdaConfig": {"PostConfirmation": TWO},
    "UserPoolTags": {"owner": "somebody"},
    "UserPoolTier": "ESSENTIALS",
}


def present(found, purge_tags=True, **desired):
    before = copy.deepcopy(found)
    plan = plan_present(found, {"Name": "kubeflow", **desired}, accepted=KEYS, purge_tags=purge_tags)
    assert found == before, "a plan edits nothing"
    return plan


def methods(plan):
    return [call.method for call in plan.calls]


def test_a_pool_as_wanted_needs_no_call():
    plan = present([POOL], SchemaAttributes=[{"Name": "custom:groups", "Mutable": True}], LambdaConfig={})
    assert not plan.changed
    assert plan.before == plan.after


def test_a_new_pool_is_closed_for_sign_up_and_not_case_sensitive():
    plan = present([])
    assert dict(plan.calls[0].arguments) == {
        "PoolName": "kubeflow",
        "UsernameConfiguration": {"CaseSensitive": False},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
    }


DRIFT = {
    "type": ({"AttributeDataType": "Number"}, "has attribute_data_type String and not Number"),
    "mutable": ({"Mutable": False}, "has mutable true and not false"),
    "required": ({"Name": "email", "Required": False}, "email has required true and not false"),
    "length": ({"StringAttributeConstraints": {"MaxLength": "9"}}, "has max_length None and not 9"),
    "value": ({"NumberAttributeConstraints": {"MinValue": "0"}}, "has min_value None and not 0"),
    "standard one that is not described": ({"Name": "name", "Required": True}, "name has required false and not true"),
    "sub": ({"Name": "sub", "Mutable": True}, "sub has mutable false and not true"),
}


@pytest.mark.parametrize(("wanted", "said"), DRIFT.values(), ids=DRIFT)
def test_an_attribute_is_never_altered(wanted, said):
    with pytest.raises(Refusal) as refused:
        present([POOL], SchemaAttributes=[{"Name": "custom:groups", **wanted}])
    assert said in str(refused.value)
    assert "does not recreate a pool" in str(refused.value)


FIXED = {
    "username_attributes": {"UsernameAttributes": ["email"]},
    "alias_attributes": {"AliasAttributes": ["email"]},
    "case_sensitive": {"UsernameConfiguration": {"CaseSensitive": True}},
}


@pytest.mark.parametrize("option", FIXED)
def test_what_is_fixed_at_creation_is_refused(option):
    with pytest.raises(Refusal, match=f"has {option} .* Cognito fixes this when a pool is created"):
        present([POOL], **FIXED[option])


def test_new_attributes_are_added_25_at_a_time():
    plan = present([POOL], SchemaAttributes=[{"Name": f"custom:a{number}"} for number in range(30)])
    assert methods(plan) == ["add_custom_attributes", "add_custom_attributes"]
    assert [len(call.arguments["CustomAttributes"]) for call in plan.calls] == [25, 5]
    assert plan.calls[0].arguments["CustomAttributes"][0]["Name"] == "a0"


def test_attributes_come_before_the_update():
    assert methods(present([POOL], SchemaAttributes=[{"Name": "custom:a"}], DeletionProtection="ACTIVE")) == [
        "add_custom_attributes",
        "update_user_pool",
    ]


def test_an_update_tells_what_it_was_made_from():
    call = present([POOL], DeletionProtection="ACTIVE").calls[0]
    assert call.arguments["seen"] == POOL
    assert call.arguments["LambdaConfig"] == {"PostConfirmation": TWO}
    assert "Status" not in call.arguments


@pytest.mark.parametrize(
    ("wanted", "purge", "after"),
    [
        pytest.param({"a": "b"}, True, {"a": "b"}, id="purged"),
        pytest.param({"a": "b"}, False, {"a": "b", "owner": "somebody"}, id="added"),
        pytest.param({}, True, {}, id="emptied"),
    ],
)
def test_tags(wanted, purge, after):
    plan = present([POOL], purge_tags=purge, UserPoolTags=wanted)
    assert plan.after["tags"] == after
    assert plan.calls[-1].arguments.get("UserPoolTags") == after


TRIGGERS = {
    "a new one beside another": (
        {"PostConfirmation": TWO},
        {"pre_token_generation": ONE},
        {
            "PostConfirmation": TWO,
            "PreTokenGeneration": ONE,
            "PreTokenGenerationConfig": {"LambdaArn": ONE, "LambdaVersion": "V1_0"},
        },
    ),
    "the version stays": (
        {"PreTokenGeneration": TWO, "PreTokenGenerationConfig": {"LambdaArn": TWO, "LambdaVersion": "V2_0"}},
        {"pre_token_generation": ONE},
        {"PreTokenGeneration": ONE, "PreTokenGenerationConfig": {"LambdaArn": ONE, "LambdaVersion": "V2_0"}},
    ),
    "another version": (
        {"PreTokenGeneration": ONE, "PreTokenGenerationConfig": {"LambdaArn": ONE, "LambdaVersion": "V2_0"}},
        {"pre_token_generation_config": {"lambda_arn": ONE, "lambda_version": "V1_0"}},
        {"PreTokenGeneration": ONE, "PreTokenGenerationConfig": {"LambdaArn": ONE, "LambdaVersion": "V1_0"}},
    ),
    "detached by the old name": (
        {"PreTokenGeneration": ONE, "PreTokenGenerationConfig": {"LambdaArn": ONE, "LambdaVersion": "V2_0"}},
        {"pre_token_generation": ""},
        {},
    ),
    "detached by the new name": (
        {"PreTokenGeneration": ONE, "PostConfirmation": TWO},
        {"pre_token_generation_config": {"lambda_arn": ""}},
        {"PostConfirmation": TWO},
    ),
    "nothing given": ({"PostConfirmation": TWO, "New": ONE}, {}, {"PostConfirmation": TWO, "New": ONE}),
    "detached where there is none": ({}, {"pre_sign_up": ""}, {}),
}


@pytest.mark.parametrize(("current", "option", "after"), TRIGGERS.values(), ids=TRIGGERS)
def test_triggers_are_merged_one_by_one(current, option, after):
    assert merged_triggers(current, wanted_triggers(option)) == after


def test_one_trigger_under_two_names_must_be_one_function():
    with pytest.raises(Refusal, match="must name the same function"):
        merged_triggers(
            {}, wanted_triggers({"pre_token_generation": ONE, "pre_token_generation_config": {"lambda_arn": TWO}})
        )


def test_new_token_events_are_refused_in_the_tier_lite():
    wanted = wanted_triggers({"pre_token_generation_config": {"lambda_arn": ONE, "lambda_version": "V2_0"}})
    with pytest.raises(Refusal, match="need the tier ESSENTIALS or PLUS"):
        present([{**POOL, "UserPoolTier": "LITE"}], LambdaConfig=wanted)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        pytest.param({"name": "a" * 21}, "1 to 20 characters, this one 21", id="long name"),
        pytest.param({"name": "custom:"}, "1 to 20 characters, this one 0", id="no name"),
        pytest.param({"name": "groups", "required": True}, "cannot be required", id="required"),
        pytest.param({"name": "groups", "max_length": 5000}, "at most 2048 characters", id="long value"),
    ],
)
def test_attributes_that_cognito_does_not_take(option, said):
    with pytest.raises(Refusal, match=said):
        wanted_attribute(option)


def test_fifty_custom_attributes_are_the_most():
    current = [{"Name": f"custom:a{number}"} for number in range(50)]
    assert added_attributes("p", current, [{"Name": "custom:a7"}]) == []
    with pytest.raises(Refusal, match="51 custom attributes"):
        added_attributes("p", current, [{"Name": "custom:b"}])


def test_both_kinds_of_sign_in_names_are_refused():
    with pytest.raises(Refusal, match="either username_attributes or alias_attributes"):
        present([], UsernameAttributes=["email"], AliasAttributes=["email"])


def absent(*found, **options):
    arguments = {"name": "kubeflow", "force": False, "accepted": KEYS, **options}
    return plan_absent(found, **arguments)


PROTECTED = {**POOL, "DeletionProtection": "ACTIVE"}
REMOVALS = {
    "nothing there": ((), {}, []),
    "empty": ((POOL,), {}, ["delete_user_pool"]),
    "users and the word": (({**POOL, "EstimatedNumberOfUsers": 3},), {"force": True}, ["delete_user_pool"]),
    "protection and the word": ((PROTECTED,), {"force": True}, ["update_user_pool", "delete_user_pool"]),
    "protection taken off": (
        (PROTECTED,),
        {"deletion_protection": "INACTIVE"},
        ["update_user_pool", "delete_user_pool"],
    ),
}


@pytest.mark.parametrize(("found", "options", "calls"), REMOVALS.values(), ids=REMOVALS)
def test_a_pool_is_removed(found, options, calls):
    plan = absent(*found, **options)
    assert methods(plan) == calls
    assert plan.after is None


@pytest.mark.parametrize(
    ("found", "options", "said"),
    [
        pytest.param(({**POOL, "EstimatedNumberOfUsers": 3},), {}, "has users", id="users"),
        pytest.param((PROTECTED,), {}, "is protected", id="protected"),
        pytest.param(({**POOL, "CustomDomain": "a.b.c"},), {"force": True}, "login domain a.b.c", id="domain"),
        pytest.param(
            (POOL, {**POOL, "Id": "eu-west-1_def"}), {"force": True}, "eu-west-1_abc, eu-west-1_def", id="two"
        ),
    ],
)
def test_a_removal_that_would_hurt_is_refused(found, options, said):
    with pytest.raises(Refusal, match=said):
        absent(*found, **options)


def test_the_removal_of_a_domain_may_be_announced_along_with_the_pools():
    plan = absent({**POOL, "CustomDomain": "a.b.c"}, foretelling=True)
    assert methods(plan) == ["delete_user_pool"]
    assert "login domain a.b.c" in plan.warnings[0]
