"""The small Kubeflow: it builds, has upstream's names, and asks nothing of a cluster that Kubernetes 1.20 cannot give."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[3] / "sandbox" / "kubeflow"
KNOWN_APIS = {
    "v1",
    "apps/v1",
    "apiextensions.k8s.io/v1",
    "rbac.authorization.k8s.io/v1",
    "networking.k8s.io/v1",
    "networking.istio.io/v1",
    "security.istio.io/v1",
    "kubeflow.org/v1",
}
NAMED = {
    ("Namespace", None, "kubeflow"),
    ("Namespace", None, "istio-system"),
    ("Service", "istio-system", "istio-ingressgateway"),
    ("Deployment", "istio-system", "istio-ingressgateway"),
    ("Deployment", "istio-system", "istiod"),
    ("Deployment", "kubeflow", "dashboard"),
    ("Deployment", "kubeflow", "profiles-deployment"),
    ("ServiceAccount", "istio-system", "istio-ingressgateway-service-account"),
    ("ConfigMap", "kubeflow", "profiles-config"),
    ("ConfigMap", "kubeflow", "profiles-namespace-labels-data"),
    ("Gateway", "kubeflow", "kubeflow-gateway"),
    ("VirtualService", "kubeflow", "dashboard"),
    ("AuthorizationPolicy", "istio-system", "global-deny-all"),
    ("CustomResourceDefinition", None, "profiles.kubeflow.org"),
    ("CustomResourceDefinition", None, "notebooks.kubeflow.org"),
    ("ClusterRole", None, "kubeflow-admin"),
    ("ClusterRole", None, "kubeflow-edit"),
    ("ClusterRole", None, "kubeflow-view"),
    ("ClusterRole", None, "notebook-controller-kubeflow-notebooks-edit"),
}


def listed(folder: Path) -> Iterator[dict[str, Any]]:
    """The objects that the kustomizations name, as they are written."""
    for name in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        place = folder / name
        yield from listed(place) if place.is_dir() else yaml.safe_load_all(place.read_text())


OBJECTS = list(listed(FOLDER))
CRDS = [obj for obj in OBJECTS if obj["kind"] == "CustomResourceDefinition"]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {obj["metadata"]["name"]: obj for obj in OBJECTS if obj["kind"] == kind}


def test_every_file_is_part_of_it() -> None:
    files = {path for path in FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert len(OBJECTS) == sum(len(list(yaml.safe_load_all(path.read_text()))) for path in files)


def test_the_names_are_upstreams() -> None:
    found = {(obj["kind"], obj["metadata"].get("namespace"), obj["metadata"]["name"]) for obj in OBJECTS}
    assert found >= NAMED


def test_only_apis_of_kubernetes_1_20_and_its_own_kinds_are_used() -> None:
    assert {obj["apiVersion"] for obj in OBJECTS} == KNOWN_APIS


def test_the_ingress_is_left_to_the_installer() -> None:
    assert "Ingress" not in {obj["kind"] for obj in OBJECTS}


def schema_nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from schema_nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from schema_nodes(value)


@pytest.mark.parametrize("crd", CRDS, ids=lambda crd: crd["metadata"]["name"])
def test_a_definition_is_structural_and_has_one_stored_version(crd: dict[str, Any]) -> None:
    spec = crd["spec"]
    assert crd["metadata"]["name"] == f"{spec['names']['plural']}.{spec['group']}"
    assert [version["name"] for version in spec["versions"] if version["storage"]] == ["v1"]
    for version in spec["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        assert not any("x-kubernetes-validations" in node for node in schema_nodes(schema))
        assert schema["type"] == "object"
        assert set(schema["properties"]) == {"apiVersion", "kind", "metadata", "spec", "status"}
        assert version["subresources"] == {"status": {}}


@pytest.mark.parametrize("plural", ["profiles", "notebooks"])
def test_kubeflows_kinds_are_served_in_both_versions(plural: str) -> None:
    crd = next(crd for crd in CRDS if crd["spec"]["names"]["plural"] == plural)
    assert [version["name"] for version in crd["spec"]["versions"] if version["served"]] == ["v1", "v1beta1"]


def test_aggregated_roles_leave_their_rules_to_the_cluster() -> None:
    roles = of_kind("ClusterRole")
    aggregated = [role for role in roles.values() if "aggregationRule" in role]
    assert {role["metadata"]["name"] for role in aggregated} >= {"kubeflow-admin", "kubeflow-edit", "kubeflow-view"}
    assert not any("rules" in role for role in aggregated)


def aggregated_rules(name: str) -> list[dict[str, Any]]:
    """The rules that the cluster will put together for a role, roles within roles included."""
    roles = of_kind("ClusterRole")
    role = roles[name]
    rules = list(role.get("rules", []))
    for selector in (role.get("aggregationRule") or {}).get("clusterRoleSelectors", []):
        for other, candidate in roles.items():
            labels = candidate["metadata"].get("labels") or {}
            if selector["matchLabels"].items() <= labels.items():
                rules += aggregated_rules(other)
    return rules


@pytest.mark.parametrize(
    ("role", "verb", "expected"),
    [
        ("kubeflow-admin", "create", True),
        ("kubeflow-edit", "create", True),
        ("kubeflow-view", "create", False),
        ("kubeflow-view", "list", True),
    ],
)
def test_who_may_do_what_with_notebooks(role: str, verb: str, expected: bool) -> None:
    found = [rule for rule in aggregated_rules(role) if "notebooks" in rule["resources"] and verb in rule["verbs"]]
    assert bool(found) is expected


def test_nobody_may_read_secrets_by_view() -> None:
    assert not [rule for rule in aggregated_rules("kubeflow-view") if "secrets" in rule["resources"]]


def test_the_gateway_is_reached_inside_the_cluster_by_upstreams_ports() -> None:
    spec = of_kind("Service")["istio-ingressgateway"]["spec"]
    assert spec["type"] == "ClusterIP"
    assert {port["name"]: port["port"] for port in spec["ports"]} == {"status-port": 15021, "http2": 80, "https": 443}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on the PATH")
def test_kustomize_builds_it_and_labels_everything() -> None:
    built = subprocess.run(["kubectl", "kustomize", str(FOLDER)], capture_output=True, check=True, text=True).stdout
    objects = [obj for obj in yaml.safe_load_all(built) if obj]
    assert len(objects) == len(OBJECTS)
    assert {obj["metadata"]["labels"]["app.kubernetes.io/part-of"] for obj in objects} == {"kubeflow"}
