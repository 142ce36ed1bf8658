"""Which groups, versions and kinds there are: the documents clients read before anything else."""

from __future__ import annotations

from sandbox.kubernetes.emulator.resources import Registry, Resource

VERSION = {
    "major": "1",
    "minor": "34",
    "emulationMajor": "1",
    "emulationMinor": "34",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "33",
    "gitVersion": "v1.34.0-sandbox",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "",
}
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_STATUS_VERBS = ["get", "patch", "update"]
# Subresources beside status and scale, with the kind they speak.
_SUBRESOURCES = {
    ("", "namespaces"): [("finalize", "", "v1", "Namespace", ["update"])],
    ("", "serviceaccounts"): [("token", "authentication.k8s.io", "v1", "TokenRequest", ["create"])],
    ("", "pods"): [("eviction", "policy", "v1", "Eviction", ["create"])],
}


def core_versions() -> dict:
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def group_list(registry: Registry) -> dict:
    groups = [_group(name, versions) for name, versions in registry.groups().items()]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(registry: Registry, name: str) -> dict | None:
    versions = registry.groups().get(name)
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)} if versions else None


def _group(name: str, versions: list[str]) -> dict:
    shown = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": shown, "preferredVersion": shown[0]}


def resource_list(registry: Registry, group_name: str, version: str) -> dict | None:
    resources = registry.in_version(group_name, version)
    if not resources:
        return None
    shown = [entry for resource in resources for entry in _entries(resource)]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": resources[0].group_version,
        "resources": shown,
    }


def _entries(resource: Resource) -> list[dict]:
    entry = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    below = [
        {
            "name": f"{resource.plural}/{name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            **({"group": group_name, "version": version} if (group_name, version) != _where(resource) else {}),
            "kind": kind,
            "verbs": verbs,
        }
        for name, group_name, version, kind, verbs in subresources(resource)
    ]
    return [entry, *below]


def _where(resource: Resource) -> tuple[str, str]:
    return resource.group, resource.version


def subresources(resource: Resource) -> list[tuple[str, str, str, str, list[str]]]:
    """(name, group, version, kind, verbs) of each subresource."""
    found = list(_SUBRESOURCES.get(resource.storage, ()))
    if resource.has_status:
        found.append(("status", resource.group, resource.version, resource.kind, _STATUS_VERBS))
    if resource.scale:
        found.append(("scale", "autoscaling", "v1", "Scale", _STATUS_VERBS))
    return found


def aggregated(registry: Registry, core: bool) -> dict:
    """All groups with their resources in one document (apidiscovery.k8s.io/v2)."""
    groups = {"": ["v1"]} if core else registry.groups()
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [
                {
                    "version": version,
                    "resources": [_aggregated_entry(r) for r in registry.in_version(name, version)],
                    "freshness": "Current",
                }
                for version in versions
            ],
        }
        for name, versions in groups.items()
    ]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _aggregated_entry(resource: Resource) -> dict:
    entry = {
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    below = [
        {
            "subresource": name,
            "responseKind": {"group": group_name, "version": version, "kind": kind},
            "verbs": verbs,
        }
        for name, group_name, version, kind, verbs in subresources(resource)
    ]
    return {**entry, "subresources": below} if below else entry
