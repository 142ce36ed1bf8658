"""The real control plane: what goes wrong before it runs, and, when KUBEBUILDER_ASSETS is set, that nothing outlives it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.kubernetes.apiserver import KubeApiserver, free_ports
from sandbox.kubernetes.backend import BackendError
from sandbox.kubernetes.client import KubernetesClient
from sandbox.kubernetes.controller_manager import aggregated_rules
from sandbox.kubernetes.identity import Denied, UserInfo

ASSETS = os.environ.get("KUBEBUILDER_ASSETS", "")
needs_assets = pytest.mark.skipif(not ASSETS, reason="KUBEBUILDER_ASSETS is not set")


def nobody(token: str) -> UserInfo:
    raise Denied("nobody")


def program(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_without_a_folder_it_says_what_it_needs(tmp_path):
    with pytest.raises(BackendError, match="needs KUBEBUILDER_ASSETS"):
        KubeApiserver(nobody, tmp_path, assets="").start()


def test_a_folder_without_the_programs_is_named(tmp_path):
    with pytest.raises(BackendError, match="holds no program kube-apiserver"):
        KubeApiserver(nobody, tmp_path, assets=str(tmp_path / "empty")).start()


def test_what_never_started_can_be_stopped(tmp_path):
    api = KubeApiserver(nobody, tmp_path, assets="")
    with pytest.raises(BackendError):
        api.start()

    api.stop()
    api.stop()


def test_a_program_that_does_not_run_is_named(tmp_path):
    program(tmp_path, "kube-apiserver", "echo wrong architecture >&2; exit 126")
    program(tmp_path, "etcd", "exit 0")

    with pytest.raises(BackendError, match="kube-apiserver does not run here: wrong architecture"):
        KubeApiserver(nobody, tmp_path / "state", assets=str(tmp_path)).start()


def test_a_program_that_ends_shows_the_end_of_its_log(tmp_path):
    program(tmp_path, "kube-apiserver", 'test "$1" = --version && echo Kubernetes v1.20.2 && exit 0; sleep 60')
    program(tmp_path, "etcd", 'test "$1" = --help && exit 0; echo the disk is full; exit 3')

    with pytest.raises(BackendError, match=r"etcd ended with 3(.|\n)*the disk is full"):
        KubeApiserver(nobody, tmp_path / "state", assets=str(tmp_path)).start()


def test_free_ports_are_all_different():
    assert len(set(free_ports(5))) == 5


def role(name: str, labels: dict | None = None, rules: list | None = None) -> dict:
    return {"metadata": {"name": name, "labels": labels or {}}, "rules": rules or []}


def test_an_aggregated_role_has_the_rules_of_those_it_selects_once():
    whole = role("whole", {"to": "whole"})
    whole["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"to": "whole"}}]}
    first, second = {"verbs": ["get"]}, {"verbs": ["list"]}
    roles = [whole, role("b", {"to": "whole"}, [second, first]), role("a", {"to": "whole"}, [first]), role("c")]

    assert aggregated_rules(whole, roles) == [first, second]


def test_an_empty_selector_selects_every_other_role():
    whole = role("whole")
    whole["aggregationRule"] = {"clusterRoleSelectors": [{}]}
    rule = {"verbs": ["get"]}

    assert aggregated_rules(whole, [whole, role("a", rules=[rule])]) == [rule]


@pytest.fixture
def without_manager(tmp_path):
    """A folder as envtest has it: no kube-controller-manager."""
    folder = tmp_path / "assets"
    folder.mkdir()
    for name in ("etcd", "kube-apiserver"):
        (folder / name).symlink_to(Path(ASSETS) / name)
    return folder


@needs_assets
def test_stand_ins_do_the_controller_managers_work(tmp_path, without_manager, eventually):
    api = KubeApiserver(nobody, tmp_path / "state", assets=str(without_manager))
    api.start()
    try:
        assert "kube-controller-manager" not in api.processes
        admin = KubernetesClient(api.url, api.ca_pem, api.admin_token)
        for name in ("a", "b"):
            admin.create("/api/v1/namespaces", {"metadata": {"name": name}})
            admin.create(f"/api/v1/namespaces/{name}/configmaps", {"metadata": {"name": "owner"}})
        owner = admin.get("/api/v1/namespaces/a/configmaps/owner")["metadata"]
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}
        owned = {"metadata": {"name": "owned", "ownerReferences": [reference]}}
        admin.create("/api/v1/namespaces/a/configmaps", owned)

        admin.delete("/api/v1/namespaces/a/configmaps/owner")
        eventually(lambda: admin.get("/api/v1/namespaces/a/configmaps/owned") is None)
        admin.delete("/api/v1/namespaces/b")
        eventually(lambda: admin.get("/api/v1/namespaces/b") is None)
        private = [*(tmp_path / "state").rglob("*.key"), tmp_path / "state" / "tokens.csv"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in private} == {0o600}
    finally:
        processes = api.processes
        api.stop()
    assert not [pid for pid in processes.values() if runs(pid)]


STARTER = """
import sys, time
from pathlib import Path
from sandbox.kubernetes.apiserver import KubeApiserver
api = KubeApiserver(lambda token: None, Path(sys.argv[1]))
api.start()
print(*api.processes.values(), flush=True)
time.sleep(600)
"""


@needs_assets
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed process")
def test_a_killed_sandbox_takes_its_servers_along(tmp_path, eventually):
    command = [sys.executable, "-c", STARTER, str(tmp_path / "state")]
    root = Path(__file__).resolve().parents[4]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as sandbox:
        servers = [int(pid) for pid in sandbox.stdout.readline().split()]
        assert servers and all(runs(pid) for pid in servers)
        sandbox.send_signal(signal.SIGKILL)
    eventually(lambda: not any(runs(pid) for pid in servers))


def runs(pid: int) -> bool:
    """Whether the process lives; one that only waits for its parent to take notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_taken_port_is_tried_again(tmp_path):
    tries = tmp_path / "tries"
    program(tmp_path, "kube-apiserver", 'test "$1" = --version && echo Kubernetes v1.20.2 && exit 0; sleep 60')
    program(
        tmp_path,
        "etcd",
        f'test "$1" = --help && exit 0; echo try >> {tries}; echo "bind: address already in use"; exit 1',
    )

    with pytest.raises(BackendError, match="address already in use"):
        KubeApiserver(nobody, tmp_path / "state", assets=str(tmp_path)).start()

    assert tries.read_text().count("try") == 3
