"""Every name that leads to a load balancer: the balancer, the mesh behind it, and what runs in the mesh."""

from __future__ import annotations

from sandbox.login.balancer.site import LoadBalancers
from sandbox.login.dashboard.site import DASHBOARD, dashboard, notebooks
from sandbox.login.front import Finder
from sandbox.login.mesh.gateway import Gateway
from sandbox.login.mesh.keys import KeySets
from sandbox.login.mesh.passage import App
from sandbox.login.oauth2_proxy.site import NAME, NAMESPACE, OAuth2Proxy
from sandbox.login.places import Surroundings


def kubeflow(around: Surroundings) -> Finder:
    """The place that knows the names with an alias record to a load balancer."""
    keys = KeySets(around.network)
    apps: dict[str, App] = {DASHBOARD: dashboard, f"{NAMESPACE}/{NAME}": OAuth2Proxy(around.network, keys)}

    def app_of(service: str) -> App | None:
        return notebooks if service.endswith("/notebooks") else apps.get(service)

    return LoadBalancers(around, Gateway(keys, around.cluster, app_of).forward).find
