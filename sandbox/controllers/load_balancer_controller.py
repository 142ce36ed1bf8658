"""The AWS load balancer controller: an Ingress of class alb becomes a load balancer and learns its host name.

A mistake in the Ingress becomes an Event and leaves the status as it is; the Ingress is looked at again later, because
what is missing in AWS may come.
"""

from __future__ import annotations

import logging

from sandbox.controllers.aws import Aws
from sandbox.controllers.balancer import CONTROLLER_TAGS, BalancerInAws
from sandbox.controllers.events import record_event
from sandbox.controllers.ingress import Mistake, WantedBalancer, is_ours, stack_name, wanted_balancer
from sandbox.kubernetes.client import KubernetesClient, Object
from sandbox.kubernetes.control_loop import ControlLoop

LOG = logging.getLogger(__name__)

INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
RETRY_SECONDS = 1.0
PROVISIONING_SECONDS = 0.25
INGRESS_CLASS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "alb", "labels": {"app.kubernetes.io/name": "aws-load-balancer-controller"}},
    "spec": {"controller": "ingress.k8s.aws/alb"},
}


class LoadBalancerController(ControlLoop):
    collection = INGRESSES
    finalizer = "ingress.k8s.aws/resources"
    tag_names = CONTROLLER_TAGS

    def __init__(self, client: KubernetesClient, aws: Aws, cluster_name: str) -> None:
        super().__init__(client)
        self._balancers = BalancerInAws(aws, cluster_name, self.tag_names)
        self._cluster_name = cluster_name
        self._done: dict[str, WantedBalancer] = {}
        self._mistakes: dict[str, str] = {}

    def answers_for(self, ingress: Object) -> bool:
        """Whether this Ingress is for us."""
        return is_ours(ingress)

    def wanted(self, ingress: Object) -> WantedBalancer:
        """What the Ingress asks for; Mistake when that makes no sense."""
        return wanted_balancer(ingress, self._cluster_name)

    def reconcile(self, ingress: Object) -> float | None:
        has_finalizer = self.finalizer in (ingress["metadata"].get("finalizers") or [])
        if ingress["metadata"].get("deletionTimestamp") or not self.answers_for(ingress):
            if has_finalizer:
                self._remove(ingress)
            return None
        try:
            return self._converge(ingress, has_finalizer)
        except Mistake as mistake:
            self._tell(ingress, mistake)
            return RETRY_SECONDS

    def _converge(self, ingress: Object, has_finalizer: bool) -> float | None:
        uid = ingress["metadata"]["uid"]
        wanted = self.wanted(ingress)
        if self._done.get(uid) == wanted and _hostnames(ingress) and self._balancers.exists(wanted):
            return None
        self._check_services(ingress, wanted)
        if not has_finalizer:
            # Before anything is made: from here on the Ingress cannot go without taking its load balancer along.
            self._set_finalizers(ingress, [*(ingress["metadata"].get("finalizers") or []), self.finalizer])
        balancer = self._balancers.converge(wanted)
        self._mistakes.pop(uid, None)
        if not self._balancers.is_active(balancer):
            return PROVISIONING_SECONDS
        status = {"loadBalancer": {"ingress": [{"hostname": balancer["DNSName"]}]}}
        if _hostnames(ingress) != [balancer["DNSName"]]:
            self.client.merge(f"{_path(ingress)}/status", {"status": status})
        self._done[uid] = wanted
        return None

    def _remove(self, ingress: Object) -> None:
        self._balancers.remove(stack_name(ingress))
        self._done.pop(ingress["metadata"]["uid"], None)
        kept = [each for each in ingress["metadata"]["finalizers"] if each != self.finalizer]
        self._set_finalizers(ingress, kept)

    def _set_finalizers(self, ingress: Object, finalizers: list[str]) -> None:
        # With the version that was read: another's finalizer must not get lost.
        version = {"resourceVersion": ingress["metadata"]["resourceVersion"]}
        self.client.merge(_path(ingress), {"metadata": {"finalizers": finalizers, **version}})

    def _check_services(self, ingress: Object, wanted: WantedBalancer) -> None:
        """Mistake when a backend's service or port is missing, or cannot be reached on nodes as target-type asks."""
        namespace = ingress["metadata"]["namespace"]
        for backend in wanted.backends:
            service = self.client.get(f"/api/v1/namespaces/{namespace}/services/{backend.service}")
            if service is None:
                raise Mistake(f'Service "{backend.service}" not found')
            ports = service["spec"].get("ports") or []
            if not any(backend.port in (port.get("port"), port.get("name")) for port in ports):
                raise Mistake(f"unable to find port {backend.port} on service {namespace}/{backend.service}")
            if wanted.target_type == "instance" and service["spec"].get("type") not in ("NodePort", "LoadBalancer"):
                needed = "service type must be either 'NodePort' or 'LoadBalancer' for target-type instance"
                raise Mistake(f"{needed}: {namespace}/{backend.service}")

    def _tell(self, ingress: Object, mistake: Mistake) -> None:
        """An Event and a line in the log, once as long as the mistake stays the same."""
        uid, text = ingress["metadata"]["uid"], f"{mistake.reason}: {mistake}"
        if self._mistakes.get(uid) == text:
            return
        self._mistakes[uid] = text
        LOG.warning("Ingress %s: %s", stack_name(ingress), text)
        message = f"Failed build model due to {mistake}" if mistake.reason == "FailedBuildModel" else ""
        message = message or f"Failed deploy model due to {mistake}"
        record_event(self.client, ingress, "Ingress", mistake.reason, message, "ingress")


def ensure_ingress_class(client: KubernetesClient) -> None:
    """The class that the controller's Helm chart makes on EKS."""
    client.apply("/apis/networking.k8s.io/v1/ingressclasses", INGRESS_CLASS, "aws-load-balancer-controller")


def _hostnames(ingress: Object) -> list[str]:
    entries = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return [entry.get("hostname", "") for entry in entries]


def _path(ingress: Object) -> str:
    metadata = ingress["metadata"]
    return f"/apis/networking.k8s.io/v1/namespaces/{metadata['namespace']}/ingresses/{metadata['name']}"
