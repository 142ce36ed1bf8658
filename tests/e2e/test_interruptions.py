"""site.yml killed in the middle of each role and started again: it goes on where it was and ends like an undisturbed run."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from .conftest import BACKENDS, ROOT, Sandbox

ROLES = ["acm", "cognito_adfs", "eks", "kubeflow", "profile_manager", "callback"]


@pytest.fixture(scope="module", params=BACKENDS[:1])
def sandbox(request, tmp_path_factory):
    """One sandbox, on the emulator: what is tried here is the roles, and they are the same on every backend.

    It is in us-east-1, where one certificate serves load balancer and Cognito; the other files try two.
    """
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), request.param, region="us-east-1")
    started = running.command("up")
    assert started.code == 0, started.output
    yield running
    running.command("down")


def run_and_kill(sandbox: Sandbox, role: str) -> tuple[bool, str]:
    """Start site.yml and kill it, with everything it has started, a moment after the role's first change has begun.

    Returns whether it was running when it was killed, and what it had printed.
    """
    process = subprocess.Popen(
        ["ansible-playbook", "playbooks/site.yml", "-i", "inventories/sandbox"],
        cwd=ROOT,
        env={**sandbox.environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith(f"TASK [multitenant.kubeflow.{role} : Ensure"):
            time.sleep(0.7)  # into the task, not at its start
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.stdout.close()
    return process.wait() == -signal.SIGKILL, "".join(printed)


@pytest.mark.parametrize("role", ROLES)
def test_it_can_be_killed_in_the_middle_of(sandbox: Sandbox, role: str) -> None:
    killed, printed = run_and_kill(sandbox, role)
    assert killed, f"no task of {role} was reached:\n{printed}"


def test_started_again_it_finishes(sandbox: Sandbox) -> None:
    finished = sandbox.play("site")
    assert finished.code == 0, finished.output
    again = sandbox.play("site")
    assert (again.code, again.recap["changed"]) == (0, 0), again.output


def test_users_can_log_in_afterwards(sandbox: Sandbox) -> None:
    login = sandbox.command("login")
    assert login.code == 0, login.output


def test_one_certificate_serves_both(sandbox: Sandbox) -> None:
    certificates = sandbox.resources()["acm certificates in us-east-1"]
    assert len(certificates) == 1
    assert sandbox.resources("--region", "eu-west-1")["acm certificates in eu-west-1"] == []
