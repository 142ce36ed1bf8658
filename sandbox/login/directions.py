"""How to get from here to the sandbox's Kubeflow: names need no root and no file of the system, only an option."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.login.directory import Directory
from sandbox.login.screen import NOTHING, table


def chromium_options(found: Mapping[str, Any], as_root: bool) -> list[str]:
    """A resolver rule for the sandbox's names, and trust in its authority, for one run of the browser."""
    options = [
        f"--host-resolver-rules=MAP *.{found['domain']} 127.0.0.1:{found['front_port']}",
        f"--ignore-certificate-errors-spki-list={found['ca_fingerprint']}",
    ]
    # Chromium does not start for root with its own sandbox.
    return [*options, "--no-sandbox"] if as_root else options


def direction_lines(found: Mapping[str, Any], as_root: bool) -> list[str]:
    """The address, and what a browser and curl must be told."""
    address = f"https://kubeflow.{found['domain']}/"
    options = " ".join(quoted(option) for option in chromium_options(found, as_root))
    profile = f"--user-data-dir={found['state_dir']}/browser"
    return table(
        [
            ("Kubeflow", address),
            ("terminal", "make login, or make login LOGIN_AS=bob"),
            ("browser", f"chromium {quoted(profile)} {options} {address}"),
            (
                "curl",
                f"curl --cacert {quoted(found['ca_file'])} --connect-to ::127.0.0.1:{found['front_port']} -iL {address}",
            ),
            ("authority", found["ca_file"]),
        ]
    )


def user_lines(directory: Directory) -> list[str]:
    """The sample users and what they type at the login page."""
    rows = [("user", "password", "groups that open a namespace")]
    for user in directory.users:
        groups = ", ".join(directory.platform_groups(user)) or NOTHING
        rows.append((user.mail, user.password or NOTHING, groups if user.enabled else "the account is disabled"))
    return table(rows)


def quoted(text: str) -> str:
    """As a shell takes it in one piece."""
    return f'"{text}"' if set(text) & set(" *") else text
