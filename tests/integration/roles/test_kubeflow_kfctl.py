"""The article's way: its KfDef with its fields filled in, applied once by kfctl, and never on a Kubernetes that cannot run it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sandbox.kubernetes.emulator import discovery

from .conftest import ROOT

REFERENCE = ROOT.parent / "shared" / "reference" / "data" / "kfctl_aws_cognito.v1.2.0.yaml"
ROLE = "multitenant.kubeflow.kubeflow"
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123"
COGNITO = {
    "certArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
    "cognitoAppClientId": "client",
    "cognitoUserPoolArn": POOL,
    "cognitoUserPoolDomain": "cognito.auth.platform.example.com",
}


@pytest.fixture
def variables(tmp_path: Path) -> dict:
    return {
        "kubeflow_method": "kfctl",
        "kubeflow_authentication": "none",
        "kubeflow_domain": "platform.example.com",
        "kubeflow_kubeconfig": str(tmp_path / "kubeconfig"),
        "kubeflow_cluster_status": "ACTIVE",
        "kubeflow_cluster_name": "platform",
        "kubeflow_certificate_arn": COGNITO["certArn"],
        "kubeflow_client_id": COGNITO["cognitoAppClientId"],
        "kubeflow_user_pool_arn": COGNITO["cognitoUserPoolArn"],
        "kubeflow_login_domain": COGNITO["cognitoUserPoolDomain"],
        "kubeflow_kfctl_node_roles": ["node-role"],
        "kubeflow_cache_folder": str(tmp_path / "cache"),
    }


@pytest.fixture
def kfctl(tmp_path: Path) -> Path:
    """A kfctl that only writes down how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "kfctl"
    program.write_text(f'#!/bin/sh\necho "$(basename "$PWD") $1 $2 $3 $(basename "$4")" >> {tmp_path}/calls\n')
    program.chmod(0o755)
    return folder


def installed(state: str = "present") -> dict:
    return {"ansible.builtin.include_role": {"name": ROLE}, "vars": {"kubeflow_state": state}}


def test_it_is_applied_once_and_removed(cluster, play, variables, kfctl, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(discovery.VERSION, "gitVersion", "v1.21.14")
    code, output = play([installed(), installed(), installed("absent")], variables, kfctl)
    assert code == 0, output
    file = "kfctl_aws_cognito.v1.2.0.yaml"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"platform apply -V -f {file}",
        f"platform delete -V -f {file}",
    ]
    written = yaml.safe_load((tmp_path / "cache" / "kfctl" / "platform" / file).read_text())
    plugin = written["spec"]["plugins"][0]["spec"]
    assert plugin == {
        "auth": {"cognito": COGNITO}, "region": "eu-west-1", "enablePodIamPolicy": False, "roles": ["node-role"],
    }  # fmt: skip
    if REFERENCE.exists():
        upstreams = yaml.safe_load(REFERENCE.read_text())
        upstreams["spec"]["plugins"][0]["spec"] = plugin
        assert written == upstreams


def test_a_newer_kubernetes_is_refused_before_anything_is_done(cluster, play, variables, kfctl, tmp_path) -> None:
    code, output = play([installed()], variables, kfctl)
    assert code == 2
    assert "runs Kubernetes 1.34, and Kubeflow 1.2 needs one before 1.22" in output, output
    assert not (tmp_path / "calls").exists() and not (tmp_path / "cache").exists()
