# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Lambda triggers of a user pool, merged key by key: a trigger that somebody else has set stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal

TRIGGERS = {
    "pre_sign_up": "PreSignUp",
    "custom_message": "CustomMessage",
    "post_confirmation": "PostConfirmation",
    "pre_authentication": "PreAuthentication",
    "post_authentication": "PostAuthentication",
    "define_auth_challenge": "DefineAuthChallenge",
    "create_auth_challenge": "CreateAuthChallenge",
    "verify_auth_challenge_response": "VerifyAuthChallengeResponse",
    "pre_token_generation": "PreTokenGeneration",
    "user_migration": "UserMigration",
    "pre_token_generation_config": "PreTokenGenerationConfig",
    "custom_sms_sender": "CustomSMSSender",
    "custom_email_sender": "CustomEmailSender",
    "inbound_federation": "InboundFederation",
    "kms_key_id": "KMSKeyID",
}
"""Names of the option `lambda_config` and those of Cognito."""

OLD, NEW = "PreTokenGeneration", "PreTokenGenerationConfig"
FIRST_VERSION = "V1_0"


def wanted_triggers(option: Mapping[str, Any]) -> dict[str, Any]:
    """The option `lambda_config` in Cognito's names; "" (or an empty `lambda_arn`) stands for detached."""
    return {TRIGGERS[key]: _api_value(value) for key, value in option.items() if value is not None}


def _api_value(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if not value.get("lambda_arn"):
        return ""
    return {"LambdaArn": value["lambda_arn"], "LambdaVersion": value.get("lambda_version") or FIRST_VERSION}


def merged_triggers(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """All triggers of the pool after those of `wanted` (Cognito's names, "" detaches) are set.

    Cognito keeps the token trigger under two names that must agree, so both are written together.
    """
    merged = {**current, **wanted, **_token_trigger(current, wanted)}
    return {name: value for name, value in merged.items() if value}


def _token_trigger(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    old, new = wanted.get(OLD), wanted.get(NEW)
    if new is not None:
        arn = new["LambdaArn"] if new else ""
        if old is not None and old != arn:
            raise Refusal(
                f"pre_token_generation ({old or 'detached'}) and pre_token_generation_config ({arn or 'detached'}) "
                "are the same trigger and must name the same function; give one of them."
            )
        return {OLD: arn, NEW: new}
    if old is not None:
        version = (current.get(NEW) or {}).get("LambdaVersion", FIRST_VERSION)
        return {OLD: old, NEW: {"LambdaArn": old, "LambdaVersion": version} if old else ""}
    return {}


def needs_a_paid_tier(triggers: Mapping[str, Any]) -> bool:
    """Whether a trigger has an event version that the tier LITE does not offer."""
    return (triggers.get(NEW) or {}).get("LambdaVersion", FIRST_VERSION) != FIRST_VERSION


def triggers_record(triggers: Mapping[str, Any]) -> dict[str, Any]:
    """The triggers under the names of the option; one that this collection does not know keeps Cognito's name."""
    names = {api_name: name for name, api_name in TRIGGERS.items()}
    return {
        names.get(api_name, api_name): _record_value(value) for api_name, value in sorted(triggers.items()) if value
    }


def _record_value(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {"lambda_arn": value.get("LambdaArn"), "lambda_version": value.get("LambdaVersion")}
