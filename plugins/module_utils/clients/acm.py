# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Certificate Manager: public certificates, asked for and waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.hosted_zone import HostedZoneClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.waiting import wait_until
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

KEY_TYPES = [
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
]  # without them ACM lists RSA keys of 2048 bits only
RECORD_SECONDS = 120
VISIBLE_SECONDS = 10
RELEASE_SECONDS = 1800  # load balancers let go of a certificate some minutes after they are gone, CloudFront after 20
GONE = ("ResourceNotFoundException",)


class AcmClient:
    """Certificates of one region; `rules` answers what plans decide: token, records, missing_records, refuse_useless."""

    def __init__(
        self,
        acm: Any,
        zones: HostedZoneClient,
        rules: Any,
        wait_timeout: float,
        progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.acm = acm
        self.zones = zones
        self.rules = rules
        self.wait_timeout = wait_timeout
        self.progress = progress
        self._requested: list[str] = []  # lists may not show at once what has just been requested

    def read(self, domains: Sequence[str], zone_id: str | None) -> dict[str, Any]:
        """Certificates with any of the names, the zone, and what the zone holds under the names of their records."""
        zone = self.zones.zone(zone_id) if zone_id else None
        arns = dict.fromkeys([*self.certificate_arns(domains), *self._requested])
        certificates = [certificate for arn in arns if (certificate := self.certificate(arn)) is not None]
        names = sorted({record["name"] for item in certificates for record in item["validation_records"]})
        return {
            "certificates": certificates,
            "zone": zone,
            "zone_records": self.zones.records(zone_id, names) if zone_id else {},
        }

    @aws_call("list the certificates")
    def certificate_arns(self, domains: Sequence[str]) -> list[str]:
        """Certificates that share a name with the domains; a name and its wildcard count as one, as their record is one."""
        pages = self.acm.get_paginator("list_certificates").paginate(Includes={"keyTypes": KEY_TYPES})
        summaries = [item for page in pages for item in page.get("CertificateSummaryList", [])]
        return [item["CertificateArn"] for item in summaries if _bare(_names(item)) & _bare(domains)]

    @aws_call("describe the certificate {arn}", missing=GONE)
    def certificate(self, arn: str) -> dict[str, Any] | None:
        """One certificate, None when it is gone or was imported."""
        found = self.acm.describe_certificate(CertificateArn=arn)["Certificate"]
        if found.get("Type", "AMAZON_ISSUED") != "AMAZON_ISSUED":
            return None
        tags = self.acm.list_tags_for_certificate(CertificateArn=arn).get("Tags", [])
        not_after = found.get("NotAfter") if found["Status"] == "ISSUED" else None
        return {
            "arn": arn,
            "domain_name": found["DomainName"],
            "subject_alternative_names": sorted(
                {name.lower() for name in [found["DomainName"], *found.get("SubjectAlternativeNames", [])]}
            ),
            "status": found["Status"],
            "failure_reason": found.get("FailureReason"),
            "not_after": not_after.isoformat() if hasattr(not_after, "isoformat") else not_after,
            "created_at": str(found.get("CreatedAt", "")),
            "validation_records": self.rules.validation_records(found.get("DomainValidationOptions", [])),
            "in_use_by": sorted(found.get("InUseBy", [])),
            "tags": {tag["Key"]: tag.get("Value", "") for tag in tags},
        }

    @aws_call("describe the certificate {arn}", missing=(*GONE, "ValidationException", "InvalidArnException"))
    def existing(self, arn: str) -> dict[str, Any] | None:
        """A certificate of whatever origin, None when this region and account have none of this ARN."""
        found = self.acm.describe_certificate(CertificateArn=arn)["Certificate"]
        not_after = found.get("NotAfter")
        return {
            "arn": arn,
            "domain_name": found["DomainName"],
            "subject_alternative_names": sorted(
                {name.lower() for name in [found["DomainName"], *found.get("SubjectAlternativeNames", [])]}
            ),
            "status": found["Status"],
            "not_after": not_after.isoformat() if hasattr(not_after, "isoformat") else not_after,
            "validation_records": [],
            "in_use_by": sorted(found.get("InUseBy", [])),
            "tags": {},
            "renewed": found.get("Type") == "AMAZON_ISSUED" and found.get("RenewalEligibility") != "INELIGIBLE",
        }

    def request_certificate(self, domain_name: str, domains: Sequence[str], tags: Mapping[str, str]) -> dict[str, str]:
        """Ask for a certificate, validated by DNS; the same request within an hour is answered with the same one.

        For that hour ACM may also remember one that was removed: then the next token is taken.
        """
        for generation in range(3):
            arn = self._request(domain_name, domains, tags, self.rules.idempotency_token(domains, generation))
            if self._becomes_visible(arn):
                self._requested.append(arn)
                return {"arn": arn}
        raise ServiceError(
            f"ACM accepted the request for {domain_name} but shows no certificate. Run this task again in an hour."
        )

    @aws_call(
        "request a certificate for {domain_name}",
        remedies={"LimitExceededException": "Remove unused certificates, or ask AWS for a higher quota."},
    )
    def _request(self, domain_name: str, domains: Sequence[str], tags: Mapping[str, str], token: str) -> str:
        request: dict[str, Any] = {
            "DomainName": domain_name,
            "ValidationMethod": "DNS",
            "IdempotencyToken": token,
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
        }
        alternatives = [name for name in domains if name != domain_name]
        if alternatives:
            request["SubjectAlternativeNames"] = alternatives
        return self.acm.request_certificate(**request)["CertificateArn"]

    def _becomes_visible(self, arn: str) -> bool:
        try:
            wait_until(
                lambda: self.certificate(arn),
                lambda found: found is not None,
                what=f"The certificate {arn}",
                timeout=VISIBLE_SECONDS,
                state=lambda found: "not visible",
                remedy="",
            )
        except ServiceError as failure:
            if failure.cause is not None:
                raise
            return False
        return True

    def write_validation_records(self, arn: str, zone_id: str) -> None:
        """Put the records that ACM asks for into the zone; a record that is there with another value is left alone."""
        certificate = wait_until(
            lambda: self.certificate(arn),
            self._has_records,
            what=f"The validation record of {arn}",
            timeout=RECORD_SECONDS,
            state=lambda found: "not told by ACM",
            remedy="Run this task again.",
            progress=self.progress,
        )
        records = certificate["validation_records"]
        held = self.zones.records(zone_id, [record["name"] for record in records])
        self.zones.write(zone_id, self.rules.missing_records(records, held))

    def _has_records(self, certificate: Mapping[str, Any] | None) -> bool:
        if certificate is None:
            raise ServiceError(
                "The certificate has gone while its validation records were awaited. Run this task again."
            )
        self.rules.refuse_useless(certificate)
        proven = {name.removeprefix("*.") for name in certificate["subject_alternative_names"]}
        return len(certificate["validation_records"]) >= len(proven)

    def wait_issued(self, arn: str) -> None:
        """Wait until the certificate can be used; one that failed ends the waiting at once."""

        def issued(certificate: Mapping[str, Any] | None) -> bool:
            if certificate is None:
                raise ServiceError(f"The certificate {arn} has gone while it was awaited. Run this task again.")
            self.rules.refuse_useless(certificate)
            return certificate["status"] == "ISSUED"

        wait_until(
            lambda: self.certificate(arn),
            issued,
            what=f"The certificate {arn}",
            timeout=self.wait_timeout,
            state=lambda certificate: certificate["status"],
            remedy=(
                "Its validation records (certificate.validation_records) must be visible in public DNS: give "
                "hosted_zone_id, or write them where the domain is served, then run this task again. "
                "AWS gives up 72 hours after the request."
            ),
            progress=self.progress,
        )

    def wait_unused(self, arn: str) -> None:
        """Wait until no load balancer or login domain holds the certificate any more."""
        wait_until(
            lambda: self.certificate(arn),
            lambda found: found is None or not found["in_use_by"],
            what=f"The certificate {arn}",
            timeout=min(self.wait_timeout, RELEASE_SECONDS),
            state=lambda found: f"in use by {', '.join(found['in_use_by'])}",
            remedy="Remove those, or give them another certificate, then run this task again.",
            progress=self.progress,
        )

    def remove_records(self, zone_id: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Take validation records out of the zone."""
        self.zones.remove(zone_id, records)

    def delete_certificate(self, arn: str) -> None:
        """Remove the certificate; "in use" may be said for a while after the last user has gone."""
        wait_until(
            lambda: self._delete(arn),
            lambda refusal: refusal is None,
            what=f"The certificate {arn}",
            timeout=min(self.wait_timeout, RELEASE_SECONDS),
            state=lambda refusal: f"in use by {self._users(arn)}",
            remedy="Remove those, or give them another certificate, then run this task again.",
            progress=self.progress,
        )

    def _delete(self, arn: str) -> ServiceError | None:
        try:
            self._delete_once(arn)
        except ServiceError as failure:
            if failure.code != "ResourceInUseException":
                raise
            return failure
        return None

    @aws_call("remove the certificate {arn}", missing=GONE)
    def _delete_once(self, arn: str) -> None:
        self.acm.delete_certificate(CertificateArn=arn)

    def _users(self, arn: str) -> str:
        found = self.certificate(arn)
        return ", ".join(found["in_use_by"]) if found and found["in_use_by"] else "something that ACM does not name"

    @aws_call("tag the certificate {arn}")
    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        pairs = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        self.acm.add_tags_to_certificate(CertificateArn=arn, Tags=pairs)

    @aws_call("remove tags from the certificate {arn}")
    def remove_tags(self, arn: str, keys: Sequence[str]) -> None:
        """Remove tags."""
        self.acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": key} for key in keys])


def _names(summary: Mapping[str, Any]) -> list[str]:
    return [summary["DomainName"], *summary.get("SubjectAlternativeNameSummaries", [])]


def _bare(names: Sequence[str]) -> set[str]:
    return {name.lower().removeprefix("*.") for name in names}
