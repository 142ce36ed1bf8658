"""A pool's attributes: the twenty standard ones are always there, custom ones can only be added.

Limits: developer guide, "User pool attributes" and "Quotas": 50 custom attributes, names of at most 20 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from moto.cognitoidp.models import CognitoIdpUserPool, CognitoIdpUserPoolAttribute

from sandbox.aws.calls import refuse

STANDARD = CognitoIdpUserPoolAttribute.STANDARD_SCHEMA
MOST_CUSTOM = 50
CUSTOM_NAME = re.compile(r"^\S{1,20}$")


def attributes(schema: Iterable[Mapping[str, Any]]) -> dict[str, CognitoIdpUserPoolAttribute]:
    """The standard attributes, changed where the schema says so, and then the custom ones."""
    given = {entry["Name"]: entry for entry in schema}
    check_custom(name for name in given if name not in STANDARD)
    made = {}
    for name, standard in STANDARD.items():
        made[name] = CognitoIdpUserPoolAttribute(name, False, {**standard, **given.get(name, {})})
    for name, entry in given.items():
        if name not in STANDARD:
            attribute = CognitoIdpUserPoolAttribute(name.removeprefix("custom:"), True, dict(entry))
            made[attribute.name] = attribute
    return made


def check_custom(names: Iterable[str], already: int = 0) -> None:
    names = [name.removeprefix("custom:") for name in names]
    for name in names:
        if not CUSTOM_NAME.match(name):
            message = f"1 validation error detected: Value '{name}' at 'name' failed: 1 to 20 characters"
            raise refuse("InvalidParameterException", message)
    if already + len(names) > MOST_CUSTOM:
        raise refuse("LimitExceededException", "Exceeded the limit of 50 custom attributes of a user pool.")


def add(pool: CognitoIdpUserPool, entries: list[dict[str, Any]]) -> None:
    custom = [name for name in pool.schema_attributes if name not in STANDARD]
    check_custom((entry["Name"] for entry in entries), len(custom))
    pool.add_custom_attributes([{**entry, "Name": entry["Name"].removeprefix("custom:")} for entry in entries])
