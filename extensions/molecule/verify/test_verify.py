"""A platform that the roles have made one by one is whole, and the report says so."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture(scope="module")
def report(state):
    return json.loads((state / "verify" / "verify.json").read_text())


def test_nothing_is_broken(report) -> None:
    assert (report["state"], report["broken"], report["counts"]["broken"]) == ("ok", [], 0)


def test_it_has_looked(report) -> None:
    assert report["counts"]["ok"] > 20


def test_the_page_needs_nothing_else(state) -> None:
    page = (state / "verify" / "verify.html").read_text()
    assert "<svg" in page
    assert re.findall(r"""(?:src|href)=["']https?://[^"']*|@import|url\((?!#)""", page) == []
