# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for an EKS cluster: made once, then changed only where EKS and reason allow it.

Formats: https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.auto_mode import (
    AutoMode,
    auto_mode_after,
    auto_mode_request,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_calls, tag_changes

AUTHENTICATION_MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
BUSY = ("CREATING", "UPDATING", "PENDING")


@dataclass(frozen=True)
class WantedCluster:
    """The cluster as its user wants it; None is "not given, not touched".

    `announced_only` is true in check mode, where role and subnets may be made, and node groups removed, by the same,
    merely announced run.
    """

    name: str
    role_arn: str | None = None
    version: str | None = None
    subnet_ids: Sequence[str] | None = None
    security_group_ids: Sequence[str] | None = None
    authentication_mode: str | None = None
    endpoint_public_access: bool | None = None
    endpoint_private_access: bool | None = None
    public_access_cidrs: Sequence[str] | None = None
    logging_types: Sequence[str] | None = None
    bootstrap_creator_admin: bool | None = None
    encryption_key_arn: str | None = None
    auto_mode: AutoMode | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    wait: bool = True
    announced_only: bool = False


def present(current: Mapping[str, Any], wanted: WantedCluster) -> Plan:
    """Create the cluster, or bring the one that is there forward.

    `current` is `{cluster: record | None, versions: [newest first]}`; the record has the shape that the module returns.
    """
    cluster = current["cluster"]
    if cluster is None:
        return _created(wanted, current["versions"])
    if cluster["status"] == "DELETING":
        gone = Call("wait_deleted", {"name": wanted.name}, changes=False)
        made = _created(wanted, current["versions"])
        return Plan(cluster, made.after, (gone, *made.calls))
    if cluster["status"] == "FAILED":
        raise Refusal(
            f"The cluster {wanted.name} is FAILED: EKS could not make it (see its health issues in the console, most "
            "often subnets or the role). Remove it (state: absent), correct the cause, and run this task again."
        )
    refuse_drift(cluster, wanted)
    calls, after = _updates(cluster, wanted)
    if cluster["status"] in BUSY and (calls or wanted.wait):
        calls.insert(0, Call("wait_active", {"name": wanted.name}, changes=False))
        after["status"] = "ACTIVE"
        if cluster["status"] == "CREATING":
            after.update({key: UNKNOWN for key in _TOLD_LATE if not cluster[key]})
    return Plan(cluster, after, tuple(calls))


def absent(current: Mapping[str, Any], wanted: WantedCluster) -> Plan:
    """Remove the cluster; what still belongs to it and would be lost or left over is named instead.

    `current` also holds `node_groups` and `fargate_profiles`, the names of those that nobody is removing already.
    """
    cluster = current["cluster"]
    if cluster is None:
        return Plan(None, None)
    wait = (Call("wait_deleted", {"name": wanted.name}, changes=False),) if wanted.wait else ()
    if cluster["status"] == "DELETING":
        return Plan(cluster, None, wait)
    left = [*current["node_groups"], *current["fargate_profiles"]]
    doubt = (
        f"The cluster {wanted.name} still has node groups or Fargate profiles: {', '.join(left)}. "
        "Remove those first (multitenant.kubeflow.eks_node_group, community.aws.eks_fargate_profile)."
    )
    if left and not wanted.announced_only:
        raise Refusal(doubt)
    settle = ()
    if cluster["status"] in BUSY:
        settle = (Call("wait_active", {"name": wanted.name}, changes=False),)
    calls = (*settle, Call("delete_cluster", {"name": wanted.name}), *wait)
    return Plan(cluster, None, calls, (doubt,) if left else ())


def refuse_drift(cluster: Mapping[str, Any], wanted: WantedCluster) -> None:
    """Raise the explanation for what is wanted otherwise than it is and cannot or must not be changed."""
    again = "Give what the cluster has, or leave the option out; for other values a new cluster is needed."
    if wanted.role_arn is not None and wanted.role_arn != cluster["role_arn"]:
        raise Refusal(
            f"The cluster {wanted.name} has the role {cluster['role_arn']}, not {wanted.role_arn}: "
            f"EKS fixes it when the cluster is made. {again}"
        )
    if cluster["encryption_key_arn"] and wanted.encryption_key_arn not in (None, cluster["encryption_key_arn"]):
        raise Refusal(
            f"The cluster {wanted.name} encrypts its secrets with {cluster['encryption_key_arn']}, not with "
            f"{wanted.encryption_key_arn}: EKS never takes another key. {again}"
        )
    for option, word in (("subnet_ids", "subnets"), ("security_group_ids", "security groups")):
        value = getattr(wanted, option)
        if value is not None and sorted(value) != cluster[option]:
            raise Refusal(
                f"The cluster {wanted.name} has the {word} {', '.join(cluster[option]) or 'none'}, not "
                f"{', '.join(sorted(value)) or 'none'}: this module does not move a running cluster. {again}"
            )


def mode_steps(current: str, wanted: str | None, name: str) -> list[str]:
    """The authentication modes to go through; EKS goes forward only, one at a time."""
    if wanted is None or wanted == current:
        return []
    here, there = AUTHENTICATION_MODES.index(current), AUTHENTICATION_MODES.index(wanted)
    if there < here:
        raise Refusal(
            f"The cluster {name} has authentication mode {current}; EKS does not go back to {wanted}. "
            f"Give authentication_mode: {current}."
        )
    return list(AUTHENTICATION_MODES[here + 1 : there + 1])


def version_step(current: str, wanted: str | None, name: str) -> str | None:
    """The version to upgrade to: the next minor one, or none."""
    if wanted is None or wanted == current:
        return None
    here, there = _minor(current), _minor(wanted)
    if there < here:
        raise Refusal(
            f"The cluster {name} has version {current}; EKS does not go back to {wanted}. "
            "Raise the option version, or leave it out."
        )
    if there > here + 1:
        raise Refusal(
            f"The cluster {name} has version {current}; EKS upgrades by one minor version at a time. "
            f"Give version: '1.{here + 1}' first, upgrade the nodes, and go on from there to {wanted}."
        )
    return wanted


def newest_standard(versions: Sequence[Mapping[str, Any]]) -> str | None:
    """The newest version in standard support, None when AWS does not say."""
    standard = [item["version"] for item in versions if item["standard_support"]]
    return max(standard, key=_minor) if standard else None


_TOLD_LATE = ("endpoint", "certificate_authority_data", "oidc_issuer", "cluster_security_group_id")


def _created(wanted: WantedCluster, versions: Sequence[Mapping[str, Any]]) -> Plan:
    if not wanted.announced_only and not (wanted.role_arn and wanted.subnet_ids):
        raise Refusal(f"There is no cluster {wanted.name}; to make it, give role_arn and subnet_ids.")
    version = wanted.version or newest_standard(versions)
    request = _creation_request(wanted, version)
    calls = [Call("create_cluster", {"request": request})]
    if wanted.wait:
        calls.append(Call("wait_active", {"name": wanted.name}, changes=False))
    after = {
        "name": wanted.name,
        "arn": UNKNOWN,
        "status": "ACTIVE" if wanted.wait else "CREATING",
        "version": version or UNKNOWN,
        "platform_version": UNKNOWN,
        "endpoint": UNKNOWN if wanted.wait else "",
        "certificate_authority_data": UNKNOWN if wanted.wait else "",
        "oidc_issuer": UNKNOWN if wanted.wait else "",
        "authentication_mode": wanted.authentication_mode or "CONFIG_MAP",
        "role_arn": wanted.role_arn or UNKNOWN,
        "vpc_id": UNKNOWN,
        "subnet_ids": sorted(wanted.subnet_ids or []) or UNKNOWN,
        "security_group_ids": sorted(wanted.security_group_ids or []),
        "cluster_security_group_id": UNKNOWN if wanted.wait else "",
        "endpoint_public_access": True if wanted.endpoint_public_access is None else wanted.endpoint_public_access,
        "endpoint_private_access": bool(wanted.endpoint_private_access),
        "public_access_cidrs": _cidrs_after(wanted),
        "logging_types": sorted(wanted.logging_types or []),
        "encryption_key_arn": wanted.encryption_key_arn or "",
        "auto_mode": auto_mode_after(wanted.auto_mode),
        "tags": tag_changes({}, wanted.tags, False).after,
    }
    return Plan(None, after, tuple(calls))


def _cidrs_after(wanted: WantedCluster) -> list[str]:
    if wanted.endpoint_public_access is False:
        return sorted(wanted.public_access_cidrs or [])
    return sorted(wanted.public_access_cidrs or ["0.0.0.0/0"])


def _creation_request(wanted: WantedCluster, version: str | None) -> dict[str, Any]:
    """CreateCluster's arguments, of the given options only."""
    network = {
        "subnetIds": wanted.subnet_ids,
        "securityGroupIds": wanted.security_group_ids,
        **_endpoint_request(wanted),
    }
    access = {
        "authenticationMode": wanted.authentication_mode,
        "bootstrapClusterCreatorAdminPermissions": wanted.bootstrap_creator_admin,
    }
    request = {
        "name": wanted.name,
        "roleArn": wanted.role_arn,
        "version": version,
        "resourcesVpcConfig": _filled(network),
        "accessConfig": _filled(access),
        "logging": _logging_request(wanted.logging_types, ()) if wanted.logging_types else None,
        "encryptionConfig": _encryption_request(wanted.encryption_key_arn) if wanted.encryption_key_arn else None,
        **(auto_mode_request(wanted.auto_mode) if wanted.auto_mode and wanted.auto_mode.enabled else {}),
        # EKS refuses to put its own add-ons into an Auto Mode cluster, which needs none of them.
        "bootstrapSelfManagedAddons": False if wanted.auto_mode and wanted.auto_mode.enabled else None,
        "tags": tag_changes({}, wanted.tags, False).after,
    }
    return {key: value for key, value in request.items() if value not in (None, {})}


def _encryption_request(key_arn: str) -> list[dict[str, Any]]:
    return [{"resources": ["secrets"], "provider": {"keyArn": key_arn}}]


def _endpoint_request(wanted: WantedCluster) -> dict[str, Any]:
    return {
        "endpointPublicAccess": wanted.endpoint_public_access,
        "endpointPrivateAccess": wanted.endpoint_private_access,
        "publicAccessCidrs": wanted.public_access_cidrs,
    }


def _logging_request(enabled: Sequence[str], disabled: Sequence[str]) -> dict[str, Any]:
    setup = [{"types": sorted(enabled), "enabled": True}] if enabled else []
    if disabled:
        setup.append({"types": sorted(disabled), "enabled": False})
    return {"clusterLogging": setup}


def _updates(cluster: Mapping[str, Any], wanted: WantedCluster) -> tuple[list[Call], dict[str, Any]]:
    """The updates, one per kind as EKS wants them, and the cluster after them."""
    name = wanted.name
    after = dict(cluster)
    calls = []
    for mode in mode_steps(cluster["authentication_mode"], wanted.authentication_mode, name):
        calls.append(_update(name, "authentication mode", {"accessConfig": {"authenticationMode": mode}}))
        after["authentication_mode"] = mode
    endpoint = _endpoint_changes(cluster, wanted)
    if endpoint:
        calls.append(_update(name, "endpoint access", {"resourcesVpcConfig": _filled(_endpoint_request(wanted))}))
        after.update(endpoint)
    if wanted.logging_types is not None and sorted(wanted.logging_types) != cluster["logging_types"]:
        disabled = [kind for kind in LOG_TYPES if kind not in wanted.logging_types]
        calls.append(_update(name, "logging", {"logging": _logging_request(wanted.logging_types, disabled)}))
        after["logging_types"] = sorted(wanted.logging_types)
    if wanted.encryption_key_arn and not cluster["encryption_key_arn"]:
        calls.append(Call("encrypt", {"name": name, "encryption": _encryption_request(wanted.encryption_key_arn)}))
        after["encryption_key_arn"] = wanted.encryption_key_arn
    if wanted.auto_mode is not None and auto_mode_after(wanted.auto_mode, cluster["auto_mode"]) != cluster["auto_mode"]:
        calls.append(_update(name, "Auto Mode", auto_mode_request(wanted.auto_mode)))
        after["auto_mode"] = auto_mode_after(wanted.auto_mode, cluster["auto_mode"])
    version = version_step(cluster["version"], wanted.version, name)
    if version:
        calls.append(Call("update_version", {"name": name, "version": version}))
        after.update(version=version, platform_version=UNKNOWN)
    tags = tag_changes(cluster["tags"], wanted.tags, wanted.purge_tags)
    calls.extend(tag_calls(cluster["arn"], tags))
    after["tags"] = tags.after
    return calls, after


def _endpoint_changes(cluster: Mapping[str, Any], wanted: WantedCluster) -> dict[str, Any]:
    changes = {}
    for option in ("endpoint_public_access", "endpoint_private_access"):
        value = getattr(wanted, option)
        if value is not None and value != cluster[option]:
            changes[option] = value
    if wanted.public_access_cidrs is not None and sorted(wanted.public_access_cidrs) != cluster["public_access_cidrs"]:
        changes["public_access_cidrs"] = sorted(wanted.public_access_cidrs)
    return changes


def _update(name: str, what: str, request: Mapping[str, Any]) -> Call:
    return Call("update_config", {"name": name, "what": what, "request": dict(request)})


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value is not None
    }


def _minor(version: str) -> int:
    try:
        return int(str(version).split(".")[1])
    except (IndexError, ValueError):
        raise Refusal(f"{version!r} is no version of Kubernetes. Give it as in '1.35' (quoted).") from None
