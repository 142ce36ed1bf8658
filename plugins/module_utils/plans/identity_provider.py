# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done to a SAML identity provider of a user pool, and whether its mapping fits the pool's schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool import (
    pool_label,
    refuse_missing_pool,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_schema import STANDARD

NAME = re.compile(r"[^_\s]{3,32}")
"""What CreateIdentityProvider takes: user names begin with the provider's name and an underscore."""

METADATA_KEYS = {"MetadataURL", "MetadataFile"}
DERIVED = {
    "ActiveEncryptionCertificate",
    "SLORedirectBindingURI",
    "SSORedirectBindingURI",
    "SLOPostBindingURI",
    "SSOPostBindingURI",
}
"""Details that AWS reads from the metadata or adds by itself; they are no drift and are never sent."""

AWS_MAPPING = {"username"}
"""Targets that AWS adds to a mapping by itself."""

DEFAULTS = {"IDPSignout": "false", "IDPInit": "false", "EncryptedResponses": "false"}


def plan_present(
    found: Mapping[str, Any], desired: Mapping[str, Any], *, foretelling: bool = False, asked_only: bool = False
) -> Plan:
    """The way to the wanted provider.

    `found` holds `pool` and `provider` as described, None for what is not there; `desired` the given fields in
    Cognito's names. `asked_only` is true for a task in check mode that gives nothing but the name: it wants to know.
    """
    pool_id, name = desired["UserPoolId"], desired["ProviderName"]
    refuse_missing_pool(pool_id, found["pool"], foretelling)
    current = found["provider"]
    if current is None and asked_only:
        return Plan(None, None)
    decided = _creation(name, desired) if current is None else _update(current, desired)
    if found["pool"] is not None and decided.calls:
        _refuse_mapping(name, found["pool"], decided.after["attribute_mapping"], foretelling)
    return decided


def _creation(name: str, desired: Mapping[str, Any]) -> Plan:
    if not NAME.fullmatch(name) or name.upper() == "COGNITO":
        raise Refusal(
            f"The name {name!r} is none for an identity provider: Cognito takes 3 to 32 characters without "
            "underscore and white space, and not COGNITO."
        )
    details = desired.get("ProviderDetails", {})
    if not METADATA_KEYS & set(details):
        raise Refusal(
            f"The identity provider {name} is to be created and has no metadata. Give `metadata_url` or `metadata_file`."
        )
    _refuse_address(name, details)
    request = dict(desired)
    return Plan(None, provider_record(request), (Call("create_identity_provider", request),))


def _update(current: Mapping[str, Any], desired: Mapping[str, Any]) -> Plan:
    name = current["ProviderName"]
    if current["ProviderType"] != desired["ProviderType"]:
        raise Refusal(
            f"The identity provider {name} is of type {current['ProviderType']} and not {desired['ProviderType']}. "
            "Choose another name, or remove it first with `state: absent`."
        )
    merged = dict(current)
    if "ProviderDetails" in desired:
        _refuse_address(name, desired["ProviderDetails"])
        merged["ProviderDetails"] = _merged_details(current.get("ProviderDetails") or {}, desired["ProviderDetails"])
    if "AttributeMapping" in desired:
        added_by_aws = {
            key: value for key, value in (current.get("AttributeMapping") or {}).items() if key in AWS_MAPPING
        }
        merged["AttributeMapping"] = {**added_by_aws, **desired["AttributeMapping"]}
    if "IdpIdentifiers" in desired:
        merged["IdpIdentifiers"] = desired["IdpIdentifiers"]
    before, after = provider_record(current), provider_record(merged)
    if _comparable(before) == _comparable(after):
        return Plan(before, before)
    request = {
        "UserPoolId": current["UserPoolId"],
        "ProviderName": name,
        "ProviderDetails": _own_details(merged.get("ProviderDetails") or {}),
        "AttributeMapping": merged.get("AttributeMapping") or {},
        "IdpIdentifiers": merged.get("IdpIdentifiers") or [],
    }
    if merged.get("AcrMapping"):
        request["AcrMapping"] = merged["AcrMapping"]
    return Plan(before, after, (Call("update_identity_provider", request),))


def _merged_details(current: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Details with the wanted ones; a new source of metadata takes the place of the other."""
    kept = {key: value for key, value in current.items() if not (METADATA_KEYS & set(wanted) and key in METADATA_KEYS)}
    return {**kept, **wanted}


def _own_details(details: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in details.items() if key not in DERIVED}


def _comparable(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with details as AWS means them: defaults filled in, line ends and outer white space of no account."""
    details = {key: "\n".join(value.split()) for key, value in record["provider_details"].items()}
    return {**record, "provider_details": {**DEFAULTS, **details}}


def _refuse_address(name: str, details: Mapping[str, str]) -> None:
    url = details.get("MetadataURL")
    if url is not None and is_known(url) and not (urlsplit(url).scheme == "https" and urlsplit(url).hostname):
        raise Refusal(
            f"The identity provider {name}: Cognito reads metadata from https addresses only, not from {url}. "
            "Use `metadata_file` when the provider cannot be reached from the Internet."
        )


def _refuse_mapping(name: str, pool: Mapping[str, Any], mapping: Mapping[str, str], foretelling: bool) -> None:
    """Every sign-in writes the mapped attributes, so each must be in the schema and mutable, and none may be missing."""
    schema = {attribute["Name"]: attribute for attribute in pool.get("SchemaAttributes", [])}
    for target in sorted(set(mapping) - AWS_MAPPING):
        if target not in schema and target not in STANDARD:
            if foretelling:
                continue  # an earlier task of this run may be the one that adds it
            raise Refusal(
                f"The identity provider {name} maps {target}, which is not in the schema of the user pool "
                f"{pool_label(pool)}. Add it there with `schema` of multitenant.kubeflow.cognito_user_pool."
            )
        if not schema.get(target, {}).get("Mutable", True):
            raise Refusal(
                f"The identity provider {name} maps {target}, which cannot be changed in the user pool "
                f"{pool_label(pool)}: the second sign-in of every user would fail. "
                "Map another attribute, or create a pool in which this one is mutable."
            )
    required = {key for key, attribute in schema.items() if attribute.get("Required") and key != "sub"}
    if missing := sorted(required - set(mapping)):
        raise Refusal(
            f"The identity provider {name} does not map {', '.join(missing)}, which the user pool {pool_label(pool)} "
            "requires of every user: no sign-in would succeed. Add it to `attribute_mapping`."
        )


def plan_absent(found: Mapping[str, Any]) -> Plan:
    """The removal of a provider."""
    current = found["provider"]
    if current is None:
        return Plan(None, None)
    arguments = {"user_pool_id": current["UserPoolId"], "name": current["ProviderName"]}
    return Plan(provider_record(current), None, (Call("delete_identity_provider", arguments),))


def provider_record(provider: Mapping[str, Any]) -> dict[str, Any]:
    """The shape that the module returns, without what AWS adds by itself."""
    mapping = provider.get("AttributeMapping") or {}
    return {
        "user_pool_id": provider["UserPoolId"],
        "name": provider["ProviderName"],
        "type": provider["ProviderType"],
        "provider_details": {**DEFAULTS, **_own_details(provider.get("ProviderDetails") or {})},
        "attribute_mapping": {key: value for key, value in mapping.items() if key not in AWS_MAPPING},
        "idp_identifiers": sorted(provider.get("IdpIdentifiers") or []),
    }
