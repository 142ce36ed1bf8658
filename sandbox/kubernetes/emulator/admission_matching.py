"""Whether the MatchResources of a policy or of its binding are about a write: rules, selectors, exclusions.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.kubernetes.emulator.admission import Write
from sandbox.kubernetes.emulator.resources import Registry, Resource
from sandbox.kubernetes.emulator.selectors import matches_label_selector
from sandbox.kubernetes.emulator.store import Store


def matched_as(constraints: dict, write: Write, registry: Registry, store: Store) -> Resource | None:
    """The served version of the write's kind that a rule names, the write's own first; None when nothing matches.

    Without rules everything matches, as in a binding.
    """
    if not _namespace_matches(constraints.get("namespaceSelector") or {}, write, store):
        return None
    if not _object_matches(constraints.get("objectSelector") or {}, write):
        return None
    versions = list(_versions(constraints, write, registry))
    if _first_match(constraints.get("excludeResourceRules") or [], versions, write):
        return None
    rules = constraints.get("resourceRules") or []
    return _first_match(rules, versions, write) if rules else write.resource


def _versions(constraints: dict, write: Write, registry: Registry) -> Iterator[Resource]:
    yield write.resource
    if constraints.get("matchPolicy", "Equivalent") == "Equivalent":
        group, plural = write.resource.storage
        for version in registry.groups().get(group, []):
            other = registry.find(group, version, plural)
            if other is not None and other.version != write.resource.version:
                yield other


def _first_match(rules: list[dict], versions: list[Resource], write: Write) -> Resource | None:
    return next((version for version in versions if any(_rule_matches(rule, version, write) for rule in rules)), None)


def _rule_matches(rule: dict, resource: Resource, write: Write) -> bool:
    names = rule.get("resourceNames") or []
    return (
        _is_among(write.operation, rule.get("operations"))
        and _is_among(resource.group, rule.get("apiGroups"))
        and _is_among(resource.version, rule.get("apiVersions"))
        and any(_names_resource(text, resource.plural, write.subresource) for text in rule.get("resources") or [])
        and rule.get("scope", "*") in ("*", "Namespaced" if resource.namespaced else "Cluster")
        and (not names or write.name in names)
    )


def _is_among(value: str, listed: list[str] | None) -> bool:
    return value in (listed or []) or "*" in (listed or [])


def _names_resource(text: str, plural: str, subresource: str) -> bool:
    """`pods`, `pods/status`, `pods/*`, `*`, `*/status`, `*/*`."""
    resource, _, part = text.partition("/")
    return resource in ("*", plural) and part in ("*", subresource)


def _namespace_matches(selector: dict, write: Write, store: Store) -> bool:
    """A selector says nothing about objects without a namespace; a namespace is in itself."""
    if not selector:
        return True
    if write.resource.is_core("Namespace"):
        namespace = write.after or write.before
    elif write.resource.namespaced:
        namespace = store.get(("", "namespaces"), "", write.namespace)
    else:
        return True
    return matches_label_selector(selector, _labels(namespace))


def _object_matches(selector: dict, write: Write) -> bool:
    if not selector:
        return True
    written = [obj for obj in (write.after, write.before) if obj is not None]
    return any(matches_label_selector(selector, _labels(obj)) for obj in written)


def _labels(obj: dict | None) -> dict[str, str]:
    return ((obj or {}).get("metadata") or {}).get("labels") or {}
