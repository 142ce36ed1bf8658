"""What a container of the cluster would be started with: its environment and mounted files, from the objects they name.

This is how the sandbox's stand-ins act by what was deployed, although no pod runs.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.kubernetes.client import KubernetesClient

Object = dict[str, Any]


class NotDeployed(Exception):
    """The workload is not there, or something that its container needs is missing; the message says which."""


class Container:
    """One container of a Deployment; everything is read when it is asked for."""

    def __init__(self, cluster: KubernetesClient, namespace: str, deployment: str, container: str = "") -> None:
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}"
        found = cluster.get(path)
        if found is None:
            raise NotDeployed(f"there is no Deployment {namespace}/{deployment}")
        self._cluster, self._namespace, self.name = cluster, namespace, f"{namespace}/{deployment}"
        self._pod: Object = found["spec"]["template"]["spec"]
        self._container = next(each for each in self._pod["containers"] if container in ("", each["name"]))
        self._read: dict[str, Mapping[str, str]] = {}

    @property
    def arguments(self) -> list[str]:
        return [*(self._container.get("command") or ()), *(self._container.get("args") or ())]

    def environment(self) -> dict[str, str]:
        """The variables, with values taken from ConfigMaps and Secrets."""
        variables: dict[str, str] = {}
        for entry in self._container.get("envFrom") or ():
            source = entry.get("configMapRef") or entry.get("secretRef") or {}
            kind = "configmaps" if "configMapRef" in entry else "secrets"
            variables |= self._data(kind, source["name"], bool(source.get("optional")))
        for entry in self._container.get("env") or ():
            value = entry.get("value") if "valueFrom" not in entry else self._from(entry["name"], entry["valueFrom"])
            if value is not None:
                variables[entry["name"]] = value
        return variables

    def file(self, path: str) -> str:
        """The text of a file that a ConfigMap or a Secret puts there; NotDeployed when none does."""
        for folder, kind, name in self._mounted():
            key = path.removeprefix(f"{folder}/")
            data = self._data(kind, name, optional=False) if path.startswith(f"{folder}/") else {}
            if key in data:
                return data[key]
            if path == folder and len(data) == 1:
                return next(iter(data.values()))
        raise NotDeployed(f"the container of {self.name} has no file {path}")

    def _mounted(self) -> Iterator[tuple[str, str, str]]:
        """(folder, kind, name) of each volume that holds the data of an object."""
        volumes = {volume["name"]: volume for volume in self._pod.get("volumes") or ()}
        for mount in self._container.get("volumeMounts") or ():
            volume = volumes.get(mount["name"]) or {}
            folder = mount["mountPath"].rstrip("/")
            if mount.get("subPath"):
                folder = folder.removesuffix(f"/{mount['subPath']}")
            if "configMap" in volume:
                yield folder, "configmaps", volume["configMap"]["name"]
            elif "secret" in volume:
                yield folder, "secrets", volume["secret"]["secretName"]

    def _from(self, variable: str, source: Object) -> str | None:
        for key, kind in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
            if key in source:
                reference = source[key]
                optional = bool(reference.get("optional"))
                data = self._data(kind, reference["name"], optional)
                if reference["key"] not in data and not optional:
                    raise NotDeployed(
                        f"{self.name} cannot start: couldn't find key {reference['key']} in {kind[:-1]} "
                        f"{self._namespace}/{reference['name']} (for {variable})"
                    )
                return data.get(reference["key"])
        return None

    def _data(self, kind: str, name: str, optional: bool) -> Mapping[str, str]:
        if f"{kind}/{name}" not in self._read:
            found = self._cluster.get(f"/api/v1/namespaces/{self._namespace}/{kind}/{name}")
            if found is None and not optional:
                raise NotDeployed(f'{self.name} cannot start: {kind[:-1]} "{name}" not found')
            data = (found or {}).get("data") or {}
            if kind == "secrets":
                data = {key: base64.b64decode(value).decode() for key, value in data.items()}
            self._read[f"{kind}/{name}"] = data
        return self._read[f"{kind}/{name}"]
