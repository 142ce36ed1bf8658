"""preflight_info against the project's own AWS, which answers as a small account does."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def nobody_asks_the_world(monkeypatch):
    from ansible_collections.multitenant.kubeflow.plugins.modules import preflight_info

    monkeypatch.setattr(preflight_info, "name_servers", lambda domain: ["ns1.registrar.example"])


def test_it_reads_and_changes_nothing(converge, account):
    told = converge(
        "preflight_info",
        changed=False,
        cluster_name="kubeflow",
        hosted_zone_id=account.hosted_zone_id,
        login_domain=f"cognito.auth.{account.domain}",
        node_groups=[{"name": "default", "instance_types": ["m6i.xlarge"], "desired_size": 3}],
    )
    assert told["kubernetes_versions"]
    assert told["delegated"] is False
    assert [f"The hosted zone {account.domain} is not delegated" in str(warning) for warning in told["warnings"]] == [
        True
    ]


def test_a_version_that_is_not_offered_fails(run_module):
    told = run_module("preflight_info", kubernetes_version="1.18")
    assert told["failed"]
    assert "EKS does not offer Kubernetes 1.18" in told["msg"]


def test_one_of_two_programs_is_enough(run_module, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    missing = run_module("preflight_info", tools={"this or that": ""}, tool_folders=[str(tmp_path)])
    assert "The program this or that is not on the path" in missing["msg"]
    (tmp_path / "that").write_text("#!/bin/sh\necho v1.2.3\n")
    (tmp_path / "that").chmod(0o755)
    assert run_module("preflight_info", tools={"this or that": ""}, tool_folders=[str(tmp_path)])["tools"] == {
        "this or that": "1.2.3"
    }


def test_the_names_of_a_certificate_are_counted(run_module):
    told = run_module("preflight_info", certificate_names=11)
    assert ["11 more names in one certificate" in str(warning) for warning in told["warnings"]] == [True]
