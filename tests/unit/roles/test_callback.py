"""Which load balancer the name leads to, and what the platform's answer to an anonymous request means."""

from __future__ import annotations

import pytest

from .conftest import Role

ARGUMENTS = {"callback_domain": "platform.example.com", "callback_cluster_name": "kubeflow"}


def balancer(name: str, **tags: str) -> dict:
    return {
        "load_balancer_name": name,
        "dns_name": f"{name}.elb.amazonaws.com",
        "canonical_hosted_zone_id": "Z1",
        "tags": tags,
    }


OURS = balancer("ours", **{"elbv2.k8s.aws/cluster": "kubeflow", "ingress.k8s.aws/stack": "istio-system/kubeflow"})
THEIRS = balancer("theirs", **{"elbv2.k8s.aws/cluster": "another"})
AUTO = balancer("auto", **{"eks:eks-cluster-name": "kubeflow"})
AUTO_THEIRS = balancer("auto-theirs", **{"eks:eks-cluster-name": "another"})
FOUND = {
    "none": ([], "", ""),
    "no one's and another cluster's": ([balancer("x"), THEIRS], "", ""),
    "Auto Mode's among others": ([THEIRS, AUTO, AUTO_THEIRS], "auto.elb.amazonaws.com", "Z1"),
    "ours among others": ([THEIRS, OURS, balancer("x")], "ours.elb.amazonaws.com", "Z1"),
}


@pytest.mark.parametrize("case", FOUND)
def test_the_load_balancer_of_the_cluster(case: str) -> None:
    balancers, hostname, zone = FOUND[case]
    role = Role("callback", ARGUMENTS, {"__callback_balancers": {"load_balancers": balancers}})
    assert role.variable("__callback_hostname") == hostname
    assert role.variable("__callback_zone_id").strip() == zone


def test_what_is_told_goes_before_what_is_found() -> None:
    told = {"callback_load_balancer_hostname": "told.elb.amazonaws.com", "callback_load_balancer_hosted_zone_id": "Z2"}
    role = Role("callback", ARGUMENTS | told, {"__callback_balancers": {"load_balancers": [OURS]}})
    assert role.variable("__callback_hostname") == "told.elb.amazonaws.com"
    assert role.variable("__callback_zone_id").strip() == "Z2"


def test_nothing_is_looked_for_where_it_is_told() -> None:
    assert Role("callback", ARGUMENTS).variable("__callback_hostname") == ""


VERIFY = "Request failed: <urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch>"
ANSWERS = {
    "to the login": ({"status": 302}, ""),
    "refused": ({"status": 401}, ""),
    "nobody": ({"status": -1, "msg": "Request failed: <urlopen error [Errno -2] Name or service not known>"}, ""),
    "a certificate of another name": ({"status": -1, "msg": VERIFY}, "answers with a certificate that does not hold"),
    "an open door": ({"status": 200}, "lets an anonymous request in (200)"),
    "no way to log in": ({"status": 561}, "cannot log anybody in (561)"),
    "nothing behind it": ({"status": 503}, "answers 503: nothing behind it is ready"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer(case: str) -> None:
    answer, sentence = ANSWERS[case]
    fault = (Role("callback", ARGUMENTS, {"__callback_answer": answer}).variable("__callback_fault") or "").strip()
    assert sentence in fault if sentence else fault == ""
