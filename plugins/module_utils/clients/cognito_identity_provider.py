# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Cognito: the identity providers of a user pool."""

from __future__ import annotations

from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import GONE, Cognito

METADATA = {
    "InvalidParameterException": "Check that the metadata can be reached from the Internet by https with a certificate "
    "of a public authority (or use `metadata_file`), and that every mapped attribute is in the pool's schema.",
}


class IdentityProviders(Cognito):
    """Identity providers, found by their names."""

    def read_identity_provider(self, user_pool_id: str, name: str) -> dict[str, Any]:
        """The pool and the provider, None for what is not there."""
        pool = self.describe_user_pool(user_pool_id)
        return {"pool": pool, "provider": self.describe_identity_provider(user_pool_id, name) if pool else None}

    @aws_call("describe the identity provider {name} of the user pool {user_pool_id}", missing=GONE)
    def describe_identity_provider(self, user_pool_id: str, name: str) -> dict[str, Any] | None:
        """One provider, None when it is gone."""
        answer = self.connection.describe_identity_provider(UserPoolId=user_pool_id, ProviderName=name, aws_retry=True)
        return answer["IdentityProvider"]

    @aws_call(
        "create the identity provider {request[ProviderName]} of the user pool {request[UserPoolId]}", remedies=METADATA
    )
    def create_identity_provider(self, **request: Any) -> None:
        """Create a provider; Cognito reads its metadata at once."""
        self.connection.create_identity_provider(**request, aws_retry=True)

    @aws_call(
        "update the identity provider {request[ProviderName]} of the user pool {request[UserPoolId]}", remedies=METADATA
    )
    def update_identity_provider(self, **request: Any) -> None:
        """Replace details, mapping and identifiers of a provider."""
        self.connection.update_identity_provider(**request, aws_retry=True)

    @aws_call("delete the identity provider {name} of the user pool {user_pool_id}", missing=GONE)
    def delete_identity_provider(self, user_pool_id: str, name: str) -> None:
        """Delete a provider; its users stay in the pool and cannot sign in any more."""
        self.connection.delete_identity_provider(UserPoolId=user_pool_id, ProviderName=name, aws_retry=True)
