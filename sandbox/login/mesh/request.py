"""A request as the mesh's rules see it, and its path as Envoy normalises it before any rule is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class MeshError(Exception):
    """An object of the mesh that is not understood or makes no sense; the message names it and the field."""


@dataclass(frozen=True)
class MeshRequest:
    """Header names in lower case; `principal` is the caller's mutual-TLS identity, without `spiffe://`.

    `claims` are those of a verified token; without one there is no request principal either.
    """

    method: str
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    principal: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        """The namespace of the caller's identity, `<trust domain>/ns/<namespace>/sa/<account>`."""
        found = re.fullmatch(r"[^/]+/ns/([^/]+)/sa/[^/]+", self.principal)
        return found[1] if found else ""

    @property
    def request_principal(self) -> str:
        issuer, subject = self.claims.get("iss"), self.claims.get("sub")
        return f"{issuer}/{subject}" if issuer and subject else ""


def normalized(path: str) -> str:
    """The path as Istio's default (BASE) compares it: dot segments resolved, backslashes turned, slashes kept.

    Without it `/oauth2/../` would pass for a path below /oauth2.
    """
    plain = re.sub(r"%2[eE]", ".", path.partition("?")[0].partition("#")[0]).replace("\\", "/")
    kept: list[str] = []
    segments = plain.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", "..") and kept[-1:] != [""]:
        kept.append("")
    return "/" + "/".join(kept)
