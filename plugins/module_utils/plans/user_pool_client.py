# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done to an app client of a user pool: its addresses are added to, all else is merged and sent whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import client_risks
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool import refuse_missing_pool
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.whole_update import whole_request

FIELDS = {
    "callback_urls": "CallbackURLs",
    "logout_urls": "LogoutURLs",
    "default_redirect_uri": "DefaultRedirectURI",
    "allowed_oauth_flows": "AllowedOAuthFlows",
    "allowed_oauth_flows_user_pool_client": "AllowedOAuthFlowsUserPoolClient",
    "allowed_oauth_scopes": "AllowedOAuthScopes",
    "supported_identity_providers": "SupportedIdentityProviders",
    "read_attributes": "ReadAttributes",
    "write_attributes": "WriteAttributes",
    "explicit_auth_flows": "ExplicitAuthFlows",
    "access_token_validity": "AccessTokenValidity",
    "id_token_validity": "IdTokenValidity",
    "refresh_token_validity": "RefreshTokenValidity",
    "token_validity_units": "TokenValidityUnits",
    "auth_session_validity": "AuthSessionValidity",
    "prevent_user_existence_errors": "PreventUserExistenceErrors",
    "enable_token_revocation": "EnableTokenRevocation",
}
"""Names of the options (and of what is returned) and those of Cognito."""

SETS = {
    "CallbackURLs",
    "LogoutURLs",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "SupportedIdentityProviders",
    "ReadAttributes",
    "WriteAttributes",
    "ExplicitAuthFlows",
}
"""Lists in which order means nothing."""

DEFAULTS: dict[str, Any] = {
    **{key: [] for key in SETS},
    "DefaultRedirectURI": "",
    "AllowedOAuthFlowsUserPoolClient": False,
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {},
    "EnableTokenRevocation": True,
    "AuthSessionValidity": 3,
    "PreventUserExistenceErrors": "LEGACY",
    "AccessTokenValidity": None,
    "IdTokenValidity": None,
}
"""What Cognito means by a field that it does not describe."""

TEST_HOSTS = ("localhost", "127.0.0.1", "::1")
"""Hosts that Cognito sends users to without TLS."""

CREATED_WITH = {"EnableTokenRevocation": True, "PreventUserExistenceErrors": "ENABLED"}
UNIT_KEYS = {"access_token": "AccessToken", "id_token": "IdToken", "refresh_token": "RefreshToken"}


def the_client(clients: Sequence[Mapping[str, Any]], pool_id: str, name: str | None) -> Mapping[str, Any] | None:
    """The one client that was found, None for none; a Refusal when the name is not unique."""
    if len(clients) > 1:
        ids = ", ".join(sorted(client["ClientId"] for client in clients))
        raise Refusal(
            f"The user pool {pool_id} has {len(clients)} app clients of the name {name}: {ids}. "
            "Say which one is meant with `client_id`, or delete the others."
        )
    return clients[0] if clients else None


def plan_present(
    found: Mapping[str, Any],
    desired: Mapping[str, Any],
    *,
    accepted: Collection[str],
    purge: Collection[str] = (),
    tolerate_risks: bool = False,
    client_id: str | None = None,
    foretelling: bool = False,
) -> Plan:
    """The way to the wanted client.

    `found` holds `pool`, `clients` and `providers` as described; `desired` the given fields in Cognito's names;
    fields in `purge` are replaced where `CallbackURLs` and `LogoutURLs` are otherwise added to.
    With `foretelling` (check mode) a provider that an earlier task would have created may be missing.
    """
    pool_id = desired["UserPoolId"]
    refuse_missing_pool(pool_id, found["pool"], foretelling)
    current = the_client(found["clients"], pool_id, desired.get("ClientName"))
    if current is None and found["pool"] is not None and client_id not in (None, UNKNOWN):
        raise Refusal(
            f"The user pool {pool_id} has no app client {client_id}. Leave `client_id` out to find it by name."
        )
    if current is None:
        decided, after = _creation(desired)
    else:
        decided, after = _update(current, desired, accepted, purge)
    mapped = client_risks.mapped_attributes(after, found["providers"])
    faults = _faults(after, found, mapped, foretelling, tolerate_risks)
    warnings = client_risks.warnings(after, mapped)
    if found["pool"] is not None and tolerate_risks:
        warnings += tuple(
            f"{_label(after)}: {danger}." for danger in client_risks.dangers(after, found["pool"], mapped)
        )
    if faults and decided.calls:
        raise Refusal(faults[0])
    return Plan(decided.before, decided.after, decided.calls, tuple(dict.fromkeys([*faults, *warnings])))


