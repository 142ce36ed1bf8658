"""aws-auth as a ConfigMap: written with the version that was read, decided anew after a conflict, former texts kept."""

from __future__ import annotations

import json

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_auth_map import (
    FORMER_TEXTS,
    AwsAuthClient,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import CONFLICT
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal, ServiceError
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.aws_auth import WantedMapping, edits

ROLE = "arn:aws:iam::123456789012:role/pm"
NODES = "- rolearn: arn:aws:iam::123456789012:role/nodes\n  groups: [system:nodes]\n"


class Cluster:
    """A ConfigMap in memory; `others` are written by somebody else right before our writes, one each."""

    def __init__(self, data=None, others=()):
        self.found = None if data is None else self.version(data, 1)
        self.others = list(others)
        self.written = []

    @staticmethod
    def version(data, number, annotations=None):
        metadata = {"name": "aws-auth", "namespace": "kube-system", "resourceVersion": str(number), "uid": "u"}
        return {"metadata": {**metadata, "annotations": annotations or {}}, "data": data}

    def read_object(self, kind, name, namespace):
        return self.found

    def create_object(self, manifest):
        if self.others:
            self.found = self.version(self.others.pop(0), 1)
            raise ServiceError("conflict", code=CONFLICT)
        self.found = self.version(manifest["data"], 1)
        self.written.append(manifest)

    def replace_object(self, manifest):
        if self.others:
            self.found = self.version(self.others.pop(0), int(self.found["metadata"]["resourceVersion"]) + 1)
        if manifest["metadata"]["resourceVersion"] != self.found["metadata"]["resourceVersion"]:
            raise ServiceError("conflict", code=CONFLICT)
        number = int(self.found["metadata"]["resourceVersion"]) + 1
        self.found = self.version(manifest["data"], number, manifest["metadata"]["annotations"])
        self.written.append(manifest)


def client(cluster):
    return AwsAuthClient(cluster, edits, sleep=lambda seconds: None)


def wanted(name="pm", **options):
    return WantedMapping(f"arn:aws:iam::123456789012:role/{name}", groups=(name,), **options)


def test_other_keys_and_sections_stay_to_the_byte():
    data = {"mapRoles": NODES, "mapUsers": "[]  # nobody\n", "mapAccounts": "- '1'\n", "else": "x"}
    cluster = Cluster(data)
    client(cluster).change_aws_auth(wanted())
    after = cluster.found["data"]
    assert after.pop("mapRoles") == f"{NODES}- rolearn: {ROLE}\n  groups:\n  - pm\n"
    assert after == {key: text for key, text in data.items() if key != "mapRoles"}


def test_the_former_texts_are_kept_newest_first_and_five_of_them():
    cluster = Cluster({"mapRoles": NODES})
    for number in range(7):
        client(cluster).change_aws_auth(wanted(f"r{number}"))
    former = json.loads(cluster.found["metadata"]["annotations"][FORMER_TEXTS])
    assert len(former) == 5
    assert "role/r5" in former[0]["mapRoles"]
    assert "role/r6" not in former[0]["mapRoles"]


def test_after_a_conflict_the_change_is_decided_anew():
    theirs = {"mapRoles": NODES + "- rolearn: arn:aws:iam::123456789012:role/theirs\n"}
    cluster = Cluster({"mapRoles": NODES}, others=[theirs])
    client(cluster).change_aws_auth(wanted())
    assert "role/theirs" in cluster.found["data"]["mapRoles"]
    assert ROLE in cluster.found["data"]["mapRoles"]


def test_a_missing_aws_auth_is_made_and_a_rival_who_made_it_is_not_overwritten():
    cluster = Cluster(others=[{"mapRoles": NODES}])
    client(cluster).change_aws_auth(wanted())
    assert cluster.found["data"]["mapRoles"].startswith(NODES)
    assert ROLE in cluster.found["data"]["mapRoles"]


def test_nothing_is_written_when_nothing_changes():
    cluster = Cluster({"mapRoles": f"- {{rolearn: '{ROLE}', groups: [pm]}}"})
    client(cluster).change_aws_auth(wanted())
    assert cluster.written == []


@pytest.mark.parametrize("section", ["mapRoles", "mapUsers", "mapAccounts"])
def test_a_malformed_section_is_never_overwritten(section):
    cluster = Cluster({"mapRoles": NODES, section: "- ["})
    with pytest.raises(Refusal, match=section):
        client(cluster).change_aws_auth(wanted())
    assert cluster.written == []


def test_a_writer_that_never_gets_through_says_so():
    cluster = Cluster({"mapRoles": NODES}, others=[{"mapRoles": NODES}] * 100)
    with pytest.raises(ServiceError, match="changed by others 60 times"):
        client(cluster).change_aws_auth(wanted())
