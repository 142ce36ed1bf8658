"""Ansible's own checks of the collection: `python tests/sanity/run.py [ansible-test|docs] [names of sanity tests …]`.

Question: do `ansible-test sanity`, without a file of exceptions, and `antsibull-docs lint-collection-docs` accept what we ship?

ansible-test takes a collection only at …/ansible_collections/<namespace>/<name>, as a repository of its own, with those that it
depends on beside it, and follows no link there.  So the working tree is copied below .cache/sanity, where only what differs is
written.  Each of its tests that needs packages (pylint, voluptuous, yamllint …; pinned by ansible-core) gets a small virtual
environment below .cache/sanity too: the first run downloads about 3 MB from the package index, later ones nothing.  A tree that
has passed is not checked again.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import isolated_home
import passed
import shipped_files

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "sanity"
COLLECTIONS = CACHE / "ansible_collections"
COPY = COLLECTIONS / "multitenant" / "kubeflow"
HOME = CACHE / "home"
INSTALLED = ROOT / "collections" / "ansible_collections"
SETTINGS_OF_ANSIBLE_TEST = "tests/config.yml"

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""One interpreter for all tests: a version manager has programs of other versions on the PATH that do not run."""

NOTHING_TESTED = "All targets skipped"
"""What ansible-test says, with success, when it finds no file to test."""

NOT_OURS = (".git", "tests/output")
"""What is in the copy without being one: git's own files, and what ansible-test writes."""


def main(arguments: list[str]) -> int:
    wanted, *names = arguments or ["all"]
    commands = {"ansible-test": sanity_command(names), "docs": docs_command()}
    if wanted not in ("all", *commands):
        raise SystemExit(f"There is no check {wanted}. There are all, {', '.join(commands)}.")
    files = [*shipped_files.names(ROOT), SETTINGS_OF_ANSIBLE_TEST]
    follow(files, ROOT, COPY)
    be_a_repository(COPY)
    link_dependencies()
    isolated_home.prepare(HOME)
    tree = passed.fingerprint(ROOT / name for name in [*files, "collections/ansible_collections/.installed"])
    checks = [passed.Check(name, commands[name], CACHE, tree) for name in commands if wanted in ("all", name)]
    with ThreadPoolExecutor() as together:
        return max(together.map(code_of, checks))


def sanity_command(names: Iterable[str]) -> list[str]:
    tests = [part for name in names for part in ("--test", name)]
    return [program("ansible-test"), "sanity", "--local", "--requirements", "--python", PYTHON, "--color", "no", *tests]


def docs_command() -> list[str]:
    options = ["--plugin-docs", "--validate-collection-refs=all", "--skip-rstcheck"]
    return [program("antsibull-docs"), "lint-collection-docs", *options, "."]


def program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def code_of(check: passed.Check) -> int:
    """The exit code of a check, run on the copy; what it says is printed when it is over."""
    if check.has_passed():
        print(f"{check.name}: passed before, and nothing has changed since", flush=True)
        return 0
    start = time.monotonic()
    done = subprocess.run(
        check.command, cwd=COPY, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    code = done.returncode or int(NOTHING_TESTED in done.stdout)
    result = f"failed with code {code}" if code else "passed"
    print(f"{done.stdout}{check.name}: {result} in {time.monotonic() - start:.0f} s", flush=True)
    if not code:
        check.remember()
    return code


def environment() -> dict[str, str]:
    """What the checks inherit: nothing that belongs to this checkout; whatever they write at home goes below .cache."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON", "AWS_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, "HOME": str(HOME), "PATH": path, "LC_ALL": "C.UTF-8", "ANSIBLE_COLLECTIONS_PATH": str(CACHE)}


def follow(names: Iterable[str], source: Path, copy: Path) -> None:
    """Make the copy hold exactly these files, and write only those that differ."""
    wanted = set(names)
    found = [path for path in copy.rglob("*") if not path.relative_to(copy).as_posix().startswith(NOT_OURS)]
    for path in found:
        if not path.is_dir() and path.relative_to(copy).as_posix() not in wanted:
            path.unlink()
    for name in wanted:
        target = copy / name
        if not target.exists() or not filecmp.cmp(source / name, target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target)
    for path in sorted(found, reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def be_a_repository(folder: Path) -> None:
    """Give the copy a .git of its own: ansible-test would ask ours, which ignores the copy, and would find nothing to test."""
    if not (folder / ".git").exists():
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)


def link_dependencies() -> None:
    """Put the collections that ours depends on beside the copy."""
    for folder in INSTALLED.glob("*/*/"):
        link = COLLECTIONS / folder.relative_to(INSTALLED)
        if folder.parent != INSTALLED / "multitenant" and not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
