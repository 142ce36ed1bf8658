"""In which wave an object is applied, and in which order it goes."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.manifest_order import (
    FOUNDATION,
    KINDS,
    NAMESPACES,
    REST,
    Ref,
    called_namespaces,
    objects_of,
    of_wave,
    removal_groups,
    wave_of,
)

ISTIO = ("istio-system", "cert-manager")


def manifest(text: str, **more) -> dict:
    ref = Ref.from_text(text)
    metadata = {"name": ref.name, **({"namespace": ref.namespace} if ref.namespace else {})}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, **more}


def hook(name: str, *namespaces: str) -> dict:
    webhooks = [{"clientConfig": {"service": {"name": "s", "namespace": namespace}}} for namespace in namespaces]
    return manifest(
        f"admissionregistration.k8s.io/v1 MutatingWebhookConfiguration {name}",
        webhooks=[*webhooks, {"clientConfig": {}}],
    )


WAVES = {
    "a kind": (manifest("apiextensions.k8s.io/v1 CustomResourceDefinition a.b"), KINDS),
    "a namespace": (manifest("v1 Namespace kubeflow"), NAMESPACES),
    "somebody's own kind of namespace": (manifest("example.com/v1 Namespace kubeflow"), REST),
    "a role of the cluster": (manifest("rbac.authorization.k8s.io/v1 ClusterRole a"), FOUNDATION),
    "a pod of Istio": (manifest("apps/v1 Deployment istio-system/istiod"), FOUNDATION),
    "a pod of Kubeflow": (manifest("apps/v1 Deployment kubeflow/dashboard"), REST),
    "a rule of Istio's": (manifest("security.istio.io/v1 AuthorizationPolicy istio-system/a"), REST),
    "a new kind that only looks built in": (manifest("jobset.x-k8s.io/v1 JobSet istio-system/a"), REST),
    "Istio's webhook": (hook("istio", "istio-system"), FOUNDATION),
    "Katib's webhook": (hook("katib", "kubeflow"), REST),
    "a webhook that calls both": (hook("both", "kubeflow", "istio-system"), REST),
    "a webhook outside": (hook("outside"), REST),
}


@pytest.mark.parametrize("case", WAVES)
def test_the_wave_of(case):
    obj, wave = WAVES[case]
    assert wave_of(Ref.of(obj), called_namespaces(obj), ISTIO) == wave


def test_all_waves_together_are_everything_once():
    every = [obj for obj, _ in WAVES.values()]
    waves = [of_wave(every, wave, ISTIO) for wave in (KINDS, NAMESPACES, FOUNDATION, REST)]
    assert [obj for wave in waves for obj in wave] == of_wave(every, None, ISTIO)
    assert sorted(map(repr, of_wave(every, None, ISTIO))) == sorted(map(repr, every))


def test_webhooks_come_after_pods_and_new_kinds_last():
    every = [manifest("a.io/v1 Custom k/c"), hook("katib", "kubeflow"), manifest("apps/v1 Deployment kubeflow/katib")]
    kinds = [obj["kind"] for obj in of_wave(every, REST, ISTIO)]
    assert kinds == ["Deployment", "MutatingWebhookConfiguration", "Custom"]


def test_webhooks_go_first_and_controllers_last():
    refs = [Ref.from_text(text) for text in (
        "v1 ConfigMap k/first", "apps/v1 Deployment k/second", "a.io/v1 Custom k/c",
        "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration w",
    )]  # fmt: skip
    assert [[ref.name for ref in group] for group in removal_groups(refs)] == [["w"], ["c"], ["second", "first"]]
    assert removal_groups([]) == []


TEXTS = ["v1 Namespace kubeflow", "apps/v1 Deployment kubeflow/dashboard", "a.io/v1beta1 Custom k/with.dots"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_reference_survives_being_written(text):
    assert str(Ref.from_text(text)) == text


def test_an_object_is_the_same_in_every_version():
    old, new = Ref.from_text("a.io/v1beta1 Custom k/c"), Ref.from_text("a.io/v1 Custom k/c")
    assert old != new and old.identity == new.identity


def test_a_stream_is_read_as_kubernetes_would():
    crd = manifest(
        "apiextensions.k8s.io/v1 CustomResourceDefinition things.a.io",
        spec={"group": "a.io", "scope": "Cluster", "names": {"kind": "Thing"}},
    )
    role = manifest("rbac.authorization.k8s.io/v1 ClusterRole kubeflow/a")
    inside = {"apiVersion": "v1", "kind": "List", "items": [manifest("v1 ConfigMap kubeflow/c"), role]}
    found = objects_of([None, crd, manifest("a.io/v1 Thing kubeflow/t"), inside])
    assert [str(Ref.of(obj)).split(" ", 1)[1] for obj in found] == [
        "CustomResourceDefinition things.a.io", "Thing t", "ConfigMap kubeflow/c", "ClusterRole a",
    ]  # fmt: skip
    assert role["metadata"]["namespace"] == "kubeflow", "what came is not edited"


@pytest.mark.parametrize(("authority", "applied"), [("", {}), ("Q0E=", {"caBundle": "Q0E="})])
def test_an_empty_authority_of_a_webhook_is_left_to_who_writes_it(authority, applied):
    webhook = hook("poddefaults")
    webhook["webhooks"] = [{"clientConfig": {"caBundle": authority}}]
    (found,) = objects_of([webhook])
    assert found["webhooks"] == [{"clientConfig": applied}]


def test_the_rules_of_an_aggregated_role_are_left_to_the_cluster():
    role = manifest("rbac.authorization.k8s.io/v1 ClusterRole kubeflow-admin", rules=[])
    aggregated = {**role, "aggregationRule": {"clusterRoleSelectors": []}}
    assert ["rules" in found for found in objects_of([role, aggregated])] == [True, False]
