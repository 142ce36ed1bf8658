from __future__ import annotations

import pytest

from sandbox.controllers.trust_policy import NoIdentityProvider, with_service_account, without_service_account

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
ALICE, BOB = "system:serviceaccount:alice:default-editor", "system:serviceaccount:bob:default-editor"


def policy(*accounts: str, one_as_text: bool = False, more: tuple[dict, ...] = ()) -> dict:
    equals: dict = {f"{ISSUER}:aud": ["sts.amazonaws.com"]}
    if accounts:
        equals[f"{ISSUER}:sub"] = accounts[0] if one_as_text else list(accounts)
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": PROVIDER},
        "Condition": {"StringEquals": equals},
    }
    return {"Version": "2012-10-17", "Statement": [statement, *more]}


OTHER = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
ADDED = {
    "the first": (policy(), policy(BOB)),
    "another": (policy(ALICE), policy(ALICE, BOB)),
    "beside one written as text": (policy(ALICE, one_as_text=True), policy(ALICE, BOB)),
    "one that is there": (policy(BOB, more=(OTHER,)), policy(BOB, more=(OTHER,))),
    "other statements are lost, as upstream": (policy(more=(OTHER,)), policy(BOB)),
}


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_an_account_is_added(before, after):
    assert with_service_account(before, "bob", "default-editor") == after


REMOVED = {
    "one of two": (policy(ALICE, BOB), policy(ALICE)),
    "the last, as upstream": (policy(BOB), policy()),
    "one that is not there": (policy(ALICE), policy(ALICE)),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_an_account_is_removed(before, after):
    assert without_service_account(before, "bob", "default-editor") == after


@pytest.mark.parametrize("broken", [{}, {"Statement": []}, {"Statement": [OTHER]}])
def test_a_policy_without_a_provider_is_refused(broken):
    with pytest.raises(NoIdentityProvider):
        with_service_account(broken, "bob", "default-editor")
