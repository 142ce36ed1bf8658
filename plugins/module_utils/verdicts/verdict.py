# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said about one resource of the platform: whether it is as it should be, why not, and what helps.

Verdicts are reached from what was read, never by reading: the clock and the services stay outside of this room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OK, BROKEN, UNKNOWN = "ok", "broken", "not asked"
WORST_FIRST = (BROKEN, UNKNOWN, OK)

PARTS = {
    "adfs": "ADFS",
    "pool": "Cognito",
    "login": "Login domain",
    "function": "Profile manager",
    "names": "Route 53",
    "certificates": "Certificates",
    "balancer": "Load balancer",
    "gateway": "Istio gateway",
    "kubeflow": "Kubeflow",
    "cluster": "Amazon EKS",
    "rights": "Function's rights",
}
"""The boxes of the picture."""

TITLES = {
    "acm": "Certificates",
    "cognito_adfs": "Login with Cognito and ADFS",
    "eks": "Cluster",
    "kubeflow": "Kubeflow",
    "profile_manager": "Profile manager",
    "callback": "Host name and addresses",
}
"""The areas, by the tags of their roles."""


@dataclass(frozen=True)
class Verdict:
    """`reason` says why also where all is well, for instance how many days are left; `remedy` only where something is broken."""

    area: str
    part: str
    resource: str
    state: str
    reason: str
    remedy: str = ""


def ok(area: str, part: str, resource: str, reason: str) -> Verdict:
    """It is as it should be."""
    return Verdict(area, part, resource, OK, reason)


def broken(area: str, part: str, resource: str, reason: str, remedy: str = "") -> Verdict:
    """It is not as it should be; a run of its role is what helps unless something else is said."""
    return Verdict(area, part, resource, BROKEN, reason, remedy or rerun(area))


def unknown(area: str, part: str, resource: str, reason: str) -> Verdict:
    """Nobody could look, which is neither good nor bad."""
    return Verdict(area, part, resource, UNKNOWN, reason)


def rerun(area: str) -> str:
    """What brings an area back to what the inventory says."""
    return f"Run site.yml --tags {area}."


def worst(verdicts: Iterable[Verdict]) -> str:
    """The worst of the states, `not asked` where there are none."""
    states = {verdict.state for verdict in verdicts}
    return next((state for state in WORST_FIRST if state in states), UNKNOWN)


def items(value: Any) -> list[Any]:
    """A list as it is, and an empty one for what is not there or was skipped."""
    return list(value) if isinstance(value, (list, tuple)) else []


def within(value: Any, *keys: str) -> Any:
    """What is found by following the keys, None where one of them leads nowhere."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
