"""The built artifact: it holds the collection and nothing else, and works from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from .conftest import ROOT

ANSIBLE = Path(sys.executable).parent
TOP_LEVEL = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "bindep.txt",
    "changelogs",
    "docs",
    "inventories",
    "lambda",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
}


def ansible(program: str, *arguments: str, cwd: Path, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    done = subprocess.run(
        [str(ANSIBLE / program), *arguments],
        cwd=cwd,
        env={**clean, "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"), "ANSIBLE_NOCOLOR": "1", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifact")
    ansible("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT), cwd=folder)
    return next(folder.glob("multitenant-kubeflow-*.tar.gz"))


def test_it_holds_the_collection_and_nothing_else(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        members = archive.getmembers()
    assert {member.name.split("/")[0] for member in members} == TOP_LEVEL
    assert not [member.name for member in members if member.issym() or member.islnk()]
    leftovers = ("__pycache__", ".pyc", "/tests/", ".sandbox", "inventories/sandbox", ".retry")
    assert not [member.name for member in members if any(part in f"/{member.name}" for part in leftovers)]
    assert sum(member.size for member in members) < 2_000_000


def test_it_holds_what_the_function_is_made_of(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        names = set(archive.getnames())
    for path in (ROOT / "lambda" / "profile_manager" / "profile_manager").glob("*.py"):
        assert f"lambda/profile_manager/profile_manager/{path.name}" in names
    assert "lambda/profile_manager/index.py" in names


def test_it_runs_from_another_folder(artifact: Path, tmp_path: Path) -> None:
    installed = tmp_path / "collections"
    dependencies = ROOT / "collections"
    ansible(
        "ansible-galaxy", "collection", "install", "--offline", "--force", "--pre", "-p", str(installed), str(artifact),
        cwd=tmp_path, ANSIBLE_COLLECTIONS_PATH=f"{installed}:{dependencies}",
    )  # fmt: skip
    path = f"{installed}:{dependencies}"
    for playbook in ("site", "verify", "destroy"):
        listed = ansible(
            "ansible-playbook", f"multitenant.kubeflow.{playbook}", "-i", str(ROOT / "inventories" / "example"), "--list-tasks",
            cwd=tmp_path, ANSIBLE_COLLECTIONS_PATH=path,
        )  # fmt: skip
        assert "multitenant.kubeflow.callback" in listed
    documented = ansible(
        "ansible-doc",
        "-t",
        "module",
        "multitenant.kubeflow.profile_manager",
        cwd=tmp_path,
        ANSIBLE_COLLECTIONS_PATH=path,
    )
    assert str(installed) in documented
