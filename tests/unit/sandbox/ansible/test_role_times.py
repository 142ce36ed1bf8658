"""The callback adds up the time of each role and writes it when the playbook ends; it is run by a real ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: outside of roles}
    - ansible.builtin.import_role: {name: first}
    - ansible.builtin.include_role: {name: second}
"""
ROLES = {
    "first": "- ansible.builtin.debug: {msg: a}\n- ansible.builtin.debug: {msg: b}\n  when: false\n",
    "second": "- ansible.builtin.command: 'true'\n- ansible.builtin.pause: {seconds: 1}\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "site.yml").write_text(PLAYBOOK)
    for name, tasks in ROLES.items():
        (tmp_path / "roles" / name / "tasks").mkdir(parents=True)
        (tmp_path / "roles" / name / "tasks" / "main.yml").write_text(tasks)
    return tmp_path


def play(project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "sandbox" / "ansible"),
        "ANSIBLE_CALLBACKS_ENABLED": "role_times",
        "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
        "ANSIBLE_HOME": str(project / "home"),
        **variables,
    }
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        "localhost,",
        "-e",
        f"ansible_python_interpreter={sys.executable}",
        "site.yml",
    ]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True)


def test_seconds_and_tasks_of_each_role_are_written(project: Path) -> None:
    target = project / "state" / "role_times.json"
    ended = play(project, SANDBOX_ROLE_TIMES=str(target))
    assert "WARNING" not in ended.stderr
    report = json.loads(target.read_text())
    assert (report["playbook"], report["failed"]) == ("site.yml", False)
    first, second = report["roles"]["first"], report["roles"]["second"]
    assert (first["tasks"], first["ok"], first["skipped"]) == (2, 1, 1)
    assert (second["tasks"], second["changed"]) == (2, 1)
    assert second["seconds"] >= 1
    assert report["seconds"] >= first["seconds"] + second["seconds"]


def test_without_the_variable_nothing_is_written(project: Path) -> None:
    play(project, SANDBOX_ROLE_TIMES="")
    assert not list(project.rglob("*.json"))
