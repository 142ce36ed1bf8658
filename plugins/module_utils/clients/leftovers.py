# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an account still holds under the tags and names of a platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call


class LeftoverClient:
    """`client` makes boto3's client of a service, by its name and the region (None for the task's own)."""

    def __init__(self, client: Callable[[str, str | None], Any]) -> None:
        self.client = client

    @aws_call("find what carries the tags {tags}")
    def tagged(self, tags: Mapping[str, str], region: str | None = None) -> list[str]:
        """ARNs of what carries all of these tags; an empty value is any."""
        filters = [{"Key": key, **({"Values": [value]} if value else {})} for key, value in tags.items()]
        pages = self.client("resourcegroupstaggingapi", region).get_paginator("get_resources")
        return [
            one["ResourceARN"] for page in pages.paginate(TagFilters=filters) for one in page["ResourceTagMappingList"]
        ]

    @aws_call("describe the certificate {arn}", missing=("ResourceNotFoundException",))
    def users_of_certificate(self, arn: str) -> list[str] | None:
        """What uses the certificate, None when it is gone."""
        region = arn.split(":")[3]
        return sorted(
            self.client("acm", region).describe_certificate(CertificateArn=arn)["Certificate"].get("InUseBy", [])
        )

    @aws_call("list the log groups {prefix}")
    def log_groups(self, prefix: str) -> list[dict[str, Any]]:
        pages = self.client("logs", None).get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        return [
            {"name": group["logGroupName"], "retention": group.get("retentionInDays")}
            for page in pages
            for group in page["logGroups"]
        ]

    @aws_call("read the hosted zone {zone_id}", missing=("NoSuchHostedZone",))
    def zone(self, zone_id: str) -> dict[str, Any] | None:
        return {"name": self.client("route53", None).get_hosted_zone(Id=zone_id)["HostedZone"]["Name"]}

    @aws_call("read the records of the hosted zone {zone_id}", missing=("NoSuchHostedZone",))
    def records(self, zone_id: str) -> Sequence[dict[str, Any]]:
        pages = self.client("route53", None).get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
        return [
            {
                "name": record["Name"],
                "type": record["Type"],
                "values": [value["Value"] for value in record.get("ResourceRecords", [])],
            }
            for page in pages
            for record in page["ResourceRecordSets"]
        ]
