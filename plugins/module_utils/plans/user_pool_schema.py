# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The attributes of a user pool: they can be added, and never altered or removed.

Attributes are handled in the shape that DescribeUserPool answers, with their full names (`email`, `custom:groups`);
a wanted attribute holds only the keys that were given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal

STANDARD = {
    "address": "String",
    "birthdate": "String",
    "email": "String",
    "email_verified": "Boolean",
    "family_name": "String",
    "gender": "String",
    "given_name": "String",
    "identities": "String",
    "locale": "String",
    "middle_name": "String",
    "name": "String",
    "nickname": "String",
    "phone_number": "String",
    "phone_number_verified": "Boolean",
    "picture": "String",
    "preferred_username": "String",
    "profile": "String",
    "sub": "String",
    "updated_at": "Number",
    "website": "String",
    "zoneinfo": "String",
}
"""The attributes that every pool has from the start, with their types."""

CUSTOM = "custom:"
LONGEST_NAME = 20
MOST_CUSTOM_ATTRIBUTES = 50
LONGEST_VALUE = 2048
CONSTRAINTS = {
    "min_length": ("StringAttributeConstraints", "MinLength"),
    "max_length": ("StringAttributeConstraints", "MaxLength"),
    "min_value": ("NumberAttributeConstraints", "MinValue"),
    "max_value": ("NumberAttributeConstraints", "MaxValue"),
}
PLAIN = {"attribute_data_type": "AttributeDataType", "mutable": "Mutable", "required": "Required"}


def full_name(name: str) -> str:
    """The name as tokens and mappings use it: standard attributes as they are, all others behind `custom:`."""
    return name if name in STANDARD or name.startswith((CUSTOM, "dev:")) else CUSTOM + name


def wanted_attribute(option: Mapping[str, Any]) -> dict[str, Any]:
    """An item of the option `schema` in Cognito's shape; a Refusal where Cognito would not take it."""
    name = full_name(option["name"])
    short = name.removeprefix(CUSTOM)
    attribute: dict[str, Any] = {"Name": name}
    for key, api_key in PLAIN.items():
        if option.get(key) is not None:
            attribute[api_key] = option[key]
    for key, (group, api_key) in CONSTRAINTS.items():
        if option.get(key) is not None:
            attribute.setdefault(group, {})[api_key] = str(option[key])
    if name.startswith(CUSTOM) and not 1 <= len(short) <= LONGEST_NAME:
        raise Refusal(f"The attribute {name}: a custom name has 1 to {LONGEST_NAME} characters, this one {len(short)}.")
    if name.startswith(CUSTOM) and option.get("required"):
        raise Refusal(f"The attribute {name} cannot be required: Cognito requires standard attributes only.")
    if (option.get("max_length") or 0) > LONGEST_VALUE:
        raise Refusal(f"The attribute {name}: values have at most {LONGEST_VALUE} characters; lower its max_length.")
    return attribute


def complete_attribute(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """An attribute to be created: what was not given is a text that can be changed and may be missing."""
    name = wanted["Name"]
    return {
        "AttributeDataType": STANDARD.get(name, "String"),
        "Mutable": True,
        "Required": False,
        **wanted,
    }


def requested_attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    """The shape of CreateUserPool and AddCustomAttributes, which put `custom:` before the name by themselves."""
    return {**attribute, "Name": attribute["Name"].removeprefix(CUSTOM)}


def added_attributes(
    pool: str, current: Sequence[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The complete attributes that an existing pool lacks; a Refusal where one would have to be altered."""
    there = {attribute["Name"]: attribute for attribute in current}
    added = []
    for attribute in wanted:
        name = attribute["Name"]
        standing = there.get(name) or (complete_attribute({"Name": name}) if name in STANDARD else None)
        if standing is None:
            added.append(complete_attribute(attribute))
        elif different := _difference(standing, attribute):
            raise Refusal(
                f"The user pool {pool}: the attribute {name} has {different}, and Cognito never alters an attribute. "
                "Give it in `schema` as it is, or add one of another name, or create a pool of another name "
                "and move its users; this module does not recreate a pool."
            )
    custom = sum(1 for name in there if name.startswith(CUSTOM)) + len(added)
    if custom > MOST_CUSTOM_ATTRIBUTES:
        raise Refusal(
            f"The user pool {pool} would have {custom} custom attributes; {MOST_CUSTOM_ATTRIBUTES} are allowed."
        )
    return added


def _difference(standing: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """In words, the first given field that is another one in the pool; "" for none."""
    for key, api_key in PLAIN.items():
        if api_key in wanted and wanted[api_key] != standing.get(api_key):
            return f"{key} {_word(standing.get(api_key))} and not {_word(wanted[api_key])}"
    for key, (group, api_key) in CONSTRAINTS.items():
        given = wanted.get(group, {}).get(api_key)
        has = (standing.get(group) or {}).get(api_key)
        if given is not None and (has is None or str(has) != given):
            return f"{key} {has} and not {given}"
    return ""


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def schema_record(attributes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the module returns: custom attributes, and those standard ones that are required or cannot be changed."""
    return [
        _attribute_record(attribute)
        for attribute in sorted(attributes, key=lambda item: item["Name"])
        if _is_worth_telling(attribute)
    ]


def _is_worth_telling(attribute: Mapping[str, Any]) -> bool:
    if attribute["Name"] not in STANDARD:
        return True
    return attribute["Name"] != "sub" and (attribute.get("Required", False) or not attribute.get("Mutable", True))


def _attribute_record(attribute: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": attribute["Name"]}
    shown.update({key: attribute.get(api_key) for key, api_key in PLAIN.items()})
    if attribute["Name"] not in STANDARD:
        for key, (group, api_key) in CONSTRAINTS.items():
            value = (attribute.get(group) or {}).get(api_key)
            if value is not None:
                shown[key] = int(value) if str(value).lstrip("-").isdigit() else value
    return shown
