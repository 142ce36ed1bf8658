# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for the function itself: its code is compared by fingerprint, its variables one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import function_schedule
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.function_archive import code_sha256
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.function_role import refuse_foreign
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    HANDLER,
    WantedProfileManager,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_changes

DESCRIPTION = "Gives a user of Kubeflow his namespaces while he logs in."
ENVIRONMENT_BYTES = 4096
FROM_PROFILES_CONFIG = {
    "USERID_HEADER": "userIdHeader",
    "USERID_PREFIX": "userIdPrefix",
    "ISTIO_INGRESS_GATEWAY_PRINCIPAL": "gatewayPrincipal",
    "KFP_UI_PRINCIPAL": "pipelinesPrincipal",
}
"""What Kubeflow's ConfigMap profiles-config says, and the setting of the function that must agree with it."""

IN_CONFIGURATION = {
    "runtime": "Runtime",
    "handler": "Handler",
    "role": "Role",
    "memory_size": "MemorySize",
    "timeout": "Timeout",
    "environment": "Environment",
    "network": "VpcConfig",
    "tracing": "TracingConfig",
}
TRACED, UNTRACED = "Active", "PassThrough"
UNRESERVED = -1
NOT_YET = {
    "environment": {},
    "network": {"subnet_ids": [], "security_group_ids": []},
    "tracing": UNTRACED,
    "reserved_concurrency": None,
}
"""What a function is that does not exist, where its settings are merged with what is wanted."""


CONFIG_NAME = re.compile(r"(profiles-)?profiles-config(-[a-z0-9]{10})?")
"""Kustomize may have put its suffix (and the component its prefix) to the ConfigMap's name."""


def profiles_config(config_maps: Iterable[Mapping[str, Any]]) -> Mapping[str, str] | None:
    """The data of the newest ConfigMap that is Kubeflow's profiles-config, None when there is none."""
    found = [item for item in config_maps if CONFIG_NAME.fullmatch(item["metadata"]["name"])]
    if not found:
        return None
    return max(found, key=lambda item: str(item["metadata"].get("creationTimestamp", ""))).get("data") or {}


def cluster_settings(config: Mapping[str, str] | None) -> dict[str, str]:
    """The settings that follow from what the cluster's Kubeflow says about itself; empty entries say nothing."""
    return {setting: config[key] for key, setting in FROM_PROFILES_CONFIG.items() if config and config.get(key)}


def variables(current: Mapping[str, str], wanted: WantedProfileManager, told: Mapping[str, Any]) -> dict[str, str]:
    """All environment variables of the function; those that neither we nor the user name are kept.

    Settings that are given win over those of `told`, which follow from cluster and schedule; when none are given,
    those that are there do, apart from those that a given schedule decides.
    """
    explicit = wanted.settings
    if explicit is None:
        decided = function_schedule.SETTINGS if wanted.schedule is not None else ()
        there = json.loads(current.get("settings") or "{}")
        explicit = {key: value for key, value in there.items() if key not in decided}
    settings = {**told, **explicit}
    named = {
        "clusterName": wanted.cluster_name,
        "cognitoGroupField": wanted.group_field,
        "clusterEndpoint": wanted.cluster_endpoint,
        "clusterCertificateAuthority": wanted.certificate_authority_data,
        "settings": json.dumps(settings, sort_keys=True, separators=(",", ":")),
        **(wanted.environment or {}),
    }
    merged = {**current, **{key: str(value) for key, value in named.items() if value is not None}}
    for name in ("clusterName", "clusterEndpoint", "clusterCertificateAuthority"):
        merged.setdefault(name, UNKNOWN)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in merged.items())
    if size > ENVIRONMENT_BYTES:
        raise Refusal(
            f"The environment of {wanted.function_name} would take {size} bytes, Lambda allows {ENVIRONMENT_BYTES}. "
            "Shorten the settings."
        )
    return merged


def present(
    current: Mapping[str, Any] | None,
    wanted: WantedProfileManager,
    role_arn: str,
    told: Mapping[str, Any],
) -> Plan:
    """`current` and `after` have the shape that the module returns as `function`; `told` is what `variables` takes."""
    if wanted.reserved_concurrency == 0:
        raise Refusal(
            f"With reserved_concurrency: 0 nobody could call {wanted.function_name}, and nobody could log in. "
            "Give at least 1, or -1 for none."
        )
    if current is None:
        return _created(wanted, role_arn, told)
    refuse_foreign(current["tags"], f"The function {wanted.function_name}", "function_name", wanted)
    after = {**current, **_configured(current, wanted, role_arn, told)}
    calls = _code_calls(current, after, wanted)
    changes = [key for key in IN_CONFIGURATION if after[key] != current[key]]
    if changes:
        request = {IN_CONFIGURATION[key]: _request_value(key, after[key]) for key in changes}
        calls.append(Call("update_configuration", {"name": wanted.function_name, "request": request}))
    if after["reserved_concurrency"] != current["reserved_concurrency"]:
        calls.append(_reservation(wanted, after["reserved_concurrency"]))
    tags = tag_changes(current["tags"], wanted.tags, wanted.purge_tags, wanted.own_tags)
    if tags.added:
        calls.append(Call("tag_function", {"arn": current["arn"], "tags": tags.added}))
    if tags.removed:
        calls.append(Call("untag_function", {"arn": current["arn"], "keys": tags.removed}))
    after["tags"] = tags.after
    return Plan(current, after, tuple(calls))


