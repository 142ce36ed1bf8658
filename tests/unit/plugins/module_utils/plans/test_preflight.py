"""What is refused before anything is made, and what is only said."""

from __future__ import annotations

import re

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import preflight
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.preflight import WantedPlatform

VERSIONS = [
    {"version": "1.36", "status": "STANDARD_SUPPORT"},
    {"version": "1.35", "status": "STANDARD_SUPPORT"},
    {"version": "1.33", "status": "EXTENDED_SUPPORT"},
]
ZONE = {"name": "example.com.", "name_servers": ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]}
KUBECTL = {"path": "/usr/bin/kubectl", "version": "1.32.4"}


def found(**more):
    nothing = dict.fromkeys(("versions", "clusters", "cpus", "login_domain_exists", "zone", "name_servers"))
    return {**nothing, "tools": {}, "quotas": {}, "used": {}, **more}


REFUSED = {
    "a version that is not offered": (
        found(versions=VERSIONS),
        WantedPlatform(kubernetes_version="1.18"),
        "does not offer Kubernetes 1.18 in this region (it offers 1.36, 1.35, 1.33)",
    ),
    "a program that is missing": (
        found(tools={"helm": {"path": None, "version": None}}),
        WantedPlatform(tools={"helm": ""}),
        "helm is not on the path. Install it",
    ),
    "a program that is too old": (
        found(tools={"kubectl": {"path": "/usr/bin/kubectl", "version": "1.9.11"}}),
        WantedPlatform(tools={"kubectl": "1.27"}),
        "/usr/bin/kubectl is kubectl 1.9.11; at least 1.27 is needed",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    account, wanted, sentence = REFUSED[case]
    with pytest.raises(Refusal, match=re.escape(sentence)):
        preflight.judged(account, wanted)


NODES = WantedPlatform(
    cluster_name="kubeflow", node_groups=({"instance_types": ["m6i.xlarge", "m6i.2xlarge"], "desired_size": 3},)
)
MIXED = WantedPlatform(
    cluster_name="kubeflow",
    node_groups=(
        {"instance_types": ["m6i.xlarge"], "min_size": 2, "max_size": 4},
        {"instance_types": ["m6i.2xlarge"]},
        {"instance_types": ["g5.xlarge"], "desired_size": 2, "min_size": 0},
    ),
)
TYPES = {"m6i.xlarge": 4, "m6i.2xlarge": 8, "g5.xlarge": 4}
SAID = {
    "nothing could be looked at": (found(), NODES, []),
    "a version in standard support": (found(versions=VERSIONS), WantedPlatform(kubernetes_version="1.35"), []),
    "a version in extended support": (
        found(versions=VERSIONS),
        WantedPlatform(kubernetes_version="1.33"),
        ["Kubernetes 1.33 is no longer in standard support"],
    ),
    "no version is named, and none is told": (found(), WantedPlatform(kubernetes_version="1.18"), []),
    "a program that is new enough": (found(tools={"kubectl": KUBECTL}), WantedPlatform(tools={"kubectl": "1.27"}), []),
    "a program that does not say its version": (
        found(tools={"kubectl": {**KUBECTL, "version": None}}),
        WantedPlatform(tools={"kubectl": "1.27"}),
        [],
    ),
    "a zone that is asked": (found(zone=ZONE, name_servers=["NS-2.awsdns-02.net.", "x"]), WantedPlatform(), []),
    "a zone that nobody names": (
        found(zone=ZONE, name_servers=[]),
        WantedPlatform(),
        ["example.com is not delegated: the domain above it has no NS record for it"],
    ),
    "a zone beside the one that is asked": (
        found(zone=ZONE, name_servers=["ns1.registrar.net"]),
        WantedPlatform(),
        ["the world asks ns1.registrar.net. Certificates would wait"],
    ),
    "a machine without a way to the Internet": (found(zone=ZONE), WantedPlatform(), []),
    "ten names in a certificate": (found(), WantedPlatform(certificate_names=10), []),
    "eleven names, and no word about the quota": (
        found(),
        WantedPlatform(certificate_names=11),
        ["11 more names in one certificate would be needed, 0 are there, and the quota is 10"],
    ),
    "eleven names, and a quota that was raised": (
        found(quotas={"certificate_names": 20.0}),
        WantedPlatform(certificate_names=11),
        [],
    ),
    "a fifth login domain": (
        found(login_domain_exists=False, used={"login_domains": 4}),
        WantedPlatform(login_domain="cognito.auth.example.com"),
        ["1 more login domains of one's own in Cognito would be needed, 4 are there, and the quota is 4"],
    ),
    "a login domain that is there": (
        found(login_domain_exists=True, used={"login_domains": 4}),
        WantedPlatform(login_domain="cognito.auth.example.com"),
        [],
    ),
    "more processors than are allowed": (
        found(clusters=[], cpus=TYPES, quotas={"standard_cpus": 32.0}, used={"standard_cpus": 16}),
        NODES,
        [
            "24 more vCPUs of running on-demand standard instances (A, C, D, H, I, M, R, T, Z) would be needed, 16 are there"
        ],
    ),
    "no GPUs are allowed": (
        found(clusters=[], cpus=TYPES, quotas={"g_cpus": 0.0}),
        WantedPlatform(cluster_name="kubeflow", node_groups=({"instance_types": ["g5.xlarge"]},)),
        ["4 more vCPUs of running on-demand G and VT instances would be needed, 0 are there, and the quota is 0"],
    ),
    "processors, but the cluster is there": (
        found(clusters=["kubeflow"], cpus=TYPES, quotas={"standard_cpus": 5.0}),
        NODES,
        [],
    ),
    "the last load balancer": (
        found(clusters=[], quotas={"load_balancers": 50.0}, used={"load_balancers": 50}),
        NODES,
        ["1 more Application Load Balancers in the region would be needed, 50 are there"],
    ),
    "three addresses of five, two are taken": (
        found(clusters=[], quotas={"elastic_ips": 5.0}, used={"elastic_ips": 2}),
        WantedPlatform(cluster_name="kubeflow", elastic_ips=3),
        [],
    ),
    "three addresses of five, three are taken": (
        found(clusters=[], quotas={"elastic_ips": 5.0}, used={"elastic_ips": 3}),
        WantedPlatform(cluster_name="kubeflow", elastic_ips=3),
        ["3 more Elastic IP addresses in the region would be needed, 3 are there, and the quota is 5"],
    ),
    "executions of a new account": (
        found(clusters=[], quotas={"concurrency": 10.0}),
        WantedPlatform(cluster_name="kubeflow"),
        ["may run 10 Lambda executions at a time"],
    ),
    "executions to be reserved": (
        found(clusters=["kubeflow"], quotas={"concurrency": 120.0}),
        WantedPlatform(cluster_name="kubeflow", reserved_concurrency=50),
        ["150 more Lambda executions at a time in the region would be needed, 0 are there, and the quota is 120"],
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_said(case):
    account, wanted, sentences = SAID[case]
    plan = preflight.judged(account, wanted)
    assert [sentence in warning for sentence, warning in zip(sentences, plan.warnings, strict=True)] == [True] * len(
        sentences
    )
    assert (plan.calls, plan.before) == ((), plan.after)


def test_what_is_published():
    account = found(versions=VERSIONS, zone=ZONE, name_servers=ZONE["name_servers"], tools={"kubectl": KUBECTL})
    facts = preflight.judged(account, WantedPlatform(tools={"kubectl": ""})).after
    assert facts == {"kubernetes_versions": ["1.36", "1.35"], "tools": {"kubectl": "1.32.4"}, "delegated": True}


QUOTAS = {
    "m6i.xlarge": "standard_cpus",
    "im4gn.large": "standard_cpus",
    "t3.medium": "standard_cpus",
    "g5.2xlarge": "g_cpus",
    "vt1.3xlarge": "g_cpus",
    "p5.48xlarge": "p_cpus",
    "inf2.xlarge": None,
    "x2idn.16xlarge": None,
    "u-6tb1.metal": None,
}


@pytest.mark.parametrize("instance_type", QUOTAS)
def test_the_quota_of(instance_type):
    assert preflight.quota_of(instance_type) == QUOTAS[instance_type]


def test_groups_of_nodes_add_up_by_quota():
    assert preflight.node_cpus(TYPES, MIXED) == {"standard_cpus": 2 * 4 + 8, "g_cpus": 2 * 4}


def test_running_instances_count_by_quota():
    running = ["m6i.xlarge", "m6i.xlarge", "g5.xlarge", "inf2.xlarge"]
    assert preflight.running_cpus(running, TYPES) == {"standard_cpus": 8, "g_cpus": 4}


def test_only_what_may_be_too_small_is_asked_for():
    assert preflight.questions(found(clusters=["kubeflow"], login_domain_exists=True), NODES) == []
    assert "concurrency" in preflight.questions(found(clusters=[]), NODES)
