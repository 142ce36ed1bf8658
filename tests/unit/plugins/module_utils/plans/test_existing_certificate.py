"""Which certificates of others can be used, and what is said about those."""

from __future__ import annotations

import datetime
import re

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.existing_certificate import uncovered, used

NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/1"


def held(*names, status="ISSUED", days=200, renewed=True):
    ends = (NOW + datetime.timedelta(days=days)).isoformat()
    return {
        "arn": ARN,
        "status": status,
        "subject_alternative_names": list(names),
        "not_after": ends,
        "renewed": renewed,
    }


REFUSED = {
    "none of this ARN": (None, ["a.example.com"], "There is no certificate arn:"),
    "one that is not proven yet": (held("a.example.com", status="PENDING_VALIDATION"), ["a.example.com"], "not ISSUED"),
    "one that has expired": (held("a.example.com", status="EXPIRED"), ["a.example.com"], "is EXPIRED, not ISSUED"),
    "another name": (held("b.example.com"), ["a.example.com"], "does not hold a.example.com; it holds b.example.com"),
    "a wildcard two labels above": (held("*.example.com"), ["a.b.example.com"], "does not hold a.b.example.com"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    certificate, names, sentence = REFUSED[case]
    with pytest.raises(Refusal, match=re.escape(sentence)):
        used(certificate, ARN, names, NOW)


SAID = {
    "enough time": (held("a.example.com"), []),
    "29 days, and AWS renews it": (held("a.example.com", days=29), ["ends in 29 days", "AWS renews it by itself"]),
    "29 days, imported": (
        held("a.example.com", days=29, renewed=False),
        ["AWS does not renew it: import its successor"],
    ),
    "31 days, imported": (held("a.example.com", days=31, renewed=False), []),
}


@pytest.mark.parametrize("case", SAID)
def test_said(case):
    certificate, words = SAID[case]
    plan = used(certificate, ARN, ["a.example.com"], NOW)
    assert (plan.calls, plan.before == plan.after, len(plan.warnings)) == ((), True, bool(words))
    assert [word for word in words if word not in plan.warnings[0]] == []


def test_uncovered_names():
    names = ["example.com", "A.example.com", "b.a.example.com", "c.example.com"]
    assert uncovered(names, ["*.example.com", "*.a.example.com"]) == ["example.com"]
    assert uncovered(names, ["example.com", "a.example.com"]) == ["b.a.example.com", "c.example.com"]
