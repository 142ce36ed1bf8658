"""CustomResourceDefinitions: the kinds they make the API serve, and their own status and end."""

from __future__ import annotations

from sandbox.kubernetes.emulator.resources import Resource, Scale
from sandbox.kubernetes.emulator.values import at, now, without
from sandbox.kubernetes.emulator.writes import Deletion, Writer
from sandbox.kubernetes.identity import UserInfo

_CONTROLLER = UserInfo("system:apiserver", ("system:masters",))
_ANYTHING = {"x-kubernetes-preserve-unknown-fields": True}


def is_definition(resource: Resource) -> bool:
    return resource.kind == "CustomResourceDefinition" and resource.group == "apiextensions.k8s.io"


def served_resources(definition: dict) -> list[Resource]:
    spec = definition["spec"]
    return [_resource(spec, version) for version in spec["versions"] if version.get("served")]


def _resource(spec: dict, version: dict) -> Resource:
    names, subresources = spec["names"], version.get("subresources") or {}
    scale = subresources.get("scale")
    return Resource(
        spec["group"],
        version["name"],
        names["plural"],
        names["kind"],
        namespaced=spec["scope"] == "Namespaced",
        singular=names.get("singular") or names["kind"].lower(),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        has_status="status" in subresources,
        scale=_scale(scale) if scale else None,
        schema=at(version, "schema.openAPIV3Schema") or _ANYTHING,
        selectable_fields=tuple(one["jsonPath"].lstrip(".") for one in version.get("selectableFields") or ()),
    )


def _scale(paths: dict) -> Scale:
    names = ("specReplicasPath", "statusReplicasPath", "labelSelectorPath")
    return Scale(*(str(paths.get(name) or "").lstrip(".") for name in names))


class CustomResources:
    """Reacts to writes: what a definition says is served, and its instances go before it does."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def __call__(self, resource: Resource, before: dict | None, after: dict | None) -> None:
        if not is_definition(resource):
            if after is None and resource.custom:
                self._finish_of(resource)
        elif after is None:
            names = before["spec"]["names"]
            self._writer.registry.replace(before["spec"]["group"], names["plural"])
        elif after["metadata"].get("deletionTimestamp"):
            self._delete_instances(after)
            self._finish(resource, after["metadata"]["name"])
        else:
            self._serve(resource, after)

    def _serve(self, resource: Resource, definition: dict) -> None:
        spec = definition["spec"]
        self._writer.registry.replace(spec["group"], spec["names"]["plural"], served_resources(definition))
        status = _status(definition)
        if definition.get("status") != status:
            self._writer.store_as_is(resource, {**definition, "status": status})

    def _delete_instances(self, definition: dict) -> None:
        spec = definition["spec"]
        store, registry = self._writer.store, self._writer.registry
        instance = registry.of_storage((spec["group"], spec["names"]["plural"]))
        for namespace, name in list(store.objects((spec["group"], spec["names"]["plural"]))) if instance else ():
            if store.get(instance.storage, namespace, name) is not None:
                self._writer.delete(instance, namespace, name, Deletion(), _CONTROLLER)

    def _finish_of(self, resource: Resource) -> None:
        definition = self._writer.registry.find("apiextensions.k8s.io", "v1", "customresourcedefinitions")
        if definition is not None:
            self._finish(definition, resource.qualified_name)

    def _finish(self, resource: Resource, name: str) -> None:
        """Removes a definition that is on its way out and has no instances left."""
        definition = self._writer.store.get(resource.storage, "", name)
        if definition is None or not definition["metadata"].get("deletionTimestamp"):
            return
        spec = definition["spec"]
        left = self._writer.store.objects((spec["group"], spec["names"]["plural"]))
        if not left and not definition["metadata"].get("finalizers"):
            self._writer.remove(resource, "", name)


def _status(definition: dict) -> dict:
    spec, had = definition["spec"], definition.get("status") or {}
    storage = next(version["name"] for version in spec["versions"] if version.get("storage"))
    stored = had.get("storedVersions") or []
    return {
        "acceptedNames": without(spec["names"]),
        "conditions": had.get("conditions")
        or [
            _met("NamesAccepted", "NoConflicts", "no conflicts found"),
            _met("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
        "storedVersions": stored if storage in stored else [*stored, storage],
    }


def _met(kind: str, reason: str, message: str) -> dict:
    return {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now()}
