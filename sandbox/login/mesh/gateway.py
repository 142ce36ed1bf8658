"""What stands behind a load balancer: the ingress gateway of the cluster that its target group belongs to."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sandbox.kubernetes.client import KubernetesClient
from sandbox.login.balancer.pages import error_page
from sandbox.login.balancer.site import Target
from sandbox.login.container import NotDeployed
from sandbox.login.mesh.keys import KeySets
from sandbox.login.mesh.passage import App, Passage, Refused, refused
from sandbox.login.mesh.request import MeshError
from sandbox.login.web import Request, Response

log = logging.getLogger(__name__)


class Gateway:
    """`app_of` finds what runs behind a Service (namespace/name), `cluster_of` the cluster of a name."""

    def __init__(
        self,
        keys: KeySets,
        cluster_of: Callable[[str], KubernetesClient | None],
        app_of: Callable[[str], App | None],
    ) -> None:
        self._keys = keys
        self._cluster_of = cluster_of
        self._app_of = app_of

    def forward(self, target: Target, request: Request) -> Response:
        """What the load balancer gets for a request that it forwards."""
        cluster = self._cluster_of(target.cluster)
        if cluster is None:
            return error_page(503, f"there is no cluster {target.cluster}, so no targets")
        try:
            return Passage(cluster, self._keys, self._app_of, request).through(target.service)
        except Refused as refusal:
            return refusal.response
        except (MeshError, NotDeployed) as error:
            log.warning("%s %s: %s", request.method, request.path, error)
            return refused(503, "upstream connect error or disconnect/reset before headers", str(error)).response
