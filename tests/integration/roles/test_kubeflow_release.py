"""A release by its git tag, from an archive, and one that there is not."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

ROLE = {"name": "multitenant.kubeflow.kubeflow", "tasks_from": "release.yml"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "community-distribution"
    (folder / "example").mkdir(parents=True)
    (folder / "example" / "kustomization.yaml").write_text("resources: []\n")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "a"], ["tag", "26.03"]):
        subprocess.run([*git, *command], check=True)
    return folder


def test_it_is_fetched_once_and_kept(play, repository, tmp_path) -> None:
    archive = tmp_path / "26.10.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(repository / "example", "community-distribution-26.10/example")
    variables = {
        "kubeflow_domain": "platform.example.com",
        "kubeflow_cache_folder": str(tmp_path / "cache"),
        "kubeflow_repository": f"file://{repository}",
    }
    releases = ["26.03", str(archive)]
    fetch = [{"ansible.builtin.include_role": ROLE, "vars": {"kubeflow_release": name}} for name in releases]
    code, output = play(fetch, variables)
    assert code == 0, output
    kept = list((tmp_path / "cache").iterdir())
    assert sorted(folder.name.split("-")[0] for folder in kept) == ["26.03", "26.10"]
    assert all((folder / "example" / "kustomization.yaml").is_file() for folder in kept)

    repository.rename(tmp_path / "out-of-reach")
    archive.unlink()
    code, output = play(fetch, variables)
    assert code == 0, "what is there needs nobody: " + output
    code, output = play([{**fetch[0], "vars": {"kubeflow_release": "99.01"}}], variables)
    assert code == 2 and "99.01 could not be fetched" in output, output


def test_what_a_stopped_run_has_left_is_no_release(play, repository, tmp_path) -> None:
    variables = {
        "kubeflow_domain": "platform.example.com",
        "kubeflow_cache_folder": str(tmp_path / "cache"),
        "kubeflow_repository": f"file://{repository}",
        "kubeflow_release": "26.03",
    }
    fetch = [{"ansible.builtin.include_role": ROLE}]
    assert play(fetch, variables)[0] == 0
    kept = next((tmp_path / "cache").iterdir())
    unfinished = kept.rename(f"{kept}.unfinished")
    (unfinished / "example" / "kustomization.yaml").unlink()

    code, output = play(fetch, variables)

    assert code == 0, output
    assert (kept / "example" / "kustomization.yaml").is_file()
    assert not unfinished.exists()


def test_the_same_tag_of_another_repository_is_another_release(play, repository, tmp_path) -> None:
    variables = {
        "kubeflow_domain": "platform.example.com",
        "kubeflow_cache_folder": str(tmp_path / "cache"),
        "kubeflow_release": "26.03",
    }
    copy = tmp_path / "fork"
    subprocess.run(["git", "clone", "-q", str(repository), str(copy)], check=True)
    fetch = [
        {"ansible.builtin.include_role": ROLE, "vars": {"kubeflow_repository": f"file://{where}"}}
        for where in (repository, copy)
    ]

    code, output = play(fetch, variables)

    assert code == 0, output
    assert len(list((tmp_path / "cache").iterdir())) == 2
