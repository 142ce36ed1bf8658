"""How lists and maps of built-in kinds merge, by field name (patchMergeKey, listType and mapType in the Go types)."""

from __future__ import annotations

from sandbox.kubernetes.emulator.values import words

# Field name: the key strategic merge patches use, then all keys that server-side apply uses.
_KEYED = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "secrets": ("name",),
    "resourceClaims": ("name",),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
    "hostAliases": ("ip",),
    "podIPs": ("ip",),
    "addresses": ("type",),
    "taints": ("key",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "webhooks": ("name",),
    "matchConditions": ("name",),
    "variables": ("name",),
}
_CONTAINER_PORTS = ("containerPort", "protocol")
_SERVICE_PORTS = ("port", "protocol")

KEY_DEFAULTS = {"protocol": "TCP"}

ATOMIC_MAPS = words(
    "selector labelSelector podSelector namespaceSelector objectSelector scopeSelector roleRef "
    "nodeSelector secretKeyRef configMapKeyRef fieldRef resourceFieldRef involvedObject claimRef "
    "scaleTargetRef"
)

# Maps that the Go types leave out when they are empty; other empty objects (emptyDir: {}) say something.
OMITTED_WHEN_EMPTY = words(
    "labels annotations data binaryData stringData matchLabels nodeSelector limits requests hard used "
    "capacity allocatable parameters"
)


def list_keys(field: str, items: list) -> tuple[str, ...]:
    """The keys that name an item of this list for server-side apply; () where the list is replaced as a whole."""
    keys = _ports(items) if field == "ports" else _KEYED.get(field, ())
    fits = all(isinstance(item, dict) and keys and keys[0] in item for item in items)
    return keys if fits else ()


def merge_key(field: str, items: list) -> str | None:
    """The key of a strategic merge patch; None where the list is replaced as a whole."""
    keys = list_keys(field, items)
    return keys[0] if keys else None


def is_set(field: str) -> bool:
    return field == "finalizers"


def _ports(items: list) -> tuple[str, ...]:
    if all(isinstance(item, dict) and "containerPort" in item for item in items):
        return _CONTAINER_PORTS
    if all(isinstance(item, dict) and "port" in item for item in items):
        return _SERVICE_PORTS
    return ()
