"""Who may import whom: the table of docs/architecture.md, kept by a walk over every import in the repository."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = "ansible_collections.multitenant.kubeflow.plugins"
UTILS = f"{OURS}.module_utils"

PURE = {
    name
    for name in sys.stdlib_module_names
    if name
    not in {"os", "socket", "http", "urllib", "subprocess", "time", "random", "secrets", "tempfile", "threading"}
}
"""The standard library without the environment, the clock, the network and the disk."""

# room: (folder, files left out of it, what its files may import; a name allows everything below it)
ROOMS = {
    "plans": (
        "plugins/module_utils/plans",
        (),
        PURE | {f"{UTILS}.plans", f"{UTILS}.errors", "urllib.parse"},
    ),
    "verdicts": (
        "plugins/module_utils/verdicts",
        (),
        PURE | {f"{UTILS}.verdicts", f"{UTILS}.plans", f"{UTILS}.errors", "urllib.parse"},
    ),
    "filters": (
        "plugins/filter",
        (),
        PURE | {f"{UTILS}.verdicts"},
    ),
    "clients": (
        "plugins/module_utils/clients",
        (),
        set(sys.stdlib_module_names)
        | {"botocore", "boto3", "kubernetes", "yaml", f"{UTILS}.clients", f"{UTILS}.errors"}
        | {
            "ansible_collections.amazon.aws.plugins.module_utils",
            "ansible_collections.kubernetes.core.plugins.module_utils",
        },
    ),
    "runner": (
        "plugins/module_utils/runner.py",
        (),
        set(sys.stdlib_module_names) | {f"{UTILS}.plans.plan", f"{UTILS}.errors"},
    ),
    "modules": (
        "plugins/modules",
        (),
        set(sys.stdlib_module_names)
        | {UTILS, "ansible.module_utils", "ansible_collections.amazon.aws.plugins.module_utils"}
        | {"ansible_collections.kubernetes.core.plugins.module_utils"},
    ),
    "lambda": (
        "lambda/profile_manager",
        ("tests",),
        set(sys.stdlib_module_names) | {"lambda.profile_manager", "profile_manager"},
    ),
}


def files_of(room: str) -> list[Path]:
    folder, left_out, _ = ROOMS[room]
    place = ROOT / folder
    found = [place] if place.is_file() else sorted(place.rglob("*.py"))
    return [path for path in found if not set(path.relative_to(ROOT).parts) & set(left_out)]


def imports_of(path: Path) -> set[str]:
    """Full names of what a file imports; relative imports are resolved against its place."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            names.add(".".join([*package[: len(package) - node.level + 1], node.module or ""]).rstrip("."))
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return names


def allows(allowed: set[str], name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in allowed for length in range(1, len(parts) + 1))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    allowed = ROOMS[room][2]
    files = files_of(room)
    assert files, f"the room {room} is empty"
    strangers = {
        (str(path.relative_to(ROOT)), name) for path in files for name in imports_of(path) if not allows(allowed, name)
    }
    assert not strangers


@pytest.mark.parametrize("folder", ["roles", "plugins", "lambda/profile_manager/profile_manager"])
def test_the_product_does_not_know_the_sandbox(folder: str) -> None:
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert files
    assert not [str(path.relative_to(ROOT)) for path in files if b"sandbox" in path.read_bytes().lower()]


def test_the_sandbox_uses_neither_plugins_nor_the_function() -> None:
    strangers = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / "sandbox").rglob("*.py")
        for name in imports_of(path)
        if name.split(".")[0] in {"ansible_collections", "profile_manager", "index"}
    }
    assert not strangers
