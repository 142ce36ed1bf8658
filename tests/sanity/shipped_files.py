"""Which files of the working tree does the built collection hold?"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import yaml


def names(root: Path) -> Iterator[str]:
    """Paths of files that git tracks, or would if they were added, and that galaxy.yml does not leave out."""
    left_out = yaml.safe_load((root / "galaxy.yml").read_text())["build_ignore"]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if os.path.isfile(root / name) and not is_left_out(name, left_out):
            yield name


def is_left_out(name: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern of build_ignore matches the file or a folder that it is in, as ansible-galaxy sees it."""
    path = PurePosixPath(name)
    places = [path, *path.parents[:-1]]
    return any(fnmatch(str(place), pattern) for place in places for pattern in patterns)
