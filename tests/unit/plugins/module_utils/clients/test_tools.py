"""Where a program is, and which version it says it has."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.tools import tool

SAID = {
    "kubectl": ('[ "$1 $2" = "version --client" ] && echo "Client Version: v1.32.4"', "1.32.4"),
    "helm": ('[ "$1 $2" = "version --short" ] && echo "v3.16.2+g13654a5"', "3.16.2"),
    "eksctl": ('[ "$1" = "version" ] && echo 0.215.0', "0.215.0"),
    "kustomize": ('echo "{Version:kustomize/v5.5.0}" >&2', "5.5.0"),
    "broken": ("exit 1", None),
}


@pytest.mark.parametrize("name", SAID)
def test_the_version_of(tmp_path, monkeypatch, name):
    monkeypatch.setenv("PATH", "/nowhere")
    script, version = SAID[name]
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    assert tool(name, [str(tmp_path)]) == {"path": str(path), "version": version}


def test_a_program_that_is_not_there(tmp_path):
    assert tool("no-such-program", [str(tmp_path)]) == {"path": None, "version": None}
