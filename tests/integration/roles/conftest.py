"""An empty cluster in this process, and plays against it as a user writes them."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox.kubernetes.backend import EMULATOR, KubernetesAPI, admin_kubeconfig, open_backend

ROOT = Path(__file__).resolve().parents[3]


def nobody(token: str) -> None:
    raise PermissionError("only the administrator's token is known here")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KubernetesAPI]:
    backend = open_backend("cluster", nobody, EMULATOR, tmp_path)
    backend.start()
    (tmp_path / "kubeconfig").write_text(admin_kubeconfig(backend))
    yield backend
    backend.stop()


@pytest.fixture
def play(tmp_path: Path):
    """`play(tasks, variables, folders)` runs these tasks, with more folders on the PATH."""
    return functools.partial(played, tmp_path)


def played(folder: Path, tasks: list[dict], variables: dict, *on_path: Path) -> tuple[int, str]:
    """The exit code of a play of these tasks, and what it has printed."""
    playbook = folder / "play.yml"
    head = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    playbook.write_text(
        yaml.safe_dump([{**head, "vars": {**variables, "ansible_python_interpreter": sys.executable}, "tasks": tasks}])
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    done = subprocess.run(
        ["ansible-playbook", str(playbook), "-i", "localhost,"],
        cwd=ROOT,
        env={
            **clean,
            "PATH": ":".join([*map(str, on_path), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": f"{ROOT / 'collections'}:{ROOT}",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout
