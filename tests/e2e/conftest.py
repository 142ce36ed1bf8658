"""A sandbox of the tests' own, and the commands that a user would type."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.control import ask

ROOT = Path(__file__).resolve().parents[2]
BACKENDS = ["emulator", *(["apiserver"] if os.environ.get("KUBEBUILDER_ASSETS") else [])]


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit code, what it printed, and for a playbook what Ansible counted."""

    code: int
    output: str

    @property
    def recap(self) -> dict[str, int]:
        counted = re.findall(r"^\S+ +: (ok=.*)$", self.output, flags=re.MULTILINE)
        assert counted, f"no recap in:\n{self.output[-3000:]}"
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counted[-1])}

    @property
    def changed_tasks(self) -> list[str]:
        """Names of the tasks that changed something, in order."""
        names, task = [], ""
        for line in self.output.splitlines():
            if found := re.match(r"TASK \[(.*)\] \**$", line):
                task = found[1]
            elif line.startswith("changed: ") and names[-1:] != [task]:
                names.append(task)
        return names


class Sandbox:
    """One running sandbox, with its own state folder, and the programs of the repository pointed at it."""

    def __init__(self, state: Path, backend: str, region: str = "eu-west-1") -> None:
        self.state = state
        self.backend = backend
        self.called: set[str] = set()
        """The AWS calls of all playbooks so far, e.g. acm:RequestCertificate."""
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))},
            "SANDBOX_DIR": str(state),
            "SANDBOX_KUBERNETES": backend,
            "SANDBOX_REGION": region,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT / 'collections'}:{ROOT}",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "sandbox" / "ansible"),
            "ANSIBLE_CALLBACKS_ENABLED": "role_times",
            "SANDBOX_ROLE_TIMES": str(state / "role_times.json"),
        }

    def run(self, *command: str) -> Finished:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )
        return Finished(done.returncode, done.stdout)

    def command(self, *arguments: str) -> Finished:
        return self.run(sys.executable, "-m", "sandbox", *arguments)

    def play(self, playbook: str, *options: str) -> Finished:
        before = self.calls()
        done = self.run("ansible-playbook", f"playbooks/{playbook}.yml", "-i", "inventories/sandbox", *options)
        self.called |= {call for call, count in self.calls().items() if count > before.get(call, 0)}
        return done

    def calls(self) -> dict[str, int]:
        """How often the deployer has called what; also what the tests themselves ask for counts here."""
        return (ask(self.state / "control.json") or {"calls": {}})["calls"]

    def resources(self, *options: str) -> dict[str, list[str]]:
        """Every AWS resource there is, by service."""
        return json.loads(self.command("inventory", *options).output)


@pytest.fixture(scope="module", params=BACKENDS)
def sandbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), request.param)
    started = running.command("up")
    assert started.code == 0, started.output
    yield running
    running.command("down")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox into which everything is deployed, as `make sandbox` does it."""
    running = Sandbox(tmp_path_factory.mktemp("platform"), "emulator")
    for finished in (running.command("up"), running.play("site")):
        assert finished.code == 0, finished.output
    # As after a deployment, users have been there before: on a machine with a lot to do, the very first call of the
    # function may take longer than the five seconds that Cognito has for it.
    logins = [running.command("login")]
    if logins[0].code:
        logins.append(running.command("login"))
    assert logins[-1].code == 0, logins[-1].output
    yield running
    running.command("down")