def _faults(
    client: Mapping[str, Any],
    found: Mapping[str, Any],
    mapped: Mapping[str, str],
    foretelling: bool,
    tolerate_risks: bool,
) -> list[str]:
    """Why sign-ins by this client would fail or would be open to fraud, each as a sentence with its remedy."""
    if found["pool"] is None:
        return []
    faults = []
    unknown = client_risks.unknown_providers(client, found["providers"])
    if unknown and not foretelling:
        faults.append(
            f"{_label(client)} names identity providers that the user pool does not have: {', '.join(unknown)}. "
            "Create them first with multitenant.kubeflow.cognito_identity_provider."
        )
    unwritable = client_risks.unwritable_attributes(client, mapped)
    if unwritable:
        faults.append(
            f"{_label(client)} may not write {', '.join(unwritable)}, which the identity provider "
            f"{mapped[unwritable[0]]} fills at every sign-in: all of them would fail. Add them to `write_attributes`."
        )
    dangers = client_risks.dangers(client, found["pool"], mapped)
    if dangers and not tolerate_risks:
        faults.append(
            f"{_label(client)}: {'; '.join(dangers)}. "
            "Set `tolerate_writable_attributes: true` only if these attributes decide nothing."
        )
    return faults


def _label(client: Mapping[str, Any]) -> str:
    return f"The app client {client['ClientName']}"


def _creation(desired: Mapping[str, Any]) -> tuple[Plan, Mapping[str, Any]]:
    if not desired.get("ClientName"):
        raise Refusal("An app client is created under a name: give `name`.")
    request = {**CREATED_WITH, **desired}
    request = {key: value for key, value in request.items() if value not in ("", None)}
    request = {key: _unique(value) if key in SETS else value for key, value in request.items()}
    _refuse_urls(request)
    _refuse_flows(request, bool(request.get("GenerateSecret")))
    after = {**request, "ClientId": UNKNOWN, "HasSecret": request.get("GenerateSecret", False)}
    return Plan(None, client_record(after), (Call("create_user_pool_client", request),)), after


def _update(
    current: Mapping[str, Any], desired: Mapping[str, Any], accepted: Collection[str], purge: Collection[str]
) -> tuple[Plan, Mapping[str, Any]]:
    label = f"{current['ClientName']} ({current['ClientId']})"
    if "GenerateSecret" in desired and desired["GenerateSecret"] != current["HasSecret"]:
        has = "has a secret" if current["HasSecret"] else "has no secret"
        raise Refusal(
            f"The app client {label} {has}, and Cognito decides on that once, when a client is created. "
            "Leave `generate_secret` as it is, or create a client of another name and delete this one."
        )
    changes = _changes(current, desired, purge)
    after = {**current, **changes}
    _refuse_urls(after if {"CallbackURLs", "LogoutURLs", "DefaultRedirectURI"} & set(changes) else {})
    if changes:
        _refuse_flows(after, current["HasSecret"])
    calls = []
    if changes:
        sent = {key: None if value == "" else value for key, value in changes.items()}
        request = whole_request(current, sent, accepted)
        calls.append(Call("update_user_pool_client", {"seen": current, **request}))
    return Plan(client_record(current), client_record(after), tuple(calls)), after


