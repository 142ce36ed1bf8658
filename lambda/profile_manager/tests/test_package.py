"""What the function loads: the standard library, and on the path of a login nothing of the rest of the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

LOGIN = """
import sys
sys.path.insert(0, {root!r})
import index
print(sorted(name for name in sys.modules if name.split(".")[0] in {{"boto3", "botocore", "kubernetes", "requests"}}))
print(sorted(name for name in sys.modules if name.startswith("profile_manager.")))
"""


def loaded() -> list[str]:
    code = LOGIN.format(root=str(ROOT))
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_cold_start_loads_no_client_library_and_no_maintenance():
    foreign, own = loaded()
    assert foreign == "[]"
    assert "profile_manager.login" in own
    for name in ("maintenance", "scheduled", "report", "pool"):
        assert f"profile_manager.{name}'" not in own


def test_nothing_happens_at_import_but_definitions():
    """No environment is needed to import the entry point: the subprocess above has none of its variables."""
    assert loaded()


def test_the_entry_point_hands_the_event_through(monkeypatch, container):
    import index

    monkeypatch.setattr(index, "_surroundings", container.surroundings)
    sent = {"triggerSource": "TokenGeneration_RefreshTokens", "request": {}}
    assert index.lambda_handler(sent, None) is sent
