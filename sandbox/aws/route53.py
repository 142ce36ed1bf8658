"""Route 53: a change batch is checked as a whole and then applied as a whole, and names come back as AWS spells them.

moto accepts a second CREATE of a record, a DELETE of one that is not there, and keeps names as they were written.
Sources: Route 53 API reference, ChangeResourceRecordSets; texts of InvalidChangeBatch from public threads
(terraform-provider-aws, aws-cdk#27364).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.utils import utcnow
from moto.route53.models import FakeZone, RecordSet, Route53Backend, route53_backends

from sandbox.aws.calls import Answer, Call, Desk, refuse
from sandbox.aws.principals import PARTITION

Key = tuple[str, str, str | None]


def backend(account: str) -> Route53Backend:
    return route53_backends[account][PARTITION]


def spelled(name: str) -> str:
    """A name as Route 53 gives it back: lower case, a dot at the end, an asterisk as its octal code."""
    return name.lower().rstrip(".").replace("*", "\\052") + "."


def normalised(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A record set in moto's words: values as strings, the name and the alias target as AWS spells them."""
    record = {**wanted, "Name": spelled(wanted["Name"])}
    if wanted.get("ResourceRecords"):
        record["ResourceRecords"] = [value["Value"] for value in wanted["ResourceRecords"]]
    if wanted.get("AliasTarget"):
        record["AliasTarget"] = {**wanted["AliasTarget"], "DNSName": spelled(wanted["AliasTarget"]["DNSName"])}
    return record


def key_of(record: Mapping[str, Any]) -> Key:
    return record["Name"], record["Type"], record.get("SetIdentifier")


def key_of_existing(record: RecordSet) -> Key:
    return spelled(record.name), record.type, record.set_identifier


def content(record: RecordSet) -> tuple[Any, ...]:
    """What a DELETE must repeat exactly."""
    alias = record.alias_target or {}
    return str(record.ttl or ""), sorted(record.records or []), alias.get("DNSName"), alias.get("HostedZoneId")


def faults(zone: FakeZone, changes: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Everything that is wrong with this batch, in AWS's words."""
    existing = {key_of_existing(record): record for record in zone.rrsets}
    found, seen = [], set()
    for action, record in changes:
        key = key_of(record)
        if (action, key) in seen or (key in {seen_key for _, seen_key in seen} and action == "CREATE"):
            found.append(
                f"The request contains an invalid set of changes for a resource record set '{record['Type']} {key[0]}'"
            )
        seen.add((action, key))
        fault = fault_of(zone, existing, action, record)
        if fault:
            found.append(fault)
        if action == "DELETE":
            existing.pop(key, None)
        else:
            existing.setdefault(key, RecordSet(record))
    return found


def fault_of(zone: FakeZone, existing: Mapping[Key, RecordSet], action: str, record: dict[str, Any]) -> str | None:
    name, kind, apex = record["Name"], record["Type"], spelled(zone.name)
    if name != apex and not name.endswith("." + apex):
        return f"RRSet with DNS name {name} is not permitted in zone {apex}"
    current = existing.get(key_of(record))
    if action == "DELETE":
        return fault_of_deletion(apex, current, record)
    if action == "CREATE" and current:
        return f"Tried to create resource record set [name='{name}', type='{kind}'] but it already exists"
    if kind == "CNAME" and name == apex:
        return f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {apex}"
    others = {other for same, other, _ in existing if same == name and other != kind}
    if others and "CNAME" in {kind, *others}:
        return (
            f"RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records "
            f"with the same DNS name in zone {apex}"
        )
    return None


def fault_of_deletion(apex: str, current: RecordSet | None, record: dict[str, Any]) -> str | None:
    name, kind = record["Name"], record["Type"]
    if current is None:
        return f"Tried to delete resource record set [name='{name}', type='{kind}'] but it was not found"
    if name == apex and kind in ("SOA", "NS"):
        return f"A HostedZone must contain at least one {kind} record for the zone itself."
    if content(current) != content(RecordSet(record)):
        return (
            f"Tried to delete resource record set [name='{name}', type='{kind}'] "
            "but the values provided do not match the current values"
        )
    return None


def change_records(call: Call) -> dict[str, Any]:
    zone = backend(call.account).get_hosted_zone(call.get("HostedZoneId"))
    batch = call.get("ChangeBatch", {}).get("Changes", [])
    changes = [(change["Action"], normalised(change["ResourceRecordSet"])) for change in batch]
    found = faults(zone, changes)
    if found:
        raise refuse("InvalidChangeBatch", "[" + ", ".join(found) + "]")
    for action, record in changes:
        zone.rrsets = [other for other in zone.rrsets if key_of_existing(other) != key_of(record)]
        if action != "DELETE":
            zone.add_rrset(record)
    return {"ChangeInfo": {"Id": "/change/C1PA6795UKMFR9", "Status": "INSYNC", "SubmittedAt": utcnow()}}


def create_zone(call: Call) -> Answer:
    """moto's zone, refused when the caller's reference was used before, with a SOA record that reads as one."""
    reference = call.get("CallerReference")
    if any(zone.caller_reference == reference for zone in backend(call.account).zones.values()):
        message = f"A hosted zone has already been created with the specified caller reference: {reference}"
        raise refuse("HostedZoneAlreadyExists", message)
    answer = call.moto()
    for zone in backend(call.account).zones.values():
        for record in zone.rrsets:
            record.records = [value["Value"] if isinstance(value, dict) else value for value in record.records]
    return answer


def public_records(account: str, name: str, kind: str) -> list[RecordSet]:
    """The records of this name and type in the account's public zones, as a resolver would find them."""
    return [
        record
        for zone in list(backend(account).zones.values())
        if not zone.private_zone
        for record in list(zone.rrsets)
        if spelled(record.name) == spelled(name) and record.type == kind
    ]


def install(desk: Desk) -> None:
    desk.answer_by("route53", {"ChangeResourceRecordSets": change_records, "CreateHostedZone": create_zone})
