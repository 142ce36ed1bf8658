"""How a domain is proven: one CNAME per account and base name, the same in every region; and what makes it fail.

Sources: ACM user guide, "DNS validation" and "Troubleshooting certificate requests"; terraform-aws-acm#3 (the apex and its
wildcard share one record).
"""

from __future__ import annotations

import hashlib

from sandbox.aws import route53

# Names that no public certificate authority may issue for (RFC 2606, RFC 6762, CA/Browser Forum baseline).
PRIVATE_SUFFIXES = ("corp", "home", "internal", "invalid", "lan", "local", "localdomain", "localhost", "test")
AMAZON_ISSUERS = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")


def base_name(domain: str) -> str:
    return domain.lower().removeprefix("*.").rstrip(".")


def record_of(account: str, domain: str) -> dict[str, str]:
    """The CNAME that proves the domain."""
    name = base_name(domain)

    def word(purpose: str) -> str:
        return hashlib.sha256(f"{purpose} {account} {name}".encode()).hexdigest()

    zone = "".join(letter for letter in word("zone") if letter.isalpha())[:10]
    return {
        "Name": f"_{word('name')[:32]}.{name}.",
        "Type": "CNAME",
        "Value": f"_{word('value')[:32]}.{zone}.acm-validations.aws.",
    }


def is_proven(account: str, domain: str) -> bool:
    wanted = record_of(account, domain)
    found = route53.public_records(account, wanted["Name"], "CNAME")
    return any(wanted["Value"] == route53.spelled(value) for record in found for value in record.records)


def failure_of(account: str, domain: str) -> str | None:
    """ACM's reason for status FAILED, None when the domain may have a certificate."""
    name = base_name(domain)
    if name.rsplit(".", 1)[-1] in PRIVATE_SUFFIXES or "." not in name:
        return "INVALID_PUBLIC_DOMAIN"
    if name == "amazonaws.com" or name.endswith((".amazonaws.com", ".cloudfront.net")):
        return "ADDITIONAL_VERIFICATION_REQUIRED"
    return "CAA_ERROR" if is_forbidden_by_caa(account, domain) else None


def is_forbidden_by_caa(account: str, domain: str) -> bool:
    """The nearest CAA records upwards decide; issuewild counts for a wildcard when there is one."""
    labels = base_name(domain).split(".")
    for start in range(len(labels) - 1):
        found = route53.public_records(account, ".".join(labels[start:]), "CAA")
        values = [value.lower() for record in found for value in record.records]
        if values:
            tag = (
                "issuewild" if domain.startswith("*.") and any(" issuewild " in value for value in values) else "issue"
            )
            relevant = [value for value in values if f" {tag} " in value]
            return bool(relevant) and not any(issuer in value for value in relevant for issuer in AMAZON_ISSUERS)
    return False
