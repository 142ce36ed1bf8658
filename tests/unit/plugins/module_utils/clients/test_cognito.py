"""What is sent to Cognito, validated against botocore's model, and what becomes of its refusals."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients import cognito_user_pool_domain
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import COLLISION, THROTTLED, Cognito
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_identity_provider import (
    IdentityProviders,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_user_pool_client import (
    UserPoolClients,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_user_pool_domain import (
    Names,
    UserPoolDomains,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

POOL_ID = "eu-west-1_abc"
POOL = {"Id": POOL_ID, "Name": "kubeflow", "DeletionProtection": "ACTIVE"}


@pytest.fixture(scope="module")
def connection() -> Any:
    return boto3.client("cognito-idp", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")


@pytest.fixture
def stub(connection: Any) -> Iterator[Stubber]:
    with Stubber(connection) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def retrying(connection: Any) -> Any:
    """The connection as the module base makes it, without its pauses."""
    retry = AWSRetry.jittered_backoff(retries=3, delay=0, catch_extra_error_codes=THROTTLED)
    return RetryingBotoClientWrapper(connection, retry)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def cognito(retrying: Any, slept: list[float]) -> Cognito:
    return Cognito(retrying, sleep=slept.append)


def test_pools_are_found_by_name_over_all_pages(stub, cognito):
    stub.add_response(
        "list_user_pools", {"UserPools": [{"Id": "a", "Name": "x"}], "NextToken": "more"}, {"MaxResults": 60}
    )
    stub.add_response(
        "list_user_pools", {"UserPools": [{"Id": POOL_ID, "Name": "kubeflow"}]}, {"MaxResults": 60, "NextToken": "more"}
    )
    stub.add_response("describe_user_pool", {"UserPool": POOL}, {"UserPoolId": POOL_ID})
    assert cognito.read_user_pools("kubeflow") == [POOL]


def test_a_pool_that_was_just_created_is_found_though_the_list_lags(stub, cognito):
    stub.add_response("create_user_pool", {"UserPool": POOL}, {"PoolName": "kubeflow"})
    stub.add_response("list_user_pools", {"UserPools": []}, {"MaxResults": 60})
    stub.add_response("describe_user_pool", {"UserPool": POOL}, {"UserPoolId": POOL_ID})
    cognito.create_user_pool(PoolName="kubeflow")
    assert cognito.read_user_pools("kubeflow") == [POOL]


def test_a_pool_that_is_gone_is_none(stub, cognito):
    stub.add_client_error("describe_user_pool", "ResourceNotFoundException")
    assert cognito.read_user_pools(user_pool_id=POOL_ID) == []


def test_users_are_counted_where_the_estimate_says_none(stub, cognito):
    stub.add_response("describe_user_pool", {"UserPool": {**POOL, "EstimatedNumberOfUsers": 0}})
    stub.add_response("list_users", {"Users": [{"Username": "alice"}]}, {"UserPoolId": POOL_ID, "Limit": 1})
    assert cognito.read_user_pools(user_pool_id=POOL_ID, look_for_users=True)[0]["EstimatedNumberOfUsers"] == 1


def test_throttling_is_waited_out(stub, cognito):
    stub.add_client_error("describe_user_pool", "TooManyRequestsException")
    stub.add_client_error("describe_user_pool", "TooManyRequestsException")
    stub.add_response("describe_user_pool", {"UserPool": POOL})
    assert cognito.describe_user_pool(POOL_ID) == POOL


def test_a_refusal_becomes_a_sentence_with_its_remedy(stub, cognito):
    stub.add_client_error("create_user_pool", "LimitExceededException", "Too many user pools.")
    with pytest.raises(ServiceError) as failed:
        cognito.create_user_pool(PoolName="kubeflow")
    assert str(failed.value) == (
        "Cannot create the user pool kubeflow: LimitExceededException: Too many user pools. "
        "Delete user pools that are not needed, or ask AWS for a higher quota."
    )


def test_an_update_is_sent_again_after_a_collision_that_changed_nothing(stub, cognito, slept):
    request = {"UserPoolId": POOL_ID, "DeletionProtection": "INACTIVE"}
    for _ in range(2):
        stub.add_client_error("update_user_pool", COLLISION, expected_params=request)
        stub.add_response("describe_user_pool", {"UserPool": {**POOL, "EstimatedNumberOfUsers": 9}})
    stub.add_response("update_user_pool", {}, request)
    cognito.update_user_pool(seen=POOL, **request)
    assert slept == [1.0, 2.0]


def test_a_change_by_somebody_else_is_never_overwritten(stub, cognito):
    stub.add_client_error("update_user_pool", COLLISION)
    stub.add_response("describe_user_pool", {"UserPool": {**POOL, "MfaConfiguration": "OFF"}})
    with pytest.raises(ServiceError, match="changed by somebody else"):
        cognito.update_user_pool(seen=POOL, UserPoolId=POOL_ID, DeletionProtection="INACTIVE")


def test_an_update_that_collides_for_ever_ends(stub, cognito, slept):
    for attempt in range(6):
        stub.add_client_error("update_user_pool", COLLISION)
        if attempt < 5:
            stub.add_response("describe_user_pool", {"UserPool": POOL})
    with pytest.raises(ServiceError, match="run the task again"):
        cognito.update_user_pool(seen=POOL, UserPoolId=POOL_ID)
    assert len(slept) == 5


def test_a_pool_that_is_gone_needs_no_deletion(stub, cognito):
    stub.add_client_error("delete_user_pool", "ResourceNotFoundException")
    assert cognito.delete_user_pool(POOL_ID) is None


CLIENT = {"UserPoolId": POOL_ID, "ClientId": "abc", "ClientName": "app", "ClientSecret": "very+secret+and+long+enough"}


def test_the_secret_of_a_client_leaves_by_one_door_only(stub, retrying):
    clients = UserPoolClients(retrying)
    for _ in range(2):
        stub.add_response("describe_user_pool_client", {"UserPoolClient": CLIENT})
    described = clients.describe_user_pool_client(POOL_ID, "abc")
    assert "very+secret+and+long+enough" not in str(described)
    assert described["HasSecret"] is True
    assert clients.client_secret(POOL_ID, "abc") == "very+secret+and+long+enough"


def test_clients_are_read_with_the_providers_of_their_pool(stub, retrying):
    provider = {"UserPoolId": POOL_ID, "ProviderName": "ADFS", "AttributeMapping": {"email": "mail"}}
    stub.add_response("describe_user_pool", {"UserPool": POOL})
    stub.add_response(
        "list_user_pool_clients",
        {"UserPoolClients": [{"ClientId": "abc", "ClientName": "app"}, {"ClientId": "def", "ClientName": "other"}]},
        {"UserPoolId": POOL_ID, "MaxResults": 60},
    )
    stub.add_response("describe_user_pool_client", {"UserPoolClient": CLIENT})
    stub.add_response("list_identity_providers", {"Providers": [{"ProviderName": "ADFS"}]})
    identity_provider = {"IdentityProvider": provider}
    stub.add_response("describe_identity_provider", identity_provider, {"UserPoolId": POOL_ID, "ProviderName": "ADFS"})
    found = UserPoolClients(retrying).read_user_pool_clients(POOL_ID, "app", None)
    assert found["pool"] == POOL
    assert [client["ClientId"] for client in found["clients"]] == ["abc"]
    assert found["providers"] == {"ADFS": provider}


def test_metadata_that_cognito_cannot_read_are_explained(stub, retrying):
    stub.add_client_error("create_identity_provider", "InvalidParameterException", "Error retrieving metadata")
    request = {"UserPoolId": POOL_ID, "ProviderName": "ADFS", "ProviderType": "SAML"}
    details = {"MetadataURL": "https://adfs.example.com/"}
    with pytest.raises(ServiceError, match="can be reached from the Internet"):
        IdentityProviders(retrying).create_identity_provider(**request, ProviderDetails=details)


DOMAIN = {"Domain": "login.auth.example.com", "UserPoolId": POOL_ID}
UNRESOLVED = "Custom domain is not a valid subdomain: Was not able to resolve the root domain"


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between the questions of a wait."""
    wait_until = cognito_user_pool_domain.wait_until
    monkeypatch.setattr(
        cognito_user_pool_domain, "wait_until", lambda *a, **more: wait_until(*a, **more, sleep=lambda seconds: None)
    )


