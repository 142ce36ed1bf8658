"""Nobody hands out rights he does not hold: the check on writes of roles and bindings.

`escalate` on a role, or `bind` on the role a binding names, lifts it.
"""

from __future__ import annotations

import json

from sandbox.kubernetes.emulator.bootstrap_roles import EVERYTHING, RBAC
from sandbox.kubernetes.emulator.errors import ApiError, forbidden
from sandbox.kubernetes.emulator.rbac import Action, Authorizer
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.identity import UserInfo

_UNSHOWN = ("managedFields", "ownerReferences", "finalizers")


def refuse_escalation(
    authorizer: Authorizer, resource: Resource, before: dict | None, obj: dict, user: UserInfo, namespace: str
) -> None:
    """Raises a 403 when the write would grant the user more than he holds."""
    if resource.group != RBAC or "system:masters" in user.groups or _only_collection(before, obj):
        return
    if resource.kind.endswith("Binding"):
        _check_binding(authorizer, resource, obj, user, namespace)
    else:
        _check_role(authorizer, resource, obj, user, namespace)


def _only_collection(before: dict | None, obj: dict) -> bool:
    """An update of what the garbage collector writes alone: owners and finalizers."""

    def rest(one: dict) -> dict:
        metadata = {k: v for k, v in one["metadata"].items() if k not in (*_UNSHOWN, "resourceVersion")}
        return {**one, "metadata": metadata}

    return before is not None and before["metadata"] != obj["metadata"] and rest(before) == rest(obj)


def _check_role(authorizer: Authorizer, resource: Resource, role: dict, user: UserInfo, namespace: str) -> None:
    action = Action("escalate", RBAC, resource.plural, namespace, role["metadata"].get("name", ""))
    if authorizer.allows(user, action):
        return
    wanted = role.get("rules") or []
    if role.get("aggregationRule"):  # may gain any rule later
        wanted = [*wanted, *EVERYTHING]
    _refuse(authorizer.not_held(user, wanted, namespace), resource, role, user)


def _check_binding(authorizer: Authorizer, resource: Resource, binding: dict, user: UserInfo, namespace: str) -> None:
    reference = binding.get("roleRef") or {}
    plural = "clusterroles" if reference.get("kind") == "ClusterRole" else "roles"
    name = reference.get("name", "")
    if authorizer.allows(user, Action("bind", RBAC, plural, namespace, name)):
        return
    rules = authorizer.role_rules(reference, namespace)
    if rules is None:
        message = f'{plural}.{RBAC} "{name}" not found'
        raise ApiError(404, "NotFound", message, name=name, group=RBAC, kind=plural)
    _refuse(authorizer.not_held(user, rules, namespace), resource, binding, user)


def _refuse(missing: list[dict], resource: Resource, obj: dict, user: UserInfo) -> None:
    if not missing:
        return
    name = obj["metadata"].get("name", "")
    groups = " ".join(json.dumps(group) for group in user.groups)
    rules = "\n".join(_rule_text(rule) for rule in missing[:20])
    raise forbidden(
        f'{resource.qualified_name} "{name}" is forbidden: user "{user.username}" (groups=[{groups}]) is attempting '
        f"to grant RBAC permissions not currently held:\n{rules}",
        name=name,
        group=resource.group,
        kind=resource.plural,
    )


def _rule_text(rule: dict) -> str:
    titles = {
        "apiGroups": "APIGroups",
        "resources": "Resources",
        "resourceNames": "ResourceNames",
        "nonResourceURLs": "NonResourceURLs",
        "verbs": "Verbs",
    }
    parts = [f"{title}:{json.dumps(rule[key])}" for key, title in titles.items() if key in rule]
    return "{" + ", ".join(parts) + "}"
