"""Where a user's receipt is kept: on his own Profile, or on a ConfigMap of the function's own when he has none.

Every write is guarded: it succeeds only while the receipt is still the one that was read, whatever others (the profile
controller, for one) do to the rest of the object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .cluster import Cluster, Object
from .deadline import Deadline
from .errors import Conflict, Refused
from .names import own_profile_names, user_label
from .objects import RECEIPT_ANNOTATION, annotations, is_ours, own_profile, owner_of, receipt_map
from .receipt import Receipt
from .resources import CONFIG_MAPS, PROFILES, Resource

WRITE_ATTEMPTS = 5


@dataclass(frozen=True)
class Carrier:
    """An object that holds, or will hold, the receipt; `found` is None until it exists."""

    resource: Resource
    name: str
    namespace: str
    found: Object | None
    make: Callable[[str], Object]

    @property
    def receipt(self) -> Receipt | None:
        return Receipt.from_text(self._text())

    def write(self, cluster: Cluster, deadline: Deadline, receipt: Receipt) -> Carrier:
        """The carrier with this receipt on it; Conflict when another run has written one meanwhile."""
        if self.found is None:
            made, how = cluster.create(deadline, self.resource, self.make(receipt.text()))
            if how == "created":
                return replace(self, found=made)
            if how == "nowhere":
                raise Refused(f"no place for {self.resource.plural}: receiptNamespace or the CRD is missing", 404)
            raise Conflict(f"{self.resource.kind} has appeared meanwhile", 409)
        carrier = self
        for _attempt in range(WRITE_ATTEMPTS):
            try:
                notes = {RECEIPT_ANNOTATION: receipt.text()}
                made = cluster.annotate(deadline, self.resource, carrier.found or {}, notes)
                return replace(self, found=made)
            except Conflict:
                carrier = carrier.read(cluster, deadline)
                if carrier.found is None or carrier._text() != self._text():
                    raise
        raise Conflict(f"{self.resource.kind} keeps changing", 409)

    def read(self, cluster: Cluster, deadline: Deadline) -> Carrier:
        return replace(self, found=cluster.get(deadline, self.resource, self.name, self.namespace))

    def _text(self) -> str | None:
        return annotations(self.found or {}).get(RECEIPT_ANNOTATION)


def find_carrier(cluster: Cluster, deadline: Deadline, user: str, email: str, settings: Any) -> Carrier | None:
    """None when there is no place for a receipt: then every login looks at the cluster."""
    carrier = None
    if settings.personal_profile != "none":
        carrier = _on_own_profile(cluster, deadline, user, email, settings)
    return carrier or _on_config_map(cluster, deadline, email, settings)


def _on_own_profile(cluster: Cluster, deadline: Deadline, user: str, email: str, settings: Any) -> Carrier | None:
    """None when the user's Profile was made by somebody else: it is his, and stays as it is."""
    free = ""
    for name in own_profile_names(settings.personal_prefix, user, email):
        found = cluster.get(deadline, PROFILES, name)
        if found is None:
            free = free or name
        elif owner_of(found) == email:
            return Carrier(PROFILES, name, "", found, lambda text: {}) if is_ours(found) else None
    return Carrier(PROFILES, free, "", None, lambda text: own_profile(free, email, settings, text)) if free else None


def _on_config_map(cluster: Cluster, deadline: Deadline, email: str, settings: Any) -> Carrier | None:
    namespace = settings.receipt_namespace
    if not namespace:
        return None
    name = f"receipt-{user_label(email)}"
    found = cluster.get(deadline, CONFIG_MAPS, name, namespace)
    if found is not None and not is_ours(found):
        return None
    return Carrier(CONFIG_MAPS, name, namespace, found, lambda text: receipt_map(namespace, name, email, text))
