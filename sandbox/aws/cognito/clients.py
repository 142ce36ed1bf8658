"""App clients: an update resets what it does not send; addresses, scopes, providers and attributes are checked.

Sources: API reference, CreateUserPoolClient and UpdateUserPoolClient; developer guide, "App client settings".
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from moto.cognitoidp.models import CognitoIdpUserPool, CognitoIdpUserPoolClient
from moto.core.utils import utcnow

from sandbox.aws.calls import Call, refuse
from sandbox.aws.cognito.pools import pool_of

DEFAULTS: dict[str, Any] = {
    "AllowedOAuthFlowsUserPoolClient": False,
    "AuthSessionValidity": 3,
    "EnablePropagateAdditionalUserContextData": False,
    "EnableTokenRevocation": True,
    "RefreshTokenValidity": 30,
}
CHANGEABLE = (
    *DEFAULTS,
    "AccessTokenValidity",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "AnalyticsConfiguration",
    "CallbackURLs",
    "DefaultRedirectURI",
    "ExplicitAuthFlows",
    "IdTokenValidity",
    "LogoutURLs",
    "PreventUserExistenceErrors",
    "ReadAttributes",
    "RefreshTokenRotation",
    "SupportedIdentityProviders",
    "TokenValidityUnits",
    "WriteAttributes",
)
OWN_PROVIDERS = ("COGNITO", "Facebook", "Google", "LoginWithAmazon", "SignInWithApple")
OWN_SCOPES = ("phone", "email", "openid", "profile", "aws.cognito.signin.user.admin")
NOT_WRITABLE = ("sub", "email_verified", "phone_number_verified")


def completed(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The changeable settings after a request: what was sent, and the defaults of everything else."""
    return {**DEFAULTS, **{name: sent[name] for name in CHANGEABLE if sent.get(name) is not None}}


def check(pool: CognitoIdpUserPool, settings: Mapping[str, Any]) -> None:
    for name in settings.get("SupportedIdentityProviders", []):
        if name not in OWN_PROVIDERS and name not in pool.identity_providers:
            raise refuse("InvalidParameterException", f"The provider {name} does not exist for User Pool {pool.id}.")
    check_addresses(settings)
    check_flows(pool, settings)
    for kind in ("Read", "Write"):
        check_attributes(pool, kind, settings.get(f"{kind}Attributes", []))


def check_addresses(settings: Mapping[str, Any]) -> None:
    callbacks = settings.get("CallbackURLs", [])
    for address in [*callbacks, *settings.get("LogoutURLs", [])]:
        parts = urlsplit(address)
        if parts.scheme == "http" and parts.hostname != "localhost":
            raise refuse("InvalidParameterException", f"{address} cannot use the HTTP protocol.")
        if not parts.scheme or parts.fragment:
            raise refuse("InvalidParameterException", f"Invalid callback or logout URL: {address}")
    redirect = settings.get("DefaultRedirectURI")
    if redirect and redirect not in callbacks:
        raise refuse("InvalidParameterException", "DefaultRedirectURI must be in the list of CallbackURLs.")


def check_flows(pool: CognitoIdpUserPool, settings: Mapping[str, Any]) -> None:
    flows, scopes = settings.get("AllowedOAuthFlows", []), settings.get("AllowedOAuthScopes", [])
    if settings["AllowedOAuthFlowsUserPoolClient"] and not (flows and scopes):
        message = (
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
        )
        raise refuse("InvalidParameterException", message)
    if "client_credentials" in flows and len(flows) > 1:
        message = "client_credentials flow can not be selected along with code flow or implicit flow."
        raise refuse("InvalidOAuthFlowException", message)
    if {"code", "implicit"} & set(flows) and not settings.get("CallbackURLs"):
        raise refuse("InvalidParameterException", "CallbackURLs are required for the code and implicit flows.")
    known = {
        f"{server.identifier}/{scope['ScopeName']}"
        for server in pool.resource_servers.values()
        for scope in server.scopes
    }
    unknown = [scope for scope in scopes if scope not in OWN_SCOPES and scope not in known]
    if unknown:
        raise refuse("ScopeDoesNotExistException", f"Invalid scope requested: {', '.join(unknown)}")


def check_attributes(pool: CognitoIdpUserPool, kind: str, names: list[str]) -> None:
    refused = NOT_WRITABLE if kind == "Write" else ()
    if any(name not in pool.schema_attributes or name in refused for name in names):
        message = f"Invalid {kind.lower()} attributes specified while creating a client"
        raise refuse("InvalidParameterException", message)


def described(client: CognitoIdpUserPoolClient) -> dict[str, Any]:
    shown = {name: value for name, value in client.extended_config.items() if value not in (None, [])}
    secret = {"ClientSecret": client.secret} if client.generate_secret else {}
    names = {"UserPoolId": client.user_pool_id, "ClientId": client.id, "ClientName": client.client_name}
    return {**shown, **names, **secret, "CreationDate": client.creation_date, "LastModifiedDate": client.modified_date}


def client_of(call: Call) -> CognitoIdpUserPoolClient:
    client = pool_of(call).clients.get(call.get("ClientId"))
    if client is None:
        raise refuse("ResourceNotFoundException", f"User pool client {call.get('ClientId')} does not exist.")
    return client


def create(call: Call) -> dict[str, Any]:
    pool, settings = pool_of(call), completed(call.parameters)
    check(pool, settings)
    client = CognitoIdpUserPoolClient(pool.id, call.get("GenerateSecret", False), settings)
    letters = string.ascii_lowercase + string.digits
    client.id = "".join(secrets.choice(letters) for _ in range(26))
    client.secret = "".join(secrets.choice(letters) for _ in range(51))
    client.extended_config = settings
    client.client_name = call.get("ClientName")
    client.creation_date = client.modified_date = utcnow()
    pool.clients[client.id] = client
    return {"UserPoolClient": described(client)}


def describe(call: Call) -> dict[str, Any]:
    return {"UserPoolClient": described(client_of(call))}


def update(call: Call) -> dict[str, Any]:
    client, settings = client_of(call), completed(call.parameters)
    check(pool_of(call), settings)
    client.extended_config = settings
    client.client_name = call.get("ClientName", client.client_name)
    client.modified_date = utcnow()
    return {"UserPoolClient": described(client)}


def list_names(call: Call) -> dict[str, Any]:
    names = ("ClientId", "ClientName", "UserPoolId")
    return {
        "UserPoolClients": [
            {name: described(client)[name] for name in names} for client in list(pool_of(call).clients.values())
        ]
    }


OPERATIONS = {
    "CreateUserPoolClient": create,
    "DescribeUserPoolClient": describe,
    "UpdateUserPoolClient": update,
    "ListUserPoolClients": list_names,
}
