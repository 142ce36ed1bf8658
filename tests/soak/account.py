"""Everything that an account holds, each resource as AWS describes it, by kind and name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from sandbox.aws.inventory import CERTIFICATE_REGIONS, PATIENT, certificates, pages

Resource = tuple[str, Any]


def resources(session: boto3.Session, url: str) -> Iterator[Resource]:
    """Pairs of a name, the kind in front of it, and what AWS tells of it."""

    def client(service: str, region: str | None = None) -> Any:
        return session.client(service, endpoint_url=url, region_name=region or session.region_name, config=PATIENT)

    for region in dict.fromkeys((session.region_name, *CERTIFICATE_REGIONS)):
        yield from of_acm(client("acm", region), region)
    for service, reader in READERS.items():
        yield from reader(client(service))


def of_acm(acm: Any, region: str) -> Iterator[Resource]:
    for line in certificates(acm):
        name, arn = line.split()
        found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        yield f"certificate {region} {name}", [found, acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]]


def of_cognito(cognito: Any) -> Iterator[Resource]:
    for listed in pages(cognito, "list_user_pools", "UserPools", PaginationConfig={"PageSize": 60}):
        pool = {"UserPoolId": listed["Id"]}
        described = cognito.describe_user_pool(**pool)["UserPool"]
        yield f"user pool {listed['Name']}", described
        for kind in ("Domain", "CustomDomain"):
            if described.get(kind):
                domain = cognito.describe_user_pool_domain(Domain=described[kind])["DomainDescription"]
                yield f"login domain {described[kind]}", domain
        for item in pages(cognito, "list_user_pool_clients", "UserPoolClients", **pool):
            found = cognito.describe_user_pool_client(**pool, ClientId=item["ClientId"])["UserPoolClient"]
            yield f"client {item['ClientName']}", found
        for item in pages(cognito, "list_identity_providers", "Providers", **pool):
            found = cognito.describe_identity_provider(**pool, ProviderName=item["ProviderName"])["IdentityProvider"]
            yield f"identity provider {item['ProviderName']}", found


def of_eks(eks: Any) -> Iterator[Resource]:
    for name in pages(eks, "list_clusters", "clusters"):
        cluster = {"clusterName": name}
        yield f"cluster {name}", eks.describe_cluster(name=name)["cluster"]
        for group in pages(eks, "list_nodegroups", "nodegroups", **cluster):
            yield f"node group {group}", eks.describe_nodegroup(**cluster, nodegroupName=group)["nodegroup"]
        for addon in pages(eks, "list_addons", "addons", **cluster):
            yield f"add-on {addon}", eks.describe_addon(**cluster, addonName=addon)["addon"]
        for entry in pages(eks, "list_access_entries", "accessEntries", **cluster):
            found = eks.describe_access_entry(**cluster, principalArn=entry)["accessEntry"]
            policies = list(
                pages(eks, "list_associated_access_policies", "associatedAccessPolicies", **cluster, principalArn=entry)
            )
            yield f"access entry {entry}", [found, policies]
        for item in pages(eks, "list_pod_identity_associations", "associations", **cluster):
            found = eks.describe_pod_identity_association(**cluster, associationId=item["associationId"])
            yield f"pod identity {item['namespace']}/{item['serviceAccount']}", found["association"]


def of_iam(iam: Any) -> Iterator[Resource]:
    for role in pages(iam, "list_roles", "Roles"):
        name = {"RoleName": role["RoleName"]}
        attached = sorted(
            one["PolicyArn"] for one in pages(iam, "list_attached_role_policies", "AttachedPolicies", **name)
        )
        inline = {
            policy: iam.get_role_policy(**name, PolicyName=policy)["PolicyDocument"]
            for policy in pages(iam, "list_role_policies", "PolicyNames", **name)
        }
        yield f"role {role['RoleName']}", [iam.get_role(**name)["Role"], attached, inline]
    for policy in pages(iam, "list_policies", "Policies", Scope="Local"):
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        yield f"policy {policy['PolicyName']}", version["PolicyVersion"]["Document"]
    for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
        yield f"OIDC provider {provider['Arn']}", {key: found.get(key) for key in ("Url", "ClientIDList", "Tags")}


def of_lambda(functions: Any) -> Iterator[Resource]:
    for item in pages(functions, "list_functions", "Functions"):
        name = {"FunctionName": item["FunctionName"]}
        found = functions.get_function(**name)
        try:
            policy = functions.get_policy(**name)["Policy"]
        except ClientError:
            policy = ""
        yield f"function {item['FunctionName']}", [found["Configuration"], found.get("Tags"), policy]


def of_load_balancers(elb: Any) -> Iterator[Resource]:
    for balancer in pages(elb, "describe_load_balancers", "LoadBalancers"):
        arn = {"LoadBalancerArn": balancer["LoadBalancerArn"]}
        listeners = list(pages(elb, "describe_listeners", "Listeners", **arn))
        rules = [elb.describe_rules(ListenerArn=one["ListenerArn"])["Rules"] for one in listeners]
        attributes = elb.describe_load_balancer_attributes(**arn)["Attributes"]
        tags = elb.describe_tags(ResourceArns=[arn["LoadBalancerArn"]])["TagDescriptions"]
        yield f"load balancer {balancer['LoadBalancerName']}", [balancer, listeners, rules, attributes, tags]
    for group in pages(elb, "describe_target_groups", "TargetGroups"):
        yield f"target group {group['TargetGroupName']}", group


def of_route53(route53: Any) -> Iterator[Resource]:
    for zone in pages(route53, "list_hosted_zones", "HostedZones"):
        for record in pages(route53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]):
            yield f"record {record['Name']} {record['Type']}", record


def of_logs(logs: Any) -> Iterator[Resource]:
    for group in pages(logs, "describe_log_groups", "logGroups"):
        yield f"log group {group['logGroupName']}", group


def of_events(events: Any) -> Iterator[Resource]:
    for rule in pages(events, "list_rules", "Rules"):
        yield f"rule {rule['Name']}", [rule, list(pages(events, "list_targets_by_rule", "Targets", Rule=rule["Name"]))]


def of_scheduler(scheduler: Any) -> Iterator[Resource]:
    for item in pages(scheduler, "list_schedules", "Schedules"):
        yield f"schedule {item['Name']}", scheduler.get_schedule(Name=item["Name"], GroupName=item["GroupName"])


def of_ec2(ec2: Any) -> Iterator[Resource]:
    for kind, operation, key, name in (
        ("subnet", "describe_subnets", "Subnets", "CidrBlock"),
        ("security group", "describe_security_groups", "SecurityGroups", "GroupName"),
    ):
        for item in pages(ec2, operation, key):
            yield f"{kind} {item[name]}", item


def of_kms(kms: Any) -> Iterator[Resource]:
    for item in pages(kms, "list_aliases", "Aliases"):
        if item.get("TargetKeyId") and not item["AliasName"].startswith("alias/aws/"):
            yield f"key {item['AliasName']}", kms.describe_key(KeyId=item["TargetKeyId"])["KeyMetadata"]


READERS = {
    "cognito-idp": of_cognito,
    "eks": of_eks,
    "iam": of_iam,
    "lambda": of_lambda,
    "elbv2": of_load_balancers,
    "route53": of_route53,
    "logs": of_logs,
    "events": of_events,
    "scheduler": of_scheduler,
    "ec2": of_ec2,
    "kms": of_kms,
}
