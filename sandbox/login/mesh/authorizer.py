"""External authorizers (CUSTOM policies): whom the mesh's configuration names, what they are told, what comes of it.

Format: istio.io/latest/docs/reference/config/istio.mesh.v1alpha1, EnvoyExternalAuthorizationHttpProvider.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sandbox.login.mesh.request import MeshError
from sandbox.login.mesh.routes import service_name
from sandbox.login.web import Headers, Response

ALWAYS_DOWNSTREAM = ("location", "www-authenticate")
KNOWN = {
    "service",
    "port",
    "timeout",
    "includeRequestHeadersInCheck",
    "headersToUpstreamOnAllow",
    "headersToDownstreamOnDeny",
    "headersToDownstreamOnAllow",
    "failOpen",
    "statusOnError",
    "pathPrefix",
}


@dataclass(frozen=True)
class Provider:
    """An extension provider of the kind envoyExtAuthzHttp; `service` is namespace/name."""

    service: str
    settings: Mapping[str, Any]

    def told(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The header fields of the request that the authorizer gets to see."""
        names = self.settings.get("includeRequestHeadersInCheck") or ()
        return {name: value for name, value in headers.items() if _listed(name, names)}

    def upstream(self, answer: Response) -> dict[str, str]:
        """The header fields of an allowing answer that the request is given."""
        names = self.settings.get("headersToUpstreamOnAllow") or ()
        return {name.lower(): value for name, value in answer.headers if _listed(name, names)}

    def added(self, answer: Response) -> tuple[tuple[str, str], ...]:
        """The header fields of an allowing answer that the client gets."""
        names = self.settings.get("headersToDownstreamOnAllow") or ()
        return tuple(pair for pair in answer.headers if _listed(pair[0], names))

    def downstream(self, answer: Response) -> Response:
        """The refusing answer as the client gets it."""
        names = self.settings.get("headersToDownstreamOnDeny")
        if names is None:
            return answer
        listed = (*names, *ALWAYS_DOWNSTREAM)
        kept = tuple(pair for pair in answer.headers if _listed(pair[0], listed))
        return Response(answer.status, Headers(kept), answer.body)


def provider_named(name: str, mesh: str) -> Provider | None:
    """The provider of that name in the mesh's configuration (YAML); None when there is none, which denies."""
    for entry in (yaml.safe_load(mesh) or {}).get("extensionProviders") or ():
        if entry.get("name") == name:
            settings = entry.get("envoyExtAuthzHttp")
            if settings is None:
                raise MeshError(f"the extension provider {name} is of a kind that the sandbox's mesh does not know")
            unknown = sorted(set(settings) - KNOWN)
            if unknown:
                raise MeshError(f"the extension provider {name}: {unknown[0]} is not known to the sandbox's mesh")
            return Provider(service_name(settings["service"], ""), settings)
    return None


def _listed(name: str, names: Any) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in names)
