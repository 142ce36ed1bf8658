# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Cognito: the app clients of a user pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import GONE, Cognito

SECRET = "ClientSecret"


class UserPoolClients(Cognito):
    """App clients; the secret of a client leaves this room by `client_secret` only."""

    def read_user_pool_clients(self, user_pool_id: str, name: str | None, client_id: str | None) -> dict[str, Any]:
        """The pool, the app clients that match (by id, else by name), and the providers of the pool by name."""
        pool = self.describe_user_pool(user_pool_id)
        if pool is None:
            return {"pool": None, "clients": [], "providers": {}}
        ids = [client_id] if client_id else self._ids_of_clients(user_pool_id, name)
        clients = [client for item in ids if (client := self.describe_user_pool_client(user_pool_id, item))]
        return {"pool": pool, "clients": clients, "providers": self._providers(user_pool_id)}

    def read_all(self, user_pool_id: str) -> dict[str, Any]:
        """All app clients and identity providers of a pool, as described."""
        ids = [client["ClientId"] for client in self._clients(user_pool_id) or []]
        clients = [client for item in ids if (client := self.describe_user_pool_client(user_pool_id, item))]
        return {"clients": clients, "providers": list(self._providers(user_pool_id).values())}

    def _ids_of_clients(self, user_pool_id: str, name: str | None) -> list[str]:
        ids = {client["ClientId"] for client in self._clients(user_pool_id) if client["ClientName"] == name}
        if name in self._created:
            ids.add(self._created[name])
        return sorted(ids)

    @aws_call("list the app clients of the user pool {user_pool_id}", missing=GONE)
    def _clients(self, user_pool_id: str) -> list[dict[str, Any]]:
        return self.pages(self.connection.list_user_pool_clients, "UserPoolClients", UserPoolId=user_pool_id)

    def _providers(self, user_pool_id: str) -> dict[str, dict[str, Any]]:
        names = [provider["ProviderName"] for provider in self._listed_providers(user_pool_id)]
        found = {name: self._provider(user_pool_id, name) for name in names}
        return {name: provider for name, provider in found.items() if provider}

    @aws_call("list the identity providers of the user pool {user_pool_id}")
    def _listed_providers(self, user_pool_id: str) -> list[dict[str, Any]]:
        return self.pages(self.connection.list_identity_providers, "Providers", UserPoolId=user_pool_id)

    @aws_call("describe the identity provider {name} of the user pool {user_pool_id}", missing=GONE)
    def _provider(self, user_pool_id: str, name: str) -> dict[str, Any] | None:
        answer = self.connection.describe_identity_provider(UserPoolId=user_pool_id, ProviderName=name, aws_retry=True)
        return answer["IdentityProvider"]

    @aws_call("describe the app client {client_id} of the user pool {user_pool_id}", missing=GONE)
    def describe_user_pool_client(self, user_pool_id: str, client_id: str) -> dict[str, Any] | None:
        """The description of an app client without its secret, whose place only says whether there is one."""
        described = self._describe(user_pool_id, client_id)
        return {**{key: value for key, value in described.items() if key != SECRET}, "HasSecret": SECRET in described}

    @aws_call("read the secret of the app client {client_id} of the user pool {user_pool_id}")
    def client_secret(self, user_pool_id: str, client_id: str) -> str | None:
        """The secret of an app client, None for one that has none."""
        return self._describe(user_pool_id, client_id).get(SECRET)

    def _describe(self, user_pool_id: str, client_id: str) -> dict[str, Any]:
        answer = self.connection.describe_user_pool_client(UserPoolId=user_pool_id, ClientId=client_id, aws_retry=True)
        return answer["UserPoolClient"]

    def updatable_client_keys(self) -> frozenset[str]:
        """The fields that UpdateUserPoolClient takes, as the installed botocore knows them."""
        return self.input_keys("UpdateUserPoolClient")

    @aws_call(
        "create the app client {request[ClientName]} of the user pool {request[UserPoolId]}",
        remedies={
            "ScopeDoesNotExistException": "Take openid, email, profile, phone, or a scope of a resource server of the pool.",
            "InvalidOAuthFlowException": "client_credentials cannot be combined with the flows code and implicit.",
        },
    )
    def create_user_pool_client(self, **request: Any) -> None:
        """Create an app client."""
        answer = self.connection.create_user_pool_client(**request, aws_retry=True)
        self._created[request["ClientName"]] = answer["UserPoolClient"]["ClientId"]

    @aws_call("update the app client {request[ClientName]} of the user pool {request[UserPoolId]}")
    def update_user_pool_client(self, seen: Mapping[str, Any], **request: Any) -> None:
        """Replace the settings of an app client; `seen` is the description that the request was made from."""
        pool, client = request["UserPoolId"], request["ClientId"]
        self.send_unless_changed(
            lambda: self.connection.update_user_pool_client(**request, aws_retry=True),
            lambda: self.describe_user_pool_client(pool, client),
            seen,
            f"The app client {request['ClientName']} of the user pool {pool}",
        )

    @aws_call("delete the app client {client_id} of the user pool {user_pool_id}", missing=GONE)
    def delete_user_pool_client(self, user_pool_id: str, client_id: str) -> None:
        """Delete an app client; its tokens are worth nothing from then on."""
        self.connection.delete_user_pool_client(UserPoolId=user_pool_id, ClientId=client_id, aws_retry=True)
        self._created = {name: known for name, known in self._created.items() if known != client_id}
