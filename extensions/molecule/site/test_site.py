"""Users log in and may do what their groups say, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def access(state):
    login = subprocess.run(
        [sys.executable, "-m", "sandbox", "login"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert login.returncode == 0, login.stdout
    return json.loads((state / "access.json").read_text())


def test_users_are_in_the_namespaces_of_their_groups(access, domain) -> None:
    assert access[f"alice@{domain}"] == {"speech": "edit", "vision": "edit"}


def test_a_user_without_groups_is_nowhere(access, domain) -> None:
    assert access[f"carol@{domain}"] == {}


def test_the_cluster_says_the_same(kubectl, access, domain) -> None:
    may = ["auth", "can-i", "create", "notebooks.kubeflow.org", f"--as=alice@{domain}"]
    assert kubectl(*may, "--namespace=vision").strip() == "yes"
