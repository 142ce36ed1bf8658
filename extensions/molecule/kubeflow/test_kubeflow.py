"""Kubeflow runs, and the only way in is through a login."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def ingress(kubectl, domain):
    listed = json.loads(kubectl("get", "ingresses", "--all-namespaces", "--output=json"))["items"]
    (found,) = (one for one in listed if any(rule.get("host") == f"kubeflow.{domain}" for rule in one["spec"]["rules"]))
    return found


def test_all_deployments_are_available(kubectl) -> None:
    listed = json.loads(kubectl("get", "deployments", "--all-namespaces", "--output=json"))["items"]
    available = {one["metadata"]["name"]: one.get("status", {}).get("availableReplicas", 0) for one in listed}
    assert {"istiod", "istio-ingressgateway", "dashboard"} <= available.keys()
    assert [name for name, replicas in available.items() if not replicas] == []


def test_the_ingress_has_the_load_balancer_that_aws_knows(ingress, load_balancer) -> None:
    (entry,) = ingress["status"]["loadBalancer"]["ingress"]
    assert entry["hostname"] == load_balancer["DNSName"]
    assert load_balancer["Scheme"] == "internet-facing"


def test_it_listens_with_a_certificate_of_its_own_region(aws, load_balancer) -> None:
    listeners = aws("elbv2").describe_listeners(LoadBalancerArn=load_balancer["LoadBalancerArn"])["Listeners"]
    (issued,) = aws("acm").list_certificates()["CertificateSummaryList"]
    (listener,) = (one for one in listeners if one["Port"] == 443)
    assert listener["Protocol"] == "HTTPS"
    assert [one["CertificateArn"] for one in listener["Certificates"]] == [issued["CertificateArn"]]


def test_without_tls_there_is_nothing_but_the_way_to_it(aws, load_balancer) -> None:
    elbv2 = aws("elbv2")
    for listener in elbv2.describe_listeners(LoadBalancerArn=load_balancer["LoadBalancerArn"])["Listeners"]:
        if listener["Protocol"] == "HTTP":
            rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            kinds = {action["Type"] for rule in rules for action in rule["Actions"]}
            assert kinds <= {"redirect", "fixed-response"}


def test_the_mesh_believes_only_what_the_pool_has_signed(kubectl, pool) -> None:
    listed = json.loads(kubectl("get", "requestauthentications", "-n", "istio-system", "--output=json"))["items"]
    issuers = [rule["issuer"] for one in listed for rule in one["spec"]["jwtRules"]]
    assert issuers == [f"https://cognito-idp.eu-west-1.amazonaws.com/{pool['Id']}"]


def test_it_refuses_requests_without_a_login(kubectl, pool) -> None:
    listed = json.loads(kubectl("get", "authorizationpolicies", "-n", "istio-system", "--output=json"))["items"]
    refused = [rule for one in listed if one["spec"].get("action") == "DENY" for rule in one["spec"]["rules"]]
    ours = f"https://cognito-idp.eu-west-1.amazonaws.com/{pool['Id']}/*"
    assert {"source": {"notRequestPrincipals": [ours]}} in [
        source for rule in refused for source in rule.get("from", [])
    ]


def test_the_load_balancer_is_let_into_the_namespace(kubectl) -> None:
    listed = json.loads(kubectl("get", "networkpolicies", "-n", "istio-system", "--output=json"))["items"]
    ports = [port["port"] for one in listed for rule in one["spec"]["ingress"] for port in rule.get("ports", [])]
    assert 8080 in ports
