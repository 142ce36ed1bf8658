"""User pools. moto keeps their users; their settings, schema, tags and end are AWS's."""

from __future__ import annotations

import secrets
import string
from typing import Any

from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPool, cognitoidp_backends
from moto.core.utils import utcnow

from sandbox.aws.calls import Call, refuse
from sandbox.aws.cognito import domains, schema
from sandbox.aws.cognito.pool_settings import FIXED, completed

LETTERS = string.ascii_letters + string.digits


def backend(call: Call) -> CognitoIdpBackend:
    return cognitoidp_backends[call.account][call.region]


def pool_of(call: Call) -> CognitoIdpUserPool:
    pool = backend(call).user_pools.get(call.get("UserPoolId"))
    if pool is None:
        raise refuse("ResourceNotFoundException", f"User pool {call.get('UserPoolId')} does not exist.")
    return pool


def described(call: Call, pool: CognitoIdpUserPool) -> dict[str, Any]:
    settings = {name: value for name, value in pool.extended_config.items() if value not in (None, [])}
    return {
        **settings,
        "Id": pool.id,
        "Arn": pool.arn,
        "Name": pool.name,
        "CreationDate": pool.creation_date,
        "LastModifiedDate": pool.last_modified_date,
        "EstimatedNumberOfUsers": len(pool.users),
        "SchemaAttributes": [attribute.to_json() for attribute in pool.schema_attributes.values()],
        **domains.names_of(backend(call), pool.id),
    }


def create(call: Call) -> dict[str, Any]:
    sent = call.parameters
    if sent.get("UsernameAttributes") and sent.get("AliasAttributes"):
        message = "Only one of the aliasAttributes or usernameAttributes can be set in a user pool."
        raise refuse("InvalidParameterException", message)
    settings = {**completed(sent), **{name: sent[name] for name in FIXED if sent.get(name)}}
    attributes = schema.attributes(sent.get("Schema") or [])
    pool = backend(call).create_user_pool(sent["PoolName"], dict(settings))
    del backend(call).user_pools[pool.id]
    pool.id = f"{call.region}_{''.join(secrets.choice(LETTERS) for _ in range(9))}"
    pool.arn = f"arn:aws:cognito-idp:{call.region}:{call.account}:userpool/{pool.id}"
    pool.extended_config, pool.schema_attributes = settings, attributes
    backend(call).user_pools[pool.id] = pool
    return {"UserPool": described(call, pool)}


def describe(call: Call) -> dict[str, Any]:
    return {"UserPool": described(call, pool_of(call))}


def update(call: Call) -> dict[str, Any]:
    pool = pool_of(call)
    fixed = {name: pool.extended_config[name] for name in FIXED if name in pool.extended_config}
    pool.extended_config = {**completed(call.parameters), **fixed}
    pool.mfa_config = pool.extended_config["MfaConfiguration"]
    pool.name = call.get("PoolName", pool.name)
    pool.last_modified_date = utcnow()
    return {}


def delete(call: Call) -> dict[str, Any]:
    pool = pool_of(call)
    if pool.extended_config.get("DeletionProtection") == "ACTIVE":
        message = (
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        )
        raise refuse("InvalidParameterException", message)
    if domains.names_of(backend(call), pool.id):
        message = "User pool cannot be deleted. It has a domain configured that should be deleted first."
        raise refuse("InvalidParameterException", message)
    del backend(call).user_pools[pool.id]
    return {}


def add_attributes(call: Call) -> dict[str, Any]:
    pool = pool_of(call)
    schema.add(pool, call.get("CustomAttributes"))
    pool.last_modified_date = utcnow()
    return {}


def tags_of(call: Call) -> dict[str, str]:
    arn = call.get("ResourceArn")
    for pool in backend(call).user_pools.values():
        if pool.arn == arn:
            pool.extended_config["UserPoolTags"] = dict(pool.extended_config.get("UserPoolTags") or {})
            return pool.extended_config["UserPoolTags"]
    raise refuse("ResourceNotFoundException", f"User pool {arn} does not exist.")


def tag(call: Call) -> dict[str, Any]:
    tags_of(call).update(call.get("Tags", {}))
    return {}


def untag(call: Call) -> dict[str, Any]:
    tags = tags_of(call)
    for name in call.get("TagKeys", []):
        tags.pop(name, None)
    return {}


def list_tags(call: Call) -> dict[str, Any]:
    return {"Tags": tags_of(call)}


OPERATIONS = {
    "CreateUserPool": create,
    "DescribeUserPool": describe,
    "UpdateUserPool": update,
    "DeleteUserPool": delete,
    "AddCustomAttributes": add_attributes,
    "TagResource": tag,
    "UntagResource": untag,
    "ListTagsForResource": list_tags,
}
