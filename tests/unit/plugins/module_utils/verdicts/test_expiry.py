"""How long certificates last, on both sides of each limit."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts import expiry
from sandbox import saml
from sandbox.kubernetes.certificates import signing_certificate

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
HOST = "kubeflow.example.com"
ISSUED = {
    "status": "ISSUED",
    "type": "AMAZON_ISSUED",
    "subject_alternative_names": ["example.com", HOST],
    "not_after": "2030-12-31T00:00:00+00:00",
    "renewal_eligibility": "ELIGIBLE",
    "in_use_by": ["a load balancer"],
}

CERTIFICATES = {
    "issued and renewed": ({}, "ok", "issued, 364 days left"),
    "not issued": ({"status": "PENDING_VALIDATION"}, "broken", "its status is PENDING_VALIDATION, not ISSUED"),
    "expired": (
        {"not_after": "2029-12-30T00:00:00+00:00"},
        "broken",
        "has expired 2029-12-30: browsers refuse it",
    ),
    "one day too few": ({"not_after": "2030-01-30T12:00:00"}, "broken", "ends in 29 days, on 2030-01-30"),
    "just enough days": ({"not_after": "2030-01-31T00:00:00"}, "ok", "issued, 30 days left"),
    "another name": (
        {"subject_alternative_names": ["example.com"]},
        "broken",
        f"does not hold the name {HOST}",
    ),
    "a wildcard": ({"subject_alternative_names": ["*.example.com"]}, "ok", "issued, 364 days left"),
    "no end": ({"not_after": None}, "not asked", "ACM does not say when it ends"),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_of_acm(case):
    other, state, reason = CERTIFICATES[case]
    verdict = expiry.judged_certificate("load balancer", {**ISSUED, **other}, [HOST], NOW, 30)[0]
    assert (verdict.state, verdict.reason) == (state, reason)


RENEWALS = {
    "by itself": ({}, "ok", "ACM will renew it by itself"),
    "imported": ({"type": "IMPORTED"}, "ok", "imported: renew it yourself within 364 days"),
    "unused": (
        {"renewal_eligibility": "INELIGIBLE", "in_use_by": []},
        "broken",
        "ACM will not renew it, because nothing uses it",
    ),
    "used, and yet not": ({"renewal_eligibility": "INELIGIBLE"}, "broken", "ACM will not renew it"),
}


@pytest.mark.parametrize("case", RENEWALS)
def test_renewal(case):
    other, state, reason = RENEWALS[case]
    verdict = expiry.judged_certificate("load balancer", {**ISSUED, **other}, [HOST], NOW, 30)[1]
    assert (verdict.state, verdict.reason) == (state, reason)


def test_no_certificate_is_broken():
    (verdict,) = expiry.judged_certificate("login domain", None, [HOST], NOW, 30)
    assert (verdict.state, verdict.remedy) == ("broken", "Run site.yml --tags acm.")


def test_a_validation_record_that_is_gone_is_named():
    records = [{"name": "_a.", "in_hosted_zone": True}, {"name": "_b.", "in_hosted_zone": False}]
    (verdict,) = expiry.judged_validation([{"validation_records": records}])
    assert (verdict.state, verdict.part) == ("broken", "names")
    assert "_b." in verdict.reason and "_a." not in verdict.reason


@pytest.fixture(scope="module")
def metadata():
    certificate, _ = signing_certificate("adfs", not_before=NOW, not_after=NOW + datetime.timedelta(days=365))
    return saml.metadata("adfs.example.com", certificate)


@pytest.mark.parametrize(
    ("later", "state", "words"),
    [(0, "ok", "365 days left"), (336, "broken", "ends in 29 days"), (366, "broken", "has expired")],
)
def test_the_certificate_of_the_identity_provider(metadata, later, state, words):
    provider = {"provider_details": {"MetadataFile": metadata}}
    (verdict,) = expiry.judged_provider(provider, NOW + datetime.timedelta(days=later), 30)
    assert verdict.state == state and words in verdict.reason


PROVIDERS = {
    "not read": (None, "not asked"),
    "not there": ({}, "broken"),
    "by an address": ({"provider_details": {"MetadataURL": "https://adfs.example.com/"}}, "not asked"),
    "malformed": ({"provider_details": {"MetadataFile": "<no"}}, "broken"),
}


@pytest.mark.parametrize("case", PROVIDERS)
def test_a_provider(case):
    provider, state = PROVIDERS[case]
    (verdict,) = expiry.judged_provider(provider, NOW, 30)
    assert verdict.state == state and verdict.reason
