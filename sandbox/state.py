"""The state folder of a sandbox (`.sandbox`, or $SANDBOX_DIR): which file is where, and how it is written."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
"""The checkout; `python -m sandbox` is run from here."""


class NotRunning(Exception):
    """No sandbox runs in this state folder."""


class State:
    """The files of one sandbox; everything but the log goes away with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.addresses = self.folder / "addresses.json"
        self.control = self.folder / "control.json"
        self.log = self.folder / "sandbox.log"
        self.pid = self.folder / "sandbox.pid"
        self.starting = self.folder / "starting.lock"
        self.aws_config = self.folder / "aws" / "config"
        self.aws_credentials = self.folder / "aws" / "credentials"
        self.ca = self.folder / "ca.pem"
        self.metadata = self.folder / "saml" / "metadata.xml"
        self.signing_certificate = self.folder / "saml" / "signing.crt"
        self.signing_key = self.folder / "saml" / "signing.key"
        self.relying_party = self.folder / "adfs-relying-party-trust.ps1"
        self.directory = self.folder / "directory.yml"
        self.users = self.folder / "users.json"
        self.users_lock = self.folder / "users.lock"
        self.access = self.folder / "access.json"
        self.role_times = self.folder / "role_times.json"
        self.kubeconfig = self.folder / "kubeconfig"
        self.admin_kubeconfig = self.folder / "admin.kubeconfig"

    def read_addresses(self) -> dict[str, Any]:
        """addresses.json; NotRunning when there is none."""
        try:
            return json.loads(self.addresses.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NotRunning(f"no sandbox runs in {self.folder}: start one with `python -m sandbox up`") from None

    def clear(self) -> None:
        """Remove what a sandbox leaves behind, nothing else of the folder; its logs and the locks stay."""
        keep = {self.log.name, self.pid.name, self.starting.name}
        files = [path for path in vars(self).values() if path != self.folder]
        ours = {path.relative_to(self.folder).parts[0] for path in files} - keep
        self.addresses.unlink(missing_ok=True)
        for path in self.folder.iterdir() if self.folder.exists() else ():
            # Beside the files named above: the API of each cluster, running functions, files half written.
            if not (
                path.name in ours or path.name == "kubernetes" or path.name.startswith(("lambda-", *map(_beside, ours)))
            ):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def chosen_state(environ: Mapping[str, str]) -> State:
    return State(Path(environ.get("SANDBOX_DIR") or ROOT / ".sandbox"))


def write_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace the file in one step: a reader sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{_beside(path.name)}{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)


def _beside(name: str) -> str:
    """How the name of a file begins that is being written, to take the place of this one."""
    return f".{name}."


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=2) + "\n")


@contextlib.contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[int]:
    """Hold the file's lock, which ends with the process at the latest; BlockingIOError when another one holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield descriptor
    finally:
        os.close(descriptor)


def holder(path: Path) -> int | None:
    """The process that holds the lock of this pid file, or None when nobody does."""
    if not path.exists():
        return None
    try:
        with locked(path, wait=False):
            return None
    except BlockingIOError:
        return written_pid(path)


def write_pid(descriptor: int) -> None:
    """This process and the boot it belongs to: after a restart of the machine the number means another process."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n{_boot()}\n".encode(), 0)


def written_pid(path: Path) -> int | None:
    """The process that a pid file names, running or not; None when it is of another boot or says nothing."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return int(lines[0]) if len(lines) == 2 and lines[0].isdigit() and lines[1] == _boot() else None


def _boot() -> str:
    """An identifier of the time since the machine was started; the same for ever where there is no /proc."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return "unknown"
