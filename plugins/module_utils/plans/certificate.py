# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for a public certificate: it is ours when its set of domains and our tag agree.

Formats: https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Answer, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_changes

OWN_TAG = {"multitenant.kubeflow/certificate": "managed"}
USABLE = ("ISSUED", "PENDING_VALIDATION")
AGAIN = "Then remove it (state: absent) and run this task again: AWS validates a certificate once only."
REMEDIES = {
    "CAA_ERROR": "A CAA record of the domain does not let Amazon issue: allow amazon.com, or remove the record.",
    "DOMAIN_NOT_ALLOWED": "The domain is on a list of unsafe ones: see AWS's troubleshooting page, or write to AWS Support.",
    "INVALID_PUBLIC_DOMAIN": "The domain is not below a public suffix: correct its name.",
    "ADDITIONAL_VERIFICATION_REQUIRED": "AWS asks for more information about this domain: write to AWS Support.",
    "VALIDATION_TIMED_OUT": (
        "The validation records were not found for 72 hours: write them into the zone that the world asks for this "
        "domain (compare its name servers with those at the registrar)."
    ),
}


@dataclass(frozen=True)
class WantedCertificate:
    """The certificate as its user wants it; `domain_name` is the first of its names, `hosted_zone` None without records."""

    domain_name: str
    alternatives: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    hosted_zone_id: str | None = None
    purge_validation_records: bool = False
    wait: bool = True

    @property
    def domains(self) -> list[str]:
        """All names, each once, in ACM's own order-free form."""
        return domain_set([self.domain_name, *self.alternatives])


def domain_set(names: Iterable[str]) -> list[str]:
    """The names as they are compared: lower case, no final dot, sorted, each once."""
    return sorted({name.lower().rstrip(".") for name in names})


