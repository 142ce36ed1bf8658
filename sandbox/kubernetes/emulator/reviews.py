"""Reviews: questions about access and identity that are answered and never stored."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.kubernetes.emulator.errors import bad_request, invalid, required
from sandbox.kubernetes.emulator.rbac import Action, Authorizer
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.identity import Denied, UserInfo

# Everybody may ask these about himself once he is known (system:basic-user); the others need the right to create them.
SELF_REVIEWS = ("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SelfSubjectReview")


class Reviews:
    def __init__(self, authorizer: Authorizer, user_of: Callable[[str], UserInfo]) -> None:
        self._authorizer, self._user_of = authorizer, user_of

    def answer(self, resource: Resource, namespace: str, review: dict, user: UserInfo) -> dict:
        spec = review.get("spec") or {}
        status = {
            "SelfSubjectReview": lambda: {"userInfo": _user_info(user)},
            "TokenReview": lambda: self._token(resource, spec),
            "SelfSubjectRulesReview": lambda: self._rules(spec, user),
            "SelfSubjectAccessReview": lambda: self._access(resource, spec, user, ""),
            "SubjectAccessReview": lambda: self._access(resource, spec, _subject(resource, spec), ""),
            "LocalSubjectAccessReview": lambda: self._access(resource, spec, _subject(resource, spec), namespace),
        }[resource.kind]()
        head = {"kind": resource.kind, "apiVersion": resource.group_version, "metadata": review.get("metadata") or {}}
        return {**review, **head, "status": status}

    def _token(self, resource: Resource, spec: dict) -> dict:
        if not spec.get("token"):
            raise bad_request("token is required for TokenReview in authentication")
        try:
            return {"authenticated": True, "user": _user_info(self._user_of(spec["token"]))}
        except Denied as denied:
            return {"authenticated": False, "user": {}, "error": str(denied) or "invalid bearer token"}

    def _rules(self, spec: dict, user: UserInfo) -> dict:
        if not spec.get("namespace"):
            raise bad_request("no namespace on request")
        rules = list(self._authorizer.rules(user, spec["namespace"]))
        keys = ("verbs", "apiGroups", "resources", "resourceNames")
        return {
            "resourceRules": [
                {key: rule[key] for key in keys if key in rule} for rule in rules if rule.get("resources")
            ],
            "nonResourceRules": [
                {key: rule[key] for key in ("verbs", "nonResourceURLs")}
                for rule in rules
                if rule.get("nonResourceURLs")
            ],
            "incomplete": False,
        }

    def _access(self, resource: Resource, spec: dict, user: UserInfo, namespace: str) -> dict:
        asked, url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        if (asked is None) == (url is None):
            why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
            raise invalid(resource, "", [required("spec.resourceAttributes", why)])
        if asked is None:
            allowed = self._authorizer.allows_url(user, url.get("verb", ""), url.get("path", ""))
        else:
            if namespace and asked.get("namespace", "") != namespace:
                why = f"spec.resourceAttributes.namespace must match namespace: {namespace}"
                raise bad_request(why)
            allowed = self._authorizer.allows(user, _action(asked))
        return {"allowed": allowed, "reason": "RBAC: allowed"} if allowed else {"allowed": False}


def _action(asked: dict) -> Action:
    subresource = asked.get("subresource")
    resource = asked.get("resource", "") + (f"/{subresource}" if subresource else "")
    return Action(
        asked.get("verb", ""), asked.get("group", ""), resource, asked.get("namespace", ""), asked.get("name", "")
    )


def _subject(resource: Resource, spec: dict) -> UserInfo:
    """Exactly the groups that are named: no implicit system:authenticated."""
    if not spec.get("user") and not spec.get("groups"):
        raise invalid(resource, "", [required("spec.user", "at least one of user or group must be specified")])
    return UserInfo(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""))


def _user_info(user: UserInfo) -> dict:
    info = {"username": user.username, "uid": user.uid, "groups": list(user.groups), "extra": user.extra}
    return {key: value for key, value in info.items() if value}
