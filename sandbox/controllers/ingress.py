"""What an Ingress of class alb asks for: its annotations and rules read into the load balancer that is wanted.

Annotations and defaults: aws-load-balancer-controller, docs/guide/ingress/annotations.md.  A mistake carries the words
the controller would put into an Event.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

CLASS = "alb"
PREFIX = "alb.ingress.kubernetes.io/"
LEGACY_CLASS = "kubernetes.io/ingress.class"
CATCH_ALL = {"/", "/*", ""}
COGNITO_KEYS = {
    "userpoolarn": "UserPoolArn",
    "userpoolclientid": "UserPoolClientId",
    "userpooldomain": "UserPoolDomain",
}
SEVEN_DAYS = 604800

Object = dict[str, Any]


class Mistake(Exception):
    """An Ingress that cannot become a load balancer; `reason` is the Event's reason."""

    def __init__(self, message: str, reason: str = "FailedBuildModel") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Backend:
    """A service's port that traffic goes to."""

    service: str
    port: int | str

    @property
    def key(self) -> str:
        return f"{self.service}:{self.port}"


@dataclass(frozen=True)
class Rule:
    """Traffic of one host and path; "" and no path mean any."""

    host: str
    path: str
    path_type: str
    backend: Backend

    @property
    def is_catch_all(self) -> bool:
        return not self.host and self.path_type != "Exact" and self.path in CATCH_ALL


@dataclass(frozen=True)
class WantedBalancer:
    """A whole load balancer as one Ingress describes it.

    Listeners are (protocol, port); `authentication` is the configuration of an authenticate-cognito action as the API
    takes it.
    """

    name: str
    stack: str
    scheme: str
    target_type: str
    listeners: tuple[tuple[str, int], ...]
    redirect_to: int | None
    certificates: tuple[str, ...]
    ssl_policy: str
    authentication: Object | None
    subnets: tuple[str, ...]
    inbound_cidrs: tuple[str, ...]
    attributes: dict[str, str]
    tags: dict[str, str]
    health_check: dict[str, str]
    default_backend: Backend | None
    rules: tuple[Rule, ...] = field(default=())

    @property
    def backends(self) -> list[Backend]:
        """Every backend once, in order."""
        named = [self.default_backend] if self.default_backend else []
        return list(dict.fromkeys([*named, *(rule.backend for rule in self.rules)]))


def is_ours(ingress: Object) -> bool:
    """Whether the load balancer controller answers for this Ingress."""
    annotations = ingress["metadata"].get("annotations") or {}
    return (ingress["spec"].get("ingressClassName") or annotations.get(LEGACY_CLASS)) == CLASS


def wanted_balancer(ingress: Object, cluster_name: str) -> WantedBalancer:
    """The load balancer an Ingress asks for; Mistake when its annotations or backends make no sense."""
    notes = _notes(ingress)
    if "group.name" in notes:
        raise Mistake("group.name: the sandbox makes one load balancer for each Ingress and joins no groups")
    stack = stack_name(ingress)
    certificates = _list(notes.get("certificate-arn", ""))
    listeners = _listeners(notes, bool(certificates))
    if any(protocol == "HTTPS" for protocol, _port in listeners) and not certificates:
        raise Mistake("HTTPS listener needs a certificate: alb.ingress.kubernetes.io/certificate-arn is not set")
    return WantedBalancer(
        name=notes.get("load-balancer-name") or balancer_name(ingress, cluster_name),
        stack=stack,
        scheme=_one_of(notes, "scheme", ("internal", "internet-facing")),
        target_type=_one_of(notes, "target-type", ("instance", "ip")),
        listeners=listeners,
        redirect_to=_redirect(notes, listeners),
        certificates=certificates,
        ssl_policy=notes.get("ssl-policy", "ELBSecurityPolicy-2016-08"),
        authentication=_authentication(notes),
        subnets=_list(notes.get("subnets", "")),
        inbound_cidrs=_list(notes.get("inbound-cidrs", "")) or ("0.0.0.0/0",),
        attributes=_pairs(notes, "load-balancer-attributes"),
        tags=_pairs(notes, "tags"),
        health_check=_health_check(notes),
        default_backend=_default_backend(ingress),
        rules=_rules(ingress),
    )


def stack_name(ingress: Object) -> str:
    """The value of the tag ingress.k8s.aws/stack."""
    return f"{ingress['metadata']['namespace']}/{ingress['metadata']['name']}"


def balancer_name(ingress: Object, cluster_name: str) -> str:
    return resource_name(ingress, cluster_name, stack_name(ingress), "")


def resource_name(ingress: Object, cluster_name: str, *parts: str) -> str:
    """k8s-<namespace>-<name>-<hash>: at most 32 characters, as the controller names what it makes."""
    digest = hashlib.sha256("/".join([cluster_name, ingress["metadata"].get("uid", ""), *parts]).encode()).hexdigest()[
        :10
    ]
    namespace, name = (re.sub(r"[^a-z0-9]", "", ingress["metadata"][key].lower())[:8] for key in ("namespace", "name"))
    return f"k8s-{namespace}-{name}-{digest}"


def _notes(ingress: Object) -> dict[str, str]:
    annotations = ingress["metadata"].get("annotations") or {}
    return {key.removeprefix(PREFIX): value for key, value in annotations.items() if key.startswith(PREFIX)}


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _pairs(notes: dict[str, str], key: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in _list(notes.get(key, ""))]
    if any(not separator for _name, separator, _value in pairs):
        raise Mistake(f"failed to parse stringMap annotation, {PREFIX}{key}: {notes[key]}")
    return {name.strip(): value.strip() for name, _separator, value in pairs}


