"""site.yml killed in the middle of each role and started again: it goes on where it was and ends like an undisturbed run.

What stands at the end is then verified, and broken in many places, each of which verify.yml must name.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections import Counter

import pytest

from sandbox.state import State

from . import breakages
from .conftest import BACKENDS, ROOT, Sandbox

ONLY_READS = re.compile(r"[a-z0-9-]+:(Get|List|Describe|Invoke)")
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


@pytest.fixture
def platform(sandbox: Sandbox) -> breakages.Platform:
    return breakages.platform(State(sandbox.state))


def verdicts(sandbox: Sandbox) -> list[dict[str, str]]:
    report = json.loads((sandbox.state / "verify" / "verify.json").read_text())
    return [verdict for area in report["areas"] for verdict in area["verdicts"]]


def test_verify_finds_all_in_order_and_changes_nothing(sandbox: Sandbox, platform: breakages.Platform) -> None:
    before, objects = Counter(sandbox.calls()), platform.versions_of_objects()
    verified = sandbox.play("verify")
    assert (verified.code, verified.recap["changed"]) == (0, 0), verified.output
    assert {verdict["state"] for verdict in verdicts(sandbox)} == {"ok"}, verified.output
    asked = Counter(sandbox.calls()) - before
    assert asked and not [call for call in asked if not ONLY_READS.match(call)]
    assert platform.versions_of_objects() == objects
    page = (sandbox.state / "verify" / "verify.html").read_text()
    assert "alice@platform.example.com" in page and "kubeflow-speech" in page


def test_verify_names_whatever_is_broken(sandbox: Sandbox, platform: breakages.Platform) -> None:
    for breakage in breakages.BREAKAGES:
        breakage(platform)
    objects = platform.versions_of_objects()
    verified = sandbox.play("verify", "--tags", "acm,cognito_adfs,kubeflow,profile_manager,callback")
    assert verified.code == 2 and "Traceback" not in verified.output, verified.output
    broken = [verdict for verdict in verdicts(sandbox) if verdict["state"] == "broken"]
    assert all(verdict["remedy"] for verdict in broken)
    told = {(verdict["resource"], verdict["reason"]) for verdict in broken}
    unnamed = [
        (breakage.__name__, resource, words)
        for breakage, names in breakages.BREAKAGES.items()
        for resource, words in names
        if not any(resource == named and words in reason for named, reason in told)
    ]
    assert not unnamed, json.dumps(sorted(told), indent=1)
    assert platform.versions_of_objects() == objects
