"""What all endpoints of the pools share: memory, keys, accounts, the way to triggers and to providers' metadata."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.login.accounts import Accounts
from sandbox.login.client import Unreachable
from sandbox.login.cognito.memory import Asked, Grant, Memory, Session
from sandbox.login.cognito.pages import PageError, RedirectError
from sandbox.login.cognito.pool import Client, Pool
from sandbox.login.cognito.sign_in import triggered
from sandbox.login.event import Account, SignInRefused, UserPool
from sandbox.login.places import Surroundings
from sandbox.login.saml.document import SamlRefused
from sandbox.login.saml.metadata import IdentityProvider, read_metadata
from sandbox.login.trigger import LAMBDA_CONFIG, as_cognito
from sandbox.login.web import Response, redirect, with_query

HOSTED, REFRESH = "TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens"


class Rooms:
    """One for all pools of the account."""

    def __init__(self, around: Surroundings, memory: Memory | None = None) -> None:
        self._around = around
        self._functions: dict[str, Any] = {}
        self._lock = threading.Lock()
        self.memory = memory or Memory()
        self.keys = around.pool_keys
        self.accounts = Accounts(around.state.users)

    def identity_provider(self, provider: Mapping[str, Any]) -> IdentityProvider:
        """The provider by its metadata, the stored document or what its address says now."""
        details = provider.get("ProviderDetails") or {}
        try:
            document = details.get("MetadataFile") or self._fetched(details.get("MetadataURL", ""))
            return read_metadata(document)
        except (SamlRefused, Unreachable) as error:
            raise PageError(f"Error retrieving metadata of {provider['ProviderName']}: {error}") from error

    def _fetched(self, url: str) -> bytes:
        answer = self._around.network.fetch(url)
        if answer.status != 200:
            raise Unreachable(f"{url} answers {answer.status}")
        return answer.body

    def functions(self, pool: UserPool) -> Any:
        """The Lambda client that speaks as Cognito on behalf of this pool."""
        with self._lock:
            if pool.id not in self._functions:
                client = self._around.services.new_client("lambda", config=LAMBDA_CONFIG)
                self._functions[pool.id] = as_cognito(client, pool)
            return self._functions[pool.id]

    def granted(self, seen: UserPool, asked: Asked, account: Account) -> Grant:
        """What tokens may be made of, after the trigger has had its say."""
        try:
            overrides = triggered(self.functions(seen), seen, account, HOSTED, asked.scopes)
        except SignInRefused as refusal:
            raise RedirectError("invalid_request", str(refusal)) from refusal
        now = int(time.time())
        return Grant(seen.id, asked, seen.provider, account, now, str(uuid.uuid4()), overrides)

    def back(self, grant: Grant) -> Response:
        """To the application, with a code that is good once."""
        asked = grant.asked
        fields = {"code": self.memory.codes.put(grant), "state": asked.state}
        return redirect(with_query(asked.redirect_uri, {name: value for name, value in fields.items() if value}))

    def completed(self, pool: Pool, client: Client, asked: Asked, session: Session) -> Response:
        """A login without the identity provider: the browser has one, and its account is as it was left."""
        provider = pool.provider(session.provider)
        account = self.accounts.find(pool.id, session.account)
        if provider is None or account is None:
            raise RedirectError("invalid_request", "User does not exist.")
        return self.back(self.granted(pool.seen_by(client, provider), asked, account))
