# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several clients as one, for plans whose calls go to several services."""

from __future__ import annotations

from typing import Any


class Together:
    """A call goes to the client that has a method of its name; names must not be shared."""

    def __init__(self, *clients: Any) -> None:
        self._clients = clients

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = [client for client in self._clients if hasattr(type(client), name)]
        if len(found) != 1:
            raise AttributeError(f"{len(found)} clients have a method {name}")
        return getattr(found[0], name)
