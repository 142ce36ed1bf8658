"""Check-mode truth: for generated starting states and targets, what is announced is what the run then does."""

from __future__ import annotations

import random
from typing import Any

import pytest

FUNCTIONS = [f"arn:aws:lambda:eu-west-1:123456789012:function:{name}" for name in ("one", "two")]
URLS = [f"https://{name}.example.com/oauth2/idpresponse" for name in "abc"]


def some_of(chance: random.Random, values: list[Any]) -> list[Any]:
    return chance.sample(values, chance.randint(1, len(values)))


def given(chance: random.Random, options: dict[str, Any]) -> dict[str, Any]:
    """Some of the options, each in a third of the cases left out."""
    return {name: value for name, value in options.items() if chance.random() > 0.33}


def pool_options(chance: random.Random) -> dict[str, Any]:
    schema = [
        {"name": "groups", "max_length": 2048},
        {"name": "team"},
        {"name": "age", "attribute_data_type": "Number"},
    ]
    version = {"lambda_arn": chance.choice(["", *FUNCTIONS]), "lambda_version": chance.choice(["V1_0", "V2_0"])}
    return given(
        chance,
        {
            "schema": some_of(chance, schema),
            "allow_admin_create_user_only": chance.choice([True, False]),
            "deletion_protection": chance.choice(["ACTIVE", "INACTIVE"]),
            "lambda_config": given(
                chance,
                {
                    "post_confirmation": chance.choice(["", *FUNCTIONS]),
                    "pre_token_generation_config": version,
                    "inbound_federation": {"lambda_arn": chance.choice(["", *FUNCTIONS])},
                },
            ),
            "tags": {key: chance.choice("xy") for key in some_of(chance, ["a", "b", "c"])},
            "purge_tags": chance.choice([True, False]),
        },
    )


def client_options(chance: random.Random) -> dict[str, Any]:
    return given(
        chance,
        {
            "callback_urls": some_of(chance, URLS),
            "purge_callback_urls": chance.choice([True, False]),
            "logout_urls": some_of(chance, URLS),
            "purge_logout_urls": chance.choice([True, False]),
            "allowed_oauth_flows": chance.choice([["code"], ["code", "implicit"], []]),
            "allowed_oauth_scopes": some_of(chance, ["openid", "email", "profile"]),
            "supported_identity_providers": ["COGNITO"],
            "write_attributes": some_of(chance, ["email", "name", "nickname"]),
            "explicit_auth_flows": some_of(chance, ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]),
            "access_token_validity": chance.randint(5, 60),
            "token_validity_units": {"access_token": "minutes"},
            "refresh_token_validity": chance.randint(1, 30),
            "prevent_user_existence_errors": chance.choice(["LEGACY", "ENABLED"]),
            "enable_token_revocation": chance.choice([True, False]),
        },
    )


def one_story(run_module, converge, module: str, **options: Any) -> None:
    """Check mode and the real run either do the same or refuse in the same words."""
    announced = run_module(module, check=True, **options)
    if announced.get("failed"):
        assert run_module(module, **options)["msg"] == announced["msg"]
    else:
        converge(module, changed=None, **options)


@pytest.mark.parametrize("seed", range(15))
def test_a_user_pool_does_what_check_mode_announced(run_module, converge, seed):
    chance = random.Random(seed)
    for options in (pool_options(chance), pool_options(chance)):
        one_story(run_module, converge, "cognito_user_pool", name=f"pool {seed}", **options)


@pytest.mark.parametrize("seed", range(15))
def test_an_app_client_does_what_check_mode_announced(run_module, converge, aws, seed):
    chance = random.Random(seed)
    pool_id = aws("cognito-idp").create_user_pool(PoolName=f"of client {seed}")["UserPool"]["Id"]
    for options in ({}, client_options(chance), client_options(chance)):
        one_story(run_module, converge, "cognito_user_pool_client", user_pool_id=pool_id, name="app", **options)
