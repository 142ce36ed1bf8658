# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53: single records of a hosted zone, read and written by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call

RECORD_TTL = 300


class HostedZoneClient:
    """Records of any zone of the account; names are given and answered in lower case with their final dot."""

    def __init__(self, route53: Any) -> None:
        self.route53 = route53

    @aws_call(
        "find the hosted zone {zone_id}",
        remedies={"NoSuchHostedZone": "Give the id of a zone of this account (aws route53 list-hosted-zones)."},
    )
    def zone(self, zone_id: str) -> dict[str, Any]:
        """Name of the zone and whether it is private."""
        found = self.route53.get_hosted_zone(Id=zone_id)["HostedZone"]
        return {"name": found["Name"], "private": found.get("Config", {}).get("PrivateZone", False)}

    def records(self, zone_id: str, names: Iterable[str]) -> dict[str, dict[str, Any] | None]:
        """For each name what the zone holds under it, None for nothing."""
        return {name: self._record(zone_id, name) for name in names}

    @aws_call("read the records of the hosted zone {zone_id}")
    def _record(self, zone_id: str, name: str) -> dict[str, Any] | None:
        listed = self.route53.list_resource_record_sets(HostedZoneId=zone_id, StartRecordName=name, MaxItems="5")
        for item in listed["ResourceRecordSets"]:
            if item["Name"].lower().rstrip(".") == name.rstrip("."):
                return {
                    "name": item["Name"],
                    "type": item["Type"],
                    "ttl": item.get("TTL", RECORD_TTL),
                    "values": [value["Value"] for value in item.get("ResourceRecords", [])],
                }
        return None

    def write(self, zone_id: str, records: Sequence[Mapping[str, str]]) -> None:
        """Put records into the zone; UPSERT, so that two runs at once that write the same do not fail."""
        self._change(
            zone_id,
            [
                ("UPSERT", {"name": item["name"], "type": item["type"], "ttl": RECORD_TTL, "values": [item["value"]]})
                for item in records
            ],
        )

    def remove(self, zone_id: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Take records out of the zone; each must be given exactly as it is there."""
        self._change(zone_id, [("DELETE", item) for item in records])

    @aws_call("change records of the hosted zone {zone_id}")
    def _change(self, zone_id: str, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        if not changes:
            return
        batch = [
            {
                "Action": action,
                "ResourceRecordSet": {
                    "Name": item["name"],
                    "Type": item["type"],
                    "TTL": item["ttl"],
                    "ResourceRecords": [{"Value": value} for value in item["values"]],
                },
            }
            for action, item in changes
        ]
        self.route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": batch})
