"""Which certificate is ours, what proves it, and what is refused."""

from __future__ import annotations

import re

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import certificate
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.certificate import WantedCertificate

RECORD = {"name": "_a.example.com.", "type": "CNAME", "value": "_b.acm-validations.aws."}
HELD = {"name": "_a.example.com.", "type": "CNAME", "ttl": 300, "values": ["_b.acm-validations.aws."]}
OTHERS = {**HELD, "values": ["elsewhere.example.org."]}


def made(arn="arn:1", status="ISSUED", names=("example.com",), tags=None, created_at="2026-01-01", **more):
    return {
        "arn": arn,
        "domain_name": names[0],
        "subject_alternative_names": sorted(names),
        "status": status,
        "failure_reason": None,
        "not_after": None,
        "created_at": created_at,
        "validation_records": [RECORD],
        "in_use_by": [],
        "tags": certificate.OWN_TAG if tags is None else tags,
        **more,
    }


def current(*certificates, zone="example.com.", private=False, records=None):
    return {
        "certificates": list(certificates),
        "zone": {"name": zone, "private": private} if zone else None,
        "zone_records": records or {},
    }


WANTED = WantedCertificate("example.com", hosted_zone_id="Z1")

PRESENT = {
    "nothing there": (current(), WANTED, ["request_certificate", "write_validation_records", "wait_issued"]),
    "no zone": (current(zone=None), WantedCertificate("example.com"), ["request_certificate", "wait_issued"]),
    "no waiting": (current(zone=None), WantedCertificate("example.com", wait=False), ["request_certificate"]),
    "issued and proven": (current(made(), records={RECORD["name"]: HELD}), WANTED, []),
    "record lost": (current(made()), WANTED, ["write_validation_records"]),
    "pending": (
        current(made(status="PENDING_VALIDATION"), records={RECORD["name"]: HELD}),
        WANTED,
        ["wait_issued"],
    ),
    "pending, record not told yet": (
        current(made(status="PENDING_VALIDATION", validation_records=[])),
        WANTED,
        ["write_validation_records", "wait_issued"],
    ),
    "others' certificate of the same name": (
        current(made(tags={})),
        WANTED,
        ["request_certificate", "write_validation_records", "wait_issued"],
    ),
    "ours for other names": (
        current(made(names=("example.com", "a.example.com"))),
        WANTED,
        ["request_certificate", "write_validation_records", "wait_issued"],
    ),
    "the same names in another order": (
        current(made(names=("a.example.com", "Example.com"))),
        WantedCertificate("example.com", ("A.example.com",)),
        [],
    ),
}


@pytest.mark.parametrize("case", PRESENT)
def test_a_certificate_is_requested_once_and_proven(case):
    before, wanted, methods = PRESENT[case]
    assert [call.method for call in certificate.present(before, wanted).calls] == methods


REFUSED = {
    "zone of another domain": (current(zone="example.org."), WANTED, "does not hold example.com"),
    "zone whose name only ends alike": (current(zone="ample.com."), WANTED, "does not hold example.com"),
    "private zone": (current(private=True), WANTED, "is private"),
    "another value": (current(made(), records={RECORD["name"]: OTHERS}), WANTED, "elsewhere.example.org."),
    "timed out": (current(made(status="VALIDATION_TIMED_OUT")), WANTED, "72 hours"),
    "CAA": (current(made(status="FAILED", failure_reason="CAA_ERROR")), WANTED, "CAA record"),
    "revoked": (current(made(status="REVOKED")), WANTED, "state: absent"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_become_good_is_explained(case):
    before, wanted, message = REFUSED[case]
    with pytest.raises(Refusal, match=message):
        certificate.present(before, wanted)


def test_waiting_only_is_no_change():
    plan = certificate.present(current(made(status="PENDING_VALIDATION"), records={RECORD["name"]: HELD}), WANTED)
    assert not plan.changed
    assert plan.after["status"] == "ISSUED"


def test_the_issued_one_is_taken_before_the_newer_pending_one_and_the_other_is_told():
    issued = made("arn:issued")
    pending = made("arn:pending", "PENDING_VALIDATION", created_at="2026-02-02")
    plan = certificate.present(current(pending, issued, zone=None), WantedCertificate("example.com"))
    assert plan.after["arn"] == "arn:issued"
    assert "arn:pending" in plan.warnings[0]


def test_records_go_after_the_last_user_and_before_the_certificate():
    wanted = WantedCertificate("example.com", hosted_zone_id="Z1", purge_validation_records=True)
    plan = certificate.absent(current(made(), records={RECORD["name"]: HELD}), wanted)
    assert [call.method for call in plan.calls] == ["wait_unused", "remove_records", "delete_certificate"]
    theirs = certificate.absent(current(made(), records={RECORD["name"]: OTHERS}), wanted)
    assert [call.method for call in theirs.calls] == ["wait_unused", "delete_certificate"]


def test_a_record_that_another_certificate_needs_stays():
    wanted = WantedCertificate("example.com", hosted_zone_id="Z1", purge_validation_records=True)
    others = made("arn:others", subject_alternative_names=["*.example.com"], tags={})
    plan = certificate.absent(current(made(), others, records={RECORD["name"]: HELD}), wanted)
    assert [call.method for call in plan.calls] == ["wait_unused", "delete_certificate"]
    assert "arn:others needs it too" in plan.warnings[0]


def test_a_name_and_its_wildcard_share_one_record():
    option = {"ResourceRecord": {"Name": "_A.example.com.", "Type": "CNAME", "Value": "_b."}}
    assert certificate.validation_records([option, option, {"DomainName": "not told yet"}]) == [
        {"name": "_a.example.com.", "type": "CNAME", "value": "_b."}
    ]


def test_the_token_is_the_same_for_the_same_names_and_fits_acm():
    token = certificate.idempotency_token(["b.example.com", "A.example.com"])
    assert token == certificate.idempotency_token(["a.example.com", "b.example.com"])
    assert token != certificate.idempotency_token(["a.example.com", "b.example.com"], generation=1)
    assert re.fullmatch(r"\w{1,32}", token)


def test_our_tag_survives_a_purge():
    plan = certificate.present(
        current(made(tags={**certificate.OWN_TAG, "old": "x"}), zone=None),
        WantedCertificate("example.com", tags={"new": "y"}),
    )
    assert plan.after["tags"] == {**certificate.OWN_TAG, "new": "y"}
    assert [call.arguments for call in plan.calls] == [
        {"arn": "arn:1", "tags": {"new": "y"}},
        {"arn": "arn:1", "keys": ["old"]},
    ]
