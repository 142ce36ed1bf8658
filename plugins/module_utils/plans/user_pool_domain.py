# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done to the login domain of a user pool, and what must be true before Cognito is asked for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.existing_certificate import uncovered
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool import (
    pool_label,
    refuse_missing_pool,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.whole_update import whole_request

CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
"""The hosted zone of every CloudFront distribution, for alias records."""

CERTIFICATE_REGION = "us-east-1"
LONGEST_NAME = 63
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
RESERVED = ("aws", "amazon", "cognito")
ON_ITS_WAY = {"CREATING", "UPDATING"}


def is_custom(domain: str) -> bool:
    """Whether it is a name of one's own, and not a prefix of Amazon's."""
    return "." in domain


def parent_of(domain: str) -> str:
    """The name above a domain, which must have an address before Cognito takes the domain."""
    return domain.split(".", 1)[1]


def parent_to_look_up(current: Mapping[str, Any] | None, domain: str) -> str | None:
    """The name whose A record must be looked up, None when nothing depends on it."""
    return parent_of(domain) if current is None and is_custom(domain) else None


def certificate_to_look_up(current: Mapping[str, Any] | None, arn: str | None) -> str | None:
    """The certificate that must be looked up, None when nothing depends on it or it cannot be of use anyway."""
    if not is_known(arn) or arn == _certificate_of(current or {}) or region_of(arn) != CERTIFICATE_REGION:
        return None
    return arn


def region_of(arn: str) -> str:
    """The region in an ARN."""
    return (arn.split(":") + [""] * 4)[3]


def plan_present(
    found: Mapping[str, Any],
    desired: Mapping[str, Any],
    *,
    accepted: Collection[str],
    wait: bool,
    foretelling: bool = False,
    asked_only: bool = False,
) -> Plan:
    """The way to the wanted domain.

    `found` holds `pool` and `domain` as described (None for what is not there), `certificate` (status and names, None
    for not looked up) and `parent` (whether it has an address, None for not known); `desired` the given fields in
    Cognito's names. With `foretelling` (check mode) an earlier task may be about to make what is missing.
    `asked_only` is true for a task in check mode that gives nothing but the name: it wants to know.
    """
    domain, pool_id, current = desired["Domain"], desired["UserPoolId"], found["domain"]
    _refuse_name(domain)
    refuse_missing_pool(pool_id, found["pool"], foretelling)
    if asked_only and _is_of_another_pool(current, pool_id):
        return _left_alone(current)
    _refuse_other_pool(domain, current, pool_id)
    arn = desired.get("CustomDomainConfig", {}).get("CertificateArn")
    _refuse_certificate(domain, arn)
    if current is not None and current["Status"] != "DELETING":
        decided = _update(current, desired, accepted, wait)
    elif asked_only and is_custom(domain):
        return Plan(None, None)
    else:
        decided = _creation(found, desired, wait)
    doubts = _doubts(found, domain, arn) if decided.changed else ()
    if doubts and not foretelling:
        raise Refusal(doubts[0])
    return Plan(decided.before, decided.after, decided.calls, doubts)


def _creation(found: Mapping[str, Any], desired: Mapping[str, Any], wait: bool) -> Plan:
    domain = desired["Domain"]
    if is_custom(domain) and not desired.get("CustomDomainConfig"):
        raise Refusal(
            f"The domain {domain} needs a certificate: give `certificate_arn`, the ARN of one in {CERTIFICATE_REGION}."
        )
    _refuse_second_domain(domain, found["pool"] or {})
    calls = []
    if found["domain"] is not None:  # what was there is still on its way out
        calls.append(_wait_until_gone(domain))
    calls.append(Call("create_user_pool_domain", dict(desired)))
    calls += [_wait_until_active(domain)] if wait else []
    after = {**desired, "Status": "ACTIVE" if wait else UNKNOWN, "CloudFrontDistribution": UNKNOWN}
    return Plan(None, domain_record(after), tuple(calls))


def _update(current: Mapping[str, Any], desired: Mapping[str, Any], accepted: Collection[str], wait: bool) -> Plan:
    domain, status = current["Domain"], current["Status"]
    if status == "FAILED":
        raise Refusal(
            f"The domain {domain} of the user pool {current['UserPoolId']} is FAILED and does not recover. "
            "Remove it with `state: absent`, check certificate and DNS, and create it again."
        )
    changes = {}
    if "CustomDomainConfig" in desired:
        configuration = {**(current.get("CustomDomainConfig") or {}), **desired["CustomDomainConfig"]}
        changes["CustomDomainConfig"] = configuration
    if "ManagedLoginVersion" in desired:
        changes["ManagedLoginVersion"] = desired["ManagedLoginVersion"]
    now = {"ManagedLoginVersion": 1, **current}
    changes = {key: value for key, value in changes.items() if value != now.get(key)}
    after = {**current, **changes}
    calls = []
    if status in ON_ITS_WAY and (changes or wait):
        calls.append(_wait_until_active(domain))
        after["Status"] = "ACTIVE"
    if changes:
        request = {**whole_request(current, changes, accepted), "Domain": domain, "UserPoolId": current["UserPoolId"]}
        calls.append(Call("update_user_pool_domain", request))
        calls += [_wait_until_active(domain)] if wait else []
    return Plan(domain_record(current), domain_record(after), tuple(calls))


def plan_absent(found: Mapping[str, Any], *, user_pool_id: str, wait: bool) -> Plan:
    """The removal of a domain; one of another pool is none of this pool's, and stays."""
    current = found["domain"]
    if current is None:
        return Plan(None, None)
    domain = current["Domain"]
    if _is_of_another_pool(current, user_pool_id):
        return _left_alone(current)
    calls = []
    if current["Status"] in ON_ITS_WAY:  # Cognito deletes no domain that CloudFront is still working at
        calls.append(Call("wait_until_settled", {"domain": domain}, changes=False))
    if current["Status"] != "DELETING":
        calls.append(Call("delete_user_pool_domain", {"domain": domain, "user_pool_id": current["UserPoolId"]}))
    calls += [_wait_until_gone(domain)] if wait else []
    return Plan(domain_record(current), None, tuple(calls))


def _wait_until_active(domain: str) -> Call:
    return Call("wait_until_active", {"domain": domain}, changes=False)


def _wait_until_gone(domain: str) -> Call:
    return Call("wait_until_gone", {"domain": domain}, changes=False)


def _refuse_name(domain: str) -> None:
    if domain != domain.lower():
        raise Refusal(f"The domain {domain}: Cognito takes lower case only, {domain.lower()}.")
    if len(domain) > LONGEST_NAME:
        raise Refusal(f"The domain {domain} has {len(domain)} characters; Cognito takes {LONGEST_NAME}. Shorten it.")
    if not all(LABEL.fullmatch(label) for label in domain.split(".")):
        raise Refusal(f"The domain {domain} is no name: labels hold letters, digits and inner hyphens, nothing else.")
    if not is_custom(domain) and any(word in domain for word in RESERVED):
        raise Refusal(f"The prefix {domain}: Cognito takes none with {', '.join(RESERVED)} in it. Choose another.")
    if is_custom(domain) and not is_custom(parent_of(domain)):
        raise Refusal(
            f"The domain {domain} lies directly below the top-level domain {parent_of(domain)}, which Cognito does not "
            f"take. Use a name below it, such as auth.{domain}."
        )


def _is_of_another_pool(current: Mapping[str, Any] | None, pool_id: str) -> bool:
    return current is not None and current["UserPoolId"] != pool_id


def _left_alone(current: Mapping[str, Any]) -> Plan:
    """Nothing: this pool has no such domain."""
    warning = f"The domain {current['Domain']} is left alone: it belongs to another user pool, {current['UserPoolId']}."
    return Plan(None, None, (), (warning,))


def _refuse_other_pool(domain: str, current: Mapping[str, Any] | None, pool_id: str) -> None:
    if _is_of_another_pool(current, pool_id):
        raise Refusal(
            f"The domain {domain} belongs to another user pool, {current['UserPoolId']}. "
            "Remove it there first, or choose another name."
        )


def _refuse_second_domain(domain: str, pool: Mapping[str, Any]) -> None:
    for key in ("CustomDomain", "Domain"):
        other = pool.get(key)
        if other and other != domain and is_custom(other) == is_custom(domain):
            raise Refusal(
                f"The user pool {pool_label(pool)} already has the domain {other}, and a name cannot be changed. "
                f"Remove {other} first with `state: absent`; its users cannot sign in meanwhile."
            )


def _refuse_certificate(domain: str, arn: str | None) -> None:
    """What can be said of a certificate without looking it up."""
    if arn is None:
        return
    if not is_custom(domain):
        raise Refusal(
            f"The domain {domain} is a prefix of Amazon's, which has its own certificate: leave `certificate_arn` out."
        )
    if is_known(arn) and region_of(arn) != CERTIFICATE_REGION:
        raise Refusal(
            f"The domain {domain}: its certificate {arn} is in the region {region_of(arn) or 'of no ARN'}, and Cognito's "
            f"domains take certificates from {CERTIFICATE_REGION} only, wherever the user pool is. "
            "Request a second certificate there with multitenant.kubeflow.acm_public_certificate."
        )


def _doubts(found: Mapping[str, Any], domain: str, arn: str | None) -> tuple[str, ...]:
    """What is not yet as Cognito wants it, each as a sentence with its remedy."""
    doubts = []
    certificate = found.get("certificate")
    if certificate is not None and certificate["status"] != "ISSUED":
        doubts.append(
            f"The domain {domain}: its certificate {arn} is {certificate['status']} and not ISSUED. "
            "Wait until ACM has found its validation records, with multitenant.kubeflow.acm_public_certificate and `wait: true`."
        )
    elif certificate is not None and uncovered([domain], certificate["names"]):
        doubts.append(
            f"The domain {domain}: its certificate {arn} is for {', '.join(certificate['names'])}. "
            f"Request one for {domain}."
        )
    if found.get("parent") is False:
        parent = parent_of(domain)
        doubts.append(
            f"The domain {domain}: the name above it, {parent}, has no A record, and Cognito refuses domains whose "
            f"parent does not resolve. Create an A record for {parent} first; any address will do."
        )
    return tuple(doubts)


def _certificate_of(domain: Mapping[str, Any]) -> str:
    return (domain.get("CustomDomainConfig") or {}).get("CertificateArn") or ""


def domain_record(domain: Mapping[str, Any]) -> dict[str, Any]:
    """The shape that the module returns."""
    return {
        "domain": domain["Domain"],
        "user_pool_id": domain["UserPoolId"],
        "status": domain["Status"],
        "cloudfront_distribution": domain.get("CloudFrontDistribution") or "",
        "cloudfront_hosted_zone_id": CLOUDFRONT_ZONE,
        "certificate_arn": _certificate_of(domain),
        "managed_login_version": domain.get("ManagedLoginVersion") or 1,
    }
