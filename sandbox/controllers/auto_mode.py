"""What EKS Auto Mode does for load balancers: it knows a kind of its own, and answers for classes that name its controller.

It reads the annotations of the AWS Load Balancer Controller, some excepted; what the parameters of a class say counts
more.  Sources: EKS user guide, "Create an IngressClass to configure an Application Load Balancer"; for the tags the managed
policy AmazonEKSLoadBalancingPolicy.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.controllers.balancer import AUTO_MODE_TAGS
from sandbox.controllers.ingress import PREFIX, Mistake, WantedBalancer
from sandbox.controllers.load_balancer_controller import LoadBalancerController
from sandbox.kubernetes.client import KubernetesClient, Object

GROUP = "eks.amazonaws.com"
CONTROLLER = f"{GROUP}/alb"
CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PARAMETERS = f"/apis/{GROUP}/v1/ingressclassparams"
NOT_SUPPORTED = ("group.name", "waf-acl-id", "web-acl-id", "shield-advanced-protection")
TEXTS = {"type": "array", "items": {"type": "string"}}
PAIRS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["key", "value"],
        "properties": {"key": {"type": "string"}, "value": {"type": "string"}},
    },
}
SPEC = {
    "type": "object",
    "properties": {
        "scheme": {"type": "string", "enum": ["internal", "internet-facing"]},
        "group": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "ipAddressType": {"type": "string"},
        "certificateARNs": TEXTS,
        "subnets": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "namespaceSelector": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "tags": PAIRS,
        "loadBalancerAttributes": PAIRS,
    },
}
INGRESS_CLASS_PARAMS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"ingressclassparams.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Cluster",
        "names": {
            "kind": "IngressClassParams",
            "listKind": "IngressClassParamsList",
            "plural": "ingressclassparams",
            "singular": "ingressclassparams",
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC}}},
            }
        ],
    },
}


def ensure_kinds(client: KubernetesClient) -> None:
    """What EKS puts into a cluster in Auto Mode, as far as load balancers go."""
    client.apply(DEFINITIONS, INGRESS_CLASS_PARAMS, "eks")


class AutoModeLoadBalancers(LoadBalancerController):
    """Of the parameters of a class the scheme is obeyed, and everything else refused by name."""

    finalizer = "ingress.eks.amazonaws.com/resources"
    tag_names = AUTO_MODE_TAGS

    def answers_for(self, ingress: Object) -> bool:
        """By what the class says, whatever its name; the old annotation counts for nothing."""
        return self._class_of(ingress).get("controller") == CONTROLLER

    def wanted(self, ingress: Object) -> WantedBalancer:
        refuse_annotations(ingress)
        wanted = super().wanted(ingress)
        scheme = self._parameters_of(ingress).get("scheme")
        return replace(wanted, scheme=scheme) if scheme else wanted

    def _class_of(self, ingress: Object) -> Object:
        name = ingress["spec"].get("ingressClassName")
        found = self.client.get(f"{CLASSES}/{name}") if name else None
        return (found or {}).get("spec") or {}

    def _parameters_of(self, ingress: Object) -> Object:
        named = self._class_of(ingress).get("parameters")
        if not named:
            return {}
        if (named.get("apiGroup"), named.get("kind")) != (GROUP, "IngressClassParams"):
            raise Mistake(f"IngressClass.spec.parameters must be an IngressClassParams of {GROUP}")
        found = self.client.get(f"{PARAMETERS}/{named['name']}")
        if found is None:
            raise Mistake(f'IngressClassParams.{GROUP} "{named["name"]}" not found')
        given = found.get("spec") or {}
        if unknown := sorted(given.keys() - {"scheme"}):
            raise Mistake(
                f"IngressClassParams {named['name']}: the sandbox obeys scheme only, not {', '.join(unknown)}"
            )
        return given


def refuse_annotations(ingress: Object) -> None:
    """Mistake for what the controller's users know and Auto Mode does not do."""
    given = (ingress["metadata"].get("annotations") or {}).keys()
    if wrong := [name for name in NOT_SUPPORTED if PREFIX + name in given]:
        raise Mistake(f"EKS Auto Mode does not support {', '.join(PREFIX + name for name in wrong)}")
