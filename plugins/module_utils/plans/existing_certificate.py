# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a certificate that somebody else has made can be used instead of one of ours; it is never changed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Plan

SOON = datetime.timedelta(days=30)
REMEDY = "Give the ARN of another one, or leave it out to have one made."


def used(certificate: Mapping[str, Any] | None, arn: str, names: Sequence[str], now: datetime.datetime) -> Plan:
    """A plan that does nothing; Refusal where the certificate would not work for these names."""
    if certificate is None:
        raise Refusal(f"There is no certificate {arn} in this region and account. {REMEDY}")
    if certificate["status"] != "ISSUED":
        raise Refusal(f"The certificate {arn} is {certificate['status']}, not ISSUED. {REMEDY}")
    missing = uncovered(names, certificate["subject_alternative_names"])
    if missing:
        raise Refusal(
            f"The certificate {arn} does not hold {', '.join(missing)}; it holds "
            f"{', '.join(certificate['subject_alternative_names'])}. {REMEDY}"
        )
    record = {key: value for key, value in certificate.items() if key != "renewed"}
    return Plan(record, record, (), tuple(_warnings(certificate, now)))


def uncovered(names: Iterable[str], held: Iterable[str]) -> list[str]:
    """The names that a certificate does not hold; a wildcard stands for one label."""
    exact = {name.lower() for name in held}
    return [name for name in names if name.lower() not in exact and f"*.{name.lower().partition('.')[2]}" not in exact]


def _warnings(certificate: Mapping[str, Any], now: datetime.datetime) -> Iterable[str]:
    not_after = certificate["not_after"]
    if not not_after:
        return
    left = datetime.datetime.fromisoformat(not_after) - now
    if left < SOON:
        remedy = (
            "AWS renews it by itself as long as its validation record stays"
            if certificate["renewed"]
            else "AWS does not renew it: import its successor under the same ARN"
        )
        yield f"The certificate {certificate['arn']} ends in {max(left.days, 0)} days ({not_after}). {remedy}."
