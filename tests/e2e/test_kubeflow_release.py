"""A whole Kubeflow through the role, by both ways to log in: every object applied, nothing the second time, no Dex.

The release is yours: `KUBEFLOW_MANIFESTS=~/community-distribution/example python -m pytest tests/e2e/test_kubeflow_release.py`.
Its bases at GitHub must be reachable, or replaced by copies.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from .conftest import Sandbox

MANIFESTS = os.environ.get("KUBEFLOW_MANIFESTS", "")
WAVES = ("kinds", "namespaces", "foundation", "rest")
BEFORE = "acm,cognito_adfs,eks"

pytestmark = pytest.mark.skipif(
    not MANIFESTS, reason="KUBEFLOW_MANIFESTS names no folder of kubeflow/community-distribution"
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), "emulator")
    started = running.command("up")
    assert started.code == 0, started.output
    yield running
    running.command("down")


@pytest.fixture(scope="module")
def played(sandbox):
    """The runs: both ways, each twice."""
    options = ["-e", f"kubeflow_manifests={Path(MANIFESTS).expanduser()}", "-e", "kubeflow_wait_timeout=600", "-v"]
    runs = {"before": sandbox.play("site", "--tags", BEFORE)}
    for way in ("oauth2_proxy", "alb"):
        for turn in ("first", "second"):
            more = ["-e", f"kubeflow_authentication={way}", "-e", "kubeflow_prune=true"]
            runs[way, turn] = sandbox.play("site", "--tags", "kubeflow", *options, *more)
            assert runs[way, turn].code == 0, runs[way, turn].output[-5000:]
        runs[way] = deployments(sandbox)
    return runs


def deployments(sandbox) -> set[str]:
    kubeconfig = str(sandbox.state / "admin.kubeconfig")
    listed = sandbox.run("kubectl", "--kubeconfig", kubeconfig, "get", "deployments", "-A", "-o", "json")
    found = json.loads(listed.output)["items"]
    return {f"{item['metadata']['namespace']}/{item['metadata']['name']}" for item in found}


def waves(run) -> list[dict]:
    """What the module returned for each wave."""
    results = [
        json.loads(text) for text in re.findall(r"^(?:ok|changed): \[localhost\] => (\{.*\})$", run.output, re.M)
    ]
    return [result for result in results if "refused" in result]


@pytest.mark.parametrize("way", ["oauth2_proxy", "alb"])
def test_every_object_is_applied(played, way):
    told = waves(played[way, "first"])
    assert len(told) == len(WAVES)
    assert [result["refused"] for result in told] == [[]] * len(WAVES)
    assert sum(result["objects"] for result in told) > 500


@pytest.mark.parametrize("way", ["oauth2_proxy", "alb"])
def test_a_second_run_changes_nothing(played, way):
    second = played[way, "second"]
    assert second.recap["changed"] == 0, second.changed_tasks


@pytest.mark.parametrize("way", ["oauth2_proxy", "alb"])
def test_who_logs_users_in(played, way):
    assert not {name for name in played[way] if name.startswith("auth/") or "dex" in name}
    assert ("oauth2-proxy/oauth2-proxy" in played[way]) is (way == "oauth2_proxy")
    assert played[way] & {"kubeflow/dashboard", "kubeflow/centraldashboard"}
