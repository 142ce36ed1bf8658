"""ACM: a certificate is issued when its records are really there, and deleted when nobody uses it."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.aws.acm.key_pairs import key_pair_of


@pytest.fixture
def acm(world):
    return world.client("acm")


@pytest.fixture
def described(world, acm):
    def described(arn, client=None):
        return (client or acm).describe_certificate(CertificateArn=arn)["Certificate"]

    return described


def request(acm, *names, **arguments):
    others = {"SubjectAlternativeNames": list(names[1:])} if names[1:] else {}
    answer = acm.request_certificate(DomainName=names[0], ValidationMethod="DNS", **others, **arguments)
    return answer["CertificateArn"]


def write(world, records):
    unique = {record["Name"]: record for record in records}.values()
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": record["Name"],
                "Type": record["Type"],
                "TTL": 300,
                "ResourceRecords": [{"Value": record["Value"]}],
            },
        }
        for record in unique
    ]
    route53 = world.client("route53")
    zone = world.account.hosted_zone_id
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def records_of(world, described, arn, client=None):
    def records():
        options = described(arn, client)["DomainValidationOptions"]
        return all("ResourceRecord" in option for option in options) and [
            option["ResourceRecord"] for option in options
        ]

    return world.until(records)


def test_records_differ_by_name_but_not_by_region_nor_for_a_wildcard(world, acm, described):
    names = ["b.platform.example.com", "a.platform.example.com", "*.b.platform.example.com"]
    here = records_of(world, described, request(acm, *names))
    america = world.client("acm", "us-east-1")
    there = records_of(world, described, request(america, *names), america)
    assert here == there
    assert here[0] == here[2] != here[1]
    assert here[0]["Name"].endswith(".b.platform.example.com.")


def test_names_keep_their_order(acm, described):
    names = [f"{letter}.platform.example.com" for letter in "dacb"]
    certificate = described(request(acm, *names))
    assert certificate["SubjectAlternativeNames"] == names
    assert [option["DomainName"] for option in certificate["DomainValidationOptions"]] == names


def test_it_is_issued_only_when_all_records_are_there(world, acm, described):
    arn = request(acm, "one.platform.example.com", "two.platform.example.com")
    records = records_of(world, described, arn)
    write(world, records[:1])
    world.skip("certificate")
    pending = described(arn)
    assert pending["Status"] == "PENDING_VALIDATION" and "NotAfter" not in pending
    assert [option["ValidationStatus"] for option in pending["DomainValidationOptions"]] == [
        "SUCCESS",
        "PENDING_VALIDATION",
    ]
    write(world, records)
    assert described(arn)["Status"] == "ISSUED"
    assert described(arn)["NotAfter"]
    listed = acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"]
    assert next(one for one in listed if one["CertificateArn"] == arn)["SubjectAlternativeNameSummaries"]


def test_the_same_token_gives_the_same_certificate_until_it_is_deleted(acm):
    first = request(acm, "token.platform.example.com", IdempotencyToken="abc")
    assert request(acm, "token.platform.example.com", IdempotencyToken="abc") == first
    acm.delete_certificate(CertificateArn=first)
    assert request(acm, "token.platform.example.com", IdempotencyToken="abc") != first


FAILING = {
    "a name that is not public": ("kubeflow.corp.local", [], "INVALID_PUBLIC_DOMAIN"),
    "CAA records that name another authority": (
        "x.caa.platform.example.com",
        ['0 issue "letsencrypt.org"'],
        "CAA_ERROR",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_requests_that_fail(world, acm, described, name):
    domain, caa, reason = FAILING[name]
    if caa:
        write(world, [{"Name": "caa.platform.example.com", "Type": "CAA", "Value": value} for value in caa])
    arn = request(acm, domain)
    world.until(lambda: described(arn)["Status"] == "FAILED")
    assert described(arn)["FailureReason"] == reason


def test_a_request_that_is_never_proven_times_out(world, acm, described):
    arn = request(acm, "forgotten.platform.example.com")
    world.skip("certificate_given_up")
    assert described(arn)["Status"] == "VALIDATION_TIMED_OUT"


def test_names_and_their_number_are_checked(world, acm):
    assert world.error_of(lambda: request(acm, "not a name"))[0] in ("ValidationException", "ParamValidationError")
    many = [f"n{number}.platform.example.com" for number in range(11)]
    assert world.error_of(lambda: request(acm, *many))[0] == "LimitExceededException"


@pytest.fixture
def balancer(world):
    elbv2 = world.client("elbv2")
    made = elbv2.create_load_balancer(Name="web", Subnets=list(world.account.subnet_ids))["LoadBalancers"][0]
    yield made
    elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])


def listen(world, balancer, certificate, actions=None):
    response = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    return world.client("elbv2").create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[*(actions or []), {**response, "Order": 2}],
    )


def test_a_certificate_in_use_stays(world, acm, described, balancer):
    arn = request(acm, "used.platform.example.com")
    write(world, records_of(world, described, arn))
    world.until(lambda: described(arn)["Status"] == "ISSUED")
    listen(world, balancer, arn)
    assert described(arn)["InUseBy"] == [balancer["LoadBalancerArn"]]
    assert world.error_of(acm.delete_certificate, CertificateArn=arn)[0] == "ResourceInUseException"
    world.client("elbv2").delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    acm.delete_certificate(CertificateArn=arn)
    assert world.error_of(acm.describe_certificate, CertificateArn=arn)[0] == "ResourceNotFoundException"


def test_listeners_take_issued_certificates_of_their_region_only(world, acm, balancer):
    elsewhere = request(world.client("acm", "us-east-1"), "else.platform.example.com")
    pending = request(acm, "pending.platform.example.com")
    missing = pending[:-1] + ("0" if pending[-1] != "0" else "1")
    refused = {elsewhere: "ValidationError", pending: "UnsupportedCertificate", missing: "CertificateNotFound"}
    for arn, code in refused.items():
        assert world.error_of(lambda arn=arn: listen(world, balancer, arn))[0] == code


def test_the_load_balancer_has_its_region_s_hosted_zone_and_becomes_active(world, balancer):
    assert balancer["CanonicalHostedZoneId"] == "Z32O12XQLNTSW2"
    assert balancer["State"]["Code"] == "provisioning"
    elbv2 = world.client("elbv2")
    arns = [balancer["LoadBalancerArn"]]

    def state():
        return elbv2.describe_load_balancers(LoadBalancerArns=arns)["LoadBalancers"][0]["State"]["Code"]

    world.until(lambda: state() == "active")
    west = world.client("elbv2", "us-east-1")
    ec2 = world.client("ec2", "us-east-1")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    made = west.create_load_balancer(Name="east", Subnets=subnets)["LoadBalancers"][0]
    assert made["CanonicalHostedZoneId"] == "Z35SXDOTRQ7X7K"


@pytest.fixture
def authenticate(world, acm, described, balancer):
    """Create a listener that asks this pool and client first; `region` is the pool's."""
    arn = request(acm, "front.platform.example.com")
    write(world, records_of(world, described, arn))
    world.until(lambda: described(arn)["Status"] == "ISSUED")

    def authenticate(region="eu-west-1", secret=True):
        cognito = world.client("cognito-idp", region)
        pool = cognito.create_user_pool(PoolName="front")["UserPool"]
        client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="front", GenerateSecret=secret)
        config = {"UserPoolArn": pool["Arn"], "UserPoolClientId": client["UserPoolClient"]["ClientId"]}
        config["UserPoolDomain"] = "front"
        action = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": config}
        return listen(world, balancer, arn, [action])

    return authenticate


