"""Reads the created user pool through the AWS API into the value that a sign-in works on."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from typing import Any

from sandbox.login.event import LONGEST_VALUE, Attribute, Trigger, UserPool


class PoolNotReady(Exception):
    """There is no pool that users could sign in to; the message says what is missing and which role makes it."""


def read_user_pool(cognito: Any, region: str, name: str | None = None) -> UserPool:
    """The pool of that name, or the only one that has a SAML provider."""
    candidates = [
        (pool["Id"], provider["ProviderName"])
        for page in cognito.get_paginator("list_user_pools").paginate(MaxResults=60)
        for pool in page["UserPools"]
        if name in (None, pool["Name"])
        for provider in _saml_providers(cognito, pool["Id"])
    ]
    if not candidates:
        wanted = f"named {name!r} " if name else ""
        raise PoolNotReady(f"no user pool {wanted}with a SAML provider: run site.yml (role cognito_adfs) first")
    if len(candidates) > 1:
        raise PoolNotReady(f"several user pools have a SAML provider, name one with --pool: {candidates}")
    return _described(cognito, region, *candidates[0])


def _saml_providers(cognito: Any, pool_id: str) -> list[dict[str, Any]]:
    providers = cognito.list_identity_providers(UserPoolId=pool_id, MaxResults=60)["Providers"]
    return [provider for provider in providers if provider["ProviderType"] == "SAML"]


def _described(cognito: Any, region: str, pool_id: str, provider_name: str) -> UserPool:
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    provider = cognito.describe_identity_provider(UserPoolId=pool_id, ProviderName=provider_name)["IdentityProvider"]
    return user_pool(region, pool, provider, _client_of(cognito, pool_id, provider_name))


def user_pool(region: str, pool: Mapping[str, Any], provider: Mapping[str, Any], client: Mapping[str, Any]) -> UserPool:
    """The value that a sign-in works on, of what AWS describes of the three."""
    writable = client.get("WriteAttributes")
    return UserPool(
        id=pool["Id"],
        arn=pool["Arn"],
        region=region,
        attributes={entry["Name"]: _attribute(entry) for entry in pool["SchemaAttributes"]},
        mapping=provider.get("AttributeMapping") or {},
        provider=provider["ProviderName"],
        client_id=client["ClientId"],
        writable=frozenset(writable) if writable else None,
        issuer=entity_id((provider.get("ProviderDetails") or {}).get("MetadataFile")),
        case_sensitive=(pool.get("UsernameConfiguration") or {}).get("CaseSensitive", True),
        trigger=_trigger(pool.get("LambdaConfig") or {}),
    )


def _client_of(cognito: Any, pool_id: str, provider_name: str) -> dict[str, Any]:
    """The app client that sends its users to this provider."""
    for entry in cognito.list_user_pool_clients(UserPoolId=pool_id, MaxResults=60)["UserPoolClients"]:
        client = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=entry["ClientId"])["UserPoolClient"]
        if provider_name in client.get("SupportedIdentityProviders", []):
            return client
    raise PoolNotReady(
        f"no app client of {pool_id} supports the provider {provider_name}: run site.yml --tags cognito_adfs"
    )


def _attribute(entry: Mapping[str, Any]) -> Attribute:
    longest = (entry.get("StringAttributeConstraints") or {}).get("MaxLength")
    return Attribute(
        name=entry["Name"],
        mutable=entry.get("Mutable", True),
        required=entry.get("Required", False),
        longest=int(longest) if longest else LONGEST_VALUE,
    )


def _trigger(config: Mapping[str, Any]) -> Trigger | None:
    """The versioned setting when the pool has it, else the old one, which means V1_0."""
    versioned = config.get("PreTokenGenerationConfig") or {}
    arn = versioned.get("LambdaArn") or config.get("PreTokenGeneration")
    return Trigger(arn, versioned.get("LambdaVersion", "V1_0")) if arn else None


def entity_id(metadata: str | None) -> str:
    """The issuer that the provider's metadata names; empty when there is no document."""
    return ElementTree.fromstring(metadata.encode()).get("entityID", "") if metadata else ""
