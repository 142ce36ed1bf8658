"""Dry runs of many objects: several at once, and each answer with its object."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.manifests import ManifestsClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.manifest_order import Ref

SETTINGS = [
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"settings-{number}", "namespace": "a"}}
    for number in range(6)
]


class Refused(Exception):
    status = 503
    body = '{"message": "no endpoints available for service \\"webhook\\""}'


def client_of(request) -> ManifestsClient:
    """A client whose cluster answers with what `request` returns for an object's name."""

    def answered(verb, path, body=None, **_):
        return SimpleNamespace(status=200, data=json.dumps(request(json.loads(body)["metadata"]["name"])))

    kind = SimpleNamespace(path=lambda name, namespace: f"/api/v1/namespaces/{namespace}/configmaps/{name}")
    api = SimpleNamespace(resource=lambda *_: kind, client=SimpleNamespace(request=answered))
    return ManifestsClient(
        SimpleNamespace(api=api),
        ref_of=Ref.of,
        ref_from_text=Ref.from_text,
        manager="a",
        inventory=("kube-system", "a"),
        wait_timeout=1,
    )


def test_two_are_asked_for_at_once() -> None:
    together = threading.Barrier(2, timeout=20)
    client = client_of(lambda name: {"name": name, "place": together.wait()})
    foretold = client.foretell(SETTINGS)
    assert [answer["name"] for answer in foretold] == [manifest["metadata"]["name"] for manifest in SETTINGS]
    assert client.calls == len(SETTINGS)


def test_what_cannot_be_said_is_none_and_the_others_are_told() -> None:
    def request(name: str) -> dict:
        if name == "settings-3":
            raise Refused
        return {"name": name}

    foretold = client_of(request).foretell(SETTINGS)
    assert [answer and answer["name"] for answer in foretold] == [
        "settings-0",
        "settings-1",
        "settings-2",
        None,
        "settings-4",
        "settings-5",
    ]


def test_a_kind_that_was_refused_is_not_waited_for() -> None:
    def request(name: str) -> dict:
        raise Refused

    client = client_of(request)
    client.apply_objects(SETTINGS)
    client.await_kinds([Ref.of(manifest) for manifest in SETTINGS])
    assert len(client.refused) == len(SETTINGS)
