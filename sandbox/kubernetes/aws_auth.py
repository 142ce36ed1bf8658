"""The ConfigMap kube-system/aws-auth, read as aws-iam-authenticator reads it (pkg/mapper/configmap/configmap.go)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True)
class Mapped:
    """A user name and groups, still with their {{templates}}."""

    username: str
    groups: tuple[str, ...]


def mapped_user(data: Mapping[str, str], canonical_arn: str, account: str) -> Mapped | None:
    """Who an ARN is by the ConfigMap's data: roles before users before whole accounts.

    Of two entries for one ARN the last one counts, whatever case they are written in.  Roles are compared by their ARN
    without a path, because STS never names the path: an entry that has one matches nobody.
    """
    wanted = canonical_arn.lower()
    for key, field in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for entry in reversed(_entries(data, key)):
            if isinstance(entry, dict) and str(entry.get(field, "")).lower() == wanted:
                groups = entry.get("groups") or []
                return Mapped(str(entry.get("username") or ""), tuple(str(group) for group in groups))
    if account in {str(entry) for entry in _entries(data, "mapAccounts")}:
        return Mapped(canonical_arn, ())
    return None


def _entries(data: Mapping[str, str], key: str) -> list[Any]:
    """The list under one key; a key that cannot be parsed is void by itself, the others stay in force."""
    try:
        entries = yaml.safe_load(data.get(key) or "[]")
    except yaml.YAMLError:
        return []
    return entries if isinstance(entries, list) else []
