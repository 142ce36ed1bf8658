# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done for an OpenID Connect provider of IAM, such as the issuer of a cluster's service account tokens.

Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import tag_calls, tag_changes


@dataclass(frozen=True)
class WantedOidcProvider:
    """The provider as its user wants it; None is "not given, not touched"."""

    url: str
    client_ids: Sequence[str] | None = None
    purge_client_ids: bool = False
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    announced_only: bool = False


def present(current: Mapping[str, Any] | None, wanted: WantedOidcProvider) -> Plan:
    """Make IAM trust the issuer, or change whom it trusts tokens for."""
    if not wanted.url.startswith("https://") and not (wanted.announced_only and wanted.url == UNKNOWN):
        raise Refusal(f"url is {wanted.url}: IAM trusts issuers by https:// only. Give the issuer of the tokens.")
    return _created(wanted) if current is None else _updated(current, wanted)


def absent(current: Mapping[str, Any] | None, wanted: WantedOidcProvider) -> Plan:
    """Remove the provider."""
    if current is None:
        return Plan(None, None)
    return Plan(current, None, (Call("delete_provider", {"arn": current["arn"]}),))


def _created(wanted: WantedOidcProvider) -> Plan:
    tags = tag_changes({}, wanted.tags, False).after
    client_ids = sorted(wanted.client_ids or ())
    after = {"arn": UNKNOWN, "url": wanted.url, "client_ids": client_ids, "tags": tags}
    request = {"url": wanted.url, "client_ids": client_ids, "tags": tags}
    return Plan(None, after, (Call("create_provider", request),))


def _updated(provider: Mapping[str, Any], wanted: WantedOidcProvider) -> Plan:
    arn = provider["arn"]
    client_ids = list(provider["client_ids"])
    calls = []
    for client_id in sorted(set(wanted.client_ids or ()) - set(client_ids)):
        calls.append(Call("add_client_id", {"arn": arn, "client_id": client_id}))
        client_ids.append(client_id)
    if wanted.client_ids is not None and wanted.purge_client_ids:
        for client_id in sorted(set(client_ids) - set(wanted.client_ids)):
            calls.append(Call("remove_client_id", {"arn": arn, "client_id": client_id}))
            client_ids.remove(client_id)
    tags = tag_changes(provider["tags"], wanted.tags, wanted.purge_tags)
    after = {**provider, "client_ids": sorted(client_ids), "tags": tags.after}
    return Plan(provider, after, (*calls, *tag_calls(arn, tags)))