def idempotency_token(domains: Sequence[str], generation: int = 0) -> str:
    """The same word for the same domains, so that ACM answers a repeated request with the certificate it has made."""
    text = " ".join([*domain_set(domains), str(generation)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def zone_refusal(domains: Iterable[str], zone_name: str, private: bool = False) -> Refusal | None:
    """Why records in this zone cannot prove the domains, or None when they can."""
    zone = zone_name.lower().rstrip(".")
    foreign = [name for name in domains if name != zone and not name.endswith(f".{zone}")]
    if foreign:
        return Refusal(
            f"The hosted zone {zone} does not hold {', '.join(foreign)}: AWS would wait for its validation records in "
            "vain. Give the hosted_zone_id of the zone that holds every name of the certificate."
        )
    if private:
        return Refusal(
            f"The hosted zone {zone} is private: AWS cannot see the validation records in it. "
            "Give the hosted_zone_id of the public zone."
        )
    return None


def validation_records(options: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The records that prove the domains, each once (a name and its wildcard share one), sorted by name."""
    records = {}
    for option in options:
        record = option.get("ResourceRecord")
        if record:
            name = record["Name"].lower()
            records[name] = {"name": name, "type": record["Type"], "value": record["Value"]}
    return [records[name] for name in sorted(records)]


def missing_records(records: Iterable[Mapping[str, str]], zone_records: Mapping[str, Any]) -> list[dict[str, str]]:
    """Which records are to be written; `zone_records` maps a name to what the zone holds under it, or None.

    A name that holds something else is not ours to overwrite: Refusal.
    """
    missing = []
    for record in records:
        present = zone_records.get(record["name"])
        if present is None:
            missing.append(dict(record))
        elif not same_record(record, present):
            raise Refusal(
                f"The hosted zone holds {record['name']} {present['type']} {', '.join(present['values'])}, "
                f"but ACM asks for {record['type']} {record['value']}. Remove or correct that record by hand."
            )
    return missing


def removable_records(records: Iterable[Mapping[str, str]], zone_records: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Which records of the zone are exactly those of the certificate."""
    found = []
    for record in records:
        present = zone_records.get(record["name"])
        if present is not None and same_record(record, present):
            found.append(present)
    return found


def same_record(record: Mapping[str, str], present: Mapping[str, Any]) -> bool:
    """Whether a record of the zone says what ACM asks for."""
    values = [value.lower().rstrip(".") for value in present["values"]]
    return present["type"] == record["type"] and values == [record["value"].lower().rstrip(".")]


def choose(certificates: Iterable[Mapping[str, Any]], wanted: WantedCertificate) -> list[Mapping[str, Any]]:
    """Our certificates for exactly these domains, the best one first: issued before pending before useless, then newest."""
    ours = [
        certificate
        for certificate in certificates
        if domain_set(certificate["subject_alternative_names"]) == wanted.domains
        and all(certificate["tags"].get(key) == value for key, value in OWN_TAG.items())
    ]
    rank = {status: place for place, status in enumerate(USABLE)}
    newest = sorted(ours, key=lambda certificate: str(certificate.get("created_at") or ""), reverse=True)
    return sorted(newest, key=lambda certificate: rank.get(certificate["status"], len(rank)))


def record_of(current: Mapping[str, Any], wanted: WantedCertificate) -> dict[str, Any] | None:
    """The certificate in the shape that the module returns."""
    ours = choose(current["certificates"], wanted)
    return shown(ours[0], current, wanted) if ours else None


def shown(certificate: Mapping[str, Any], current: Mapping[str, Any], wanted: WantedCertificate) -> dict[str, Any]:
    """One certificate as it is returned; its records say whether the given zone holds them."""
    record = {key: value for key, value in certificate.items() if key not in ("created_at", "failure_reason")}
    record["validation_records"] = [
        {**item, "in_hosted_zone": _is_in_zone(item, current) if wanted.hosted_zone_id else None}
        for item in certificate["validation_records"]
    ]
    return record


def present(current: Mapping[str, Any], wanted: WantedCertificate) -> Plan:
    """Request it once, prove it, wait for it, keep its tags.

    `current` is `{certificates: [...], zone: {name, private} | None, zone_records: {name: {type, values, ttl} | None}}`.
    """
    _refuse_wrong_zone(current, wanted)
    ours = choose(current["certificates"], wanted)
    if not ours:
        return _requested(wanted)
    certificate = ours[0]
    refuse_useless(certificate)
    before = shown(certificate, current, wanted)
    after = dict(before)
    calls = []
    tags = tag_changes(certificate["tags"], wanted.tags, wanted.purge_tags, OWN_TAG)
    arn = certificate["arn"]
    if tags.added:
        calls.append(Call("add_tags", {"arn": arn, "tags": tags.added}))
    if tags.removed:
        calls.append(Call("remove_tags", {"arn": arn, "keys": tags.removed}))
    after["tags"] = tags.after
    calls.extend(_record_calls(certificate, current, wanted))
    if wanted.hosted_zone_id:
        after["validation_records"] = [{**item, "in_hosted_zone": True} for item in before["validation_records"]]
    if wanted.wait and certificate["status"] != "ISSUED":
        calls.append(Call("wait_issued", {"arn": arn}, changes=False))
        after.update(status="ISSUED", not_after=UNKNOWN)
    return Plan(before, after, tuple(calls), _warnings(ours))


def absent(current: Mapping[str, Any], wanted: WantedCertificate) -> Plan:
    """Remove every certificate of ours for these domains, and on request the records that proved them.

    The records go first, but only when nothing uses the certificate any more: whoever is stopped in between
    still finds the certificate, and with it the names of the records, in the next run.
    A record that another certificate needs, to be issued or renewed, stays.
    """
    ours = choose(current["certificates"], wanted)
    if not ours:
        return Plan(None, None)
    purges = bool(wanted.hosted_zone_id) and wanted.purge_validation_records
    needed = _needed_by_others(current, ours)
    calls, kept = [], set()
    for certificate in ours:
        calls.append(Call("wait_unused", {"arn": certificate["arn"]}, changes=False))
        kept.update(record["name"] for record in certificate["validation_records"] if record["name"] in needed)
        spare = [record for record in certificate["validation_records"] if record["name"] not in needed]
        records = removable_records(spare, current["zone_records"])
        if purges and records:
            calls.append(Call("remove_records", {"zone_id": wanted.hosted_zone_id, "records": records}))
        calls.append(Call("delete_certificate", {"arn": certificate["arn"]}))
    warnings = [f"The validation record {name} stays: {needed[name]} needs it too." for name in sorted(kept) if purges]
    return Plan(shown(ours[0], current, wanted), None, tuple(calls), tuple(warnings))


def _needed_by_others(current: Mapping[str, Any], ours: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The names of validation records that certificates of others need, with the ARN of one of those."""
    return {
        record["name"]: certificate["arn"]
        for certificate in current["certificates"]
        if certificate not in ours and certificate["status"] in USABLE
        for record in certificate["validation_records"]
    }


def refuse_useless(certificate: Mapping[str, Any]) -> None:
    """Raise the explanation for a certificate that will never be issued, or is no longer good."""
    status = certificate["status"]
    if status in USABLE:
        return
    reason = certificate.get("failure_reason") or status
    remedy = REMEDIES.get(reason, "See its page in the AWS console for the cause.")
    raise Refusal(
        f"The certificate {certificate['arn']} for {certificate['domain_name']} is {status}"
        f"{f' ({reason})' if reason != status else ''}. {remedy} {AGAIN}"
    )


def _requested(wanted: WantedCertificate) -> Plan:
    tags = tag_changes({}, wanted.tags, False, OWN_TAG).after
    calls = [
        Call(
            "request_certificate",
            {"domain_name": wanted.domain_name.lower(), "domains": wanted.domains, "tags": tags},
        )
    ]
    from_request = Answer("request_certificate", "arn")
    if wanted.hosted_zone_id:
        calls.append(Call("write_validation_records", {"arn": from_request, "zone_id": wanted.hosted_zone_id}))
    if wanted.wait:
        calls.append(Call("wait_issued", {"arn": from_request}, changes=False))
    after = {
        "arn": UNKNOWN,
        "domain_name": wanted.domain_name.lower(),
        "subject_alternative_names": wanted.domains,
        "status": "ISSUED" if wanted.wait else "PENDING_VALIDATION",
        "not_after": UNKNOWN if wanted.wait else None,
        "validation_records": UNKNOWN,
        "in_use_by": [],
        "tags": tags,
    }
    return Plan(None, after, tuple(calls))


def _record_calls(certificate: Mapping[str, Any], current: Mapping[str, Any], wanted: WantedCertificate) -> list[Call]:
    """The writing of what the zone lacks; records that ACM has not told yet are certainly not there."""
    if not wanted.hosted_zone_id:
        return []
    records = certificate["validation_records"]
    if records and not missing_records(records, current["zone_records"]):
        return []
    if not records and certificate["status"] == "ISSUED":
        return []
    return [Call("write_validation_records", {"arn": certificate["arn"], "zone_id": wanted.hosted_zone_id})]


def _refuse_wrong_zone(current: Mapping[str, Any], wanted: WantedCertificate) -> None:
    if not wanted.hosted_zone_id or current["zone"] is None:
        return
    refusal = zone_refusal(wanted.domains, current["zone"]["name"], current["zone"]["private"])
    if refusal:
        raise refusal


def _is_in_zone(record: Mapping[str, str], current: Mapping[str, Any]) -> bool:
    held = current["zone_records"].get(record["name"])
    return held is not None and same_record(record, held)


def _warnings(ours: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    if len(ours) < 2:
        return ()
    others = ", ".join(certificate["arn"] for certificate in ours[1:])
    return (f"There are more certificates of ours for the same domains, unused by this task: {others}.",)