def _changes(current: Mapping[str, Any], desired: Mapping[str, Any], purge: Collection[str]) -> dict[str, Any]:
    changes = {}
    for key, wanted in desired.items():
        if key in ("UserPoolId", "GenerateSecret"):
            continue
        now = current.get(key, DEFAULTS.get(key))
        target = _target(key, now, wanted, purge)
        different = set(target) != set(now) if key in SETS else target != now
        if different:
            changes[key] = target
    return changes


def _target(key: str, now: Any, wanted: Any, purge: Collection[str]) -> Any:
    if key in ("CallbackURLs", "LogoutURLs") and key not in purge:
        return _unique([*now, *wanted])
    if key in SETS:
        return _unique(wanted)
    if key == "TokenValidityUnits":
        return {**now, **wanted}
    return wanted


def _unique(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _refuse_urls(client: Mapping[str, Any]) -> None:
    """Cognito's rules for addresses, said before it is asked."""
    for key in ("CallbackURLs", "LogoutURLs"):
        for url in client.get(key) or []:
            parts = urlsplit(url)
            if "#" in url or not parts.scheme:
                raise Refusal(f"The address {url}: give it absolute and without a fragment (#).")
            if parts.scheme == "http" and parts.hostname not in TEST_HOSTS:
                raise Refusal(f"The address {url}: Cognito takes http:// for localhost only. Use https://.")
    default = client.get("DefaultRedirectURI")
    if default and default not in (client.get("CallbackURLs") or []):
        raise Refusal(f"default_redirect_uri {default} is none of the callback addresses. Add it to `callback_urls`.")


def _refuse_flows(client: Mapping[str, Any], has_secret: bool) -> None:
    """Cognito's rules for OAuth flows, said before it is asked."""
    label = _label(client)
    flows = set(client.get("AllowedOAuthFlows") or [])
    if client.get("AllowedOAuthFlowsUserPoolClient") and not (flows and client.get("AllowedOAuthScopes")):
        raise Refusal(
            f"{label} is to use OAuth, which takes both flows and scopes. "
            "Give `allowed_oauth_flows` and `allowed_oauth_scopes`, or set `allowed_oauth_flows_user_pool_client: false`."
        )
    if flows & client_risks.USER_FLOWS and not client.get("CallbackURLs"):
        raise Refusal(
            f"{label}: the flows code and implicit need an address to send users back to. Give `callback_urls`."
        )
    if "client_credentials" in flows and (len(flows) > 1 or not has_secret):
        raise Refusal(
            f"{label}: the flow client_credentials is for a client of its own that has a secret. "
            "Take it out of `allowed_oauth_flows`, or create another client for it with `generate_secret: true`."
        )


def plan_absent(found: Mapping[str, Any], *, user_pool_id: str, name: str | None) -> Plan:
    """The removal of a client."""
    current = the_client(found["clients"], user_pool_id, name)
    if current is None:
        return Plan(None, None)
    call = Call("delete_user_pool_client", {"user_pool_id": user_pool_id, "client_id": current["ClientId"]})
    return Plan(client_record(current), None, (call,))


def client_record(client: Mapping[str, Any]) -> dict[str, Any]:
    """The shape that the module returns; a secret has no place in it."""
    record = {
        "client_id": client["ClientId"],
        "name": client["ClientName"],
        "user_pool_id": client["UserPoolId"],
        "generate_secret": client["HasSecret"],
    }
    for name, key in FIELDS.items():
        value = client.get(key, DEFAULTS[key])
        record[name] = sorted(value) if key in SETS else value
    record["default_redirect_uri"] = record["default_redirect_uri"] or ""
    record["token_validity_units"] = {
        name: record["token_validity_units"][key]
        for name, key in UNIT_KEYS.items()
        if record["token_validity_units"].get(key)
    }
    return record
