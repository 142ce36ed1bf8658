"""Load balancers of EKS Auto Mode, beside the controller of the other tests, which answers for the class alb."""

from __future__ import annotations

import pytest

from sandbox.controllers.auto_mode import CLASSES, PARAMETERS, AutoModeLoadBalancers, ensure_kinds
from sandbox.controllers.aws import Aws

INGRESSES = "/apis/networking.k8s.io/v1/namespaces/{}/ingresses"
PREFIX = "alb.ingress.kubernetes.io/"


@pytest.fixture(scope="module", autouse=True)
def auto_mode(world, eventually):
    ensure_kinds(world.admin)
    eventually(lambda: world.admin.get(PARAMETERS))
    controller = AutoModeLoadBalancers(world.admin, Aws(world.cloud.url, "eu-west-1"), "test")
    controller.start()
    yield
    controller.stop()


@pytest.fixture
def made(world, unique):
    """An Ingress of a class of its own, with these annotations and parameters of the class; answers with its path."""

    def make(notes: dict[str, str], parameters: dict | None = None, controller: str = "eks.amazonaws.com/alb") -> str:
        name = world.namespace(unique("auto"))
        world.admin.create(
            f"/api/v1/namespaces/{name}/services",
            {"metadata": {"name": "gateway"}, "spec": {"selector": {"app": "gw"}, "ports": [{"port": 80}]}},
        )
        if parameters is not None:
            kind = {"apiVersion": "eks.amazonaws.com/v1", "kind": "IngressClassParams"}
            world.admin.create(PARAMETERS, {**kind, "metadata": {"name": name}, "spec": parameters})
        named = {"apiGroup": "eks.amazonaws.com", "kind": "IngressClassParams", "name": name}
        ingress_class = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": name}}
        world.admin.create(CLASSES, {**ingress_class, "spec": {"controller": controller, "parameters": named}})
        backend = {"service": {"name": "gateway", "port": {"number": 80}}}
        rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
        annotations = {PREFIX + key: value for key, value in ({"target-type": "ip"} | notes).items()}
        world.admin.create(
            INGRESSES.format(name),
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": "web", "annotations": annotations},
                "spec": {"ingressClassName": name, "rules": [rule]},
            },
        )
        return f"{INGRESSES.format(name)}/web"

    return make


def hostname(world, path: str) -> str:
    entries = world.admin.get(path).get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
    return entries[0].get("hostname", "")


@pytest.mark.parametrize(
    ("parameters", "asked", "got"),
    [
        ({}, "internet-facing", "internet-facing"),
        ({"scheme": "internal"}, "internet-facing", "internal"),
        ({"scheme": "internet-facing"}, "internal", "internet-facing"),
    ],
)
def test_an_ingress_gets_a_load_balancer_that_eks_tags_and_its_class_counts_more(
    world, made, eventually, parameters, asked, got
):
    subnets = world.account.subnet_ids
    tag = [{"Key": f"kubernetes.io/role/{'internal-elb' if got == 'internal' else 'elb'}", "Value": "1"}]
    world.aws("ec2").create_tags(Resources=subnets, Tags=tag)
    path = made({"scheme": asked, "tags": "team=a"}, parameters)
    name = eventually(lambda: hostname(world, path))
    elb = world.aws("elbv2")
    balancer = next(one for one in elb.describe_load_balancers()["LoadBalancers"] if one["DNSName"] == name)
    assert balancer["Scheme"] == got
    described = elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"]])["TagDescriptions"][0]["Tags"]
    tags = {tag["Key"]: tag["Value"] for tag in described}
    assert (tags["eks:eks-cluster-name"], tags["team"]) == ("test", "a")
    assert tags["ingress.eks.amazonaws.com/stack"].endswith("/web") and "elbv2.k8s.aws/cluster" not in tags

    world.admin.delete(path)
    eventually(lambda: world.admin.get(path) is None)
    assert name not in {one["DNSName"] for one in elb.describe_load_balancers()["LoadBalancers"]}


MISTAKES = {
    "an annotation of the controller only": ({"group.name": "all"}, {}, f"does not support {PREFIX}group.name"),
    "no parameters where the class names some": ({}, None, "not found"),
    "parameters that the sandbox would have to pass over": ({}, {"group": {"name": "all"}}, "obeys scheme only"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_what_auto_mode_does_not_do_is_said(world, made, eventually, case):
    notes, parameters, sentence = MISTAKES[case]
    path = made(notes, parameters)
    namespace = path.split("/")[5]
    [event] = eventually(lambda: world.admin.items(f"/api/v1/namespaces/{namespace}/events"))
    assert sentence in event["message"] and not hostname(world, path)
    world.admin.delete(path)


def test_a_class_of_somebody_else_is_left_alone(world, made, eventually):
    other = made({}, {}, controller="example.com/ingress")
    ours = made({"scheme": "internet-facing"}, {})
    eventually(lambda: hostname(world, ours))
    assert "finalizers" not in world.admin.get(other)["metadata"] and not hostname(world, other)
