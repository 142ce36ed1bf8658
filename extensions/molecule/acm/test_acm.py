"""A certificate where the load balancer needs it and one where Cognito needs it, both renewable."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["eu-west-1", "us-east-1"])
def certificate(request, aws):
    acm = aws("acm", request.param)
    (listed,) = acm.list_certificates()["CertificateSummaryList"]
    return acm.describe_certificate(CertificateArn=listed["CertificateArn"])["Certificate"]


def test_it_is_issued(certificate) -> None:
    assert certificate["Status"] == "ISSUED"


def test_it_holds_the_names_of_platform_and_login_pages(certificate, domain) -> None:
    assert {f"kubeflow.{domain}", f"cognito.auth.{domain}"} <= set(certificate["SubjectAlternativeNames"])


def test_the_records_stay_by_which_it_is_renewed(certificate, records) -> None:
    for validation in certificate["DomainValidationOptions"]:
        wanted = validation["ResourceRecord"]
        there = records[wanted["Name"].rstrip("."), wanted["Type"]]
        assert [value["Value"] for value in there["ResourceRecords"]] == [wanted["Value"]]


def test_there_is_one_record_for_each_name(certificate, records) -> None:
    wanted = {validation["ResourceRecord"]["Name"].rstrip(".") for validation in certificate["DomainValidationOptions"]}
    assert {name for name, kind in records if kind == "CNAME"} == wanted
