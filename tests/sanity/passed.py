"""Has this check accepted this very tree before?"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ansible.release import __version__ as ansible_version


@dataclass(frozen=True)
class Check:
    """A command with the fingerprint of the tree that it is about; `folder` keeps what has passed."""

    name: str
    command: list[str]
    folder: Path
    tree: str

    @property
    def stamp(self) -> Path:
        return self.folder / f"passed-{self.name}"

    @property
    def mark(self) -> str:
        return "\n".join([self.tree, sys.version, ansible_version, *self.command])

    def has_passed(self) -> bool:
        return self.stamp.exists() and self.stamp.read_text() == self.mark

    def remember(self) -> None:
        self.stamp.write_text(self.mark)


def fingerprint(files: Iterable[Path]) -> str:
    """One value for names and contents of files, missing ones included."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes() if path.exists() else b""
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()
