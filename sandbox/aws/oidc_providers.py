"""The audiences of IAM's OpenID Connect providers, which moto fixes when the provider is made."""

from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends

from sandbox.aws.calls import Call, Desk


def audiences(call: Call) -> list[str]:
    """The provider's list, to be changed in place; moto refuses a provider that is not there."""
    backend = iam_backends[call.account]["aws"]
    return backend.get_open_id_connect_provider(call.get("OpenIDConnectProviderArn")).client_id_list


def add(call: Call) -> dict[str, Any]:
    known, audience = audiences(call), call.get("ClientID")
    if audience not in known:
        known.append(audience)
    return {}


def remove(call: Call) -> dict[str, Any]:
    known, audience = audiences(call), call.get("ClientID")
    if audience in known:
        known.remove(audience)
    return {}


def install(desk: Desk) -> None:
    desk.answer_by(
        "iam", {"AddClientIDToOpenIDConnectProvider": add, "RemoveClientIDFromOpenIDConnectProvider": remove}
    )