def test_a_listener_authenticates_by_a_pool_of_its_region_with_a_secret(world, authenticate):
    assert world.error_of(lambda: authenticate(region="us-east-1"))[0] == "ValidationError"
    assert world.error_of(lambda: authenticate(secret=False))[0] == "InvalidLoadBalancerAction"
    assert authenticate()["Listeners"][0]["DefaultActions"][0]["Type"] == "authenticate-cognito"


def test_a_load_balancer_stands_in_two_zones(world):
    alone = {"Name": "alone", "Subnets": [world.account.subnet_ids[0]]}
    code, message = world.error_of(world.client("elbv2").create_load_balancer, **alone)
    assert (code, message) == (
        "ValidationError",
        "At least two subnets in two different Availability Zones must be specified",
    )


def test_an_issued_certificate_is_signed_by_the_sandbox_s_authority(world, acm, described):
    names = ["signed.platform.example.com", "*.signed.platform.example.com"]
    arn = request(acm, *names)
    assert key_pair_of(arn) is None, "nobody serves a certificate that is not issued"
    write(world, records_of(world, described, arn))
    world.until(lambda: described(arn)["Status"] == "ISSUED")
    pair, authority = key_pair_of(arn), x509.load_pem_x509_certificate(world.cloud.authority.pem)
    leaf, issuer = x509.load_pem_x509_certificates(pair.certificate)
    leaf.verify_directly_issued_by(authority)
    assert issuer == authority
    assert (
        leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
        == names
    )
    assert load_pem_private_key(pair.key, None).public_key() == leaf.public_key()
    shown = acm.get_certificate(CertificateArn=arn)
    assert shown["Certificate"].encode().strip() in pair.certificate
    assert shown["CertificateChain"].encode() == world.cloud.authority.pem
