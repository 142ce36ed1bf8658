"""oauth2-proxy's options, as its configuration file and its environment give them.

Names and defaults: oauth2-proxy v7, docs/configuration/overview.  Sessions are in the cookie; no other store is known.
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sandbox.login.container import NotDeployed

PREFIX = "OAUTH2_PROXY_"
WITHOUT_EFFECT = {
    "http_address",
    "upstreams",
    "reverse_proxy",
    "real_client_ip_header",
    "trusted_ips",
    "pass_authorization_header",
    "pass_access_token",
    "pass_basic_auth",
    "pass_user_headers",
    "pass_host_header",
    "set_basic_auth",
    "request_logging",
    "auth_logging",
    "standard_logging",
    "silence_ping_logging",
    "show_debug_on_error",
    "cookie_path",
    "cookie_csrf_per_request",
    "cookie_csrf_expire",
    "session_store_type",
    "session_cookie_minimal",
    "prompt",
    "approval_prompt",
    "metrics_address",
    "provider_display_name",
    "encode_state",
    "relative_redirect_url",
}
"""Options that are understood and make no difference to an external authorizer that keeps its sessions in cookies."""


class SettingsError(NotDeployed):
    """oauth2-proxy would not start with this; the message is its own where it has one."""


@dataclass(frozen=True)
class Settings:
    """Durations in seconds; lists as tuples."""

    client_id: str
    client_secret: str
    cookie_secret: str
    oidc_issuer_url: str
    provider: str = "oidc"
    redirect_url: str = ""
    scope: str = "openid email profile"
    email_domains: tuple[str, ...] = ()
    whitelist_domains: tuple[str, ...] = ()
    skip_auth_routes: tuple[str, ...] = ()
    api_routes: tuple[str, ...] = ()
    skip_provider_button: bool = False
    set_authorization_header: bool = False
    set_xauthrequest: bool = False
    skip_jwt_bearer_tokens: bool = False
    insecure_oidc_allow_unverified_email: bool = False
    oidc_email_claim: str = "email"
    oidc_groups_claim: str = "groups"
    user_id_claim: str = "email"
    oidc_extra_audiences: tuple[str, ...] = ()
    extra_jwt_issuers: tuple[str, ...] = ()
    code_challenge_method: str = ""
    proxy_prefix: str = "/oauth2"
    cookie_name: str = "_oauth2_proxy"
    cookie_secure: bool = True
    cookie_httponly: bool = True
    cookie_samesite: str = ""
    cookie_domains: tuple[str, ...] = ()
    cookie_expire: float = 168 * 3600
    cookie_refresh: float = 0
    ssl_insecure_skip_verify: bool = False


def read_settings(file: str, environment: Mapping[str, str]) -> Settings:
    """The options of both; SettingsError with everything that is wrong with them."""
    try:
        options: dict[str, Any] = tomllib.loads(file)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"failed to load config: unable to load config file: {error}") from error
    for name, value in environment.items():
        if name.startswith(PREFIX) and value != "":
            options[name.removeprefix(PREFIX).lower()] = value
    kinds = {field.name: field for field in fields(Settings)}
    unknown = sorted(set(options) - set(kinds) - WITHOUT_EFFECT)
    if unknown:
        raise SettingsError(f"the option {unknown[0]} is not known to the sandbox's stand-in for oauth2-proxy")
    chosen = {name: _as_kind(name, str(kinds[name].type), value) for name, value in options.items() if name in kinds}
    problems = _problems(chosen)
    if problems:
        raise SettingsError("invalid configuration: " + "; ".join(problems))
    return Settings(**chosen)


def cookie_key(secret: str) -> bytes:
    """The secret as bytes: decoded when it is base64 of a fitting length, as oauth2-proxy does, else as it stands."""
    try:
        decoded = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
        if len(decoded) in (16, 24, 32):
            return decoded
    except (ValueError, binascii.Error):
        pass
    return secret.encode()


def _problems(options: Mapping[str, Any]) -> list[str]:
    found = [
        message
        for name, message in {
            "cookie_secret": "missing setting: cookie-secret",
            "client_id": "missing setting: client-id",
            "client_secret": "missing setting: client-secret or client-secret-file",
            "oidc_issuer_url": "missing setting: oidc-issuer-url",
        }.items()
        if not options.get(name)
    ]
    if not options.get("email_domains"):
        found.append("missing setting for email validation: email-domain or authenticated-emails-file required.")
    secret = options.get("cookie_secret", "")
    if secret and len(cookie_key(secret)) not in (16, 24, 32):
        found.append(f"cookie_secret must be 16, 24, or 32 bytes to create an AES cipher, but is {len(secret)} bytes")
    if options.get("provider", "oidc") != "oidc":
        found.append(f"the provider {options['provider']} is not known to the sandbox's stand-in")
    if options.get("ssl_insecure_skip_verify"):
        found.append("ssl_insecure_skip_verify: the sandbox verifies every certificate")
    return found


def _as_kind(name: str, kind: str, value: Any) -> Any:
    if kind == "bool":
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "t")
    if kind == "float":
        return seconds(str(value), name)
    if kind.startswith("tuple"):
        return tuple(value) if isinstance(value, list) else tuple(part for part in str(value).split(",") if part)
    return str(value)


def seconds(text: str, name: str) -> float:
    """A duration as Go writes it: 50m, 1h30m, 90s."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", text)
    if text != "0" and "".join(number + unit for number, unit in parts) != text:
        raise SettingsError(f'failed to load config: {name}: time: invalid duration "{text}"')
    units = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
    return sum(float(number) * units[unit] for number, unit in parts)
