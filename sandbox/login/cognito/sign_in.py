"""Federated users of a pool: what an assertion leaves, and what the token trigger says to it."""

from __future__ import annotations

import time
import uuid
from typing import Any

from sandbox.login.accounts import Accounts
from sandbox.login.claims import NAME_ID, Claims
from sandbox.login.event import Account, SignInRefused, UserPool, sign_in, token_event, user_name
from sandbox.login.trigger import call_trigger


def arrive(accounts: Accounts, pool: UserPool, claims: Claims) -> Account:
    """The account after a sign-in with these claims, kept; SignInRefused when the pool cannot take them."""
    if NAME_ID not in claims:
        raise SignInRefused("Invalid SAML response received: the assertion has no NameID")
    with accounts.one_at_a_time():
        known = accounts.find(pool.id, user_name(pool, claims[NAME_ID][0]))
        account = sign_in(pool, claims, known, str(uuid.uuid4()), int(time.time() * 1000))
        accounts.keep(pool.id, account)
    return account


def triggered(functions: Any, pool: UserPool, account: Account, source: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    """The response part of what the token trigger answers; empty when the pool has none."""
    if pool.trigger is None:
        return {}
    answer = call_trigger(functions, pool, token_event(pool, account, source, scopes))
    return answer["response"] or {}
