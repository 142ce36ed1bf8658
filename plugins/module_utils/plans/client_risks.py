# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an app client would let its users do to attributes that an identity provider fills.

Cognito writes mapped attributes with the rights of the app client, so the client must be allowed to write them;
whoever can act as himself through the same client may then write them too, and make himself a member of any group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SELF_SERVICE_SCOPE = "aws.cognito.signin.user.admin"
PASSWORD_FLOWS = {
    "ADMIN_NO_SRP_AUTH",
    "USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY",
}
DEFAULT_FLOWS = ("ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
"""What Cognito allows when no flow is named."""

USER_FLOWS = {"code", "implicit"}
NEEDS_OPENID = {"email", "phone", "profile"}
NOT_WRITABLE = {"email_verified", "phone_number_verified", "username", "sub", "identities"}
"""Targets of a mapping that cannot (and need not) be listed in WriteAttributes."""


BUILT_IN = {"COGNITO", "Facebook", "Google", "LoginWithAmazon", "SignInWithApple"}


def unknown_providers(client: Mapping[str, Any], providers: Mapping[str, Any]) -> list[str]:
    """Providers of the client that its pool does not have."""
    return sorted(set(client.get("SupportedIdentityProviders") or []) - set(providers) - BUILT_IN)


def mapped_attributes(client: Mapping[str, Any], providers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The attributes that the providers of a client fill, each with the name of one provider."""
    return {
        attribute: name
        for name in client.get("SupportedIdentityProviders") or []
        for attribute in (providers.get(name, {}).get("AttributeMapping") or {})
        if attribute not in NOT_WRITABLE
    }


def unwritable_attributes(client: Mapping[str, Any], mapped: Mapping[str, str]) -> list[str]:
    """Mapped attributes that the client may not write: every sign-in by the provider would fail.

    A client without WriteAttributes may write the standard attributes only.
    """
    writable = client.get("WriteAttributes")
    if writable:
        return sorted(set(mapped) - set(writable))
    return sorted(attribute for attribute in mapped if attribute.startswith("custom:"))


def dangers(client: Mapping[str, Any], pool: Mapping[str, Any], mapped: Mapping[str, str]) -> list[str]:
    """The ways, in words, by which users of this client could write mapped custom attributes themselves."""
    own = sorted(attribute for attribute in mapped if attribute.startswith("custom:"))
    if not own:
        return []
    names = ", ".join(own)
    found = []
    if SELF_SERVICE_SCOPE in (client.get("AllowedOAuthScopes") or []):
        found.append(
            f"the scope {SELF_SERVICE_SCOPE} lets every user write his own {names}; take it out of allowed_oauth_scopes"
        )
    if not (pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly", False):
        found.append(
            f"the user pool {pool['Name']} is open for self sign-up, and who signs up by this client chooses his own "
            f"{names}; set allow_admin_create_user_only on the pool"
        )
    return found


def warnings(client: Mapping[str, Any], mapped: Mapping[str, str]) -> tuple[str, ...]:
    """What is allowed but should not stay unsaid."""
    label = f"The app client {client['ClientName']}"
    scopes = set(client.get("AllowedOAuthScopes") or [])
    found = []
    own = sorted(attribute for attribute in mapped if attribute.startswith("custom:"))
    flows = sorted(PASSWORD_FLOWS & set(client.get("ExplicitAuthFlows") or DEFAULT_FLOWS))
    if own and flows:
        found.append(
            f"{label} allows {', '.join(flows)}: a user with a password can then write his own {', '.join(own)}. "
            "Set explicit_auth_flows to [ALLOW_REFRESH_TOKEN_AUTH] when all users come from an identity provider."
        )
    if scopes and USER_FLOWS & set(client.get("AllowedOAuthFlows") or []) and "openid" not in scopes:
        found.append(
            f"{label} has no scope openid: users get no ID token, and load balancers refuse them. "
            "Add openid to allowed_oauth_scopes."
        )
    if SELF_SERVICE_SCOPE in scopes and not own:
        found.append(f"{label} has the scope {SELF_SERVICE_SCOPE}: users can write all attributes that it may write.")
    return tuple(found)
