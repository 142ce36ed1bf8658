"""Route 53 refuses what AWS refuses and spells names as AWS does."""

from __future__ import annotations

import pytest


@pytest.fixture
def change(world):
    """Send one batch: (action, name, type, values or alias target) each."""
    route53 = world.client("route53")

    def change(*changes):
        batch = []
        for action, name, kind, content in changes:
            record = {"Name": name, "Type": kind}
            if isinstance(content, dict):
                record["AliasTarget"] = {"EvaluateTargetHealth": False, **content}
            else:
                record |= {"TTL": 60, "ResourceRecords": [{"Value": value} for value in content]}
            batch.append({"Action": action, "ResourceRecordSet": record})
        zone = world.account.hosted_zone_id
        return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": batch})

    return change


@pytest.fixture
def records(world):
    route53 = world.client("route53")

    def records():
        found = route53.list_resource_record_sets(HostedZoneId=world.account.hosted_zone_id)["ResourceRecordSets"]
        return {(record["Name"], record["Type"]): record for record in found}

    return records


def test_names_come_back_in_lower_case_with_a_dot_and_an_escaped_asterisk(change, records):
    change(("UPSERT", "*.Upper.platform.example.com", "A", ["192.0.2.1"]))
    target = {"HostedZoneId": "Z32O12XQLNTSW2", "DNSName": "Balancer.eu-west-1.elb.amazonaws.com"}
    change(("UPSERT", "KubeFlow.platform.example.com", "A", target))
    assert records()["\\052.upper.platform.example.com.", "A"]["ResourceRecords"] == [{"Value": "192.0.2.1"}]
    alias = records()["kubeflow.platform.example.com.", "A"]["AliasTarget"]
    assert alias["DNSName"] == "balancer.eu-west-1.elb.amazonaws.com."


def test_an_upsert_replaces_the_record(change, records):
    change(("UPSERT", "again.platform.example.com", "A", ["192.0.2.1"]))
    change(("UPSERT", "AGAIN.platform.example.com.", "A", ["192.0.2.2"]))
    assert records()["again.platform.example.com.", "A"]["ResourceRecords"] == [{"Value": "192.0.2.2"}]
    change(("DELETE", "again.platform.example.com", "A", ["192.0.2.2"]))
    assert ("again.platform.example.com.", "A") not in records()


REFUSED = {
    "a second creation": (
        [("CREATE", "there.platform.example.com", "A", ["192.0.2.9"])],
        "Tried to create resource record set [name='there.platform.example.com.', type='A'] but it already exists",
    ),
    "deletion of what is not there": (
        [("DELETE", "absent.platform.example.com", "A", ["192.0.2.9"])],
        "Tried to delete resource record set [name='absent.platform.example.com.', type='A'] but it was not found",
    ),
    "deletion with another value": (
        [("DELETE", "there.platform.example.com", "A", ["192.0.2.200"])],
        "Tried to delete resource record set [name='there.platform.example.com.', type='A'] "
        "but the values provided do not match the current values",
    ),
    "a name of another zone": (
        [("UPSERT", "www.example.net", "A", ["192.0.2.9"])],
        "RRSet with DNS name www.example.net. is not permitted in zone platform.example.com.",
    ),
    "a CNAME beside another record": (
        [("UPSERT", "there.platform.example.com", "CNAME", ["example.net"])],
        "RRSet of type CNAME with DNS name there.platform.example.com. is not permitted as it conflicts with other "
        "records with the same DNS name in zone platform.example.com.",
    ),
    "the same record twice": (
        [("CREATE", "twice.platform.example.com", "CNAME", ["example.net"])] * 2,
        "The request contains an invalid set of changes for a resource record set 'CNAME twice.platform.example.com.'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_batches_that_are_refused(world, change, name):
    changes, expected = REFUSED[name]
    change(("UPSERT", "there.platform.example.com", "A", ["192.0.2.9"]))
    batch = [("UPSERT", "first.platform.example.com", "A", ["192.0.2.1"]), *changes]
    code, message = world.error_of(lambda: change(*batch))
    assert code == "InvalidChangeBatch"
    assert expected in message


def test_a_refused_batch_changes_nothing(world, change, records):
    good, bad = (
        ("UPSERT", "half.platform.example.com", "A", ["192.0.2.1"]),
        ("DELETE", "x.example.net", "A", ["192.0.2.1"]),
    )
    world.error_of(lambda: change(good, bad))
    assert ("half.platform.example.com.", "A") not in records()


def test_the_soa_record_reads_as_one(records):
    assert records()["platform.example.com.", "SOA"]["ResourceRecords"][0]["Value"].startswith("ns-")


def test_a_caller_reference_makes_one_zone(world):
    route53 = world.client("route53")
    route53.create_hosted_zone(Name="other.example", CallerReference="once")
    again = {"Name": "other.example", "CallerReference": "once"}
    assert world.error_of(route53.create_hosted_zone, **again)[0] == "HostedZoneAlreadyExists"
