"""What site.yml runs under one tag: what takes AWS long is asked for early, and by nobody whom it does not concern."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EARLY = {
    "acm": "acm : Ensure that the certificates are requested, and their names proven by DNS",
    "eks": "eks : Ask for the cluster",
}
LATE = {"cognito_adfs": "cognito_adfs : Wait until the login domain is served"}


def tasks(*options: str) -> list[str]:
    """The tasks of site.yml in their order, without the collection's name."""
    listed = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "playbooks/site.yml", "-i", "inventories/example",
         "--list-tasks", *options],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible")},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return re.findall(r"^ +multitenant\.kubeflow\.(.*?)\tTAGS", listed.stdout, flags=re.MULTILINE)


@pytest.mark.parametrize("tag", ["acm", "eks", "cognito_adfs", "profile_manager"])
def test_a_tag_asks_for_its_own_and_waits_for_its_own(tag: str) -> None:
    asked = tasks("--tags", tag)
    steps = {**EARLY, **LATE}
    assert [step for step in steps.values() if step in asked] == [step for name, step in steps.items() if name == tag]


def test_all_that_takes_long_is_asked_for_before_any_role_waits() -> None:
    order = tasks()
    first_role = next(number for number, task in enumerate(order) if "Reach the state" in task)
    assert all(order.index(task) < first_role for task in EARLY.values())
    assert order[-1] == LATE["cognito_adfs"]
