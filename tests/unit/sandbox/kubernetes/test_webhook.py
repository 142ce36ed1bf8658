from __future__ import annotations

import json
import urllib.request

from sandbox.kubernetes.identity import Denied, UserInfo
from sandbox.kubernetes.webhook import TokenWebhook, review


def authenticate(token: str) -> UserInfo:
    if token == "broken":
        raise RuntimeError("out of order")
    if token != "alice":
        raise Denied("unknown token")
    return UserInfo("alice", ("a", "b"), "1", {"arn": ["x"]})


def test_a_known_token_is_told_with_everything_about_its_user():
    user = {"username": "alice", "uid": "1", "groups": ["a", "b"], "extra": {"arn": ["x"]}}

    assert review(authenticate, "alice") == {"authenticated": True, "user": user}


def test_an_unknown_token_is_refused_with_the_reason():
    assert review(authenticate, "bob") == {"authenticated": False, "error": "unknown token"}


def test_an_authenticator_that_breaks_means_no():
    assert review(authenticate, "broken") == {"authenticated": False, "error": "RuntimeError: out of order"}


def test_the_webhook_answers_in_the_version_it_was_asked_in():
    webhook = TokenWebhook(authenticate)
    webhook.start()
    try:
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "alice"}}
        with urllib.request.urlopen(webhook.url, json.dumps(asked).encode(), timeout=10) as answer:
            told = json.load(answer)
    finally:
        webhook.stop()

    assert (told["apiVersion"], told["kind"]) == ("authentication.k8s.io/v1", "TokenReview")
    assert told["status"]["user"]["username"] == "alice"
