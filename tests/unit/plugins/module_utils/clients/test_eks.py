"""Which refusals of EKS pass by themselves."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients import waiting
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks import EksClusterClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

NEW_ROLE = "Role with arn: arn:aws:iam::123456789012:role/new could not be assumed because it does not exist"
NEW_POLICY = "The provided role doesn't have the Amazon EKS Managed Policies associated with it."


class Eks:
    """Refuses with each of the messages once, then makes the cluster."""

    def __init__(self, *messages: str) -> None:
        self.messages = list(messages)
        self.made: list[str] = []

    def create_cluster(self, name: str) -> None:
        if self.messages:
            error = {"Code": "InvalidParameterException", "Message": self.messages.pop(0)}
            raise ClientError({"Error": error}, "CreateCluster")
        self.made.append(name)


def test_a_role_that_is_new_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting.time, "sleep", lambda seconds: None)
    eks = Eks(NEW_ROLE, NEW_POLICY)
    EksClusterClient(eks).create_cluster({"name": "kubeflow"})
    assert eks.made == ["kubeflow"]


def test_a_fault_that_stays_is_told_at_once() -> None:
    with pytest.raises(ServiceError, match="subnets"):
        EksClusterClient(Eks("The subnets are in one availability zone")).create_cluster({"name": "kubeflow"})
