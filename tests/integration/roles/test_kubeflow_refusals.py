"""What Kubernetes refuses of a release is told at once, in Kubernetes' own words, instead of being waited for."""

from __future__ import annotations

import pytest
import yaml

ROLE = {"name": "multitenant.kubeflow.kubeflow", "tasks_from": "manifests.yml"}
VERSION = {
    "name": "v1",
    "served": True,
    "storage": True,
    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
}


def kind(name: str) -> dict:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "wheels", "singular": "wheel", "kind": "Wheel", "listKind": "WheelList"},
            "versions": [VERSION],
        },
    }


WHEEL = {"apiVersion": "example.com/v1", "kind": "Wheel", "metadata": {"name": "a", "namespace": "default"}}
CASES = {
    "a kind": ([kind("spokes.example.com"), WHEEL], "CustomResourceDefinition spokes.example.com: 422 "),
    "a namespace": (
        [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "Not_A_Name"}}],
        "Namespace Not_A_Name: 422 ",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_told_at_once(play, cluster, tmp_path, case) -> None:
    objects, told = CASES[case]
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump_all(objects))
    (folder / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    variables = {
        "kubeflow_domain": "platform.example.com",
        "kubeflow_authentication": "none",
        "kubeflow_manifests": str(folder),
        "kubeflow_kubeconfig": str(tmp_path / "kubeconfig"),
        "kubeflow_cluster_status": "ACTIVE",
        "kubeflow_wait_timeout": 86_400,
    }

    code, output = play([{"ansible.builtin.include_role": ROLE}], variables)

    assert code == 2, output
    assert f"Kubernetes refuses 1 object. {told}" in output
    assert "What was applied stays; run it again once the cause is mended." in output
