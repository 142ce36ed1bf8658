"""The zip of the function: the same files, the same bytes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.function_archive import (
    archive,
    code_sha256,
    is_packed,
)

ROOT = Path(__file__).resolve().parents[5]
FUNCTION = ROOT / "lambda" / "profile_manager"
FILES = {"index.py": b"x = 1\n", "profile_manager/plan.py": b"", "tests/test_plan.py": b"", "README.md": b"#"}


def test_the_bytes_do_not_depend_on_the_order_of_the_files():
    assert archive(FILES, "index.py") == archive(dict(reversed(FILES.items())), "index.py")


def test_the_fingerprint_is_known():
    """It must be the same on every machine and every Python, or code would be uploaded again and again."""
    assert code_sha256(archive(FILES, "index.py")) == "GoyWTosV1/BS0f/tbfhmPPTIwZV3CNkEisry1jc0N3g="


def test_only_the_function_is_packed_and_can_be_unpacked():
    with zipfile.ZipFile(io.BytesIO(archive(FILES, "index.py"))) as packed:
        assert packed.namelist() == ["index.py", "profile_manager/plan.py"]
        assert packed.read("index.py") == b"x = 1\n"
        assert oct(packed.getinfo("index.py").external_attr >> 16) == "0o100644"


@pytest.mark.parametrize(
    ("path", "expected"),
    {
        "index.py": True,
        "profile_manager/data.json": True,
        "tests/test_index.py": False,
        "profile_manager/tests/conftest.py": False,
        "profile_manager/__pycache__/plan.cpython-311.pyc": False,
        ".ruff_cache/x": False,
        "profile_manager/.hidden": False,
        "README.md": False,
    }.items(),
)
def test_what_belongs_to_the_function(path, expected):
    assert is_packed(path) is expected


def test_a_folder_without_entry_point_is_refused():
    with pytest.raises(Refusal, match="holds no index.py"):
        archive({"handler.py": b""}, "index.py")


def test_it_is_a_sound_zip_that_shows_names_beyond_ascii():
    files = {"index.py": b"import this\n" * 50, "größe.py": b"", "noise.bin": bytes(range(256))}
    with zipfile.ZipFile(io.BytesIO(archive(files, "index.py"))) as packed:
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == files
        methods = {entry.filename: entry.compress_type for entry in packed.infolist()}
    assert methods == {
        "index.py": zipfile.ZIP_DEFLATED,
        "größe.py": zipfile.ZIP_STORED,
        "noise.bin": zipfile.ZIP_STORED,
    }


def test_the_function_fits_into_50_kilobytes():
    files = {str(path.relative_to(FUNCTION)): path.read_bytes() for path in FUNCTION.rglob("*") if path.is_file()}
    assert len(archive(files, "index.py")) < 50_000
