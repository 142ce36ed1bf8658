"""The service is started, found again, asked, ended, and cleaned up after a crash: with the real program."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import control, service
from sandbox.__main__ import main
from sandbox.serve import Options
from sandbox.service import ServiceFailed
from sandbox.state import NotRunning, State, holder

OPTIONS = Options(factor=0.0001, kubernetes="emulator")
ADDRESSES = {
    "aws_endpoint_url",
    "region",
    "domain",
    "hosted_zone_id",
    "vpc_id",
    "subnet_ids",
    "saml_metadata_file",
    "state_dir",
    "pid",
    "kubernetes",
    "factor",
    "front_port",
    "ca_file",
    "ca_fingerprint",
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    found = State(tmp_path_factory.mktemp("sandbox"))
    yield found
    service.down(found, print)


def started(state: State) -> tuple[dict, list[str]]:
    told: list[str] = []
    return service.up(state, OPTIONS, told.append), told


def test_up_starts_a_service_that_answers_and_has_an_account(state: State) -> None:
    found, told = started(state)
    assert set(found) == ADDRESSES
    assert found["pid"] == holder(state.pid) != os.getpid()
    assert told[-1] == "The sandbox is preparing the account …" or told == []
    assert Path(found["saml_metadata_file"]).read_text().startswith("<?xml")
    assert state.aws_credentials.stat().st_mode & 0o777 == 0o600
    assert state.control.stat().st_mode & 0o777 == 0o600
    assert control.ask(state.control)["phase"] == "ready"


def test_a_second_up_uses_the_one_that_runs(state: State) -> None:
    first, _ = started(state)
    second, told = started(state)
    assert second == first
    assert told == [f"The sandbox already runs (process {first['pid']}, emulator)."]


def test_the_door_is_shut_without_its_token(state: State) -> None:
    started(state)
    other = state.folder.parent / "another-control.json"
    other.write_text(state.control.read_text().replace('"token": "', '"token": "x'))
    assert control.ask(other) is None
    assert control.ask(other, "stop") is None
    assert control.ask(state.control)["phase"] == "ready"


def test_after_a_crash_up_removes_the_remains_and_starts_anew(state: State) -> None:
    crashed, _ = started(state)
    os.kill(crashed["pid"], signal.SIGKILL)
    wait_for(lambda: holder(state.pid) is None)
    state.users.write_text("{}")
    found, told = started(state)
    assert told[0] == "The last sandbox did not end properly; its remains are removed."
    assert found["pid"] != crashed["pid"]
    assert not state.users.exists()


def test_down_leaves_only_logs_and_a_second_down_finds_nothing(state: State) -> None:
    started(state)
    assert service.down(state, print) is True
    left = {path.name for path in state.folder.iterdir()}
    assert left <= {"sandbox.log", "sandbox.log.old", "starting.lock"}
    assert service.down(state, print) is False
    with pytest.raises(NotRunning, match="start one with `python -m sandbox up`"):
        state.read_addresses()


NOT_RUNNING = {
    "unknown kubernetes": (["up", "--kubernetes", "nonsense"], "SANDBOX_KUBERNETES=nonsense is unknown: use emulator"),
    "status of nothing": (["status"], "no sandbox runs in"),
    "login to nothing": (["login"], "start one with `python -m sandbox up`"),
}


@pytest.mark.parametrize(("arguments", "sentence"), NOT_RUNNING.values(), ids=NOT_RUNNING)
def test_what_can_be_expected_to_fail_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main([*arguments, "--state-dir", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("sandbox: ") and told.err.count("\n") == 1
    assert sentence in told.err


def test_a_kubernetes_that_cannot_start_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "nowhere"))
    with pytest.raises(ServiceFailed) as refused:
        service.up(State(tmp_path), Options(factor=1, kubernetes="apiserver"), print)
    assert str(tmp_path / "nowhere") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_service_that_breaks_at_its_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    told = r"(?s)ended at its start with code 2\. The end of .*sandbox\.log:.*invalid float value: 'fast'"
    with pytest.raises(ServiceFailed, match=told):
        service.up(State(tmp_path), Options(factor="fast", kubernetes="emulator"), print)


def wait_for(holds) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
