# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many objects of any kind: read by kind and namespace, foretold together, applied one by one, removed until they are gone.

A refused object does not stop the others: it is remembered, because webhooks refuse until their own pods are up.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import (
    KubernetesClient,
    ResourceNotFoundError,
    is_transport,
    spoken,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.waiting import wait_until
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

APPLY = "application/apply-patch+yaml"
INVENTORY_KEY, ADOPTED_KEY = "objects", "adopted"
GONE = {404, 410}
DRY_RUNS_AT_ONCE = 8
"""A run that changes nothing asks for hundreds, and does little else than wait for the cluster and its webhooks."""

Object = Mapping[str, Any]


class ManifestsClient:
    """References have `api_version`, `kind`, `namespace` and `name`; `ref_of` and `ref_from_text` make them.

    `refused` is what Kubernetes said to objects that it would not take; `calls` counts the requests.
    """

    def __init__(
        self,
        cluster: KubernetesClient,
        *,
        ref_of: Callable[[Object], Any],
        ref_from_text: Callable[[str], Any],
        manager: str,
        inventory: tuple[str, str],
        wait_timeout: float,
        progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._cluster = cluster
        self._ref_of, self._ref_from_text = ref_of, ref_from_text
        self._manager, self._inventory = manager, inventory
        self._wait_timeout, self._progress = wait_timeout, progress
        self.refused: list[str] = []
        self._refused_refs: set[Any] = set()
        self.calls = 0
        self._counting = threading.Lock()

    def read_live(self, refs: Iterable[Any]) -> dict[tuple[str, ...], Object]:
        """Those of the objects that are there, by identity; one list for each kind and namespace."""
        # In the version that is asked for: another one of the same object would look like a change.
        wanted = {ref.identity: ref.api_version for ref in reversed(list(refs))}
        places = dict.fromkeys((ref.api_version, ref.kind, ref.namespace) for ref in refs)
        live = {}
        for api_version, kind, namespace in places:
            for item in self._list(api_version, kind, namespace):
                manifest = {**item, "apiVersion": api_version, "kind": kind}
                identity = self._ref_of(manifest).identity
                if wanted.get(identity) == api_version:
                    live[identity] = manifest
        return live

    def foretell(self, manifests: Sequence[Object]) -> list[Object | None]:
        """What each object would be once applied, None where Kubernetes cannot say."""
        with ThreadPoolExecutor(DRY_RUNS_AT_ONCE) as pool:
            answers = list(pool.map(lambda manifest: self._apply(manifest, dry_run=True), manifests))
        return [answer if status < 300 else None for status, answer in answers]

    def read_inventory(self) -> tuple[list[Any], list[Any]] | None:
        """What was ever applied, and what of it was there before; None when nothing was applied."""
        found = self._config_map()
        if found is None:
            return None
        data = found.get("data") or {}
        known, adopted = (data.get(key, "").splitlines() for key in (INVENTORY_KEY, ADOPTED_KEY))
        return [*map(self._ref_from_text, known)], [*map(self._ref_from_text, adopted)]

    def record_objects(self, refs: Sequence[Any], adopted: Sequence[Any]) -> None:
        """Add objects to the inventory, those that are adopted also as what was there before; the others no more."""
        known, adopted_before = self._inventory_without(refs)
        self._write_inventory([*known, *refs], [*adopted_before, *adopted])

    def forget_objects(self, refs: Sequence[Any]) -> None:
        """Take objects out of the inventory, and the inventory away with the last of them."""
        known, adopted = self._inventory_without(refs)
        if known:
            self._write_inventory(known, adopted)
        else:
            self._delete(self._inventory_ref())

    def apply_objects(self, manifests: Sequence[Object]) -> None:
        """Apply each; what is refused is remembered."""
        for number, manifest in enumerate(manifests, 1):
            status, answer = self._apply(manifest, dry_run=False)
            ref = self._ref_of(manifest)
            if status >= 300:
                self.refused.append(f"{ref.label}: {_message(status, answer)}")
                self._refused_refs.add(ref)
            self._progress(f"{number} of {len(manifests)}: {ref.label}, {status}")

    def await_kinds(self, refs: Sequence[Any]) -> None:
        """Wait until Kubernetes serves the kinds; for one that it has refused nobody need wait."""
        taken = [ref for ref in refs if ref not in self._refused_refs]

        def pending() -> list[str]:
            live = self.read_live(taken)
            return [ref.name for ref in taken if not _is_established(live.get(ref.identity) or {})]

        self._wait_for_none(pending, "The new kinds", "`kubectl describe crd` says what is wrong with them.")

    def delete_objects(self, refs: Sequence[Any]) -> None:
        """Remove each, and wait until all are gone."""
        for ref in refs:
            self._delete(ref)

        def pending() -> list[str]:
            live = self.read_live(refs)
            return [ref.label for ref in refs if ref.identity in live]

        self._wait_for_none(
            pending,
            "Removing objects",
            "Finalizers keep them: the controllers that they name must run, or be helped by hand.",
        )

    def _wait_for_none(self, pending: Callable[[], list[str]], what: str, remedy: str) -> None:
        wait_until(
            pending,
            lambda left: not left,
            what=what,
            timeout=self._wait_timeout,
            state=lambda left: f"waiting for {len(left)} ({', '.join(left[:5])})",
            remedy=remedy,
            progress=self._progress,
        )

    def _apply(self, manifest: Object, dry_run: bool) -> tuple[int, Object]:
        query = [("fieldManager", self._manager), ("force", "true")]
        query += [("dryRun", "All")] if dry_run else []
        return self._request("patch", self._ref_of(manifest), query, json.dumps(manifest))

    def _delete(self, ref: Any) -> None:
        status, answer = self._request("delete", ref, [("propagationPolicy", "Background")])
        if status >= 300 and status not in GONE:
            self.refused.append(f"{ref.label}: {_message(status, answer)}")

    def _list(self, api_version: str, kind: str, namespace: str) -> list[Object]:
        status, answer = self._request("get", self._place(api_version, kind, namespace))
        if status in GONE:
            return []
        if status >= 300:
            raise ServiceError(f"Cannot list {kind} in {namespace or 'the cluster'}: {_message(status, answer)}.")
        return answer.get("items") or []

    def _config_map(self) -> Object | None:
        status, answer = self._request("get", self._inventory_ref())
        if status >= 300 and status not in GONE:
            raise ServiceError(f"Cannot read the inventory {'/'.join(self._inventory)}: {_message(status, answer)}.")
        return answer if status < 300 else None

    def _inventory_without(self, refs: Iterable[Any]) -> tuple[list[Any], list[Any]]:
        leaving = {ref.identity for ref in refs}
        known, adopted = (
            [ref for ref in part if ref.identity not in leaving] for part in self.read_inventory() or ((), ())
        )
        return known, adopted

    def _write_inventory(self, known: Iterable[Any], adopted: Iterable[Any]) -> None:
        namespace, name = self._inventory
        lists = {INVENTORY_KEY: known, ADOPTED_KEY: adopted}
        lines = {key: sorted({str(ref) for ref in refs}) for key, refs in lists.items()}
        manifest = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": {"app.kubernetes.io/managed-by": self._manager},
            },
            "data": {key: "".join(f"{line}\n" for line in refs) for key, refs in lines.items() if refs},
        }
        status, answer = self._apply(manifest, dry_run=False)
        if status >= 300:
            raise ServiceError(f"Cannot write the inventory {namespace}/{name}: {_message(status, answer)}.")

    def _inventory_ref(self) -> Any:
        namespace, name = self._inventory
        return self._place("v1", "ConfigMap", namespace, name)

    def _place(self, api_version: str, kind: str, namespace: str, name: str | None = None) -> Any:
        metadata = {"namespace": namespace, "name": name}
        return self._ref_of({"apiVersion": api_version, "kind": kind, "metadata": metadata})

    def _request(
        self, verb: str, ref: Any, query: Sequence[tuple[str, str]] = (), body: str | None = None
    ) -> tuple[int, Object]:
        """Kubernetes' status and answer; 404 for a kind that it does not know."""

        def asked() -> tuple[int, Object]:
            try:
                kind = self._cluster.api.resource(ref.kind, ref.api_version)
                path = kind.path(name=ref.name, namespace=ref.namespace or None)
                with self._counting:
                    self.calls += 1
                answer = self._cluster.api.client.request(
                    verb, path, body=body, content_type=APPLY, query_params=list(query), serialize=False
                )
                return answer.status, json.loads(answer.data or b"{}")
            except ResourceNotFoundError:
                return 404, {"message": f"the cluster does not know {ref.api_version} {ref.kind}"}
            except Exception as error:
                status = getattr(error, "status", None)
                if is_transport(error) or not isinstance(status, int) or status == 401:
                    raise
                return status, _parsed(getattr(error, "body", None))

        return spoken(f"{verb} {ref.label}", asked)


def _is_established(definition: Object) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or ()
    return any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions)


def _parsed(body: Any) -> Object:
    try:
        answer = json.loads(body)
        return answer if isinstance(answer, dict) else {}
    except (TypeError, ValueError):
        return {"message": str(body or "")}


def _message(status: int, answer: Object) -> str:
    return f"{status} {answer.get('message') or answer.get('reason') or ''}".strip()
