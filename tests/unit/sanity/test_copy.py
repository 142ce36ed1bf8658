"""What ansible-test is given: the files that we ship, and a pip that reaches the caller's package index."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

SANITY = Path(__file__).resolve().parents[3] / "tests" / "sanity"


def loaded(name):
    specification = importlib.util.spec_from_file_location(name, SANITY / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


shipped_files, isolated_home = loaded("shipped_files"), loaded("isolated_home")

LEFT_OUT = [
    pytest.param("tests/unit/test_it.py", True, id="in a folder"),
    pytest.param("lambda/profile_manager/tests/test_it.py", True, id="in a folder below another"),
    pytest.param("plugins/modules/__pycache__/it.pyc", True, id="by its ending"),
    pytest.param("plugins/modules/tests.py", False, id="a file that begins like a folder"),
    pytest.param("roles/tests/tasks/main.yml", False, id="a folder of that name elsewhere"),
]


@pytest.mark.parametrize(("name", "left_out"), LEFT_OUT)
def test_files_are_left_out_as_the_build_leaves_them_out(name, left_out):
    patterns = ["tests", "lambda/profile_manager/tests", "*.pyc"]
    assert shipped_files.is_left_out(name, patterns) == left_out


def test_new_files_are_shipped_and_ignored_or_deleted_ones_are_not(tmp_path):
    for name, text in {
        "galaxy.yml": "build_ignore: [tests]",
        ".gitignore": "ignored",
        "gone": "",
        "ignored": "",
    }.items():
        (tmp_path / name).write_text(text)
    for command in ("git init --quiet", "git add gone galaxy.yml"):
        subprocess.run(command.split(), cwd=tmp_path, check=True)
    (tmp_path / "gone").unlink()
    assert sorted(shipped_files.names(tmp_path)) == [".gitignore", "galaxy.yml"]


SETTINGS = [
    pytest.param("", {}, {}, id="nothing"),
    pytest.param(
        "global.index-url='https://user:p%w@index.example.com/simple'",
        {},
        {"index-url": "https://user:p%w@index.example.com/simple"},
        id="file",
    ),
    pytest.param("global.cert='a'\n:env:.cert='b'", {}, {"cert": "b"}, id="the environment counts more"),
    pytest.param("freeze.timeout='10'", {}, {}, id="settings of another command"),
    pytest.param("", {"HTTPS_PROXY": "http://proxy:3128"}, {"proxy": "http://proxy:3128"}, id="proxy"),
]


@pytest.mark.parametrize(("listed", "environment", "settings"), SETTINGS)
def test_pip_is_told_what_the_environment_says(listed, environment, settings):
    assert isolated_home.pip_settings(listed, environment) == settings


def test_the_version_of_pip_is_found_in_this_ansible():
    assert all(version[0].isdigit() for version in isolated_home.pip_versions())


def test_what_pip_is_told_is_readable_by_its_owner_only(tmp_path):
    isolated_home.write(tmp_path / "deep" / "pip.conf", "[global]\n")
    assert (tmp_path / "deep" / "pip.conf").stat().st_mode & 0o077 == 0
