"""A login from the application's first redirect to its tokens, and out again."""

from __future__ import annotations


def test_a_user_of_two_groups_logs_in(platform) -> None:
    tokens = platform.tokens("alice")
    told = platform.claims(tokens["id_token"])
    assert told["email"] == "alice@platform.example.com"
