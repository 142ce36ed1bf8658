"""What a server refuses in pods and in the kinds that hold a pod template."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.kubernetes.emulator.errors import FieldError, duplicate, invalid_value, not_allowed, required, unsupported
from sandbox.kubernetes.emulator.metadata import LABEL_RULE, is_label, label_errors
from sandbox.kubernetes.emulator.selectors import matches_label_selector
from sandbox.kubernetes.emulator.values import at

Errors = Iterator[FieldError]

_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


def pod_errors(before: dict | None, obj: dict) -> Errors:
    yield from pod_spec_errors(obj.get("spec", {}), "spec")


def workload_errors(before: dict | None, obj: dict) -> Errors:
    spec = obj.get("spec", {})
    template = spec.get("template", {})
    labels = at(template, "metadata.labels", {})
    if obj["kind"] != "Job":
        yield from _selector_errors(before, spec, labels)
    if isinstance(spec.get("replicas"), int) and spec["replicas"] < 0:
        yield invalid_value("spec.replicas", spec["replicas"], "must be greater than or equal to 0")
    yield from label_errors(labels, "spec.template.metadata.labels")
    yield from pod_spec_errors(template.get("spec", {}), "spec.template.spec")
    yield from _restart_policy_errors(obj["kind"], template.get("spec", {}).get("restartPolicy"))


def _selector_errors(before: dict | None, spec: dict, labels: dict) -> Errors:
    selector = spec.get("selector")
    if selector is None:
        yield required("spec.selector")
    elif not selector:
        yield invalid_value("spec.selector", selector, "empty selector is invalid for deployment")
    if selector is None or not matches_label_selector(selector, labels):
        why = "`selector` does not match template `labels`"
        yield invalid_value("spec.template.metadata.labels", labels, why)
    if before is not None and at(before, "spec.selector") != selector:
        yield invalid_value("spec.selector", selector, "field is immutable")


def _restart_policy_errors(kind: str, policy: str | None) -> Errors:
    allowed = ("OnFailure", "Never") if kind == "Job" else ("Always",)
    if policy not in allowed:
        yield unsupported("spec.template.spec.restartPolicy", policy, allowed)


def pod_spec_errors(spec: dict, field: str) -> Errors:
    volumes: set[str] = set()
    for index, volume in enumerate(spec.get("volumes", [])):
        name = volume.get("name", "")
        yield from _named(name, f"{field}.volumes[{index}].name", volumes)
        if len(volume) > 2:
            yield not_allowed(f"{field}.volumes[{index}]", "may not specify more than 1 volume type")
    if not spec.get("containers"):
        yield required(f"{field}.containers")
    names: set[str] = set()
    for group in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(group, [])):
            yield from _container_errors(container, f"{field}.{group}[{index}]", names, volumes)


def _named(name: str, field: str, taken: set[str]) -> Errors:
    if not name:
        yield required(field)
    elif not is_label(name):
        yield invalid_value(field, name, LABEL_RULE)
    elif name in taken:
        yield duplicate(field, name)
    taken.add(name)


def _container_errors(container: dict, field: str, names: set[str], volumes: set[str]) -> Errors:
    yield from _named(container.get("name", ""), f"{field}.name", names)
    image = container.get("image", "")
    if not image:
        yield required(f"{field}.image")
    elif image.strip() != image:
        yield invalid_value(f"{field}.image", image, "must not have leading or trailing whitespace")
    if container.get("imagePullPolicy") not in _PULL_POLICIES:
        yield unsupported(f"{field}.imagePullPolicy", container.get("imagePullPolicy"), _PULL_POLICIES)
    yield from _port_errors(container.get("ports", []), f"{field}.ports")
    yield from _mount_errors(container.get("volumeMounts", []), f"{field}.volumeMounts", volumes)
    yield from _environment_errors(container.get("env", []), f"{field}.env")


def _port_errors(ports: list[dict], field: str) -> Errors:
    names: set[str] = set()
    for index, port in enumerate(ports):
        name, number = port.get("name"), port.get("containerPort")
        if name and not _PORT_NAME.fullmatch(name):
            why = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-), at most 15"
            yield invalid_value(f"{field}[{index}].name", name, why)
        elif name and name in names:
            yield duplicate(f"{field}[{index}].name", name)
        names.add(name or "")
        if number is None:
            yield required(f"{field}[{index}].containerPort")
        elif not 0 < number < 65536:
            yield invalid_value(f"{field}[{index}].containerPort", number, "must be between 1 and 65535, inclusive")
        if port.get("protocol") not in ("SCTP", "TCP", "UDP"):
            yield unsupported(f"{field}[{index}].protocol", port.get("protocol"), ("SCTP", "TCP", "UDP"))


def _mount_errors(mounts: list[dict], field: str, volumes: set[str]) -> Errors:
    paths: set[str] = set()
    for index, mount in enumerate(mounts):
        name, path = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            yield required(f"{field}[{index}].name")
        elif name not in volumes:
            yield FieldError(f"{field}[{index}].name", "FieldValueNotFound", f'Not found: "{name}"')
        if not path:
            yield required(f"{field}[{index}].mountPath")
        elif path in paths:
            yield invalid_value(f"{field}[{index}].mountPath", path, "must be unique")
        paths.add(path)


def _environment_errors(variables: list[dict], field: str) -> Errors:
    for index, variable in enumerate(variables):
        name = variable.get("name", "")
        if not name:
            yield required(f"{field}[{index}].name")
        elif not _ENV_NAME.fullmatch(name):
            why = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.'"
            yield invalid_value(f"{field}[{index}].name", name, why)
        if variable.get("value") and variable.get("valueFrom"):
            why = "may not be specified when `value` is not empty"
            yield invalid_value(f"{field}[{index}].valueFrom", "", why)
