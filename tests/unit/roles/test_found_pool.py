"""What cognito_adfs tells of a pool that it has not made: nothing, so that no other role touches it."""

from __future__ import annotations

import pytest

from .conftest import Role

SITE = {"cognito_adfs_domain": "platform.example.com", "cognito_adfs_pool_name": "kubeflow"}
POOL = {"id": "eu-west-1_a", "arn": "arn:pool", "deletion_protection": "ACTIVE"}
OURS = {**POOL, "tags": {"multitenant.kubeflow/user-pool": "kubeflow", "platform": "kubeflow"}}
FOUND = {
    "ours": ({"diff": {"before": OURS}}, "eu-west-1_a"),
    "somebody else's": ({"diff": {"before": {**POOL, "tags": {"team": "web"}}}}, ""),
    "somebody else's without tags": ({"diff": {"before": {**POOL, "tags": {}}}}, ""),
    "that of another platform": ({"diff": {"before": {**POOL, "tags": {"multitenant.kubeflow/user-pool": "x"}}}}, ""),
    "none": ({"diff": {"before": {}}}, ""),
    "not looked for": ({"skipped": True}, ""),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_pool_that_was_found(case: str) -> None:
    found, told = FOUND[case]
    role = Role("cognito_adfs", SITE, {"__cognito_adfs_found_pool": found})
    result = role.tasks("publish")["Publish cognito_adfs_result"]["ansible.builtin.set_fact"]["cognito_adfs_result"]
    assert role.value(result["user_pool_id"]) == told
    read = role.tasks("publish")["Read what Cognito holds"]["block"][1:]
    assert [role.holds(task["when"]) for task in read] == [bool(told)] * 2
    is_protected = not role.holds(
        role.tasks("protect")["Check that no users are lost"]["ansible.builtin.assert"]["that"]
    )
    assert is_protected is bool(told), "destroy_user_data would mean the users of a pool that is left alone"


def test_a_pool_that_was_just_made_is_told() -> None:
    role = Role("cognito_adfs", SITE, {"__cognito_adfs_pool": {"user_pool": POOL}})
    assert role.variable("__cognito_adfs_pool_record") == POOL