def test_a_parent_that_is_not_yet_in_the_resolvers_is_waited_for(stub, retrying, unhurried):
    said: list[str] = []
    for _ in range(3):
        stub.add_client_error("create_user_pool_domain", "InvalidParameterException", UNRESOLVED)
    stub.add_response("create_user_pool_domain", {"CloudFrontDomain": "d1.cloudfront.net"}, DOMAIN)
    UserPoolDomains(retrying, progress=said.append).create_user_pool_domain(**DOMAIN)
    assert len(said) == 1
    assert "refused" in said[0]


def test_any_other_refusal_of_a_domain_is_told_at_once(stub, retrying):
    message = "One or more of the CNAMEs you provided are already associated with a different resource."
    stub.add_client_error("create_user_pool_domain", "InvalidParameterException", message)
    with pytest.raises(ServiceError, match="can be taken for hours"):
        UserPoolDomains(retrying).create_user_pool_domain(**DOMAIN)


def test_waiting_for_a_domain_tells_its_states_and_ends_with_failed(stub, retrying, unhurried):
    said: list[str] = []
    for status in ("CREATING", "CREATING", "FAILED"):
        stub.add_response("describe_user_pool_domain", {"DomainDescription": {**DOMAIN, "Status": status}})
    with pytest.raises(ServiceError, match="is FAILED"):
        UserPoolDomains(retrying, progress=said.append).wait_until_active(DOMAIN["Domain"])
    assert [line.split(" after")[0] for line in said] == ["The domain login.auth.example.com: CREATING"]


