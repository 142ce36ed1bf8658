"""What a field is for server-side apply: a struct or a map, a list whose items have keys, or a value as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.kubernetes.emulator.built_in_lists import ATOMIC_MAPS, KEY_DEFAULTS, is_set, list_keys
from sandbox.kubernetes.emulator.resources import Resource

# Keys of CRD schemas below which names are the author's own, not fields of JSONSchemaProps.
_SCHEMA_MAPS = frozenset(("properties", "patternProperties", "definitions"))


class Shape(Protocol):
    @property
    def atomic_map(self) -> bool:
        """The map is owned and replaced as a whole."""

    def named(self, key: str) -> bool:
        """The key is a field of a struct, not a key of a map."""

    def member(self, key: str) -> Shape: ...

    def item(self) -> Shape: ...

    def keys_of(self, items: list) -> tuple[str, ...]:
        """The keys that name an item; () for sets and lists that are replaced as a whole."""

    def is_set(self) -> bool: ...

    def key_default(self, key: str) -> Any: ...


@dataclass(frozen=True)
class BuiltInShape:
    """A built-in kind's field, known by its name alone."""

    field_name: str = ""

    @property
    def atomic_map(self) -> bool:
        return self.field_name in ATOMIC_MAPS

    def named(self, key: str) -> bool:
        return True

    def member(self, key: str) -> Shape:
        return JsonSchemaShape() if key == "openAPIV3Schema" else BuiltInShape(key)

    def item(self) -> Shape:
        return BuiltInShape()

    def keys_of(self, items: list) -> tuple[str, ...]:
        return list_keys(self.field_name, items)

    def is_set(self) -> bool:
        return is_set(self.field_name)

    def key_default(self, key: str) -> Any:
        return KEY_DEFAULTS.get(key)


@dataclass(frozen=True)
class JsonSchemaShape:
    """A schema inside a CustomResourceDefinition: maps merge, lists are replaced."""

    field_name: str = ""
    atomic_map: bool = False

    def named(self, key: str) -> bool:
        return self.field_name not in _SCHEMA_MAPS

    def member(self, key: str) -> Shape:
        return JsonSchemaShape(key if self.named(key) else "")

    def item(self) -> Shape:
        return JsonSchemaShape()

    def keys_of(self, items: list) -> tuple[str, ...]:
        return ()

    def is_set(self) -> bool:
        return False

    def key_default(self, key: str) -> Any:
        return None


@dataclass(frozen=True)
class CustomShape:
    """A field of a custom resource, described by its schema; {} means that anything may be there."""

    schema: dict = field(default_factory=dict)
    root: bool = False

    @property
    def atomic_map(self) -> bool:
        return self.schema.get("x-kubernetes-map-type") == "atomic"

    def named(self, key: str) -> bool:
        return key in self.schema.get("properties", {}) or (self.root and key in ("apiVersion", "kind", "metadata"))

    def member(self, key: str) -> Shape:
        if self.root and key == "metadata":
            return BuiltInShape("metadata")
        described = self.schema.get("properties", {}).get(key)
        if described is None:
            described = self.schema.get("additionalProperties")
        return CustomShape(described if isinstance(described, dict) else {})

    def item(self) -> Shape:
        described = self.schema.get("items")
        return CustomShape(described if isinstance(described, dict) else {})

    def keys_of(self, items: list) -> tuple[str, ...]:
        if self.schema.get("x-kubernetes-list-type") != "map" or not all(isinstance(item, dict) for item in items):
            return ()
        return tuple(self.schema.get("x-kubernetes-list-map-keys", ()))

    def is_set(self) -> bool:
        return self.schema.get("x-kubernetes-list-type") == "set"

    def key_default(self, key: str) -> Any:
        return self.schema.get("items", {}).get("properties", {}).get(key, {}).get("default")


def shape_of(resource: Resource) -> Shape:
    return CustomShape(resource.schema, root=True) if resource.custom else BuiltInShape()
