"""cognito_user_pool_domain against the project's own AWS, whose domains take their time and check certificate and DNS."""

from __future__ import annotations

import time

import pytest

UNKNOWN = "(known after the real run)"


@pytest.fixture
def cognito(aws):
    return aws("cognito-idp")


@pytest.fixture
def pool_id(cognito):
    return cognito.create_user_pool(PoolName="domains")["UserPool"]["Id"]


@pytest.fixture
def write_record(aws, account):
    def write(name: str, kind: str, value: str) -> None:
        record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
        aws("route53").change_resource_record_sets(HostedZoneId=account.hosted_zone_id, ChangeBatch=changes)

    return write


@pytest.fixture
def request_certificate(aws, write_record):
    """The ARN of a certificate for a name, ISSUED unless it is not to be proven."""

    def request(name: str, region: str = "us-east-1", proven: bool = True) -> str:
        acm = aws("acm", region_name=region)
        arn = acm.request_certificate(DomainName=name, ValidationMethod="DNS")["CertificateArn"]
        for _ in range(100 if proven else 0):
            certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]
            if certificate["Status"] == "ISSUED":
                return arn
            record = certificate["DomainValidationOptions"][0].get("ResourceRecord")
            if record:
                write_record(record["Name"], "CNAME", record["Value"])
            time.sleep(0.05)
        assert not proven, "the certificate has not been issued"
        return arn

    return request


def test_a_domain_is_created_gets_another_certificate_and_is_deleted(
    converge, pool_id, account, write_record, request_certificate
):
    name = f"login.life.{account.domain}"
    options = {"user_pool_id": pool_id, "domain": name}
    write_record(f"life.{account.domain}", "A", "198.51.100.1")
    created = converge("cognito_user_pool_domain", **options, certificate_arn=request_certificate(name))
    assert created["domain"]["status"] == "ACTIVE"
    assert created["domain"]["cloudfront_distribution"].endswith(".cloudfront.net")
    assert created["domain"]["cloudfront_hosted_zone_id"] == "Z2FDTNDATAQYW2"

    wildcard = request_certificate(f"*.life.{account.domain}")
    replaced = converge("cognito_user_pool_domain", **options, certificate_arn=wildcard)
    assert replaced["domain"]["certificate_arn"] == wildcard
    assert replaced["domain"]["cloudfront_distribution"] == created["domain"]["cloudfront_distribution"]

    newer = converge("cognito_user_pool_domain", **options, managed_login_version=2)
    assert newer["domain"]["managed_login_version"] == 2
    assert newer["domain"]["certificate_arn"] == wildcard

    converge("cognito_user_pool_domain", **options, state="absent")


def test_a_prefix_needs_neither_certificate_nor_record(converge, run_module, pool_id):
    options = {"user_pool_id": pool_id, "domain": "our-kubeflow"}
    assert converge("cognito_user_pool_domain", **options)["domain"]["status"] == "ACTIVE"
    refused = run_module("cognito_user_pool_domain", user_pool_id=pool_id, domain="another")
    assert "already has the domain our-kubeflow" in refused["msg"]
    refused = run_module("cognito_user_pool", user_pool_id=pool_id, state="absent")
    assert "still has the login domain our-kubeflow, which must go first" in refused["msg"]
    converge("cognito_user_pool_domain", **options, state="absent")


def test_a_domain_that_another_run_has_begun_is_waited_for(
    run_module, cognito, pool_id, account, write_record, request_certificate
):
    name = f"login.begun.{account.domain}"
    write_record(f"begun.{account.domain}", "A", "198.51.100.1")
    arn = request_certificate(name)
    cognito.create_user_pool_domain(Domain=name, UserPoolId=pool_id, CustomDomainConfig={"CertificateArn": arn})
    options = {"user_pool_id": pool_id, "domain": name, "certificate_arn": arn}
    result = run_module("cognito_user_pool_domain", **options)
    assert result["domain"]["status"] == "ACTIVE"
    assert not result["changed"]
    begun = run_module("cognito_user_pool_domain", **options, state="absent", wait=False)
    assert begun["changed"]
    again = run_module("cognito_user_pool_domain", **options)  # gone first, then made anew
    assert again["changed"]
    assert again["domain"]["status"] == "ACTIVE"


