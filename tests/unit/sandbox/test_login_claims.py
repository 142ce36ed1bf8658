"""What the sample ADFS asserts, and the directory it asserts it from."""

from __future__ import annotations

import pytest

from sandbox.login import directory as directories
from sandbox.login.claims import GROUPS, MAIL, NAME_ID, VERIFIED, claims_of
from sandbox.login.directory import Directory, DirectoryError, User, sample_directory, with_group_exchanged

DIRECTORY = sample_directory("corp.example")


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("alice", ("kubeflow-vision", "kubeflow-speech", "none")),
        ("bob", ("kubeflow-vision", "none")),
        ("carol", ("none",)),
    ],
)
def test_only_prefixed_groups_and_the_sentinel_are_issued(name: str, groups: tuple[str, ...]) -> None:
    assert claims_of(DIRECTORY, DIRECTORY.user(name))[GROUPS] == groups


def test_a_user_is_asserted_by_windows_account_mail_and_verification() -> None:
    claims = claims_of(DIRECTORY, DIRECTORY.user("alice"))
    assert claims[NAME_ID] == (r"CORP\alice",)
    assert claims[MAIL] == ("alice@corp.example",)
    assert claims[VERIFIED] == ("true",)


def test_the_prefix_is_found_in_any_case_and_only_in_front() -> None:
    user = User("eve", "eve@corp.example", ("KUBEFLOW-Vision", "not-kubeflow-speech"))
    assert claims_of(DIRECTORY, user)[GROUPS] == ("KUBEFLOW-Vision", "none")


def test_without_a_sentinel_a_user_without_groups_brings_no_group_claim() -> None:
    directory = Directory("CORP", (), no_group="")
    assert GROUPS not in claims_of(directory, User("eve", "eve@corp.example"))


def test_the_directory_is_the_same_after_writing_and_reading(tmp_path) -> None:
    path = tmp_path / "directory.yml"
    directories.save(DIRECTORY, path)
    assert directories.load(path) == DIRECTORY


def test_a_user_can_be_moved_between_groups_and_keeps_his_others() -> None:
    moved = with_group_exchanged(DIRECTORY, "bob", "kubeflow-vision", "kubeflow-speech")
    assert moved.user("bob").groups == ("Domain Users", "VPN Users", "SG-Printers 3rd Floor", "kubeflow-speech")
    assert moved.namespaces_of(moved.user("bob")) == {"speech"}
    assert moved.user("alice") == DIRECTORY.user("alice")


@pytest.mark.parametrize("text", ["", "[]", "domain: CORP", "users: {bob: {}}\ndomain: CORP", "{"])
def test_a_file_of_another_shape_is_refused_by_name(tmp_path, text: str) -> None:
    path = tmp_path / "directory.yml"
    path.write_text(text)
    with pytest.raises(DirectoryError, match=r"directory\.yml cannot be read"):
        directories.load(path)


def test_a_missing_file_points_to_the_sandbox(tmp_path) -> None:
    with pytest.raises(DirectoryError, match="is the sandbox running"):
        directories.load(tmp_path / "directory.yml")
