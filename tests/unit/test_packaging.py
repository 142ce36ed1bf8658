"""One set of versions everywhere: what Galaxy installs, what `make` unzips, what an image holds, what the artifact asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT / "collections" / "ansible_collections"


def read(name: str):
    return yaml.safe_load((ROOT / name).read_text())


PINNED = {entry["name"]: entry["version"] for entry in read("collections/requirements.yml")["collections"]}
IMAGE = read("execution-environment.yml")


@pytest.mark.parametrize("name", PINNED)
def test_galaxy_installs_what_make_unzips(name: str) -> None:
    manifest = json.loads((COLLECTIONS / name.replace(".", "/") / "MANIFEST.json").read_text())
    assert manifest["collection_info"]["version"] == PINNED[name]


def test_the_artifact_asks_for_these_collections_and_takes_these_versions() -> None:
    asked = read("galaxy.yml")["dependencies"]
    assert asked.keys() == PINNED.keys()
    for name, bound in asked.items():
        assert numbers(bound.removeprefix(">=")) <= numbers(PINNED[name]), name


def test_the_image_has_the_ansible_that_is_locked() -> None:
    core = IMAGE["dependencies"]["ansible_core"]["package_pip"]
    assert core in re.findall(r"^(ansible-core==[\d.]+) ; python_full_version >= '3.12'", lock(), flags=re.MULTILINE)
    assert IMAGE["dependencies"]["python_interpreter"]["package_system"] == "python3.12"


def test_the_image_is_made_of_files_that_are_there() -> None:
    assert (ROOT / IMAGE["dependencies"]["galaxy"]).exists()
    for name in read("meta/execution-environment.yml")["dependencies"].values():
        assert (ROOT / name).exists(), "an image of any collection that uses ours looks there"
        assert not {name, f"./{name}"} & set(read("galaxy.yml")["build_ignore"])


def test_modules_need_no_more_than_what_is_locked() -> None:
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if name := re.match(r"[\w-]+", line):
            assert re.search(rf"^{name[0]}==", lock(), flags=re.MULTILINE | re.IGNORECASE), line


def lock() -> str:
    return (ROOT / "requirements" / "sandbox.txt").read_text()


def numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]