def _one_of(notes: dict[str, str], key: str, values: tuple[str, ...]) -> str:
    """The annotation's value; the first of the values is the controller's default."""
    value = notes.get(key, values[0])
    if value not in values:
        raise Mistake(f"unknown {key}: {value}")
    return value


def _listeners(notes: dict[str, str], has_certificate: bool) -> tuple[tuple[str, int], ...]:
    if "listen-ports" not in notes:
        return (("HTTPS", 443),) if has_certificate else (("HTTP", 80),)
    try:
        entries = json.loads(notes["listen-ports"])
        listeners = tuple((protocol, int(port)) for entry in entries for protocol, port in entry.items())
    except (ValueError, TypeError, AttributeError) as error:
        raise Mistake(f"failed to parse listen-ports configuration: `{notes['listen-ports']}`: {error}") from error
    for protocol, _port in listeners:
        if protocol not in ("HTTP", "HTTPS"):
            raise Mistake(f"listen protocol must be HTTP or HTTPS: {protocol}")
    if not listeners:
        raise Mistake(f"empty listen-ports configuration: `{notes['listen-ports']}`")
    return listeners


def _redirect(notes: dict[str, str], listeners: tuple[tuple[str, int], ...]) -> int | None:
    """The HTTPS port every HTTP listener sends its callers to."""
    if "ssl-redirect" not in notes:
        return None
    text = notes["ssl-redirect"]
    if not text.isdigit():
        raise Mistake(f"failed to parse int64 annotation, {PREFIX}ssl-redirect: {text}")
    if ("HTTPS", int(text)) not in listeners:
        raise Mistake(f"listener does not exist for SSLRedirect port: {text}")
    return int(text)


def _authentication(notes: dict[str, str]) -> Object | None:
    kind = _one_of(notes, "auth-type", ("none", "cognito", "oidc"))
    if kind == "none":
        return None
    if kind == "oidc":
        raise Mistake("auth-type oidc: the sandbox knows cognito only")
    if "auth-idp-cognito" not in notes:
        raise Mistake("missing authIDPConfig")
    pool = _cognito(notes["auth-idp-cognito"])
    session = notes.get("auth-session-timeout", str(SEVEN_DAYS))
    if not session.isdigit():
        raise Mistake(f"failed to parse int64 annotation, {PREFIX}auth-session-timeout: {session}")
    config = {
        "UserPoolArn": pool["UserPoolArn"],
        "UserPoolClientId": pool["UserPoolClientId"],
        "UserPoolDomain": pool["UserPoolDomain"],
        "Scope": notes.get("auth-scope", "openid"),
        "SessionCookieName": notes.get("auth-session-cookie", "AWSELBAuthSessionCookie"),
        "SessionTimeout": int(session),
        "OnUnauthenticatedRequest": notes.get("auth-on-unauthenticated-request", "authenticate"),
    }
    extra = pool.get("AuthenticationRequestExtraParams")
    if extra:
        config["AuthenticationRequestExtraParams"] = extra
    return config


def _cognito(text: str) -> Object:
    """The JSON of auth-idp-cognito; its keys are matched whatever their case, as Go's JSON does."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise Mistake(f"failed to parse json annotation, {PREFIX}auth-idp-cognito: {text}: {error}") from error
    if not isinstance(given, dict):
        raise Mistake(f"failed to parse json annotation, {PREFIX}auth-idp-cognito: {text}")
    lower = {key.lower(): value for key, value in given.items()}
    missing = [name for key, name in COGNITO_KEYS.items() if not lower.get(key)]
    if missing:
        raise Mistake(f"{PREFIX}auth-idp-cognito lacks {', '.join(missing)}: {text}")
    pool = {name: str(lower[key]) for key, name in COGNITO_KEYS.items()}
    extra = lower.get("authenticationrequestextraparams")
    return {**pool, "AuthenticationRequestExtraParams": extra} if extra else pool


def _health_check(notes: dict[str, str]) -> dict[str, str]:
    """What the target group asks its targets, in the API's names."""
    names = {
        "healthcheck-path": "HealthCheckPath",
        "healthcheck-port": "HealthCheckPort",
        "healthcheck-protocol": "HealthCheckProtocol",
    }
    return {api_name: notes[key] for key, api_name in names.items() if key in notes}


def _default_backend(ingress: Object) -> Backend | None:
    """The Ingress's own default, or the backend of a rule that catches everything."""
    spec = ingress["spec"]
    if spec.get("defaultBackend"):
        return _backend(spec["defaultBackend"])
    return next((rule.backend for rule in _rules(ingress) if rule.is_catch_all), None)


def _rules(ingress: Object) -> tuple[Rule, ...]:
    return tuple(
        Rule(rule.get("host", ""), path.get("path", ""), path.get("pathType", ""), _backend(path["backend"]))
        for rule in ingress["spec"].get("rules") or []
        for path in (rule.get("http") or {}).get("paths") or []
    )


def _backend(backend: Object) -> Backend:
    service = backend.get("service") or {}
    port = service.get("port") or {}
    if not service.get("name") or not (port.get("number") or port.get("name")):
        raise Mistake("the backend names no service and port")
    return Backend(service["name"], port.get("number") or port["name"])
