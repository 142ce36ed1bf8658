"""Reads the function's environment once into frozen values; a missing or wrong one names itself.

The environment holds what the article used (clusterName, cognitoGroupField), where the cluster is, and everything else
as one JSON object, `settings`, whose keys are the fields below in camel case. README.md lists them for the reader.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from .errors import SettingsError
from .mapping import Rule, parse_rule

ROLES = ("admin", "edit", "view")
ARTICLE_QUOTA = {
    "cpu": "0",
    "memory": "0Gi",
    "nvidia.com/gpu": "0",
    "persistentvolumeclaims": "0",
    "requests.storage": "0Gi",
}


def _choice(*values: str) -> dict[str, Any]:
    return {"choices": values}


@dataclass(frozen=True)
class Settings:
    """All that may differ between two installations."""

    # Groups
    group_prefix: str = ""
    keep_prefix: bool = False
    distinguished_names: bool = False
    no_groups: tuple[str, ...] = ("none",)
    mapping: tuple[Rule, ...] = ()
    unmapped_groups: str = field(default="namespace", metadata=_choice("namespace", "ignore"))
    default_role: str = field(default="edit", metadata=_choice(*ROLES))
    strict_names: bool = False
    # Users
    lower_case_email: bool = False
    require_verified_email: bool = False
    access_token_claims: tuple[str, ...] = ()
    personal_profile: str = field(default="quota", metadata=_choice("quota", "empty", "none"))
    personal_prefix: str = "profile-"
    quota: Mapping[str, str] = field(default_factory=lambda: dict(ARTICLE_QUOTA))
    # Namespaces
    profile_owner: str = "kubeflow-profile-manager"
    reserved_namespaces: tuple[str, ...] = ()
    adopt: tuple[str, ...] = ()
    # What KFAM of this cluster writes
    binding_writer: str = field(
        default="discover", metadata=_choice("discover", "authorizationPolicy", "serviceRoleBinding")
    )
    user_id_header: str = "kubeflow-userid"
    user_id_prefix: str = ""
    gateway_principal: str = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
    pipelines_principal: str = "cluster.local/ns/kubeflow/sa/ml-pipeline-ui"
    # Time and failure
    on_error: str = field(default="deny", metadata=_choice("deny", "allow"))
    support_contact: str = ""
    deadline_seconds: float = field(default=3.5, metadata={"range": (0.5, 4.5)})
    request_seconds: float = field(default=2.0, metadata={"range": (0.1, 10)})
    connections: int = field(default=8, metadata={"range": (1, 32)})
    hand_overs: int = field(default=10, metadata={"range": (0, 14)})
    receipt_hours: float = field(default=12.0, metadata={"range": (0, 24 * 30)})
    receipt_namespace: str = ""
    # The scheduled run
    scheduled_run: bool = True
    user_pool_id: str = ""
    access_ttl_days: float = field(default=0.0, metadata={"range": (0, 3650)})


@dataclass(frozen=True)
class Environment:
    """The settings and where the function finds its cluster."""

    cluster_name: str
    group_field: str
    cluster_endpoint: str
    cluster_ca: str  # PEM
    settings: Settings

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Environment:
        endpoint = _required(variables, "clusterEndpoint").rstrip("/")
        if not endpoint.startswith("https://"):
            raise SettingsError("clusterEndpoint must begin with https://")
        return cls(
            cluster_name=_required(variables, "clusterName"),
            group_field=_required(variables, "cognitoGroupField"),
            cluster_endpoint=endpoint,
            cluster_ca=_pem(_required(variables, "clusterCertificateAuthority")),
            settings=parse_settings(variables.get("settings") or "{}"),
        )


def parse_settings(text: str) -> Settings:
    try:
        given = json.loads(text)
    except ValueError as cause:
        raise SettingsError(f"settings is not JSON: {cause}") from cause
    if not isinstance(given, dict):
        raise SettingsError("settings must be a JSON object")
    known = {_camel_case(f.name): f for f in fields(Settings)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise SettingsError(f"settings.{unknown[0]} is not a setting; known are {', '.join(sorted(known))}")
    settings = Settings(**{known[key].name: _value(key, value, known[key]) for key, value in given.items()})
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    has_receipts = settings.personal_profile != "none" or settings.receipt_namespace
    if settings.access_ttl_days and not has_receipts:
        raise SettingsError(
            "settings.accessTtlDays needs a record of the last login: set receiptNamespace, as personalProfile is none"
        )
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-?", settings.personal_prefix):
        raise SettingsError("settings.personalPrefix must be the beginning of a namespace's name, such as profile-")
    if not settings.profile_owner or "*" in settings.profile_owner:
        raise SettingsError("settings.profileOwner must name the owner of group Profiles")


def _value(key: str, value: Any, spec: Any) -> Any:
    default = spec.default if spec.default is not MISSING else spec.default_factory()
    if key == "mapping":
        return _mapping(value)
    if isinstance(default, bool):
        return _typed(key, value, bool, "true or false")
    if isinstance(default, (int, float)):
        return _number(key, value, type(default), spec.metadata["range"])
    if isinstance(default, tuple):
        return _texts(key, value)
    if isinstance(default, dict):
        return {str(k): str(v) for k, v in _typed(key, value, dict, "an object").items()}
    text = _typed(key, value, str, "a text")
    choices = spec.metadata.get("choices")
    if choices and text not in choices:
        raise SettingsError(f"settings.{key} must be one of {', '.join(choices)}, not {text!r}")
    return text


def _number(key: str, value: Any, kind: type, limits: tuple[float, float]) -> Any:
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise SettingsError(f"settings.{key} must be a number from {low:g} to {high:g}, not {value!r}")
    return kind(value)


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f"settings.{key} must be a list of texts, not {value!r}")
    return tuple(value)


def _typed(key: str, value: Any, kind: type, description: str) -> Any:
    if not isinstance(value, kind):
        raise SettingsError(f"settings.{key} must be {description}, not {value!r}")
    return value


def _mapping(value: Any) -> tuple[Rule, ...]:
    if not isinstance(value, list):
        raise SettingsError(f"settings.mapping must be a list of objects, not {value!r}")
    rules = []
    for number, entry in enumerate(value):
        try:
            rules.append(parse_rule(entry))
        except ValueError as cause:
            raise SettingsError(f"settings.mapping[{number}]: {cause}") from cause
    return tuple(rules)


def _required(variables: Mapping[str, str], name: str) -> str:
    value = (variables.get(name) or "").strip()
    if not value:
        raise SettingsError(f"the environment variable {name} is missing")
    return value


def _pem(text: str) -> str:
    try:
        pem = base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, ValueError) as cause:
        raise SettingsError("clusterCertificateAuthority must be base64, as EKS gives it") from cause
    if "BEGIN CERTIFICATE" not in pem:
        raise SettingsError("clusterCertificateAuthority holds no certificate in PEM form")
    return pem


def _camel_case(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
