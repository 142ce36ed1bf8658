"""What a server refuses in built-in kinds: the frequent mistakes, not every rule of Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sandbox.kubernetes.emulator.errors import (
    FieldError,
    duplicate,
    invalid_value,
    not_allowed,
    required,
    unsupported,
)
from sandbox.kubernetes.emulator.metadata import (
    LABEL_RULE,
    SUBDOMAIN_RULE,
    is_label,
    is_subdomain,
    label_errors,
    metadata_errors,
)
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.schemas import validate
from sandbox.kubernetes.emulator.values import at
from sandbox.kubernetes.emulator.workload_validation import pod_errors, workload_errors

Errors = Iterator[FieldError]

_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")


def validation_errors(resource: Resource, before: dict | None, obj: dict) -> list[FieldError]:
    errors = list(metadata_errors(resource, obj["metadata"]))
    if resource.custom:
        return errors + validate(resource.schema or {}, obj)
    check = _CHECKS.get(resource.kind)
    return errors + list(check(before, obj)) if check else errors


def _data_keys(obj: dict, *fields: str) -> Errors:
    for field in fields:
        for key in obj.get(field, {}):
            if not _DATA_KEY.fullmatch(key):
                why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
                yield invalid_value(f"{field}[{key}]", key, why)


def _immutable(before: dict | None, obj: dict, *fields: str) -> Errors:
    if before is None or not before.get("immutable"):
        return
    if not obj.get("immutable"):
        yield not_allowed("immutable", "field is immutable when `immutable` is set")
    for field in fields:
        if before.get(field) != obj.get(field):
            yield not_allowed(field, "field is immutable when `immutable` is set")


def _config_map(before: dict | None, obj: dict) -> Errors:
    yield from _data_keys(obj, "data", "binaryData")
    yield from _immutable(before, obj, "data", "binaryData")


def _secret(before: dict | None, obj: dict) -> Errors:
    yield from _data_keys(obj, "data")
    yield from _immutable(before, obj, "data")
    if before is not None and before.get("type") != obj.get("type"):
        yield invalid_value("type", obj.get("type"), "field is immutable")


def _service(before: dict | None, obj: dict) -> Errors:
    spec = obj.get("spec", {})
    ports, kind = spec.get("ports", []), spec.get("type")
    if kind not in _SERVICE_TYPES:
        yield unsupported("spec.type", kind, _SERVICE_TYPES)
    if kind == "ExternalName" and not spec.get("externalName"):
        yield required("spec.externalName")
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    yield from _service_ports(ports)
    yield from label_errors(spec.get("selector") or {}, "spec.selector")


def _service_ports(ports: list[dict]) -> Errors:
    names, numbers = set(), set()
    for index, port in enumerate(ports):
        field, name, number = f"spec.ports[{index}]", port.get("name"), (port.get("protocol"), port.get("port"))
        if not name and len(ports) > 1:
            yield required(f"{field}.name")
        elif name and not is_label(name):
            yield invalid_value(f"{field}.name", name, LABEL_RULE)
        if name and name in names:
            yield duplicate(f"{field}.name", name)
        if not isinstance(port.get("port"), int) or not 0 < port["port"] < 65536:
            yield invalid_value(f"{field}.port", port.get("port", 0), "must be between 1 and 65535, inclusive")
        elif number in numbers:
            yield duplicate(field, {"protocol": number[0], "port": number[1]})
        if port.get("protocol") not in _PROTOCOLS:
            yield unsupported(f"{field}.protocol", port.get("protocol"), _PROTOCOLS)
        names.add(name)
        numbers.add(number)


def _ingress(before: dict | None, obj: dict) -> Errors:
    spec = obj.get("spec", {})
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield invalid_value("spec", "", "either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend") is not None:
        yield from _ingress_backend(spec["defaultBackend"], "spec.defaultBackend")
    for number, rule in enumerate(spec.get("rules", [])):
        field, host = f"spec.rules[{number}]", rule.get("host", "")
        if host and not is_subdomain(host.removeprefix("*.")):
            yield invalid_value(f"{field}.host", host, SUBDOMAIN_RULE)
        paths = at(rule, "http.paths")
        if rule.get("http") is not None and not paths:
            yield required(f"{field}.http.paths")
        for index, path in enumerate(paths or []):
            yield from _ingress_path(path, f"{field}.http.paths[{index}]")


def _ingress_path(path: dict, field: str) -> Errors:
    kind = path.get("pathType")
    if kind is None:
        yield required(f"{field}.pathType", "pathType must be specified")
    elif kind not in _PATH_TYPES:
        yield unsupported(f"{field}.pathType", kind, _PATH_TYPES)
    elif kind != "ImplementationSpecific" and not str(path.get("path", "")).startswith("/"):
        yield invalid_value(f"{field}.path", path.get("path", ""), "must be an absolute path")
    yield from _ingress_backend(path.get("backend") or {}, f"{field}.backend")


def _ingress_backend(backend: dict, field: str) -> Errors:
    service = backend.get("service")
    if service is None and backend.get("resource") is None:
        yield required(field, "only one of service or resource is required")
    elif service is not None:
        if not service.get("name"):
            yield required(f"{field}.service.name")
        port = service.get("port") or {}
        if not port.get("name") and not port.get("number"):
            yield required(field, "port name or number is required")
        elif port.get("name") and port.get("number"):
            yield invalid_value(field, "", "cannot set both port name & port number")


def _binding(before: dict | None, obj: dict) -> Errors:
    reference, cluster = obj.get("roleRef") or {}, obj["kind"] == "ClusterRoleBinding"
    kinds = ("ClusterRole",) if cluster else ("ClusterRole", "Role")
    if reference.get("apiGroup") != "rbac.authorization.k8s.io":
        yield unsupported("roleRef.apiGroup", reference.get("apiGroup"), ("rbac.authorization.k8s.io",))
    if reference.get("kind") not in kinds:
        yield unsupported("roleRef.kind", reference.get("kind"), kinds)
    if not reference.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(obj.get("subjects", [])):
        yield from _subject(subject, f"subjects[{index}]", cluster)
    if before is not None and before.get("roleRef") != obj.get("roleRef"):
        yield invalid_value("roleRef", reference, "cannot change roleRef")


def _subject(subject: dict, field: str, cluster: bool) -> Errors:
    kind, group = subject.get("kind"), subject.get("apiGroup", "")
    wanted_group = "" if kind == "ServiceAccount" else "rbac.authorization.k8s.io"
    if kind not in ("ServiceAccount", "User", "Group"):
        yield unsupported(f"{field}.kind", kind, ("ServiceAccount", "User", "Group"))
    elif group != wanted_group:
        yield unsupported(f"{field}.apiGroup", group, (wanted_group,))
    if not subject.get("name"):
        yield required(f"{field}.name")
    elif kind == "ServiceAccount" and not is_subdomain(subject["name"]):
        yield invalid_value(f"{field}.name", subject["name"], SUBDOMAIN_RULE)
    if kind == "ServiceAccount" and cluster and not subject.get("namespace"):
        yield required(f"{field}.namespace")


def _role(before: dict | None, obj: dict) -> Errors:
    cluster = obj["kind"] == "ClusterRole"
    for index, rule in enumerate(obj.get("rules") or []):
        field = f"rules[{index}]"
        if not rule.get("verbs"):
            yield required(f"{field}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            if not cluster:
                yield invalid_value(
                    f"{field}.nonResourceURLs",
                    rule["nonResourceURLs"],
                    "namespaced rules cannot apply to non-resource URLs",
                )
            if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
                why = "rules cannot apply to both regular resources and non-resource URLs"
                yield invalid_value(f"{field}.nonResourceURLs", rule["nonResourceURLs"], why)
            continue
        if not rule.get("apiGroups"):
            yield required(f"{field}.apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            yield required(f"{field}.resources", "resource rules must supply at least one resource")


def _custom_resource_definition(before: dict | None, obj: dict) -> Errors:
    spec = obj.get("spec", {})
    names, versions = spec.get("names", {}), spec.get("versions", [])
    if obj["metadata"].get("name") != f"{names.get('plural', '')}.{spec.get('group', '')}":
        yield invalid_value("metadata.name", obj["metadata"].get("name"), 'must be spec.names.plural+"."+spec.group')
    for field, value in (("group", spec.get("group")), ("names.plural", names.get("plural"))):
        if not value:
            yield required(f"spec.{field}")
    if not names.get("kind"):
        yield required("spec.names.kind")
    if spec.get("scope") not in ("Cluster", "Namespaced"):
        yield unsupported("spec.scope", spec.get("scope"), ("Cluster", "Namespaced"))
    yield from _definition_versions(versions)
    if before is not None and before["spec"].get("scope") != spec.get("scope"):
        yield invalid_value("spec.scope", spec.get("scope"), "field is immutable")


def _definition_versions(versions: list[dict]) -> Errors:
    if not versions:
        yield required("spec.versions")
    if len([version for version in versions if version.get("storage")]) != 1 and versions:
        why = "must have exactly one version marked as storage version"
        yield invalid_value("spec.versions", [version.get("name") for version in versions], why)
    for index, version in enumerate(versions):
        if not isinstance(at(version, "schema.openAPIV3Schema"), dict):
            yield required(f"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required")


def _webhook_configuration(before: dict | None, obj: dict) -> Errors:
    names = set()
    for index, webhook in enumerate(obj.get("webhooks", [])):
        field, name = f"webhooks[{index}]", webhook.get("name", "")
        if not is_subdomain(name) or name.count(".") < 2:
            why = "should be a domain with at least three segments separated by dots"
            yield invalid_value(f"{field}.name", name, why)
        if name in names:
            yield duplicate(f"{field}.name", name)
        names.add(name)
        if not webhook.get("admissionReviewVersions"):
            yield required(f"{field}.admissionReviewVersions", "must specify one of v1, v1beta1")
        if webhook.get("sideEffects") not in ("None", "NoneOnDryRun"):
            yield unsupported(f"{field}.sideEffects", webhook.get("sideEffects"), ("None", "NoneOnDryRun"))
        target = webhook.get("clientConfig") or {}
        if bool(target.get("url")) == bool(target.get("service")):
            yield required(f"{field}.clientConfig", "exactly one of url or service is required")


def _priority_class(before: dict | None, obj: dict) -> Errors:
    if before is not None and before.get("value") != obj.get("value"):
        yield not_allowed("value", "may not be changed in an update.")


def _storage_class(before: dict | None, obj: dict) -> Errors:
    if not obj.get("provisioner"):
        yield required("provisioner")


_CHECKS: dict[str, Callable[[dict | None, dict], Errors]] = {
    "ConfigMap": _config_map,
    "Secret": _secret,
    "Service": _service,
    "Ingress": _ingress,
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
    "Role": _role,
    "ClusterRole": _role,
    "CustomResourceDefinition": _custom_resource_definition,
    "MutatingWebhookConfiguration": _webhook_configuration,
    "ValidatingWebhookConfiguration": _webhook_configuration,
    "PriorityClass": _priority_class,
    "StorageClass": _storage_class,
    "Pod": pod_errors,
    "Deployment": workload_errors,
    "StatefulSet": workload_errors,
    "DaemonSet": workload_errors,
    "ReplicaSet": workload_errors,
    "Job": workload_errors,
}
