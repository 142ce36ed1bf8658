"""What a user pool's settings are when they are not sent, at creation and at every update alike.

Source: API reference, UpdateUserPool: "If you don't provide a value for an attribute, Amazon Cognito sets it to its default
value." What is fixed at creation is no member of UpdateUserPool at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.calls import refuse

FIXED = ("UsernameAttributes", "AliasAttributes", "UsernameConfiguration")
CHANGEABLE = (
    "AccountRecoverySetting",
    "AcrConfiguration",
    "AdminCreateUserConfig",
    "AutoVerifiedAttributes",
    "DcrConfiguration",
    "DeletionProtection",
    "DeviceConfiguration",
    "EmailConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "IssuerConfiguration",
    "KeyConfiguration",
    "LambdaConfig",
    "MfaConfiguration",
    "Policies",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "SmsVerificationMessage",
    "UserAttributeUpdateSettings",
    "UserPoolAddOns",
    "UserPoolTags",
    "UserPoolTier",
    "VerificationMessageTemplate",
)
DEFAULTS: dict[str, Any] = {
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
    "DeletionProtection": "INACTIVE",
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "LambdaConfig": {},
    "MfaConfiguration": "OFF",
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": True,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
            "TemporaryPasswordValidityDays": 7,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
    },
    "UserPoolTags": {},
    "UserPoolTier": "ESSENTIALS",
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
}
NESTED = ("AdminCreateUserConfig", "EmailConfiguration", "VerificationMessageTemplate")


def completed(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The changeable settings after a request: what was sent, and the defaults of everything else."""
    settings = {**DEFAULTS, **{name: sent[name] for name in CHANGEABLE if sent.get(name) is not None}}
    for name in NESTED:
        settings[name] = {**DEFAULTS[name], **settings[name]}
    settings["Policies"] = {**DEFAULTS["Policies"], **settings["Policies"]}
    settings["LambdaConfig"] = mirrored(settings["LambdaConfig"], settings["UserPoolTier"])
    return settings


def mirrored(triggers: Mapping[str, Any], tier: str) -> dict[str, Any]:
    """The triggers with both spellings of the pre-token-generation one, which must not contradict each other."""
    triggers = {name: value for name, value in triggers.items() if value}
    short, long = triggers.get("PreTokenGeneration"), triggers.get("PreTokenGenerationConfig")
    if short and long and short != long["LambdaArn"]:
        message = "PreTokenGeneration and PreTokenGenerationConfig must have the same Lambda ARN."
        raise refuse("InvalidParameterException", message)
    if short and not long:
        triggers["PreTokenGenerationConfig"] = {"LambdaVersion": "V1_0", "LambdaArn": short}
    elif long:
        triggers["PreTokenGeneration"] = long["LambdaArn"]
        if long.get("LambdaVersion", "V1_0") != "V1_0" and tier == "LITE":
            message = f"PreTokenGeneration {long['LambdaVersion']} is not available in the LITE tier."
            raise refuse("FeatureUnavailableInTierException", message)
    return triggers
