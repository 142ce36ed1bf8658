# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a program is and which version it says it has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

ARGUMENTS = {"kubectl": ("version", "--client"), "helm": ("version", "--short")}
"""How a program is asked for its version; others know the word `version`."""
SECONDS = 20
VERSION = re.compile(r"\bv?(\d+\.\d+(?:\.\d+)?)")


def tool(name: str, folders: Sequence[str]) -> dict[str, str | None]:
    """Its path and its version, each None where there is none; `folders` are looked in after the path."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *folders]))
    return {"path": path, "version": _version(path, ARGUMENTS.get(name, ("version",))) if path else None}


def _version(path: str, arguments: Sequence[str]) -> str | None:
    try:
        asked = subprocess.run(
            [path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = VERSION.search(asked.stdout + asked.stderr)
    return found[1] if found else None
