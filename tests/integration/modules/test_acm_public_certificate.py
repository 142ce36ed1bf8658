"""acm_public_certificate against the project's own AWS: requested once, proven in the zone, waited for, removed."""

from __future__ import annotations

import pytest

NAMES = {"domain_name": "auth.platform.example.com", "subject_alternative_names": ["*.auth.platform.example.com"]}


@pytest.fixture
def acm(aws):
    return aws("acm")


def records(aws, account):
    listed = aws("route53").list_resource_record_sets(HostedZoneId=account.hosted_zone_id)["ResourceRecordSets"]
    return sorted(record["Name"] for record in listed if record["Type"] == "CNAME")


def test_a_certificate_is_requested_proven_tagged_and_removed(converge, run_module, aws, acm, account):
    wanted = {**NAMES, "hosted_zone_id": account.hosted_zone_id}
    made = converge("acm_public_certificate", **wanted, tags={"project": "kubeflow"})
    assert made["certificate"]["status"] == "ISSUED"
    assert len(made["certificate"]["validation_records"]) == 1, "a name and its wildcard share one record"
    assert len(records(aws, account)) == 1

    tagged = converge("acm_public_certificate", **wanted, tags={"owner": "us"})
    assert tagged["certificate_arn"] == made["certificate_arn"]
    assert set(tagged["certificate"]["tags"]) == {"owner", "multitenant.kubeflow/certificate"}

    untouched = run_module("acm_public_certificate", **wanted)
    assert not untouched["changed"]
    assert untouched["certificate"]["tags"] == tagged["certificate"]["tags"]

    converge("acm_public_certificate", **wanted, state="absent", purge_validation_records=True)
    assert records(aws, account) == []
    assert acm.list_certificates()["CertificateSummaryList"] == []


def test_a_removed_certificate_can_be_requested_again_at_once(converge, account):
    wanted = {"domain_name": "again.platform.example.com", "hosted_zone_id": account.hosted_zone_id}
    first = converge("acm_public_certificate", **wanted)
    converge("acm_public_certificate", **wanted, state="absent")
    second = converge("acm_public_certificate", **wanted)
    assert second["certificate_arn"] != first["certificate_arn"]
    converge("acm_public_certificate", **wanted, state="absent", purge_validation_records=True)


def test_a_certificate_of_others_is_neither_used_nor_removed(converge, acm, account):
    theirs = acm.request_certificate(DomainName="shared.platform.example.com", ValidationMethod="DNS")["CertificateArn"]
    wanted = {"domain_name": "shared.platform.example.com", "hosted_zone_id": account.hosted_zone_id}
    assert converge("acm_public_certificate", **wanted)["certificate_arn"] != theirs
    converge("acm_public_certificate", **wanted, state="absent")
    assert acm.describe_certificate(CertificateArn=theirs)["Certificate"]["CertificateArn"] == theirs


def test_a_run_that_was_stopped_after_the_request_is_completed(run_module, converge, account):
    wanted = {"domain_name": "halfway.platform.example.com"}
    stopped = run_module("acm_public_certificate", **wanted, wait=False)
    assert stopped["certificate"]["status"] == "PENDING_VALIDATION"
    done = converge("acm_public_certificate", **wanted, hosted_zone_id=account.hosted_zone_id)
    assert done["certificate_arn"] == stopped["certificate_arn"]
    assert done["certificate"]["status"] == "ISSUED"


def test_without_records_the_wait_ends_with_the_remedy(run_module):
    result = run_module("acm_public_certificate", domain_name="nowhere.platform.example.com", wait_timeout=1)
    assert "PENDING_VALIDATION after 1 seconds" in result["msg"]
    assert "hosted_zone_id" in result["msg"]


def test_a_record_with_another_value_is_never_overwritten(run_module, aws, acm, account):
    wanted = {"domain_name": "taken.platform.example.com"}
    made = run_module("acm_public_certificate", **wanted, wait=False)
    described = acm.describe_certificate(CertificateArn=made["certificate_arn"])["Certificate"]
    while not described["DomainValidationOptions"][0].get("ResourceRecord"):
        described = acm.describe_certificate(CertificateArn=made["certificate_arn"])["Certificate"]
    record = described["DomainValidationOptions"][0]["ResourceRecord"]
    aws("route53").change_resource_record_sets(
        HostedZoneId=account.hosted_zone_id,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "UPSERT",
                    "ResourceRecordSet": {
                        "Name": record["Name"],
                        "Type": "CNAME",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": "somebody.else.example.com."}],
                    },
                }
            ]
        },
    )
    result = run_module("acm_public_certificate", **wanted, hosted_zone_id=account.hosted_zone_id)
    assert result["failed"]
    assert "Remove or correct that record by hand" in result["msg"]
    removed = run_module(
        "acm_public_certificate",
        **wanted,
        hosted_zone_id=account.hosted_zone_id,
        state="absent",
        purge_validation_records=True,
    )
    assert removed["changed"]
    assert record["Name"] in records(aws, account), "the record of somebody else stays"


@pytest.mark.parametrize(
    ("zone", "message"),
    [("ours", "does not hold kubeflow.elsewhere.org"), ("ZNOSUCHZONE00", "Cannot find the hosted zone ZNOSUCHZONE00")],
)
def test_a_zone_that_cannot_prove_the_domain_is_refused_before_anything(run_module, acm, account, zone, message):
    before = acm.list_certificates()["CertificateSummaryList"]
    result = run_module(
        "acm_public_certificate",
        domain_name="kubeflow.elsewhere.org",
        hosted_zone_id=account.hosted_zone_id if zone == "ours" else zone,
    )
    assert message in result["msg"]
    assert acm.list_certificates()["CertificateSummaryList"] == before


def test_a_certificate_of_others_is_used_when_it_is_named(converge, run_module, acm, account):
    ours = converge(
        "acm_public_certificate", domain_name="*.platform.example.com", hosted_zone_id=account.hosted_zone_id
    )
    arn = ours["certificate_arn"]
    named = {"certificate_arn": arn, "domain_name": "kubeflow.platform.example.com"}
    assert converge("acm_public_certificate", changed=False, **named)["certificate_arn"] == arn
    other = run_module("acm_public_certificate", certificate_arn=arn, domain_name="cognito.auth.platform.example.com")
    assert "does not hold cognito.auth.platform.example.com" in other["msg"]
    elsewhere = run_module("acm_public_certificate", region="us-east-1", **named)
    assert f"There is no certificate {arn} in this region and account" in elsewhere["msg"]

    assert not run_module("acm_public_certificate", state="absent", **named)["changed"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    converge("acm_public_certificate", domain_name="*.platform.example.com", state="absent")