def test_a_wait_in_vain_names_the_state_and_the_way_on(stub, retrying):
    stub.add_response("describe_user_pool_domain", {"DomainDescription": {**DOMAIN, "Status": "CREATING"}})
    with pytest.raises(
        ServiceError, match="is still CREATING after 0 seconds. AWS may need an hour; run the task again"
    ):
        UserPoolDomains(retrying, wait_timeout=0).wait_until_active(DOMAIN["Domain"])


class HostedZones:
    """Zones by name, with their records as (name, type); a zone that is private is named so."""

    def __init__(self, **zones: list[tuple[str, str]]) -> None:
        self.zones = {name.replace("_", "."): records for name, records in zones.items()}

    def list_hosted_zones_by_name(self, DNSName: str, **_: Any) -> dict[str, Any]:
        found = [name for name in self.zones if name.removeprefix("private.") + "." == DNSName]
        config = [{"PrivateZone": name.startswith("private.")} for name in found]
        return {"HostedZones": [{"Id": n, "Name": DNSName, "Config": c} for n, c in zip(found, config, strict=True)]}

    def list_resource_record_sets(self, HostedZoneId: str, **_: Any) -> dict[str, Any]:
        return {"ResourceRecordSets": [{"Name": f"{n}.", "Type": t} for n, t in self.zones[HostedZoneId]]}


class Denied(HostedZones):
    """Zones that may be listed and not be read."""

    def list_resource_record_sets(self, HostedZoneId: str, **_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListResourceRecordSets")


def no_such_name(*_: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def no_resolver(*_: Any) -> Any:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def resolved(*_: Any) -> Any:
    return [("an address",)]


A, TXT = ("auth.example.com", "A"), ("auth.example.com", "TXT")
ADDRESSES = {
    "in the zone": (HostedZones(example_com=[A]), no_resolver, True),
    "not in the zone": (HostedZones(example_com=[TXT]), resolved, False),
    "the nearer zone decides": (HostedZones(example_com=[A], auth_example_com=[TXT]), resolved, False),
    "a private zone does not count": (HostedZones(private_example_com=[A]), no_such_name, False),
    "in a zone that may not be read": (Denied(example_com=[A]), resolved, None),
    "elsewhere, resolved": (HostedZones(), resolved, True),
    "elsewhere, not there": (HostedZones(), no_such_name, False),
    "elsewhere, nobody to ask": (HostedZones(), no_resolver, None),
}


@pytest.mark.parametrize(("zones", "resolve", "has"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_is_looked_up_in_the_zone_in_charge_or_by_the_resolver(zones, resolve, has):
    assert Names(zones, resolve).has_address("auth.example.com") is has


def test_every_request_names_what_the_model_knows(stub, cognito):
    stub.add_response("add_custom_attributes", {}, {"UserPoolId": POOL_ID, "CustomAttributes": ANY})
    attribute = {"Name": "groups", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "2048"}}
    cognito.add_custom_attributes(UserPoolId=POOL_ID, CustomAttributes=[attribute])
