# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done to a user pool: created, grown, updated as a whole, removed; never recreated."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_changes
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_schema import (
    CUSTOM,
    added_attributes,
    complete_attribute,
    requested_attribute,
    schema_record,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_triggers import (
    merged_triggers,
    needs_a_paid_tier,
    triggers_record,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.whole_update import whole_request

AT_ONCE = 25
"""How many attributes AddCustomAttributes takes in one call."""

FIXED = {
    "UsernameAttributes": "username_attributes",
    "AliasAttributes": "alias_attributes",
}
SIMPLE = ("DeletionProtection", "UserPoolTier")


def the_pool(found: Sequence[Mapping[str, Any]], name: str | None) -> Mapping[str, Any] | None:
    """The one pool that was found, None for none; a Refusal when the name is not unique."""
    if len(found) > 1:
        ids = ", ".join(sorted(pool["Id"] for pool in found))
        raise Refusal(
            f"The name {name} belongs to {len(found)} user pools: {ids}. "
            "Say which one is meant with `user_pool_id`, or rename or delete the others."
        )
    return found[0] if found else None


def plan_present(
    found: Sequence[Mapping[str, Any]],
    desired: Mapping[str, Any],
    *,
    accepted: Collection[str],
    purge_tags: bool,
    user_pool_id: str | None = None,
) -> Plan:
    """The way to the wanted pool.

    `found` are the descriptions of all pools that match; `desired` is in the shape of a description too and holds only
    what was given, with attributes as `wanted_attribute` makes them and triggers as `wanted_triggers` does.
    `accepted` are the names that UpdateUserPool takes.
    """
    current = the_pool(found, desired.get("Name"))
    if current is None and is_known(user_pool_id):
        raise Refusal(
            f"There is no user pool {user_pool_id} in this region and account. "
            "Leave `user_pool_id` out to find or create the pool by its name."
        )
    if current is None:
        return _creation(desired)
    return _update(current, desired, accepted, purge_tags)


def _creation(desired: Mapping[str, Any]) -> Plan:
    """A new pool; what was not given is chosen so that nobody can sign up by himself."""
    _refuse_two_sign_ins(desired)
    if not desired.get("Name"):
        raise Refusal("A user pool is created under a name: give `name`.")
    attributes = [complete_attribute(attribute) for attribute in desired.get("SchemaAttributes", ())]
    settings = {
        "UsernameConfiguration": {"CaseSensitive": False},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        **{key: value for key, value in desired.items() if key not in ("Name", "SchemaAttributes", "LambdaConfig")},
    }
    triggers = merged_triggers({}, desired.get("LambdaConfig", {}))
    if triggers:
        settings["LambdaConfig"] = triggers
    request = {"PoolName": desired["Name"], **settings}
    if attributes:
        request["Schema"] = [requested_attribute(attribute) for attribute in attributes]
    after = {"Id": UNKNOWN, "Arn": UNKNOWN, "Name": desired["Name"], "SchemaAttributes": attributes, **settings}
    _refuse_tier(after)
    return Plan(None, user_pool_record(after), (Call("create_user_pool", request),), _warnings(after))


def _update(
    current: Mapping[str, Any], desired: Mapping[str, Any], accepted: Collection[str], purge_tags: bool
) -> Plan:
    label = pool_label(current)
    _refuse_fixed_differences(label, current, desired)
    added = added_attributes(label, current.get("SchemaAttributes", []), desired.get("SchemaAttributes", ()))
    changes = _changes(current, desired, purge_tags)
    after = {**current, **changes, "SchemaAttributes": [*current.get("SchemaAttributes", []), *added]}
    after["Name"] = changes.get("PoolName", current["Name"])
    _refuse_tier(after)
    calls = [
        Call(
            "add_custom_attributes",
            {
                "UserPoolId": current["Id"],
                "CustomAttributes": [requested_attribute(attribute) for attribute in added[start : start + AT_ONCE]],
            },
        )
        for start in range(0, len(added), AT_ONCE)
    ]
    if changes:
        request = update_request(current, changes, accepted)
        calls.append(Call("update_user_pool", {"seen": current, **request}))
    return Plan(user_pool_record(current), user_pool_record(after), tuple(calls), _warnings(after))


def _changes(current: Mapping[str, Any], desired: Mapping[str, Any], purge_tags: bool) -> dict[str, Any]:
    """The changed fields of UpdateUserPool, each with its whole new value."""
    wanted: dict[str, Any] = {key: desired[key] for key in SIMPLE if key in desired}
    if desired.get("Name"):
        wanted["PoolName"] = desired["Name"]
    if "AdminCreateUserConfig" in desired:
        wanted["AdminCreateUserConfig"] = {
            **current.get("AdminCreateUserConfig", {}),
            **desired["AdminCreateUserConfig"],
        }
    if "LambdaConfig" in desired:
        wanted["LambdaConfig"] = merged_triggers(current.get("LambdaConfig", {}), desired["LambdaConfig"])
    if "UserPoolTags" in desired:
        wanted["UserPoolTags"] = tag_changes(
            current.get("UserPoolTags") or {}, desired["UserPoolTags"], purge_tags
        ).after
    now = {"LambdaConfig": {}, "UserPoolTags": {}, **DEFAULTS, **current, "PoolName": current["Name"]}
    return {key: value for key, value in wanted.items() if value != now.get(key)}


DEFAULTS = {"DeletionProtection": "INACTIVE", "UserPoolTier": "ESSENTIALS"}


def update_request(current: Mapping[str, Any], changes: Mapping[str, Any], accepted: Collection[str]) -> dict[str, Any]:
    """The request of UpdateUserPool that makes the changes and keeps all else of a description."""
    request = whole_request({**current, "PoolName": current["Name"]}, changes, accepted)
    request["UserPoolId"] = current["Id"]
    tags = request.get("UserPoolTags")
    if tags:  # Cognito refuses to be sent AWS's own tags, and keeps them without being asked
        request["UserPoolTags"] = {key: value for key, value in tags.items() if not key.startswith("aws:")}
    passwords = (request.get("Policies") or {}).get("PasswordPolicy") or {}
    if "TemporaryPasswordValidityDays" in passwords and "AdminCreateUserConfig" in request:
        # the successor of this field: DescribeUserPool answers both, UpdateUserPool refuses both at once
        request["AdminCreateUserConfig"] = {
            key: value for key, value in request["AdminCreateUserConfig"].items() if key != "UnusedAccountValidityDays"
        }
    return request


def plan_absent(
    found: Sequence[Mapping[str, Any]],
    *,
    name: str | None,
    force: bool,
    accepted: Collection[str],
    deletion_protection: str | None = None,
    foretelling: bool = False,
) -> Plan:
    """The removal of a pool; users and deletion protection stand in its way unless `force` is the word.

    With `foretelling` (check mode) an earlier task may have announced the removal of its domain.
    """
    current = the_pool(found, name)
    if current is None:
        return Plan(None, None)
    label = pool_label(current)
    doubts = _doubts_about_domain(label, current)
    if doubts and not foretelling:
        raise Refusal(doubts[0])
    users = current.get("EstimatedNumberOfUsers", 0)
    if users and not force:
        raise Refusal(
            f"The user pool {label} has users (about {users}), who would be lost with it. "
            "Set `force: true` when that is meant."
        )
    calls = []
    if current.get("DeletionProtection") == "ACTIVE":
        if not force and deletion_protection != "INACTIVE":
            raise Refusal(
                f"The user pool {label} is protected against deletion. "
                "Set `deletion_protection: INACTIVE` (or `force: true`) when it is to be deleted."
            )
        request = update_request(current, {"DeletionProtection": "INACTIVE"}, accepted)
        calls.append(Call("update_user_pool", {"seen": current, **request}))
    calls.append(Call("delete_user_pool", {"user_pool_id": current["Id"]}))
    return Plan(user_pool_record(current), None, tuple(calls), doubts)


def refuse_missing_pool(user_pool_id: str, pool: Mapping[str, Any] | None, foretelling: bool) -> None:
    """A Refusal unless the pool is there, or would be after an earlier task of a check-mode run (`foretelling`)."""
    if pool is None and not (foretelling and not is_known(user_pool_id)):
        raise Refusal(
            f"There is no user pool {user_pool_id} in this region and account. "
            "Create it first with multitenant.kubeflow.cognito_user_pool, or give the id of one that exists."
        )


def pool_label(description: Mapping[str, Any]) -> str:
    """How messages name a pool."""
    return f"{description['Name']} ({description['Id']})"


def _doubts_about_domain(label: str, current: Mapping[str, Any]) -> tuple[str, ...]:
    domains = [current[key] for key in ("Domain", "CustomDomain") if current.get(key)]
    if not domains:
        return ()
    return (
        f"The user pool {label} still has the login domain {' and '.join(domains)}, which must go first: "
        "remove it with multitenant.kubeflow.cognito_user_pool_domain and `state: absent`.",
    )


def _refuse_fixed_differences(label: str, current: Mapping[str, Any], desired: Mapping[str, Any]) -> None:
    remedy = "Cognito fixes this when a pool is created. Give it as it is, or create a pool of another name."
    for key, option in FIXED.items():
        has = sorted(current.get(key) or [])
        if key in desired and sorted(desired[key]) != has:
            raise Refusal(f"The user pool {label} has {option} {has} and not {sorted(desired[key])}. {remedy}")
    if "UsernameConfiguration" in desired:
        wanted = desired["UsernameConfiguration"]["CaseSensitive"]
        has_case = _case_sensitive(current)
        if wanted != has_case:
            raise Refusal(
                f"The user pool {label} has case_sensitive {str(has_case).lower()} and not {str(wanted).lower()}. {remedy}"
            )


def _refuse_two_sign_ins(desired: Mapping[str, Any]) -> None:
    if desired.get("UsernameAttributes") and desired.get("AliasAttributes"):
        raise Refusal("Cognito takes either username_attributes or alias_attributes, not both: leave one of them out.")


def _refuse_tier(after: Mapping[str, Any]) -> None:
    if after.get("UserPoolTier") == "LITE" and needs_a_paid_tier(after.get("LambdaConfig") or {}):
        raise Refusal(
            f"The user pool {after['Name']}: token triggers of version V2_0 and V3_0 need the tier ESSENTIALS or PLUS. "
            "Set `user_pool_tier`, or use lambda_version V1_0."
        )


def _warnings(after: Mapping[str, Any]) -> tuple[str, ...]:
    custom = [item["Name"] for item in after.get("SchemaAttributes", []) if item["Name"].startswith(CUSTOM)]
    if custom and not _admin_only(after):
        return (
            f"The user pool {after['Name']} lets everybody sign up by himself, and who signs up writes his own "
            f"{', '.join(custom)} wherever an app client may write it. Set `allow_admin_create_user_only: true` "
            "unless these attributes decide nothing.",
        )
    return ()


def _admin_only(description: Mapping[str, Any]) -> bool:
    return bool((description.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly", False))


def _case_sensitive(description: Mapping[str, Any]) -> bool:
    """A pool without this setting is of the time when all were case sensitive."""
    return bool((description.get("UsernameConfiguration") or {}).get("CaseSensitive", True))


def user_pool_record(description: Mapping[str, Any]) -> dict[str, Any]:
    """The shape that the module returns."""
    return {
        "id": description["Id"],
        "arn": description["Arn"],
        "name": description["Name"],
        "schema": schema_record(description.get("SchemaAttributes", [])),
        "username_attributes": sorted(description.get("UsernameAttributes") or []),
        "alias_attributes": sorted(description.get("AliasAttributes") or []),
        "case_sensitive": _case_sensitive(description),
        "allow_admin_create_user_only": _admin_only(description),
        "lambda_config": triggers_record(description.get("LambdaConfig") or {}),
        "deletion_protection": description.get("DeletionProtection") or DEFAULTS["DeletionProtection"],
        "user_pool_tier": description.get("UserPoolTier") or DEFAULTS["UserPoolTier"],
        "domain": description.get("Domain") or "",
        "custom_domain": description.get("CustomDomain") or "",
        "tags": dict(description.get("UserPoolTags") or {}),
    }
