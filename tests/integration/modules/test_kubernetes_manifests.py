"""kubernetes_manifests in a cluster where others have been before, and where controllers write what was applied.

The API is the project's emulator, or with KUBEBUILDER_ASSETS a real kube-apiserver.
"""

from __future__ import annotations

import os

import pytest

from sandbox.kubernetes import client as sandbox_client
from sandbox.kubernetes.backend import admin_kubeconfig, choose, open_backend

THEIRS = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cert-manager"}}
NAMESPACE = {**THEIRS, "metadata": {"name": "cert-manager", "labels": {"istio-injection": "disabled"}}}
SETTINGS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "cert-manager"},
    "data": {"a": "1"},
}
SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kubeflow", "labels": {"a": "b"}}}
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
INVENTORY = "/api/v1/namespaces/kube-system/configmaps/manifests"


def nobody(token):
    raise PermissionError("only the administrator's token is known here")


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    backend = open_backend("manifests", nobody, choose(os.environ), tmp_path_factory.mktemp("kubernetes"))
    backend.start()
    yield backend
    backend.stop()


@pytest.fixture(scope="module")
def kubernetes(api):
    return sandbox_client.KubernetesClient(api.url, api.ca_pem, api.admin_token)


@pytest.fixture
def manifests(api, run_module, tmp_path):
    """`manifests(*definitions, **options)` runs the module, which must not fail."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(admin_kubeconfig(api))

    def run(*definitions, **options):
        given = {"definitions": list(definitions)} if definitions else {}
        result = run_module(
            "kubernetes_manifests", kubeconfig=str(kubeconfig), inventory="manifests", **given, **options
        )
        assert not result.get("failed"), result
        assert result["refused"] == []
        return result

    return run


def webhook(name: str, path: str, **fields) -> dict:
    service = {"name": "webhook", "namespace": "kubeflow", "path": path}
    hook = {
        "name": name,
        "clientConfig": {"service": service},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [{**hook, **fields}],
    }


def rule(*kinds: str) -> dict:
    return {"apiGroups": ["a.io"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": list(kinds)}


def test_what_was_there_before_outlives_absent(manifests, kubernetes):
    kubernetes.create("/api/v1/namespaces", THEIRS)
    announced = manifests(NAMESPACE, SETTINGS, SPACE, check=True)
    assert announced["changed"] and announced["adopted"] == ["Namespace cert-manager"]
    assert manifests(NAMESPACE, SETTINGS, SPACE)["adopted"] == ["Namespace cert-manager"]
    again = manifests(NAMESPACE, SETTINGS, SPACE)
    assert not again["changed"] and again["adopted"] == ["Namespace cert-manager"]

    for _time in ("at first", "and after it was installed again, with our fields on it"):
        gone = manifests(state="absent")
        assert gone["changed"] and gone["adopted"] == ["Namespace cert-manager"]
        assert sorted(gone["diff"]["before"]) == ["ConfigMap cert-manager/settings", "Namespace kubeflow"]
        assert not manifests(state="absent")["changed"]
        assert kubernetes.get("/api/v1/namespaces/cert-manager")["status"]["phase"] == "Active"
        assert kubernetes.get(INVENTORY)["data"] == dict.fromkeys(("objects", "adopted"), "v1 Namespace cert-manager\n")
        manifests(NAMESPACE, SETTINGS, SPACE)


def test_what_controllers_write_into_their_webhooks_stays(manifests, kubernetes):
    istio = webhook("rev.validation.istio.io", "/validate", failurePolicy="Ignore", rules=[rule("*")])
    knative = webhook("config.webhook.serving.knative.dev", "/config", failurePolicy="Fail", rules=[rule("b", "c")])
    assert manifests(istio, knative)["changed"]
    assert not manifests(istio, knative)["changed"]

    excluded = {"matchExpressions": [{"key": "webhooks.knative.dev/exclude", "operator": "DoesNotExist"}]}
    written = {
        "rev.validation.istio.io": {"failurePolicy": "Fail"},
        "config.webhook.serving.knative.dev": {"rules": [rule("b"), rule("c")], "namespaceSelector": excluded},
    }
    for name, fields in written.items():
        live = kubernetes.get(f"{WEBHOOKS}/{name}")
        live["webhooks"][0].update(fields)
        kubernetes.replace(f"{WEBHOOKS}/{name}", live)
    assert not manifests(istio, knative)["changed"]

    newer = webhook("rev.validation.istio.io", "/newer", failurePolicy="Ignore", rules=[rule("*")])
    assert list(manifests(newer, knative)["diff"]["after"]) == [
        "ValidatingWebhookConfiguration rev.validation.istio.io"
    ]
    (hook,) = kubernetes.get(f"{WEBHOOKS}/rev.validation.istio.io")["webhooks"]
    assert (hook["clientConfig"]["service"]["path"], hook["failurePolicy"]) == ("/newer", "Fail")


def test_a_field_of_a_webhook_that_no_controller_writes_is_set_back(manifests, kubernetes):
    katib = webhook("validator.katib.kubeflow.org", "/validate", failurePolicy="Fail", rules=[rule("*")])
    manifests(katib)
    live = kubernetes.get(f"{WEBHOOKS}/validator.katib.kubeflow.org")
    live["webhooks"][0]["failurePolicy"] = "Ignore"
    kubernetes.replace(f"{WEBHOOKS}/validator.katib.kubeflow.org", live)
    assert manifests(katib)["changed"]
    assert kubernetes.get(f"{WEBHOOKS}/validator.katib.kubeflow.org")["webhooks"][0]["failurePolicy"] == "Fail"
