"""A home folder for ansible-test, which keeps virtual environments and downloads at home and hides the environment from pip."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PIP_STAND_IN = """\
# ansible-test looks here for get-pip.py, and else fetches it from a server of its own.  Python brings a pip itself.
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
"""


def prepare(home: Path) -> None:
    """Give the home what ansible-test needs to install packages without any server but the package index."""
    for version in pip_versions():
        write(home / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py", PIP_STAND_IN)
    settings = {**pip_settings(listed_settings(), os.environ), "quiet": "2", "disable-pip-version-check": "1"}
    lines = [f"{name} = {value}\n" for name, value in settings.items()]
    write(home / ".config" / "pip" / "pip.conf", "".join(["[global]\n", *lines]))


def pip_versions() -> set[str]:
    """The versions of pip that this ansible-core bootstraps."""
    import ansible_test

    source = Path(ansible_test.__path__[0], "_internal", "python_requirements.py").read_text()
    versions = set(re.findall(r"\bpip=['\"]([0-9.]+)['\"]", source))
    if not versions:
        raise SystemExit("This ansible-test names its pip in another way than before: see its python_requirements.py.")
    return versions


def listed_settings() -> str:
    """How the caller's pip reaches the package index, from files and environment."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pip_settings(listed: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What `pip config list` says, by name; the environment counts more than files, as for pip itself."""
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        place, _, setting = line.partition(".")
        name, _, value = setting.partition("=")
        if place in found:
            found[place][name] = " ".join(shlex.split(value))
    proxy = environment.get("HTTPS_PROXY") or environment.get("https_proxy")
    return {**({"proxy": proxy} if proxy else {}), **found["global"], **found["install"], **found[":env:"]}


def write(path: Path, text: str) -> None:
    """Write a file that only its owner may read: an index may have a password in its address."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
