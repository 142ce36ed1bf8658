"""ARNs as EKS's authenticator compares them."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.principal import canonical, kind_of, role_name

ROLE = "arn:aws:iam::123456789012:role/pm"
CASES = {
    ROLE: ROLE,
    "arn:aws:iam::123456789012:role/a/b/pm": ROLE,
    "arn:aws:sts::123456789012:assumed-role/pm/session": ROLE,
    "arn:aws-cn:iam::123456789012:role/a/pm": "arn:aws-cn:iam::123456789012:role/pm",
    "arn:aws:iam::123456789012:user/a/joe": "arn:aws:iam::123456789012:user/a/joe",
    "anything": "anything",
}


@pytest.mark.parametrize("arn", CASES)
def test_canonical_form(arn):
    assert canonical(arn) == CASES[arn]


def test_kinds():
    assert kind_of("arn:aws:sts::123456789012:assumed-role/pm/session") == "role"
    assert kind_of("arn:aws:iam::123456789012:user/joe") == "user"
    with pytest.raises(Refusal, match="neither a role nor a user"):
        kind_of("arn:aws:iam::123456789012:root")


def test_role_names():
    assert role_name("arn:aws:iam::123456789012:role/a/pm") == "pm"
    assert role_name("arn:aws:iam::123456789012:user/joe") is None
