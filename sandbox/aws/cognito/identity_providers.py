"""Identity providers: unique names, metadata that can be read, attributes that the pool has.

Sources: API reference, CreateIdentityProvider (pattern of ProviderName, DuplicateProviderException); aws-genai-llm-chatbot#636
(a mapping to an attribute that is not in the schema). A MetadataURL is not fetched.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from moto.cognitoidp.models import CognitoIdpIdentityProvider, CognitoIdpUserPool
from moto.core.utils import utcnow

from sandbox.aws.calls import Call, refuse
from sandbox.aws.cognito import saml
from sandbox.aws.cognito.pools import pool_of

NAME = re.compile(r"^[^_\s]\S[^_\s]+$")
LONGEST_NAME = 32
# What Cognito makes of the metadata; replaced as a whole when the metadata changes.
DERIVED = ("SSORedirectBindingURI", "SLORedirectBindingURI", "ActiveEncryptionCertificate")


def check_name(name: str) -> None:
    if not NAME.match(name) or len(name) > LONGEST_NAME:
        message = (
            f"1 validation error detected: Value '{name}' at 'providerName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [^_\\p{Z}][\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}][^_\\p{Z}]+"
        )
        raise refuse("InvalidParameterException", message)


def check_mapping(pool: CognitoIdpUserPool, mapping: dict[str, str]) -> None:
    for attribute in mapping:
        if attribute != "username" and attribute not in pool.schema_attributes:
            message = f"Invalid user attributes: Type for attribute {{{attribute}}} could not be determined"
            raise refuse("InvalidParameterException", message)


def check_identifiers(pool: CognitoIdpUserPool, name: str, identifiers: list[str]) -> None:
    for other, provider in pool.identity_providers.items():
        taken = set(identifiers) & set(provider.extended_config.get("IdpIdentifiers", []))
        if other != name and taken:
            raise refuse("InvalidParameterException", f"Identifier already used: {', '.join(sorted(taken))}")


def completed_details(kind: str, sent: dict[str, str]) -> dict[str, str]:
    """The provider's details with what Cognito derives from its metadata."""
    if kind != "SAML":
        return dict(sent)
    details = {name: value for name, value in sent.items() if name not in DERIVED}
    url, document = details.get("MetadataURL"), details.get("MetadataFile")
    if not url and not document:
        raise refuse("InvalidParameterException", "MetadataURL or MetadataFile is required for SAML provider type.")
    certificate = {"ActiveEncryptionCertificate": "MIICvTCCAaWgAwIBAgIJAKsandboxEncryptionCertificate"}
    if document:
        return {**details, **saml.derived_details(document), **certificate}
    if urlsplit(url).scheme != "https":
        raise refuse("InvalidParameterException", f"Error retrieving metadata from {url}")
    return {**details, **certificate}


def described(pool: CognitoIdpUserPool, provider: CognitoIdpIdentityProvider) -> dict[str, Any]:
    return {
        **provider.extended_config,
        "UserPoolId": pool.id,
        "ProviderName": provider.name,
        "CreationDate": provider.creation_date,
        "LastModifiedDate": provider.last_modified_date,
    }


def provider_of(pool: CognitoIdpUserPool, name: str) -> CognitoIdpIdentityProvider:
    if name not in pool.identity_providers:
        raise refuse("ResourceNotFoundException", f"Identity provider {name} does not exist.")
    return pool.identity_providers[name]


def create(call: Call) -> dict[str, Any]:
    pool, name, kind = pool_of(call), call.get("ProviderName"), call.get("ProviderType")
    check_name(name)
    if name in pool.identity_providers:
        message = f"A provider with the name {name} already exists in this user pool."
        raise refuse("DuplicateProviderException", message)
    mapping, identifiers = call.get("AttributeMapping", {}), call.get("IdpIdentifiers", [])
    check_mapping(pool, mapping)
    check_identifiers(pool, name, identifiers)
    settings = {
        "ProviderType": kind,
        "ProviderDetails": completed_details(kind, call.get("ProviderDetails", {})),
        "AttributeMapping": mapping if kind == "SAML" or mapping else {"username": "sub"},
        "IdpIdentifiers": identifiers,
    }
    pool.identity_providers[name] = CognitoIdpIdentityProvider(name, settings)
    return {"IdentityProvider": described(pool, pool.identity_providers[name])}


def describe(call: Call) -> dict[str, Any]:
    pool = pool_of(call)
    return {"IdentityProvider": described(pool, provider_of(pool, call.get("ProviderName")))}


def by_identifier(call: Call) -> dict[str, Any]:
    pool, wanted = pool_of(call), call.get("IdpIdentifier")
    for provider in pool.identity_providers.values():
        if wanted in provider.extended_config["IdpIdentifiers"]:
            return {"IdentityProvider": described(pool, provider)}
    raise refuse("ResourceNotFoundException", f"Identity provider {wanted} does not exist.")


def update(call: Call) -> dict[str, Any]:
    """Each of the three parts that is sent replaces the current one; the others stay."""
    pool = pool_of(call)
    provider = provider_of(pool, call.get("ProviderName"))
    settings = provider.extended_config
    check_mapping(pool, call.get("AttributeMapping", {}))
    check_identifiers(pool, provider.name, call.get("IdpIdentifiers", []))
    details = call.get("ProviderDetails")
    if details is not None:
        settings["ProviderDetails"] = completed_details(settings["ProviderType"], details)
    for name in ("AttributeMapping", "IdpIdentifiers"):
        settings[name] = call.get(name, settings[name])
    provider.last_modified_date = utcnow()
    return {"IdentityProvider": described(pool, provider)}


OPERATIONS = {
    "CreateIdentityProvider": create,
    "DescribeIdentityProvider": describe,
    "GetIdentityProviderByIdentifier": by_identifier,
    "UpdateIdentityProvider": update,
}
