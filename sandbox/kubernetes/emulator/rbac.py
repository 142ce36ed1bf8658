"""Who may do what: Kubernetes' role based access control, read from the stored roles and bindings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox.kubernetes.emulator.bootstrap_roles import EVERYTHING, RBAC
from sandbox.kubernetes.emulator.store import Store
from sandbox.kubernetes.identity import UserInfo


@dataclass(frozen=True)
class Action:
    """A verb on a resource ("pods/log" for a subresource); namespace "" is the whole cluster, name "" any."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


def rule_allows(rule: dict, action: Action) -> bool:
    names = rule.get("resourceNames")
    return (
        _holds(rule, "verbs", action.verb)
        and _holds(rule, "apiGroups", action.group)
        and _covers_resource(rule, action.resource)
        and (not names or action.name in names)
    )


def _holds(rule: dict, key: str, value: str) -> bool:
    have = rule.get(key) or []
    return "*" in have or value in have


def _covers_resource(rule: dict, resource: str) -> bool:
    if _holds(rule, "resources", resource):
        return True
    _, slash, subresource = resource.partition("/")
    return bool(slash) and f"*/{subresource}" in (rule.get("resources") or [])


def rule_allows_url(rule: dict, verb: str, path: str) -> bool:
    return _holds(rule, "verbs", verb) and any(
        url == path or (url.endswith("*") and path.startswith(url[:-1])) for url in rule.get("nonResourceURLs") or []
    )


def is_subject(subject: dict, user: UserInfo, binding_namespace: str) -> bool:
    kind, name = subject.get("kind"), subject.get("name")
    if kind == "User":
        return name == user.username
    if kind == "Group":
        return name in user.groups
    namespace = subject.get("namespace") or binding_namespace
    return kind == "ServiceAccount" and user.username == f"system:serviceaccount:{namespace}:{name}"


class Authorizer:
    def __init__(self, store: Store) -> None:
        self._store = store

    def rules(self, user: UserInfo, namespace: str = "") -> Iterator[dict]:
        """Every rule that holds for the user in this namespace."""
        if "system:masters" in user.groups:
            yield from EVERYTHING
        for binding in self._bindings("clusterrolebindings"):
            if _binds(binding, user, ""):
                yield from self.role_rules(binding["roleRef"], "") or []
        if namespace:
            for binding in self._bindings("rolebindings", namespace):
                if _binds(binding, user, namespace):
                    yield from self.role_rules(binding["roleRef"], namespace) or []

    def role_rules(self, reference: dict, namespace: str) -> list[dict] | None:
        """The rules of the role a roleRef names, None when there is no such role."""
        cluster = reference.get("kind") == "ClusterRole"
        storage = (RBAC, "clusterroles" if cluster else "roles")
        role = self._store.get(storage, "" if cluster else namespace, reference.get("name", ""))
        return None if role is None else role.get("rules") or []

    def allows(self, user: UserInfo, action: Action) -> bool:
        return any(rule_allows(rule, action) for rule in self.rules(user, action.namespace))

    def allows_url(self, user: UserInfo, verb: str, path: str) -> bool:
        return any(rule_allows_url(rule, verb, path) for rule in self.rules(user))

    def not_held(self, user: UserInfo, wanted: Iterable[dict], namespace: str) -> list[dict]:
        """The parts of `wanted` that no single rule of the user covers (empty: no escalation)."""
        held = list(self.rules(user, namespace))
        return [part for rule in wanted for part in _parts(rule) if not any(_covers(own, part) for own in held)]

    def _bindings(self, plural: str, namespace: str = "") -> list[dict]:
        stored = list(self._store.objects((RBAC, plural)).items())
        return [binding for (where, _), binding in stored if where == namespace]


def _binds(binding: dict, user: UserInfo, namespace: str) -> bool:
    return any(is_subject(subject, user, namespace) for subject in binding.get("subjects") or [])


def _parts(rule: dict) -> Iterator[dict]:
    """The rule split into rules of one verb, one group, one resource, one name."""
    for verb in rule.get("verbs") or []:
        for group in rule.get("apiGroups") or []:
            for resource in rule.get("resources") or []:
                part = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                for name in rule.get("resourceNames") or []:
                    yield {**part, "resourceNames": [name]}
                if not rule.get("resourceNames"):
                    yield part
        for url in rule.get("nonResourceURLs") or []:
            yield {"nonResourceURLs": [url], "verbs": [verb]}


def _covers(own: dict, part: dict) -> bool:
    (verb,) = part["verbs"]
    if "nonResourceURLs" in part:
        return rule_allows_url(own, verb, part["nonResourceURLs"][0])
    (group,), (resource,) = part["apiGroups"], part["resources"]
    (name,) = part.get("resourceNames", [""])
    # A wanted "*" is an ordinary value here: only an own "*" covers it.
    return rule_allows(own, Action(verb, group, resource, name=name))
