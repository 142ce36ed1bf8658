"""Cognito behind the desk: which function answers which operation."""

from __future__ import annotations

from sandbox.aws.calls import Desk
from sandbox.aws.cognito import clients, identity_providers, pools, signing
from sandbox.aws.cognito.domains import Domains
from sandbox.pace import Pace


def install(desk: Desk, pace: Pace) -> None:
    for operations in (
        pools.OPERATIONS,
        clients.OPERATIONS,
        identity_providers.OPERATIONS,
        signing.OPERATIONS,
        Domains(pace).operations,
    ):
        desk.answer_by("cognito-idp", operations)
