"""Files of the state folder are replaced whole, locked by their holder, and removed with the sandbox."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.environment import environment
from sandbox.processes import orphans_of, peak_of_this_process, peaks_of_children
from sandbox.state import ROOT, State, chosen_state, holder, locked, write_json, write_pid, write_text, written_pid


def test_a_file_is_private_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "below" / "file"
    write_text(path, "old")
    write_json(path, {"a": 1})
    assert path.read_text() == '{\n  "a": 1\n}\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert [other.name for other in path.parent.iterdir()] == ["file"]


def test_the_holder_of_a_pid_file_is_known_while_it_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    assert holder(path) is None
    with locked(path, wait=False) as descriptor:
        write_pid(descriptor)
        assert holder(path) == os.getpid()
        with pytest.raises(BlockingIOError), locked(path, wait=False):
            pass
    assert holder(path) is None
    assert written_pid(path) == os.getpid()


@pytest.mark.parametrize("text", ["", "12", "12\nanother boot\n", "x\ny\n"])
def test_a_pid_of_another_boot_is_nobodys(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pid"
    path.write_text(text)
    assert written_pid(path) is None


def test_clearing_keeps_the_logs(tmp_path: Path) -> None:
    state = State(tmp_path)
    for path in (state.log, state.addresses, state.aws_config, state.metadata, state.pid):
        write_text(path, "x")
    state.clear()
    assert {path.name for path in tmp_path.iterdir()} == {"sandbox.log", "sandbox.pid"}


def test_clearing_leaves_what_others_keep_in_the_folder(tmp_path: Path) -> None:
    write_text(tmp_path / "thesis.txt", "x")
    write_text(tmp_path / "photos" / "cat.jpg", "x")
    write_text(tmp_path / "kubernetes" / "demo" / "etcd", "x")
    write_text(tmp_path / "lambda-1" / "index.py", "x")
    write_text(tmp_path / ".users.json.123", "x")
    State(tmp_path).clear()
    assert {path.name for path in tmp_path.iterdir()} == {"thesis.txt", "photos"}


def test_the_folder_is_the_checkouts_unless_another_one_is_named(tmp_path: Path) -> None:
    assert chosen_state({}).folder == ROOT / ".sandbox"
    assert chosen_state({"SANDBOX_DIR": str(tmp_path)}).folder == tmp_path


def test_variables_of_a_real_account_do_not_come_along(tmp_path: Path) -> None:
    inherited = {"AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "AKIA", "HOME": "/home", "no_proxy": "corp"}
    found = environment(State(tmp_path), inherited, "http://127.0.0.1:1")
    assert found == {
        "HOME": "/home",
        "AWS_CONFIG_FILE": f"{tmp_path}/aws/config",
        "AWS_SHARED_CREDENTIALS_FILE": f"{tmp_path}/aws/credentials",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_RETRY_MODE": "standard",
        "AWS_MAX_ATTEMPTS": "8",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "corp,127.0.0.1,localhost",
    }


def test_memory_is_counted_in_bytes() -> None:
    assert peak_of_this_process() > 10_000_000
    assert isinstance(peaks_of_children(), dict)


def test_a_living_leader_has_no_orphans() -> None:
    assert orphans_of(os.getpid()) == []
    assert orphans_of(None) == []
