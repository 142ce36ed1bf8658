"""No field that Cognito would reset is lost: tables made from botocore's own model of the service."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import user_pool, user_pool_client
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.whole_update import whole_request

MODEL = botocore.session.get_session().get_service_model("cognito-idp")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"
SAMPLES = {
    "string": "a text that is long enough for an ARN",
    "integer": 7,
    "long": 7,
    "boolean": True,
    "timestamp": 0,
    "double": 0.5,
}


def sample(shape: Shape) -> Any:
    """A value of the shape in which every field is set."""
    if shape.type_name == "structure":
        return {name: sample(member) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [sample(shape.member)]
    if shape.type_name == "map":
        return {"key": sample(shape.value)}
    if getattr(shape, "enum", None):
        return shape.enum[0]
    value = SAMPLES[shape.type_name]
    return value[: shape.metadata.get("max")] if shape.type_name == "string" else value


def accepted(operation: str) -> frozenset[str]:
    return frozenset(MODEL.operation_model(operation).input_shape.members)


def faults(operation: str, request: dict[str, Any]) -> str:
    return ParamValidator().validate(request, MODEL.operation_model(operation).input_shape).generate_report()


POOL = sample(MODEL.operation_model("DescribeUserPool").output_shape.members["UserPool"])
del POOL["AdminCreateUserConfig"]["UnusedAccountValidityDays"]  # see test_the_two_names_of_one_setting
POOL_CHANGES = {
    "PoolName": "another",
    "DeletionProtection": "INACTIVE",
    "UserPoolTier": "ESSENTIALS",
    "LambdaConfig": {"PreTokenGeneration": ARN},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
    "UserPoolTags": {"owner": "us"},
}
POOL_KEYS = sorted(accepted("UpdateUserPool") - {"UserPoolId", "PoolName"})


PAIRS = [(changed, kept) for changed in POOL_CHANGES for kept in POOL_KEYS if changed != kept]


@pytest.mark.parametrize(("changed", "kept"), PAIRS)
def test_an_update_of_a_pool_keeps_every_other_field(changed, kept):
    request = user_pool.update_request(POOL, {changed: POOL_CHANGES[changed]}, accepted("UpdateUserPool"))
    assert request[kept] == POOL[kept]


@pytest.mark.parametrize("changed", POOL_CHANGES)
def test_an_update_of_a_pool_is_one_that_the_model_takes(changed):
    request = user_pool.update_request(POOL, {changed: POOL_CHANGES[changed]}, accepted("UpdateUserPool"))
    assert faults("UpdateUserPool", request) == ""
    assert request[changed] == POOL_CHANGES[changed]
    assert request["UserPoolId"] == POOL["Id"]


def test_every_described_field_that_can_be_updated_is_sent():
    request = user_pool.update_request(POOL, {}, accepted("UpdateUserPool"))
    assert request.keys() == accepted("UpdateUserPool")


def test_the_two_names_of_one_setting_are_not_sent_together():
    pool = {
        **POOL,
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True, "UnusedAccountValidityDays": 7},
        "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}},
    }
    request = user_pool.update_request(pool, {}, accepted("UpdateUserPool"))
    assert request["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    old = {**pool, "Policies": {"PasswordPolicy": {"MinimumLength": 8}}}
    request = user_pool.update_request(old, {}, accepted("UpdateUserPool"))
    assert request["AdminCreateUserConfig"] == pool["AdminCreateUserConfig"]


def test_tags_of_aws_are_not_sent():
    pool = {**POOL, "UserPoolTags": {"aws:cloudformation:stack-name": "x", "own": "y"}}
    assert user_pool.update_request(pool, {}, accepted("UpdateUserPool"))["UserPoolTags"] == {"own": "y"}


CLIENT = sample(MODEL.operation_model("DescribeUserPoolClient").output_shape.members["UserPoolClient"])
CLIENT["CallbackURLs"] = [CLIENT["DefaultRedirectURI"]]
CLIENT_KEYS = sorted(accepted("UpdateUserPoolClient"))


@pytest.mark.parametrize("changed", sorted(user_pool_client.FIELDS.values()))
def test_an_update_of_a_client_keeps_every_other_field(changed):
    value = [] if changed in user_pool_client.SETS else CLIENT[changed]
    request = whole_request(CLIENT, {changed: value}, accepted("UpdateUserPoolClient"))
    assert faults("UpdateUserPoolClient", request) == ""
    assert request[changed] == value
    assert {key: request[key] for key in CLIENT_KEYS if key != changed} == {
        key: CLIENT[key] for key in CLIENT_KEYS if key != changed
    }


def test_a_client_is_never_sent_its_secret_nor_what_is_read_only():
    request = whole_request({**CLIENT, "HasSecret": True}, {}, accepted("UpdateUserPoolClient"))
    assert request.keys() == accepted("UpdateUserPoolClient")
    assert "ClientSecret" not in request


def test_a_change_to_none_leaves_a_field_out():
    assert whole_request({"a": 1, "b": 2}, {"a": None}, {"a", "b"}) == {"b": 2}


def test_neither_argument_is_edited():
    current, changes = {"a": 1}, {"a": 2}
    whole_request(current, changes, {"a"})
    assert (current, changes) == ({"a": 1}, {"a": 2})
