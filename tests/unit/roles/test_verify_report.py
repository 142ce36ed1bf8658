"""Who can read the report, which names users and what they may do: its owner, and nobody through git."""

from __future__ import annotations

import subprocess

import pytest

from .conftest import ROOT, Role

WRITTEN = {
    "Ensure that there is a folder for the report": ("ansible.builtin.file", "0700"),
    "Write the report for machines": ("ansible.builtin.copy", "0600"),
    "Write the report for people": ("ansible.builtin.template", "0600"),
}
TASKS = {task["name"]: task for task in Role("verify", {}).tasks("report")["Write the report"]["block"]}


@pytest.mark.parametrize("name", WRITTEN)
def test_only_the_owner_can_read(name):
    module, mode = WRITTEN[name]
    assert TASKS[name][module]["mode"] == mode


def test_nothing_else_is_written():
    assert list(TASKS) == list(WRITTEN)


@pytest.mark.parametrize("file", ["verify.json", "verify.html"])
def test_git_ignores_the_report_of_an_inventory_here(file):
    folder = Role("verify", {"inventory_dir": "inventories/ours"}).variable("verify_report_folder")
    rules = ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--quiet"]
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, whose .gitignore could be asked")
    assert subprocess.run([*rules, f"{folder}/{file}"], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(("days", "is_taken"), [(0, False), (1, True), (40, True), (45, False), (60, False)])
def test_no_certificate_is_called_near_its_end_that_acm_does_not_renew_yet(days, is_taken):
    """ACM's certificates last 198 days, and are renewed from 45 days before their end."""
    role = Role("verify", {"verify_days_left": days})
    check = role.tasks("validate")["Check that a certificate is called near its end in time"]["ansible.builtin.assert"]
    assert role.holds(check["that"]) is is_taken
