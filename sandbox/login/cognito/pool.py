"""A user pool with its clients, providers and domain, read from the AWS API for each request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from sandbox.login.event import UserPool
from sandbox.login.user_pool import user_pool

Record = dict[str, Any]
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
OWN_USERS = "COGNITO"


@dataclass(frozen=True)
class Client:
    """An app client, as DescribeUserPoolClient tells it."""

    record: Record

    @property
    def id(self) -> str:
        return self.record["ClientId"]

    @property
    def secret(self) -> str | None:
        return self.record.get("ClientSecret")

    @property
    def callbacks(self) -> list[str]:
        return self.record.get("CallbackURLs", [])

    @property
    def logouts(self) -> list[str]:
        return self.record.get("LogoutURLs", [])

    @property
    def scopes(self) -> list[str]:
        return self.record.get("AllowedOAuthScopes", [])

    @property
    def flows(self) -> list[str]:
        return self.record.get("AllowedOAuthFlows", [])

    @property
    def uses_oauth(self) -> bool:
        return bool(self.record.get("AllowedOAuthFlowsUserPoolClient"))

    @property
    def providers(self) -> list[str]:
        return self.record.get("SupportedIdentityProviders", [])

    @property
    def readable(self) -> frozenset[str] | None:
        """The attributes that it may read; None means all standard and custom ones."""
        names = self.record.get("ReadAttributes")
        return frozenset(names) if names else None

    def seconds(self, kind: str) -> int:
        """How long a token lives: of kind Id or Access an hour, Refresh 30 days, unless the client says otherwise."""
        unit = self.record.get("TokenValidityUnits", {}).get(f"{kind}Token", "days" if kind == "Refresh" else "hours")
        number = self.record.get(f"{kind}TokenValidity") or (30 if kind == "Refresh" else 1)
        return int(number) * UNITS[unit]


@dataclass(frozen=True)
class Pool:
    """One pool, reached by the name of its domain; what of it is needed is read once in a request."""

    cognito: Any
    region: str
    id: str
    domain: str
    _read: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def record(self) -> Record:
        answer = self._once("pool", "", self.cognito.describe_user_pool, UserPoolId=self.id)
        return answer["UserPool"] if answer else {}

    def client(self, client_id: str) -> Client | None:
        """None when there is no such client, or no such pool any more."""
        if not client_id:
            return None
        describe = self.cognito.describe_user_pool_client
        answer = self._once("client", client_id, describe, UserPoolId=self.id, ClientId=client_id)
        return Client(answer["UserPoolClient"]) if answer else None

    def provider(self, name: str) -> Record | None:
        describe = self.cognito.describe_identity_provider
        answer = self._once("provider", name, describe, UserPoolId=self.id, ProviderName=name)
        return answer["IdentityProvider"] if answer else None

    def provider_with(self, identifier: str) -> Record | None:
        """The provider that has this among its IdpIdentifiers."""
        find = self.cognito.get_identity_provider_by_identifier
        answer = self._once("identifier", identifier, find, UserPoolId=self.id, IdpIdentifier=identifier)
        return answer["IdentityProvider"] if answer else None

    def seen_by(self, client: Client, provider: Record) -> UserPool:
        """The pool as a sign-in with this client and this provider works on it."""
        return user_pool(self.region, self.record, provider, client.record)

    @property
    def issuer(self) -> str:
        return f"https://{host_of(self.region)}/{self.id}"

    @property
    def identifier(self) -> str:
        """The pool's name as a SAML service provider."""
        return f"urn:amazon:cognito:sp:{self.id}"

    def address(self, path: str) -> str:
        return f"https://{self.domain}{path}"

    def _once(self, kind: str, name: str, ask: Any, **arguments: str) -> Any:
        if (kind, name) not in self._read:
            try:
                self._read[kind, name] = ask(**arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "InvalidParameterException"):
                    raise
                self._read[kind, name] = None
        return self._read[kind, name]


def host_of(region: str) -> str:
    """Where Cognito serves the keys of a region's pools."""
    return f"cognito-idp.{region}.amazonaws.com"
