# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is left of a platform that was removed, each thing with the reason why it is there and what to do about it.

ARNs: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

VALIDATION = ".acm-validations.aws"
WHY = {
    "acm:certificate": "it is in use, or was not removed",
    "cognito-idp:userpool": "it was not removed: a protected pool goes with destroy_user_data=true only",
    "ec2:network-interface": "AWS gives interfaces of functions and load balancers back by itself, up to an hour later",
    "ec2:security-group": "something still uses it, or AWS has not given it back yet",
    "ec2:volume": "it holds data of users, and outlives the cluster; delete it when nobody needs it",
    "ec2:snapshot": "it holds data of users; delete it when nobody needs it",
    "elasticfilesystem:file-system": "it holds data of users; delete it when nobody needs it",
    "eks:cluster": "it was not removed: see what the role eks said",
    "elasticloadbalancing:loadbalancer": "its controller did not remove it; delete it, or it costs money for ever",
    "elasticloadbalancing:targetgroup": "its controller did not remove it",
    "kms:key": "a key is never removed here, as data may be encrypted with it",
    "s3": "a bucket is never removed here, as somebody may need what is in it",
}
UNEXPLAINED = "it carries the platform's tags, and no role has removed it"
ECHO = "It may be an echo of what was just removed, which AWS tells for some minutes: look again later."


def leftovers(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is left, as `{what, why}`, sorted.

    `found` is `{tagged: [{arn, in_use_by}], log_groups: [{name, retention}], records: [{name, type, values}],
    zone: {name} | None}`.
    """
    seen = {one["arn"]: one for one in found["tagged"]}
    things = [
        *(_tagged(one) for one in seen.values()),
        *(_log_group(group) for group in found["log_groups"]),
        *(_record(record) for record in found["records"]),
        *_zone(found["zone"]),
    ]
    return sorted(things, key=lambda thing: thing["what"])


def _tagged(one: Mapping[str, Any]) -> dict[str, str]:
    why = WHY.get(kind_of(one["arn"]), UNEXPLAINED)
    if one.get("in_use_by"):
        return {"what": one["arn"], "why": f"It is in use by {', '.join(one['in_use_by'])}: remove those first."}
    if one.get("exists") is True:
        return {"what": one["arn"], "why": f"{why[0].upper()}{why[1:]}."}
    return {"what": one["arn"], "why": f"{why[0].upper()}{why[1:]}. {ECHO}"}


def kind_of(arn: str) -> str:
    """ec2:volume for arn:aws:ec2:eu-west-1:123456789012:volume/vol-1; the service alone where it has one kind only."""
    _arn, _partition, service, _region, _account, resource = arn.split(":", 5)
    return service if service == "s3" else f"{service}:{resource.replace(':', '/').split('/')[0]}"


def _log_group(group: Mapping[str, Any]) -> dict[str, str]:
    days = group["retention"]
    ends = f"its lines go by themselves after {days} days" if days else "its lines are kept for ever"
    return {
        "what": f"log group {group['name']}",
        "why": f"Logs may be needed later; {ends}. To remove it: aws logs delete-log-group --log-group-name {group['name']}",
    }


def _record(record: Mapping[str, Any]) -> dict[str, str]:
    name = record["name"].rstrip(".")
    if is_validation(record):
        why = "Certificates of the same name elsewhere are renewed by this record; acm_purge_validation_records=true removes it."
    else:
        why = "It does not lead to anything of ours, or was not removed: see what the roles callback and cognito_adfs said."
    return {"what": f"DNS record {name} {record['type']}", "why": why}


def is_validation(record: Mapping[str, Any]) -> bool:
    """Whether the record proves a domain to ACM."""
    return record["type"] == "CNAME" and any(
        value.lower().rstrip(".").endswith(VALIDATION) for value in record["values"]
    )


def _zone(zone: Mapping[str, Any] | None) -> Iterator[dict[str, str]]:
    if zone:
        yield {
            "what": f"hosted zone {zone['name'].rstrip('.')}",
            "why": "It was there before the platform, and is yours.",
        }


def records_of(records: Iterable[Mapping[str, Any]], domain: str, names: Iterable[str]) -> list[Mapping[str, Any]]:
    """The records that a platform of this domain writes: validation records below it, and records of its names."""
    below, ours = f".{domain.lower()}.", {f"{name.lower().rstrip('.')}." for name in names}
    return [
        record
        for record in records
        if (record["name"].lower() in ours and record["type"] in ("A", "AAAA", "CNAME"))
        or (is_validation(record) and record["name"].lower().endswith(below))
    ]
