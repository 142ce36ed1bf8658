"""What is waited for at ACM, and what ends a wait at once; requests are validated against botocore's model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients import acm
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.acm import AcmClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.hosted_zone import HostedZoneClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal, ServiceError
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import certificate

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
NAME, VALUE = "_a.example.com.", "_b.acm-validations.aws."
TOLD = {"DomainName": "example.com", "ResourceRecord": {"Name": NAME, "Type": "CNAME", "Value": VALUE}}
ASKS = 20


def connection(service: str) -> Any:
    return boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")


@pytest.fixture(scope="module")
def connections() -> tuple[Any, Any]:
    return connection("acm"), connection("route53")


@pytest.fixture
def stubs(connections: tuple[Any, Any]) -> Iterator[tuple[Stubber, Stubber]]:
    with Stubber(connections[0]) as certificates, Stubber(connections[1]) as records:
        yield certificates, records
        certificates.assert_no_pending_responses()
        records.assert_no_pending_responses()


@pytest.fixture
def client(connections: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> AcmClient:
    """It sleeps by a clock of its own, and asks a bounded number of times."""
    now = iter(range(ASKS))
    wait_until = acm.wait_until
    monkeypatch.setattr(
        acm,
        "wait_until",
        lambda *args, **more: wait_until(*args, **more, clock=lambda: next(now), sleep=lambda seconds: None),
    )
    return AcmClient(connections[0], HostedZoneClient(connections[1]), certificate, wait_timeout=600)


def describe(certificates: Stubber, status: str, **more: Any) -> None:
    """ACM's next answer."""
    found = {"CertificateArn": ARN, "DomainName": "example.com", "Status": status, **more}
    certificates.add_response("describe_certificate", {"Certificate": found}, {"CertificateArn": ARN})
    certificates.add_response(
        "list_tags_for_certificate", {"Tags": [{"Key": "team", "Value": "ml"}]}, {"CertificateArn": ARN}
    )


def hold(records: Stubber, *there: dict[str, Any]) -> None:
    """What the zone's next answer tells."""
    records.add_response(
        "list_resource_record_sets", {"ResourceRecordSets": list(there), "IsTruncated": False, "MaxItems": "5"}
    )


def expect_change(records: Stubber, action: str, record: dict[str, Any]) -> None:
    """The zone's next change is this one."""
    information = {"Id": "c", "Status": "PENDING", "SubmittedAt": "2026-01-01T00:00:00Z"}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    request = {"HostedZoneId": "Z1", "ChangeBatch": batch}
    records.add_response("change_resource_record_sets", {"ChangeInfo": information}, request)


ENDS = {
    "the name is forbidden": ("FAILED", "CAA_ERROR", "is FAILED .CAA_ERROR.. A CAA record"),
    "nobody proved it": ("VALIDATION_TIMED_OUT", None, "is VALIDATION_TIMED_OUT. The validation records"),
}


@pytest.mark.parametrize("case", ENDS)
def test_a_request_that_failed_ends_the_wait_and_is_explained(case, stubs, client):
    status, reason, message = ENDS[case]
    describe(stubs[0], "PENDING_VALIDATION")
    describe(stubs[0], status, **({"FailureReason": reason} if reason else {}))
    with pytest.raises(Refusal, match=message):
        client.wait_issued(ARN)


def test_a_certificate_that_is_issued_at_last_ends_the_wait(stubs, client):
    for status in ("PENDING_VALIDATION", "PENDING_VALIDATION", "ISSUED"):
        describe(stubs[0], status)
    client.wait_issued(ARN)


def test_records_that_come_late_are_waited_for_and_written(stubs, client):
    describe(stubs[0], "PENDING_VALIDATION")
    describe(stubs[0], "PENDING_VALIDATION", DomainValidationOptions=[TOLD])
    hold(stubs[1])
    written = {"Name": NAME, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": VALUE}]}
    expect_change(stubs[1], "UPSERT", written)
    client.write_validation_records(ARN, "Z1")
    stubs[1].assert_no_pending_responses()


def test_a_certificate_that_was_just_requested_is_read_before_it_is_listed(stubs, client):
    stubs[0].add_response("request_certificate", {"CertificateArn": ARN})
    describe(stubs[0], "PENDING_VALIDATION")
    assert client.request_certificate("example.com", ["example.com"], {"team": "ml"}) == {"arn": ARN}
    stubs[0].add_response("list_certificates", {"CertificateSummaryList": []})
    describe(stubs[0], "PENDING_VALIDATION")
    assert [found["arn"] for found in client.read(["example.com"], None)["certificates"]] == [ARN]


def test_a_certificate_in_use_is_waited_for(stubs, client):
    for _ in range(2):
        stubs[0].add_client_error("delete_certificate", "ResourceInUseException", "is in use")
        describe(stubs[0], "ISSUED", InUseBy=["arn:balancer"])
    stubs[0].add_response("delete_certificate", {}, {"CertificateArn": ARN})
    client.delete_certificate(ARN)


def test_another_refusal_of_a_removal_is_told_at_once(stubs, client):
    stubs[0].add_client_error("delete_certificate", "AccessDeniedException", "not authorized")
    with pytest.raises(ServiceError, match="AccessDeniedException: not authorized"):
        client.delete_certificate(ARN)


def test_a_removed_record_is_given_as_it_is_there(stubs, client):
    there = {"Name": NAME, "Type": "CNAME", "TTL": 17, "ResourceRecords": [{"Value": VALUE}]}
    hold(stubs[1], there)
    expect_change(stubs[1], "DELETE", there)
    client.remove_records("Z1", [client.zones.records("Z1", [NAME])[NAME]])
