# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ARN of who comes to the cluster, as EKS's authenticator compares it.

STS never shows the path of a role, so aws-auth knows roles without it; access entries want the ARN as IAM has it.
"""

from __future__ import annotations

import re

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal

IAM_ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):(?P<kind>role|user)/(?P<path>.*/)?(?P<name>[^/]+)"
)
SESSION_ARN = re.compile(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<name>[^/]+)/.+")


def canonical(arn: str) -> str:
    """The ARN without the role's path; the ARN of a session becomes that of its role."""
    session = SESSION_ARN.fullmatch(arn)
    if session:
        return f"arn:{session['partition']}:iam::{session['account']}:role/{session['name']}"
    role = IAM_ARN.fullmatch(arn)
    if role and role["kind"] == "role":
        return f"arn:{role['partition']}:iam::{role['account']}:role/{role['name']}"
    return arn


def kind_of(arn: str) -> str:
    """`role` or `user`; anything else cannot come to a cluster."""
    match = IAM_ARN.fullmatch(canonical(arn))
    if match is None:
        raise Refusal(
            f"{arn} is neither a role nor a user of IAM. Give an ARN as in arn:aws:iam::123456789012:role/name."
        )
    return match["kind"]


def role_name(arn: str) -> str | None:
    """The name of the role behind an ARN, None for users."""
    match = IAM_ARN.fullmatch(arn)
    return match["name"] if match and match["kind"] == "role" else None
