"""All clusters of the account, and what happens outside of AWS when one comes, goes, or gets nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.aws.calls import Call, refuse
from sandbox.aws.eks.records import ClusterRecord
from sandbox.pace import Pace


class KubernetesHandle(Protocol):
    """The Kubernetes API of one cluster; `url` and `ca_pem` are read after `start` has returned."""

    url: str
    ca_pem: bytes

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Placeholder:
    """No Kubernetes at all: an address that refuses connections."""

    url = "https://127.0.0.1:1"
    ca_pem = (
        b"-----BEGIN CERTIFICATE-----\nbm8gS3ViZXJuZXRlcyBpcyBiZWhpbmQgdGhpcyBjbHVzdGVy\n-----END CERTIFICATE-----\n"
    )

    def __init__(self, record: ClusterRecord) -> None:
        self.name = record.name

    def start(self) -> None:
        return

    def stop(self) -> None:
        return


@dataclass
class State:
    """The clusters by account, region and name, and the two hooks."""

    pace: Pace
    kubernetes: Callable[[ClusterRecord], KubernetesHandle] = Placeholder
    map_node_role: Callable[[ClusterRecord, str], None] | None = None
    clusters: dict[tuple[str, str, str], ClusterRecord] = field(default_factory=dict)

    def find(self, call: Call, name: str) -> ClusterRecord:
        record = self.clusters.get((call.account, call.region, name))
        if record is None:
            raise refuse("ResourceNotFoundException", f"No cluster found for name: {name}.")
        record.settle()
        return record

    def named(self, name: str) -> ClusterRecord:
        """The cluster of this name in whatever region it is; KeyError when there is none."""
        for record in list(self.clusters.values()):
            if record.name == name:
                record.settle()
                return record
        raise KeyError(name)

    def here(self, call: Call) -> list[ClusterRecord]:
        return [record for key, record in sorted(self.clusters.items()) if key[:2] == (call.account, call.region)]

    def tagged(self, arn: str) -> Any:
        """The cluster, or what belongs to one, with this ARN."""
        for record in list(self.clusters.values()):
            members = (record.node_groups, record.entries, record.addons, record.pod_identities)
            for thing in (record, *(one for kind in members for one in kind.values())):
                if thing.arn == arn:
                    return thing
        raise refuse("NotFoundException", f"Resource was not found: {arn}")
