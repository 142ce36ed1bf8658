"""IAM is eventually consistent: other services cannot assume a role in its first seconds.

Source: IAM user guide, "Changes that I make are not always immediately visible"; aws-sdk-js#4408, awscc#221 (Lambda's message).
"""

from __future__ import annotations

from moto.iam.models import Role, iam_backends

from sandbox.aws.calls import Answer, Call, Desk
from sandbox.pace import Pace


def is_spread(role: Role) -> bool:
    """A role that was made behind the API's back is known everywhere."""
    deadline = getattr(role, "spread", None)
    return deadline is None or deadline.passed


class Roles:
    """Creation of roles, which starts their clock."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    def create(self, call: Call) -> Answer:
        answer = call.moto()
        for role in iam_backends[call.account]["aws"].roles.values():
            if role.name == call.get("RoleName") and answer[0] == 200 and not hasattr(role, "spread"):
                role.spread = self.pace.over("iam")
        return answer


def install(desk: Desk, pace: Pace) -> None:
    desk.answer_by("iam", {"CreateRole": Roles(pace).create})