def test_a_domain_in_the_making_is_removed_when_it_is_made(
    run_module, cognito, pool_id, account, write_record, request_certificate
):
    name = f"login.early.{account.domain}"
    write_record(f"early.{account.domain}", "A", "198.51.100.1")
    arn = request_certificate(name)
    cognito.create_user_pool_domain(Domain=name, UserPoolId=pool_id, CustomDomainConfig={"CertificateArn": arn})
    assert run_module("cognito_user_pool_domain", user_pool_id=pool_id, domain=name, state="absent")["changed"]
    assert cognito.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}


def test_what_cognito_would_refuse_is_refused_before_it_is_asked(
    run_module, cognito, pool_id, account, write_record, request_certificate
):
    name = f"login.refused.{account.domain}"
    options = {"user_pool_id": pool_id, "domain": name}

    def refusal(**more: str) -> str:
        result = run_module("cognito_user_pool_domain", **{**options, **more})
        assert result.get("failed"), result
        return result["msg"]

    issued = request_certificate(name)
    assert "needs a certificate" in refusal()
    elsewhere = request_certificate(name, region=account.region)
    assert f"is in the region {account.region}" in refusal(certificate_arn=elsewhere)
    pending = request_certificate(name.replace("login", "other"), proven=False)
    assert "is PENDING_VALIDATION and not ISSUED" in refusal(certificate_arn=pending)
    assert f"the name above it, refused.{account.domain}, has no A record" in refusal(certificate_arn=issued)
    write_record(f"refused.{account.domain}", "A", "198.51.100.1")
    other = request_certificate(f"other.{account.domain}")
    assert f"is for other.{account.domain}" in refusal(certificate_arn=other)
    assert "lower case only" in refusal(domain=name.upper(), certificate_arn=issued)
    assert "Cognito takes 63" in refusal(domain="a" * 50 + name, certificate_arn=issued)
    assert "directly below the top-level domain" in refusal(domain="example.com", certificate_arn=issued)
    assert "takes none with aws" in refusal(domain="aws-login")
    assert "leave `certificate_arn` out" in refusal(domain="login", certificate_arn=issued)
    assert "There is no user pool" in refusal(user_pool_id="eu-west-1_nowhere", certificate_arn=issued)
    assert cognito.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}


def test_a_domain_of_another_pool_is_neither_changed_nor_removed(run_module, cognito, pool_id):
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    cognito.create_user_pool_domain(Domain="taken", UserPoolId=other)
    asked = {"user_pool_id": pool_id, "domain": "taken"}
    refused = run_module("cognito_user_pool_domain", **asked)
    assert f"belongs to another user pool, {other}" in refused["msg"]
    left = run_module("cognito_user_pool_domain", **asked, state="absent")
    assert not left["changed"] and left["diff"]["before"] == {}
    assert f"belongs to another user pool, {other}" in str(left["warnings"])
    assert cognito.describe_user_pool_domain(Domain="taken")["DomainDescription"]["UserPoolId"] == other


def test_check_mode_foretells_what_earlier_tasks_would_have_made(run_module, account, pool_id):
    name = f"login.foretold.{account.domain}"
    for pool in (UNKNOWN, pool_id):
        result = run_module(
            "cognito_user_pool_domain", check=True, user_pool_id=pool, domain=name, certificate_arn=UNKNOWN
        )
        assert result["changed"]
        assert "has no A record" in str(result["warnings"])
    asked = run_module("cognito_user_pool_domain", check=True, user_pool_id=pool_id, domain=name, wait=False)
    assert not asked["changed"]
    assert asked["diff"]["before"] == {}
