"""`make mutants`: breaks the rules of the function and of the modules one at a time, and shows which test notices.

Not part of the tests: it takes many minutes, and says something about them. Exit code 1 when a mutant survives.
`python -m tests.mutation function` or `modules` tries one half.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.mutation.function import FUNCTION
from tests.mutation.modules import MODULES
from tests.mutation.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".git", ".cache", ".sandbox", "*.retry")
WORKERS = 2
SECONDS = 900
"""A mutant that keeps the tests from ending is noticed too."""

TABLES = {
    "function": ("lambda/profile_manager", "profile_manager", ("tests",), FUNCTION),
    "modules": (".", "plugins", ("tests/unit/plugins",), MODULES),
}
"""Which folder is copied, where in it the files are, the tests that notice when a mutant names none, the mutants."""


@contextmanager
def copied(folder: str) -> Iterator[Path]:
    """A copy of a part of the repository, in which the installed collections are links."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "copy"
        installed = ROOT / "collections" / "ansible_collections"
        namespaces = {item.name for item in installed.iterdir() if item.name not in ("multitenant", ".installed")}

        def left_out(path: str, names: list[str]) -> set[str]:
            return set(NOT_COPIED(path, names)) | (namespaces if Path(path) == installed else set())

        shutil.copytree(ROOT / folder, copy, ignore=left_out, symlinks=True)
        if folder == ".":
            for name in namespaces:
                (copy / "collections" / "ansible_collections" / name).symlink_to(installed / name)
        yield copy


def tried(table: str, mutant: Mutant | None) -> str:
    """The test that fails under this mutant (None for no mutant), "" when none does."""
    folder, place, tests, _ = TABLES[table]
    with copied(folder) as copy:
        if mutant:
            source = copy / place / mutant.file
            text = source.read_text()
            if text.count(mutant.old) != 1:
                return f"(cannot be tried: {mutant.file} has not exactly one {mutant.old!r})"
            source.write_text(text.replace(mutant.old, mutant.new))
            tests = mutant.tests or tests
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        environment = {"PYTHONPATH": f"{copy / 'collections'}:{copy}", "PATH": "/usr/bin:/bin", "HOME": str(copy)}
        try:
            done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return f"(no end after {SECONDS} s)"
    if done.returncode == 0:
        return ""
    found = re.search(r"^FAILED (?:\S*/)?(.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    if done.returncode != 1 or not found:  # no test has judged it
        return f"(cannot be tried: exit code {done.returncode})\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return found.group(1)


def main(wanted: list[str]) -> int:
    failures = 0
    for table in wanted or list(TABLES):
        mutants = TABLES[table][3]
        print(f"{table}: the tests without a mutant … {tried(table, None) or 'pass'}", flush=True)
        killed = 0
        with ThreadPoolExecutor(WORKERS) as pool:
            for mutant, by in zip(mutants, pool.map(partial(tried, table), mutants), strict=True):
                is_killed = bool(by) and not by.startswith("(cannot")
                killed += is_killed
                print(f"{'killed  ' if is_killed else 'SURVIVED'}  {mutant.rule:72} {by}", flush=True)
        print(f"{table}: {killed} of {len(mutants)} mutants were killed.", flush=True)
        failures += len(mutants) - killed
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
