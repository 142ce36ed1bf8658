"""What the guides quote is what the code says, and the commands that they give exist."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import botocore.session
import pytest
import yaml
from botocore import xform_name

ROOT = Path(__file__).resolve().parents[2]
COMMON_OPTIONS = {"region", "query", "output", "cli-binary-format", "cli-read-timeout"}


class Row(NamedTuple):
    who: str
    what: str
    cause: str
    remedy: str
    check: str


def guide(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text()


def rows() -> Iterator[Row]:
    for line in guide("troubleshooting").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "who":
            yield Row(*cells)


def folders(who: str) -> list[Path]:
    """Where a text of ours comes from; nothing where it is somebody else's."""
    kind, _, name = who.partition(" ")
    if kind == "role":
        assert (ROOT / "roles" / name).is_dir(), who
    if kind == "module":
        assert (ROOT / "plugins" / "modules" / f"{name}.py").exists(), who
    return {
        "role": [ROOT / "roles" / name],
        "module": [ROOT / "plugins"],
        "function": [ROOT / "lambda" / "profile_manager" / "profile_manager"],
    }.get(kind, [])


@cache
def texts(folder: Path) -> str:
    """All that is said in a folder: literals of Python with `…` for what is filled in, and YAML without line ends."""
    said = [text(node) for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    said += [path.read_text() for path in folder.rglob("*.yml")]
    return "\n".join(re.sub(r"\s+", " ", one) for one in said)


def text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text(value) if isinstance(value, ast.Constant) else "…" for value in node.values)
    return ""


OURS = [row for row in rows() if folders(row.who)]


@pytest.mark.parametrize("row", OURS, ids=lambda row: f"{row.who}: {row.what[:50]}")
def test_a_text_of_ours_is_what_the_code_says(row: Row) -> None:
    quoted = re.findall(r"`([^`]+)`", row.what)
    pieces = [piece.strip() for quote in quoted for piece in quote.split("…")]
    said = "\n".join(texts(folder) for folder in folders(row.who))
    assert [piece for piece in pieces if piece not in said] == []


def test_there_is_a_cause_and_a_remedy_for_each() -> None:
    there = list(rows())
    assert len(there) >= 40
    assert [row for row in there if not (row.what and row.cause and row.remedy)] == []


def aws_commands() -> Iterator[tuple[str, str]]:
    for page in sorted((ROOT / "docs").glob("*.md")):
        code = re.findall(r"`([^`]+)`|^\s*(aws .*)$", page.read_text(), flags=re.MULTILINE)
        for command in (inline or line for inline, line in code):
            yield from ((page.name, one) for one in re.split(r"\n|&& ", command) if one.startswith("aws "))


@pytest.mark.parametrize(("page", "command"), sorted(set(aws_commands())))
def test_a_command_of_aws_exists(page: str, command: str) -> None:
    """The service, its operation, and all options, by the models that the AWS command line has too."""
    _, service, operation, *rest = shlex.split(command)
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    members = model.operation_model(operations[operation]).input_shape.members
    known = {xform_name(name, "-") for name in members} | COMMON_OPTIONS
    given = {word.removeprefix("--") for word in rest if word.startswith("--")}
    assert given - known - {f"no-{name}" for name in known} == set()


def test_there_are_such_commands() -> None:
    assert len(set(aws_commands())) > 10


def test_the_mapping_of_groups_in_the_guide_means_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "lambda" / "profile_manager")
    access = importlib.import_module("profile_manager.access")
    login = importlib.import_module("profile_manager.event").Login
    (block,) = re.findall(r"```yaml\n(profile_manager_settings:.*?)```", guide("operations"), flags=re.DOTALL)
    given = yaml.safe_load(block)["profile_manager_settings"]
    settings = importlib.import_module("profile_manager.settings").parse_settings(json.dumps(given))
    groups = ("kubeflow-vision-readers", "kubeflow-speech-admins", "kubeflow-text", "other")
    wanted = access.wanted_access(login("alice", "alice@example.com", groups), settings)
    assert {(grant.namespace, grant.role) for grant in wanted.grants} == {
        ("vision", "view"),
        ("speech", "admin"),
        ("text", "edit"),
    }
