"""What the processes of a sandbox are and how much memory they take."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

PROC = Path("/proc")


def peak_of_this_process() -> int:
    """Bytes; macOS counts in bytes where Linux counts in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peaks_of_children(parent: int | None = None) -> dict[str, int]:
    """`name (pid)` -> peak bytes of each process below this one that runs now; empty where there is no /proc."""
    below, found = {parent or os.getpid()}, {}
    for status in sorted(_statuses(), key=lambda fields: int(fields["Pid"])):
        if int(status["PPid"]) in below:
            below.add(int(status["Pid"]))
            found[f"{status['Name']} ({status['Pid']})"] = int(status.get("VmHWM", "0 kB").split()[0]) * 1024
    return found


def orphans_of(leader: int | None) -> list[int]:
    """Processes of the session that this process led before it died; none while it lives, none without /proc."""
    if leader is None or (PROC / str(leader)).exists():
        return []
    members = []
    for folder in PROC.glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue
        session = text.rpartition(")")[2].split()[3]
        if int(session) == leader:
            members.append(int(folder.name))
    return sorted(members)


def _statuses() -> list[dict[str, str]]:
    found = []
    for path in PROC.glob("[0-9]*/status"):
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        found.append({key: value.strip() for key, _, value in (line.partition(":") for line in lines)})
    return found
