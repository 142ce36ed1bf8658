"""Which calls give a service account its role, and whose roles are left alone."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import oidc_provider, pod_identity
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.oidc_provider import WantedOidcProvider
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.pod_identity import WantedPodIdentity

THERE = {
    "cluster_name": "k",
    "namespace": "n",
    "service_account": "s",
    "association_id": "a-1",
    "arn": "arn:a",
    "role_arn": "arn:r",
    "target_role_arn": "",
    "disable_session_tags": False,
    "owner_arn": "",
    "tags": {},
}
NONE = {"cluster_status": "ACTIVE", "association": None}


def current(**changes):
    return {"cluster_status": "ACTIVE", "association": {**THERE, **changes}}


def wanted(**options):
    return WantedPodIdentity("k", "n", "s", **options)


CASES = {
    "nothing given": (current(), wanted(), []),
    "the same": (current(), wanted(role_arn="arn:r", disable_session_tags=False), []),
    "new": (NONE, wanted(role_arn="arn:r"), ["create_association"]),
    "another role": (current(), wanted(role_arn="arn:q"), ["update_association"]),
    "tagged": (current(), wanted(tags={"a": "1"}), ["add_tags"]),
    "an add-on's, as it is": (current(owner_arn="arn:addon"), wanted(role_arn="arn:r"), []),
}


@pytest.mark.parametrize("case", CASES)
def test_the_calls_for(case):
    before, options, methods = CASES[case]
    assert [call.method for call in pod_identity.present(before, options).calls] == methods


REFUSED = {
    "no role": (NONE, wanted(), "give role_arn"),
    "no cluster": ({**NONE, "cluster_status": None}, wanted(role_arn="r"), "There is no cluster k"),
    "an add-on's": (current(owner_arn="arn:addon"), wanted(role_arn="arn:q"), "belongs to the add-on arn:addon"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_explained(case):
    before, options, message = REFUSED[case]
    with pytest.raises(Refusal, match=message):
        pod_identity.present(before, options)


def test_an_association_is_removed_unless_it_is_an_addon_s():
    assert [call.method for call in pod_identity.absent(current(), wanted()).calls] == ["delete_association"]
    assert not pod_identity.absent(NONE, wanted()).calls
    with pytest.raises(Refusal, match="belongs to the add-on"):
        pod_identity.absent(current(owner_arn="arn:addon"), wanted())


PROVIDER = {"arn": "arn:o", "url": "https://o", "client_ids": ["a", "b"], "tags": {}}
PROVIDERS = {
    "new": (None, {"client_ids": ["a"]}, ["create_provider"]),
    "the same": (PROVIDER, {"client_ids": ["a"]}, []),
    "one audience more": (PROVIDER, {"client_ids": ["c"]}, ["add_client_id"]),
    "only these audiences": (PROVIDER, {"client_ids": ["a"], "purge_client_ids": True}, ["remove_client_id"]),
    "tagged": (PROVIDER, {"tags": {"x": "1"}}, ["add_tags"]),
}


@pytest.mark.parametrize("case", PROVIDERS)
def test_an_issuer_is_trusted_by(case):
    before, options, methods = PROVIDERS[case]
    plan = oidc_provider.present(before, WantedOidcProvider("https://o", **options))
    assert [call.method for call in plan.calls] == methods


def test_an_issuer_without_tls_is_refused():
    with pytest.raises(Refusal, match="by https:// only"):
        oidc_provider.present(None, WantedOidcProvider("http://o"))
