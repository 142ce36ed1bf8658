"""Envelope encryption of a cluster's secrets by a key of KMS: given once, and never taken away.

Source: EKS API, AssociateEncryptionConfig; EKS user guide "Encrypt Kubernetes secrets with KMS".
"""

from __future__ import annotations

import re
from typing import Any

from moto.kms.models import kms_backends

from sandbox.aws.calls import Call, refuse

KEY = re.compile(r"^arn:aws:kms:(?P<region>[\w-]+):(?P<account>\d{12}):key/(?P<id>[\w-]+)$")


def checked(call: Call) -> list[dict[str, Any]]:
    """The encryption that the call asks for: of secrets, by a symmetric key that is there and on."""
    wanted = call.get("encryptionConfig", [])
    for part in wanted:
        if part.get("resources") != ["secrets"]:
            raise refuse("InvalidParameterException", "Resources for encryption must be [secrets]")
        check_key(call, (part.get("provider") or {}).get("keyArn", ""))
    return wanted


def check_key(call: Call, arn: str) -> None:
    match = KEY.match(arn)
    if match is None or match["region"] != call.region:
        raise refuse("InvalidParameterException", f"The keyArn in encryptionConfig provider {arn} is invalid")
    key = kms_backends[match["account"]][match["region"]].keys.get(match["id"])
    if key is None or not key.enabled:
        raise refuse("InvalidParameterException", f"The keyArn in encryptionConfig provider {arn} is not available")
    if key.key_spec != "SYMMETRIC_DEFAULT":
        raise refuse("InvalidParameterException", f"The keyArn in encryptionConfig provider {arn} is not symmetric")
