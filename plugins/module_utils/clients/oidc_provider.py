# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM: OpenID Connect providers, found by the address of their issuer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call

GONE = ("NoSuchEntity", "NoSuchEntityException")


class OidcProviderClient:
    """Providers by URL, in the shape that the module returns."""

    def __init__(self, iam: Any) -> None:
        self.iam = iam

    def provider(self, url: str) -> dict[str, Any] | None:
        """The provider, None when there is none."""
        address = url.removeprefix("https://")
        arn = next((arn for arn in self._arns() if arn.split(":oidc-provider/", 1)[-1] == address), None)
        return self._described(arn, url) if arn else None

    @aws_call("list the OpenID Connect providers")
    def _arns(self) -> list[str]:
        return [one["Arn"] for one in self.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]

    @aws_call("read the OpenID Connect provider {arn}", missing=GONE)
    def _described(self, arn: str, url: str) -> dict[str, Any]:
        found = self.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        return {
            "arn": arn,
            "url": url,
            "client_ids": sorted(found.get("ClientIDList") or []),
            "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags") or []},
        }

    @aws_call("make the OpenID Connect provider of {url}")
    def create_provider(self, url: str, client_ids: Sequence[str], tags: Mapping[str, str]) -> None:
        """Trust the issuer; IAM looks at its certificate itself."""
        self.iam.create_open_id_connect_provider(Url=url, ClientIDList=list(client_ids), Tags=_pairs(tags))

    @aws_call("let {arn} speak to {client_id}")
    def add_client_id(self, arn: str, client_id: str) -> None:
        """Take tokens for one more audience."""
        self.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client_id)

    @aws_call("stop {arn} from speaking to {client_id}")
    def remove_client_id(self, arn: str, client_id: str) -> None:
        """Take tokens for one audience less."""
        self.iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client_id)

    @aws_call("tag {arn}")
    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=_pairs(tags))

    @aws_call("remove tags from {arn}")
    def remove_tags(self, arn: str, keys: Sequence[str]) -> None:
        """Remove tags."""
        self.iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=list(keys))

    @aws_call("remove the OpenID Connect provider {arn}", missing=GONE)
    def delete_provider(self, arn: str) -> None:
        """Trust the issuer no longer."""
        self.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
