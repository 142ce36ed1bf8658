"""The federated accounts of each pool, kept in `users.json` of the state folder: what earlier sign-ins left."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.login.event import Account
from sandbox.state import locked, write_text


class Accounts:
    """Accounts by pool and user name; a pool that was made anew has another id and so starts with none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, pool_id: str, name: str) -> Account | None:
        entry = self._read().get(pool_id, {}).get(name)
        return Account(**entry) if entry else None

    def keep(self, pool_id: str, account: Account) -> None:
        everything = self._read()
        everything.setdefault(pool_id, {})[account.name] = dataclasses.asdict(account)
        write_text(self._path, json.dumps(everything, indent=2) + "\n")

    @contextlib.contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Nobody else changes the accounts meanwhile, in this process or another."""
        with locked(self._path.with_suffix(".lock")):
            yield

    def _read(self) -> dict[str, Any]:
        return json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}
