"""The Kubernetes versions that EKS offers, and until when.

Source: the release calendar of the EKS user guide, as of November 2026; each minor version has 14 months of standard
and 12 months of extended support.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sandbox.aws.calls import refuse

DEFAULT_VERSION = "1.35"


class Calendar(NamedTuple):
    released: dt.date
    standard_until: dt.date
    extended_until: dt.date


CALENDAR = {
    "1.36": Calendar(dt.date(2026, 6, 2), dt.date(2027, 8, 2), dt.date(2028, 8, 2)),
    "1.35": Calendar(dt.date(2026, 1, 27), dt.date(2027, 3, 27), dt.date(2028, 3, 27)),
    "1.34": Calendar(dt.date(2025, 10, 2), dt.date(2026, 12, 2), dt.date(2027, 12, 2)),
    "1.33": Calendar(dt.date(2025, 5, 29), dt.date(2026, 7, 29), dt.date(2027, 7, 29)),
    "1.32": Calendar(dt.date(2025, 1, 23), dt.date(2026, 3, 23), dt.date(2027, 3, 23)),
}


def minor(version: str) -> int:
    return int(version.split(".")[1])


def checked(version: str | None) -> str:
    """The version asked for, or EKS's default."""
    if version and version not in CALENDAR:
        raise refuse("InvalidParameterException", "unsupported Kubernetes version")
    return version or DEFAULT_VERSION


def check_step(current: str, wanted: str) -> None:
    """The control plane goes up one minor version at a time."""
    if minor(checked(wanted)) != minor(current) + 1:
        message = f"Unsupported Kubernetes minor version update from {current} to {wanted}"
        raise refuse("InvalidParameterException", message)


def described(version: str) -> dict[str, Any]:
    calendar = CALENDAR[version]
    status = "STANDARD_SUPPORT" if dt.date.today() <= calendar.standard_until else "EXTENDED_SUPPORT"
    return {
        "clusterVersion": version,
        "clusterType": "eks",
        "defaultPlatformVersion": "eks.1",
        "defaultVersion": version == DEFAULT_VERSION,
        "releaseDate": midnight(calendar.released),
        "endOfStandardSupportDate": midnight(calendar.standard_until),
        "endOfExtendedSupportDate": midnight(calendar.extended_until),
        "status": status.lower().replace("_", "-"),
        "versionStatus": status,
        "kubernetesPatchVersion": f"{version}.0",
    }


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
