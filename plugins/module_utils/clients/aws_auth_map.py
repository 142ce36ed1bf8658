# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ConfigMap kube-system/aws-auth: read whole, written with the version that was read, its former texts kept."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import (
    CONFLICT,
    KubernetesClient,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.mapping_text import (
    MappingText,
    account_list,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal, ServiceError

NAME, NAMESPACE = "aws-auth", "kube-system"
SECTIONS = ("mapRoles", "mapUsers")
FORMER_TEXTS = "multitenant.kubeflow/former-texts"
KEPT_TEXTS = 5
KEPT_BYTES = 150_000  # annotations of an object may take 256 KiB in all
ATTEMPTS = 60


class AwsAuthClient:
    """`edits` decides: the lists and the wanted entry -> changes, each with section, index and entry."""

    def __init__(
        self,
        kubernetes: KubernetesClient,
        edits: Callable[[Mapping[str, Any], Any], list[Any]],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.kubernetes = kubernetes
        self.edits = edits
        self.sleep = sleep

    def read_aws_auth(self) -> dict[str, list[Any]] | None:
        """The three lists as values, None when there is no aws-auth; a list that is malformed is a Refusal."""
        found = self.kubernetes.read_object("ConfigMap", NAME, NAMESPACE)
        return None if found is None else lists_of(found.get("data") or {})

    def mentions(self, words: str) -> bool:
        """Whether the text of the document, malformed or not, contains these words in whatever case."""
        found = self.kubernetes.read_object("ConfigMap", NAME, NAMESPACE)
        texts = (found or {}).get("data") or {}
        return any(words.lower() in str(text).lower() for text in texts.values())

    def forget_in_aws_auth(self, wanted: Any) -> None:
        """Take the last thing away after everything else; a document that is malformed still ends the run in an error."""
        try:
            self.change_aws_auth(wanted)
        except Refusal as refusal:
            raise ServiceError(
                f"Everything but the entry of {wanted.arn} in aws-auth is removed. {refusal} "
                "Then run this task again, or take the entry out by hand too.",
                refusal,
            ) from refusal

    def change_aws_auth(self, wanted: Any) -> None:
        """Carry out what `edits` decides about the document as it is now, again whenever another writer was faster."""
        for attempt in range(ATTEMPTS):
            try:
                return self._change(wanted)
            except ServiceError as failure:
                if failure.code != CONFLICT:
                    raise
                self.sleep(random.uniform(0.02, min(0.05 * 2 ** min(attempt, 5), 1.0)))
        raise ServiceError(
            f"ConfigMap {NAMESPACE}/{NAME} was changed by others {ATTEMPTS} times while this task tried to. "
            "Find out who keeps writing it, then run this task again.",
            code=CONFLICT,
        )

    def _change(self, wanted: Any) -> None:
        found = self.kubernetes.read_object("ConfigMap", NAME, NAMESPACE)
        data = dict((found or {}).get("data") or {})
        changes = self.edits(lists_of(data), wanted)
        if not changes:
            return
        after = changed_data(data, changes)
        if found is None:
            self.kubernetes.create_object(_manifest({"name": NAME, "namespace": NAMESPACE}, after))
            return
        metadata = {key: value for key, value in found["metadata"].items() if key != "managedFields"}
        metadata["annotations"] = with_former_text(metadata.get("annotations") or {}, data)
        self.kubernetes.replace_object({**found, **_manifest(metadata, after)})


def lists_of(data: Mapping[str, str]) -> dict[str, list[Any]]:
    """The lists of the document as values; whatever of it is malformed is a Refusal."""
    lists: dict[str, list[Any]] = {
        section: MappingText(section, data.get(section) or "").entries for section in SECTIONS
    }
    lists["mapAccounts"] = account_list(data.get("mapAccounts") or "")
    return lists


def changed_data(data: Mapping[str, str], changes: list[Any]) -> dict[str, str]:
    """The ConfigMap's data after the changes; sections without changes stay to the byte."""
    after = dict(data)
    for section in SECTIONS:
        own = [(change.index, change.entry) for change in changes if change.section == section]
        if own:
            after[section] = MappingText(section, data.get(section) or "").changed(own)
    return after


def with_former_text(annotations: Mapping[str, str], data: Mapping[str, str]) -> dict[str, str]:
    """The annotations with the data as it was put before the last ones, the newest first."""
    try:
        former = json.loads(annotations.get(FORMER_TEXTS, "[]"))
    except ValueError:
        former = []
    kept = [dict(data), *former][:KEPT_TEXTS]
    while len(kept) > 1 and len(json.dumps(kept)) > KEPT_BYTES:
        kept.pop()
    return {**annotations, FORMER_TEXTS: json.dumps(kept, separators=(",", ":"))}


def _manifest(metadata: Mapping[str, Any], data: Mapping[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": dict(metadata), "data": dict(data)}
