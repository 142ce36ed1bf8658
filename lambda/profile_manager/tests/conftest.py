"""Puts the function on the path as Lambda does, and gives the tests a cluster, a container and its invocations."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (str(HERE.parent), str(HERE)):
    if folder not in sys.path:
        sys.path.insert(0, folder)

from profile_manager_fakes import Container, FakeCluster  # noqa: E402


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def container(cluster: FakeCluster) -> Container:
    return Container(cluster)
