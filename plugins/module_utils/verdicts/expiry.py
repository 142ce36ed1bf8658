# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long certificates still last: those of ACM, and the one by which the identity provider signs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.existing_certificate import uncovered
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.saml_metadata import read_metadata
from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    Verdict,
    broken,
    items,
    ok,
    unknown,
    within,
)

RENEW = "In ACM, look why it was not renewed: its validation records must be public, and something must use it."
ROLL_OVER = (
    "Renew the token-signing certificate in ADFS, download the metadata again, and run site.yml --tags cognito_adfs."
)


def judged_certificate(
    purpose: str, described: Mapping[str, Any] | None, hosts: Sequence[str], now: datetime.datetime, days: int
) -> list[Verdict]:
    """`described` is what ACM says of the certificate, `hosts` the names that it is needed for."""
    resource = f"certificate of the {purpose}"
    if not described:
        return [broken("acm", "certificates", resource, "is not there")]
    status = described.get("status")
    if status != "ISSUED":
        return [broken("acm", "certificates", resource, f"its status is {status}, not ISSUED")]
    missing = uncovered(hosts, items(described.get("subject_alternative_names")))
    if missing:
        return [broken("acm", "certificates", resource, f"does not hold the name {', '.join(missing)}")]
    ends = _moment(described.get("not_after"))
    if ends is None:
        return [unknown("acm", "certificates", resource, "ACM does not say when it ends")]
    left = (ends - now).days
    if left < 0:
        return [broken("acm", "certificates", resource, f"has expired {ends:%Y-%m-%d}: browsers refuse it", RENEW)]
    if left < days:
        return [broken("acm", "certificates", resource, f"ends in {left} days, on {ends:%Y-%m-%d}", RENEW)]
    return [ok("acm", "certificates", resource, f"issued, {left} days left"), *_renewal(resource, described, left)]


def _renewal(resource: str, described: Mapping[str, Any], left: int) -> list[Verdict]:
    if described.get("type") == "IMPORTED":
        return [ok("acm", "certificates", f"{resource}, renewal", f"imported: renew it yourself within {left} days")]
    if described.get("renewal_eligibility") == "ELIGIBLE":
        return [ok("acm", "certificates", f"{resource}, renewal", "ACM will renew it by itself")]
    reason = "ACM will not renew it" + ("" if described.get("in_use_by") else ", because nothing uses it")
    remedy = "Run site.yml, so that load balancer and login domain use it."
    return [broken("acm", "certificates", f"{resource}, renewal", reason, remedy)]


def judged_validation(certificates: Sequence[Mapping[str, Any]]) -> list[Verdict]:
    """Whether the records are there by which ACM proves the names again when it renews."""
    records = [record for certificate in certificates for record in items(certificate.get("validation_records"))]
    gone = sorted({record["name"] for record in records if record.get("in_hosted_zone") is False})
    if gone:
        reason = f"not in the hosted zone: {', '.join(gone)}; ACM cannot renew without them"
        return [broken("acm", "names", "validation records", reason)]
    if not any(record.get("in_hosted_zone") for record in records):
        return []
    return [ok("acm", "names", "validation records", "in the hosted zone")]


def judged_provider(provider: Mapping[str, Any] | None, now: datetime.datetime, days: int) -> list[Verdict]:
    """How long logins by the identity provider's present certificate are believed; None is a provider that nobody has read."""
    resource = "SAML signing certificate"
    if provider is None:
        return [unknown("cognito_adfs", "adfs", resource, "the identity provider was not read")]
    details = within(provider, "provider_details") or {}
    text = details.get("MetadataFile")
    if not text:
        if details.get("MetadataURL"):
            reason = f"Cognito reads {details['MetadataURL']} by itself every few hours"
            return [unknown("cognito_adfs", "adfs", resource, reason)]
        return [broken("cognito_adfs", "adfs", resource, "there is no identity provider: nobody can log in")]
    try:
        metadata = read_metadata(text.encode(), "the provider's metadata")
    except Refusal as refusal:
        return [broken("cognito_adfs", "adfs", resource, str(refusal), ROLL_OVER)]
    ends = max(validity.not_after for validity in metadata.certificates)
    left = (ends - now).days
    if left < 0:
        return [broken("cognito_adfs", "adfs", resource, f"has expired {ends:%Y-%m-%d}: no login succeeds", ROLL_OVER)]
    if left < days:
        return [broken("cognito_adfs", "adfs", resource, f"ends in {left} days, on {ends:%Y-%m-%d}", ROLL_OVER)]
    return [ok("cognito_adfs", "adfs", resource, f"{left} days left")]


def _moment(text: Any) -> datetime.datetime | None:
    if isinstance(text, datetime.datetime):
        moment = text
    else:
        try:
            moment = datetime.datetime.fromisoformat(str(text))
        except ValueError:
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
