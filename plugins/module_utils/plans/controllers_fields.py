# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which fields of webhooks the controllers that answer them write, once they run: ours would take them back each time.

They are applied when a webhook is made, and as long as they are as we have applied them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.manifest_order import Ref, is_webhook
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.manifests import owned

WRITTEN = {
    # istiod makes Fail of Ignore when it is ready.
    ("ValidatingWebhookConfiguration", "validation.istio.io"): ("failurePolicy",),
    # Knative puts one rule for each of its kinds in place of one for all, and spares the namespaces that ask for it.
    ("MutatingWebhookConfiguration", "knative.dev"): ("rules", "namespaceSelector"),
    ("ValidatingWebhookConfiguration", "knative.dev"): ("rules", "namespaceSelector"),
}
"""The fields, by the kind and the domain of the webhook's name."""


def left_to_controllers(manifest: Mapping[str, Any], live: Mapping[str, Any] | None, manager: str) -> Mapping[str, Any]:
    """The manifest without the fields that a controller has written into what is there."""
    if live is None or not is_webhook(Ref.of(manifest)):
        return manifest
    there = {hook["name"]: hook for hook in live.get("webhooks") or ()}
    webhooks = []
    for hook in manifest.get("webhooks") or ():
        written = _written(manifest["kind"], hook["name"]) & there.get(hook["name"], {}).keys()
        left = written - _owned_fields(live, hook["name"], manager)
        webhooks.append({key: value for key, value in hook.items() if key not in left})
    return {**manifest, "webhooks": webhooks}


def _written(kind: str, name: str) -> set[str]:
    domains = [(domain, fields) for (of_kind, domain), fields in WRITTEN.items() if of_kind == kind]
    return {field for domain, fields in domains for field in fields if f".{name}".endswith(f".{domain}")}


def _owned_fields(live: Mapping[str, Any], name: str, manager: str) -> set[str]:
    """The fields of a webhook that are as the manager has applied them."""
    key = f"k:{json.dumps({'name': name}, separators=(',', ':'))}"
    fields = [((entry or {}).get("f:webhooks") or {}).get(key) or {} for entry in owned(live, manager)]
    return {field.removeprefix("f:") for entry in fields for field in entry}