def absent(current: Mapping[str, Any] | None, wanted: WantedProfileManager) -> Plan:
    """Remove the function."""
    if current is None:
        return Plan(None, None)
    return Plan(current, None, (Call("delete_function", {"name": wanted.function_name}),))


def _code_calls(current: Mapping[str, Any], after: dict[str, Any], wanted: WantedProfileManager) -> list[Call]:
    """The upload, where the fingerprint or the architecture differs; both go by the same request."""
    same_processor = wanted.architecture == current["architecture"]
    if wanted.package is None:
        if not same_processor:
            raise Refusal(f"To change the architecture of {wanted.function_name}, give its source too.")
        return []
    fingerprint = code_sha256(wanted.package)
    if fingerprint == current["code_sha256"] and same_processor:
        return []
    after.update(code_sha256=fingerprint, architecture=wanted.architecture)
    arguments = {"name": wanted.function_name, "package": wanted.package, "architecture": wanted.architecture}
    return [Call("update_code", arguments)]


def _created(wanted: WantedProfileManager, role_arn: str, told: Mapping[str, Any]) -> Plan:
    if wanted.package is None and not wanted.announced_only:
        raise Refusal(f"There is no function {wanted.function_name}; to make it, give its source.")
    tags = tag_changes({}, wanted.tags, False, wanted.own_tags).after
    after = {
        "name": wanted.function_name,
        "arn": wanted.function_arn,
        "architecture": wanted.architecture,
        **_configured(NOT_YET, wanted, role_arn, told),
        "code_sha256": code_sha256(wanted.package) if wanted.package is not None else UNKNOWN,
        "tags": tags,
    }
    request = {
        "FunctionName": wanted.function_name,
        "Description": DESCRIPTION,
        "Architectures": [wanted.architecture],
        **{IN_CONFIGURATION[key]: _request_value(key, after[key]) for key in IN_CONFIGURATION},
        "Tags": tags,
    }
    calls = [Call("create_function", {"request": request, "package": wanted.package})]
    if after["reserved_concurrency"] is not None:
        calls.append(_reservation(wanted, after["reserved_concurrency"]))
    return Plan(None, after, tuple(calls))


def _configured(
    current: Mapping[str, Any],
    wanted: WantedProfileManager,
    role_arn: str,
    told: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "runtime": wanted.runtime,
        "handler": HANDLER,
        "role": role_arn,
        "memory_size": wanted.memory_size,
        "timeout": wanted.timeout,
        "environment": variables(current["environment"], wanted, told),
        "network": network(current["network"], wanted),
        "tracing": tracing(current["tracing"], wanted),
        "reserved_concurrency": _reserved(current["reserved_concurrency"], wanted),
    }


def tracing(current: str, wanted: WantedProfileManager) -> str:
    """`Active` where the function writes traces of its own, `PassThrough` where it does not."""
    return wanted.tracing or current


def _reserved(current: int | None, wanted: WantedProfileManager) -> int | None:
    """How many executions are kept for the function, None where it shares the account's."""
    if wanted.reserved_concurrency is None:
        return current
    return None if wanted.reserved_concurrency == UNRESERVED else wanted.reserved_concurrency


def _reservation(wanted: WantedProfileManager, executions: int | None) -> Call:
    return Call("reserve_concurrency", {"name": wanted.function_name, "executions": executions})


def network(current: Mapping[str, Any], wanted: WantedProfileManager) -> dict[str, list[str]]:
    """Subnets and security groups of the function; both empty means that it is in no VPC."""
    given = {"subnet_ids": wanted.subnet_ids, "security_group_ids": wanted.security_group_ids}
    merged = {key: sorted(current[key] if value is None else value) for key, value in given.items()}
    if not merged["subnet_ids"]:
        merged["security_group_ids"] = []
    elif not merged["security_group_ids"]:
        raise Refusal(f"To put {wanted.function_name} into a VPC, give security_group_ids along with subnet_ids.")
    return merged


def _request_value(key: str, value: Any) -> Any:
    if key == "environment":
        return {"Variables": value}
    if key == "network":
        return {"SubnetIds": value["subnet_ids"], "SecurityGroupIds": value["security_group_ids"]}
    if key == "tracing":
        return {"Mode": value}
    return value
