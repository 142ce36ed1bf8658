"""Who calls: bearer tokens, the anonymous user, and impersonation headers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.message import Message
from urllib.parse import unquote

from sandbox.kubernetes.emulator.errors import forbidden, unauthorized
from sandbox.kubernetes.emulator.rbac import Action, Authorizer
from sandbox.kubernetes.emulator.service_account_tokens import (
    PREFIX,
    ServiceAccountTokens,
    service_account_groups,
)
from sandbox.kubernetes.identity import Denied, UserInfo

ANONYMOUS = UserInfo("system:anonymous", ("system:unauthenticated",))
AUTHENTICATED = "system:authenticated"
_EXTRA = "impersonate-extra-"


class Callers:
    def __init__(
        self, authenticate: Callable[[str], UserInfo], tokens: ServiceAccountTokens, authorizer: Authorizer
    ) -> None:
        self._authenticate, self._tokens, self._authorizer = authenticate, tokens, authorizer

    def caller(self, headers: Message) -> UserInfo:
        """The user a request counts as; a token nobody knows is a 401."""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        user = ANONYMOUS
        if scheme.lower() == "bearer" and token:
            try:
                user = self.user_of(token.strip())
            except Denied as denied:
                raise unauthorized() from denied
        wanted = _impersonated(headers)
        return self._impersonate(user, wanted) if wanted else user

    def user_of(self, token: str) -> UserInfo:
        """The user of a token, as a member of system:authenticated; raises Denied."""
        if token.startswith(PREFIX):
            return self._tokens.user(token)
        return _authenticated(self._authenticate(token))

    def _impersonate(self, user: UserInfo, wanted: UserInfo) -> UserInfo:
        for action in _impersonations(wanted):
            if not self._authorizer.allows(user, action):
                scope = f'in the namespace "{action.namespace}"' if action.namespace else "at the cluster scope"
                raise forbidden(
                    f'{action.resource} "{action.name}" is forbidden: User "{user.username}" cannot impersonate '
                    f'resource "{action.resource}" in API group "{action.group}" {scope}',
                    name=action.name,
                    kind=action.resource,
                )
        account = _service_account(wanted.username)
        if account and not wanted.groups:
            wanted = replace(wanted, groups=service_account_groups(account[0]))
        if wanted.username == ANONYMOUS.username:
            return replace(wanted, groups=tuple(dict.fromkeys((*wanted.groups, *ANONYMOUS.groups))))
        return _authenticated(wanted)


def _authenticated(user: UserInfo) -> UserInfo:
    return replace(user, groups=tuple(dict.fromkeys((*user.groups, AUTHENTICATED))))


def _impersonated(headers: Message) -> UserInfo | None:
    name = headers.get("Impersonate-User")
    if not name:
        return None
    extra: dict[str, list[str]] = {}
    for header, value in headers.items():
        if header.lower().startswith(_EXTRA):
            extra.setdefault(unquote(header[len(_EXTRA) :].lower()), []).append(value)
    return UserInfo(name, tuple(headers.get_all("Impersonate-Group") or ()), headers.get("Impersonate-Uid", ""), extra)


def _service_account(username: str) -> tuple[str, str] | None:
    parts = username.split(":")
    return (parts[2], parts[3]) if parts[:2] == ["system", "serviceaccount"] and len(parts) == 4 else None


def _impersonations(wanted: UserInfo) -> list[Action]:
    account = _service_account(wanted.username)
    if account:
        actions = [Action("impersonate", "", "serviceaccounts", *account)]
    else:
        actions = [Action("impersonate", "", "users", name=wanted.username)]
    actions += [Action("impersonate", "", "groups", name=group) for group in wanted.groups]
    authentication = "authentication.k8s.io"
    if wanted.uid:
        actions.append(Action("impersonate", authentication, "uids", name=wanted.uid))
    for key, values in wanted.extra.items():
        actions += [Action("impersonate", authentication, f"userextras/{key}", name=value) for value in values]
    return actions
