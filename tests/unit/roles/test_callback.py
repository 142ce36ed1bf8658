"""Which load balancer the name leads to, and what the platform's answer to an anonymous request means."""

from __future__ import annotations

import pytest
from ansible.template import trust_as_template

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


def answered(status: int) -> dict:
    return {"steps": [{"url": "https://a/", "status": status, "location": ""}], "problem": "", "kind": ""}


def unanswered(kind: str, problem: str) -> dict:
    return {"steps": [], "problem": problem, "kind": kind}


ANSWERS = {
    "to the login": (answered(302), ""),
    "refused": (answered(401), ""),
    "nobody": (unanswered("name", "gaierror: Name or service not known"), ""),
    "a certificate of another name": (
        unanswered("tls", "SSLCertVerificationError: Hostname mismatch"),
        "does not hold this name or is not trusted (SSLCertVerificationError: Hostname mismatch)",
    ),
    "an open door": (answered(200), "lets an anonymous request in (200)"),
    "no way to log in": (answered(561), "cannot log anybody in (561)"),
    "nothing behind it": (answered(503), "answers 503: nothing behind it is ready"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer(case: str) -> None:
    answer, sentence = ANSWERS[case]
    role = Role("callback", ARGUMENTS, {"__callback_asked": {"answers": [answer]}})
    fault = " ".join((role.variable("__callback_fault") or "").split())
    assert sentence in fault if sentence else fault == ""


def alias(target: str, kind: str = "A") -> dict:
    return {"name": "kubeflow.platform.example.com.", "type": kind, "alias_target": {"dns_name": target}}


PLAIN = {"name": "kubeflow.platform.example.com.", "type": "A", "resource_records": [{"value": "192.0.2.1"}]}
LED_TO = {
    # the record, and whether it is ours to be replaced or removed
    "the cluster's": (alias("ours.elb.amazonaws.com."), True),
    "the cluster's, in Auto Mode": (alias("auto.elb.amazonaws.com."), True),
    "one that is gone": (alias("gone.elb.amazonaws.com."), True),
    "another cluster's": (alias("theirs.elb.amazonaws.com."), False),
    "another cluster's, as the console writes it": (alias("dualstack.theirs.elb.amazonaws.com."), False),
    "no cluster's": (alias("x.elb.amazonaws.com."), False),
    "no load balancer": (alias("d1.cloudfront.net."), False),
    "an address": (PLAIN, False),
}
BEFORE_A_CHANGE = "Check that the name is not used for something else"
WHOSE = {
    "present": "Look whose load balancer the name leads to, where that is not the wanted one",
    "absent": "Look whose load balancer the name leads to",
}


def led(record: dict, **arguments: str) -> Role:
    facts = {
        "__callback_records": {"resource_record_sets": [record]},
        "__callback_balancers": {"load_balancers": [THEIRS, OURS, balancer("x"), AUTO]},
    }
    return Role("callback", ARGUMENTS | arguments, facts)


@pytest.mark.parametrize("case", LED_TO)
def test_a_name_that_leads_to(case: str) -> None:
    record, is_ours = LED_TO[case]
    told = {"callback_load_balancer_hostname": "ours.elb.amazonaws.com"}
    check = "{{ " + Role("callback", {}).tasks("present")[BEFORE_A_CHANGE]["ansible.builtin.assert"]["that"] + " }}"
    removal = "Remove the records that lead to the load balancer of the cluster, or to one that is gone"
    for role in (led(record), led(record, **told)):
        assert role.value(trust_as_template(check)) is is_ours
        assert (role.value(role.tasks("absent")[removal]["loop"]) == [record]) is is_ours


def test_the_load_balancer_that_is_told_needs_no_tag() -> None:
    role = led(alias("x.elb.amazonaws.com."), callback_load_balancer_hostname="x.elb.amazonaws.com")
    assert role.variable("__callback_ours") == [alias("x.elb.amazonaws.com.")]


@pytest.mark.parametrize("state", WHOSE)
def test_it_is_looked_whose_a_load_balancer_is(state: str) -> None:
    """Not at each run: a name that leads where it should, and one that leads nowhere, cost no call."""
    told = {"callback_load_balancer_hostname": "ours.elb.amazonaws.com"}
    for record, asks in ((alias("theirs.elb.amazonaws.com."), True), (PLAIN, False)):
        role = Role("callback", ARGUMENTS | told, {"__callback_records": {"resource_record_sets": [record]}})
        conditions = role.tasks(state)[WHOSE[state]]["when"]
        assert all(map(role.holds, [conditions] if isinstance(conditions, str) else conditions)) is asks
    right = {"__callback_records": {"resource_record_sets": [alias("ours.elb.amazonaws.com.")]}}
    role = Role("callback", ARGUMENTS | told, right)
    assert not all(map(role.holds, role.tasks("present")[WHOSE["present"]]["when"]))
