"""Who a request comes from, as every Kubernetes backend of the sandbox sees it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class UserInfo:
    """An authenticated user; `extra` holds lists of strings by key, as in a TokenReview."""

    username: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict, hash=False)


class Denied(Exception):
    """A bearer token that names no user; the API answers 401 and shows nothing of the message."""
