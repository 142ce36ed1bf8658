from __future__ import annotations

import pytest

from sandbox.kubernetes.emulator.discovery import AGGREGATED
from sandbox.kubernetes.emulator.resources import version_order


def test_versions_are_ordered_by_stability():
    assert sorted(["v1beta1", "v2", "v1alpha1", "v1", "v1beta2", "odd"], key=version_order) == [
        *("v2", "v1", "v1beta2", "v1beta1", "v1alpha1", "odd")
    ]


@pytest.mark.parametrize("path", ["/version", "/api", "/apis", "/apis/apps", "/api/v1", "/apis/apps/v1", "/openapi/v3"])
def test_documents_everybody_may_read(api, path):
    assert api.get(path, user="alice")[0] == 200


def test_groups_and_resources(api):
    _, groups = api.get("/apis")
    assert {g["name"]: g["preferredVersion"]["version"] for g in groups["groups"]}["autoscaling"] == "v2"
    _, listed = api.get("/api/v1")
    entries = {entry["name"]: entry for entry in listed["resources"]}
    assert entries["configmaps"]["shortNames"] == ["cm"] and entries["namespaces"]["namespaced"] is False
    assert entries["serviceaccounts/token"]["kind"] == "TokenRequest"
    assert "deployments/scale" in [entry["name"] for entry in api.get("/apis/apps/v1")[1]["resources"]]


def test_aggregated_discovery_is_given_on_demand(api):
    response = api.answer("GET", "/apis", Accept=f"{AGGREGATED},application/json")
    assert response.content_type == AGGREGATED
    items = {item["metadata"]["name"]: item for item in response.body["items"]}
    deployments = items["apps"]["versions"][0]["resources"][0]
    assert deployments["responseKind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    assert [below["subresource"] for below in deployments["subresources"]] == ["status", "scale"]


def test_openapi_tells_which_parameters_a_kind_takes(api):
    _, document = api.get("/openapi/v3/api/v1")
    operation = document["paths"]["/api/v1/namespaces/{namespace}/configmaps/{name}"]["patch"]
    assert "fieldValidation" in [parameter["name"] for parameter in operation["parameters"]]
    assert operation["x-kubernetes-group-version-kind"]["kind"] == "ConfigMap"


def test_unknown_groups_are_not_found(api):
    assert api.answer("GET", "/apis/none.example.com/v1/things").content_type == "text/plain"
    assert api.get("/apis/none.example.com/v1")[0] == 404


def test_health(api):
    assert api.get("/readyz", user="")[1] == "ok"
