"""Everything an account holds that a deployment could have made, read through the API: to compare before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
from botocore.config import Config

CERTIFICATE_REGIONS = ("us-east-1",)
# Unlike botocore's default mode this one asks again after every service's word for "too many requests".
PATIENT = Config(retries={"mode": "standard", "max_attempts": 8})


def list_everything(url: str, credentials: Mapping[str, str], region: str = "eu-west-1") -> dict[str, list[str]]:
    """Names by kind, sorted; `credentials` are boto3.Session's own arguments (aws_access_key_id, …)."""
    return inventory(boto3.Session(region_name=region, **credentials), {"aws_endpoint_url": url, "region": region})


def inventory(session: boto3.Session, addresses: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names by kind, sorted, of the account at `addresses["aws_endpoint_url"]`."""
    region = addresses["region"]

    def client(service: str, in_region: str = region) -> Any:
        return session.client(
            service, endpoint_url=addresses["aws_endpoint_url"], region_name=in_region, config=PATIENT
        )

    found = {kind: sorted(names(client(service))) for (kind, service), names in READERS.items()}
    for other in dict.fromkeys((region, *CERTIFICATE_REGIONS)):
        found[f"acm certificates in {other}"] = sorted(certificates(client("acm", other)))
    return found


def pages(client: Any, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
    """The items of all pages of a listing."""
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(key, [])
    else:
        yield from getattr(client, operation)(**arguments).get(key, [])


def certificates(acm: Any) -> Iterator[str]:
    key_types = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
    for one in pages(acm, "list_certificates", "CertificateSummaryList", Includes={"keyTypes": key_types}):
        yield f"{one['DomainName']} {one['CertificateArn']}"


def records(route53: Any) -> Iterator[str]:
    for zone in pages(route53, "list_hosted_zones", "HostedZones"):
        yield f"zone {zone['Name']} {zone['Id']}"
        for record in pages(route53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]):
            yield f"{record['Name']} {record['Type']}"


def user_pools(cognito: Any) -> Iterator[str]:
    for pool in pages(cognito, "list_user_pools", "UserPools", PaginationConfig={"PageSize": 60}):
        pool_id = pool["Id"]
        described = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        yield f"{pool['Name']} {pool_id}"
        for kind in ("Domain", "CustomDomain"):
            if described.get(kind):
                yield f"{pool_id} domain {described[kind]}"
        for client in pages(cognito, "list_user_pool_clients", "UserPoolClients", UserPoolId=pool_id):
            yield f"{pool_id} client {client['ClientName']} {client['ClientId']}"
        for provider in pages(cognito, "list_identity_providers", "Providers", UserPoolId=pool_id):
            yield f"{pool_id} identity provider {provider['ProviderName']}"


def roles(iam: Any) -> Iterator[str]:
    for role in pages(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        yield role["Arn"]
        for policy in pages(iam, "list_role_policies", "PolicyNames", RoleName=name):
            yield f"{role['Arn']} policy {policy}"
        for policy in pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name):
            yield f"{role['Arn']} policy {policy['PolicyArn']}"


def policies(iam: Any) -> Iterator[str]:
    yield from (policy["Arn"] for policy in pages(iam, "list_policies", "Policies", Scope="Local"))
    yield from (profile["Arn"] for profile in pages(iam, "list_instance_profiles", "InstanceProfiles"))
    for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        yield provider["Arn"]


def functions(lambda_: Any) -> Iterator[str]:
    for function in pages(lambda_, "list_functions", "Functions"):
        name = function["FunctionName"]
        yield name
        try:
            policy = lambda_.get_policy(FunctionName=name)["Policy"]
        except lambda_.exceptions.ResourceNotFoundException:
            continue
        yield f"{name} policy {policy}"


def clusters(eks: Any) -> Iterator[str]:
    for name in pages(eks, "list_clusters", "clusters"):
        yield name
        for group in pages(eks, "list_nodegroups", "nodegroups", clusterName=name):
            yield f"{name} node group {group}"
        for addon in pages(eks, "list_addons", "addons", clusterName=name):
            yield f"{name} add-on {addon}"
        for one in pages(eks, "list_pod_identity_associations", "associations", clusterName=name):
            yield f"{name} pod identity {one['namespace']}/{one['serviceAccount']}"
        mode = eks.describe_cluster(name=name)["cluster"]["accessConfig"]["authenticationMode"]
        if mode != "CONFIG_MAP":
            for principal in pages(eks, "list_access_entries", "accessEntries", clusterName=name):
                yield f"{name} access entry {principal}"


def network(ec2: Any) -> Iterator[str]:
    yield from (vpc["VpcId"] for vpc in pages(ec2, "describe_vpcs", "Vpcs"))
    yield from (subnet["SubnetId"] for subnet in pages(ec2, "describe_subnets", "Subnets"))
    yield from (
        interface["NetworkInterfaceId"] for interface in pages(ec2, "describe_network_interfaces", "NetworkInterfaces")
    )
    for group in pages(ec2, "describe_security_groups", "SecurityGroups"):
        yield f"{group['GroupId']} {group['GroupName']}"


def load_balancers(elbv2: Any) -> Iterator[str]:
    for balancer in pages(elbv2, "describe_load_balancers", "LoadBalancers"):
        arn = balancer["LoadBalancerArn"]
        yield arn
        yield from (one["ListenerArn"] for one in pages(elbv2, "describe_listeners", "Listeners", LoadBalancerArn=arn))
    yield from (group["TargetGroupArn"] for group in pages(elbv2, "describe_target_groups", "TargetGroups"))


def log_groups(logs: Any) -> Iterator[str]:
    yield from (group["logGroupName"] for group in pages(logs, "describe_log_groups", "logGroups"))


def rules(events: Any) -> Iterator[str]:
    for rule in pages(events, "list_rules", "Rules"):
        yield rule["Name"]
        for target in pages(events, "list_targets_by_rule", "Targets", Rule=rule["Name"]):
            yield f"{rule['Name']} target {target['Arn']}"


def schedules(scheduler: Any) -> Iterator[str]:
    yield from (schedule["Name"] for schedule in pages(scheduler, "list_schedules", "Schedules"))


def buckets(s3: Any) -> Iterator[str]:
    yield from (bucket["Name"] for bucket in s3.list_buckets()["Buckets"])


READERS: dict[tuple[str, str], Callable[[Any], Iterator[str]]] = {
    ("cognito user pools", "cognito-idp"): user_pools,
    ("ec2 network", "ec2"): network,
    ("eks clusters", "eks"): clusters,
    ("elbv2 load balancers", "elbv2"): load_balancers,
    ("events rules", "events"): rules,
    ("iam policies", "iam"): policies,
    ("iam roles", "iam"): roles,
    ("lambda functions", "lambda"): functions,
    ("logs groups", "logs"): log_groups,
    ("route53 records", "route53"): records,
    ("s3 buckets", "s3"): buckets,
    ("scheduler schedules", "scheduler"): schedules,
}
