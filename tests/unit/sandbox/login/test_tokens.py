"""What the token trigger may change of the tokens and what not, in each version of its answer; and when it ends a login."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from sandbox.login.accounts import Accounts
from sandbox.login.claims import NAME_ID
from sandbox.login.cognito.memory import Asked, Grant, Shelf
from sandbox.login.cognito.sign_in import arrive
from sandbox.login.cognito.tokens import Issue, access_claims, id_claims
from sandbox.login.event import Account, UserPool

from .conftest import CALLBACK

ACCOUNT = Account("adfs_bob", "a-sub", "bob", 1700000000000, {"email": "bob@corp.example", "custom:groups": "vision"})
POOL = UserPool("eu-west-1_A", "arn", "eu-west-1", {}, {}, "ADFS", "client")


def tokens(**overrides: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The claims of both tokens after this answer of the trigger."""
    asked = Asked("client", CALLBACK, ("openid",))
    issue = Issue(Grant(POOL.id, asked, "ADFS", ACCOUNT, 1, "origin", overrides), POOL, "https://issuer", None, 1)
    access = access_claims(issue)
    return id_claims(issue, "an access token"), access


def first(**details: Any) -> dict[str, Any]:
    return {"claimsOverrideDetails": details}


def second(**details: Any) -> dict[str, Any]:
    return {"claimsAndScopeOverrideDetails": details}


def groups(**details: Any) -> dict[str, Any]:
    return {"groupOverrideDetails": details}


OWN = ["eu-west-1_A_ADFS"]
# name: (answer, claims of the ID token, claims of the access token); None means that there is no such claim
ANSWERS = {
    "no answer": ({}, {"cognito:groups": OWN, "email": "bob@corp.example"}, {"cognito:groups": OWN}),
    "the answer as it was asked": ({"claimsOverrideDetails": ""}, {"cognito:groups": OWN}, {"cognito:groups": OWN}),
    "nothing to change": ({"claimsAndScopeOverrideDetails": None}, {"cognito:groups": OWN}, {"scope": "openid"}),
    "a claim is added": (first(claimsToAddOrOverride={"team": "a"}), {"team": "a"}, {"team": None}),
    "a claim is replaced": (first(claimsToAddOrOverride={"email": "x"}), {"email": "x"}, {}),
    "a claim is suppressed": (first(claimsToSuppress=["email"]), {"email": None}, {}),
    "to suppress wins": (
        first(claimsToAddOrOverride={"team": "a"}, claimsToSuppress=["team"]),
        {"team": None},
        {"team": None},
    ),
    "who it is stays": (
        first(claimsToAddOrOverride={"sub": "x", "aud": "x", "iss": "x"}, claimsToSuppress=["cognito:username"]),
        {"sub": "a-sub", "aud": "client", "iss": "https://issuer", "cognito:username": "adfs_bob"},
        {"sub": "a-sub"},
    ),
    "other groups": (
        first(**groups(groupsToOverride=["a"], iamRolesToOverride=["r"], preferredRole="r")),
        {"cognito:groups": ["a"], "cognito:roles": ["r"], "cognito:preferred_role": "r"},
        {"cognito:groups": ["a"], "cognito:roles": None},
    ),
    "groups suppressed": (first(**groups()), {"cognito:groups": None}, {"cognito:groups": None}),
    "the second version changes both": (
        second(
            idTokenGeneration={"claimsToAddOrOverride": {"team": "i"}},
            accessTokenGeneration={"claimsToAddOrOverride": {"team": "a"}, "scopesToAdd": ["x/y"]},
        ),
        {"team": "i"},
        {"team": "a", "scope": "openid x/y"},
    ),
    "the second version takes scopes": (
        second(accessTokenGeneration={"scopesToSuppress": ["openid"], "claimsToAddOrOverride": {"client_id": "x"}}),
        {},
        {"scope": "", "client_id": "client"},
    ),
}


@pytest.mark.parametrize(("answer", "in_id", "in_access"), ANSWERS.values(), ids=ANSWERS.keys())
def test_the_trigger_changes_what_it_may(answer: dict, in_id: dict, in_access: dict) -> None:
    told, access = tokens(**answer)
    assert {name: told.get(name) for name in in_id} == in_id
    assert {name: access.get(name) for name in in_access} == in_access


def test_what_is_kept_has_an_end_and_is_taken_once() -> None:
    now = [0.0]
    shelf: Shelf[str] = Shelf(10, lambda: now[0])
    key, other = shelf.put("a"), shelf.put("b", seconds=100)
    assert (shelf.get(key), shelf.take(key), shelf.take(key)) == ("a", "a", None)
    assert (shelf.add("once", "c", 5), shelf.add("once", "d", 5)) == (True, False)
    now[0] = 10
    assert (shelf.add("once", "e", 5), shelf.get("once"), shelf.get(other)) == (True, "e", "b")


def test_twenty_first_logins_at_once_are_all_kept(tmp_path) -> None:
    accounts = Accounts(tmp_path / "users.json")
    pool = replace(POOL, attributes={}, mapping={})

    def log_in(number: int) -> Account:
        return arrive(accounts, pool, {NAME_ID: (f"user-{number % 10}",)})

    with ThreadPoolExecutor(20) as crowd:
        arrived = list(crowd.map(log_in, range(20)))
    assert len({account.sub for account in arrived}) == 10, "one account for each name"
    assert all(accounts.find(pool.id, account.name) == account for account in arrived)


BODY = """
def lambda_handler(event, context):
    attributes = event["request"]["userAttributes"]
    if attributes["email"].startswith("carol"):
        raise RuntimeError("carol is not welcome")
    if attributes["email"].startswith("bob"):
        return {}
    event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {
        "source": event["triggerSource"], "groups": attributes["custom:groups"], "client": event["callerContext"]["clientId"]}}
    return event
"""


def test_the_trigger_has_its_say_at_each_login_and_each_refresh(house, platform) -> None:
    """One function for all of it, as each takes a process to run in."""
    arn = house.function("say", BODY, platform)
    platform.cognito("update_user_pool", LambdaConfig={"PreTokenGeneration": arn})
    first_tokens = platform.tokens("alice")
    told = platform.claims(first_tokens["id_token"])
    assert (told["source"], told["client"]) == ("TokenGeneration_HostedAuth", platform.client_id)
    assert told["groups"] == "[kubeflow-vision, kubeflow-speech, none]"
    answer = platform.ask_token(grant_type="refresh_token", refresh_token=first_tokens["refresh_token"]).json()
    assert platform.claims(answer["id_token"])["source"] == "TokenGeneration_RefreshTokens"

    refused = platform.log_in("carol", house.browser())
    assert refused == {
        "error": "invalid_request",
        "error_description": "PreTokenGeneration failed with error carol is not welcome.",
        "state": "a-state",
    }
    assert platform.log_in("bob", house.browser())["error_description"] == "Unrecognizable lambda output"

    house.client("lambda").remove_permission(FunctionName="say", StatementId="cognito")
    denied = platform.log_in("alice", house.browser())
    assert denied["error_description"].startswith(
        "PreTokenGeneration invocation failed due to error AccessDeniedException"
    )
    again = platform.ask_token(grant_type="refresh_token", refresh_token=first_tokens["refresh_token"])
    assert again.status == 400 and again.json()["error"] == "invalid_grant"

    platform.cognito("update_user_pool", LambdaConfig={})
    assert "source" not in platform.claims(platform.tokens("alice")["id_token"]), "detached, it is not asked"
