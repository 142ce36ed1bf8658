"""What an account holds before the deployment: a hosted zone, a VPC with two public subnets, a user who deploys."""

from __future__ import annotations

from dataclasses import dataclass

import boto3

REGION = "eu-west-1"
DOMAIN = "platform.example.com"
# Any key opens an empty cloud; from here on the deployer's own key is used.
FIRST_KEY = {"aws_access_key_id": "AKIASANDBOXFIRSTKEY0", "aws_secret_access_key": "opens-the-empty-cloud"}


@dataclass(frozen=True)
class Account:
    """The addresses that inventories need; the key is the deployer's."""

    region: str
    domain: str
    hosted_zone_id: str
    vpc_id: str
    subnet_ids: tuple[str, ...]
    deployer_arn: str
    access_key_id: str
    secret_access_key: str


def prepare(url: str, region: str = REGION, domain: str = DOMAIN) -> Account:
    """Make the hosted zone, the network and the IAM user `deployer` with an access key."""

    def client(service: str):
        return boto3.client(service, endpoint_url=url, region_name=region, **FIRST_KEY)

    vpc_id, subnet_ids = network(client("ec2"), region)
    arn, key = deployer(client("iam"))
    return Account(
        region=region,
        domain=domain,
        hosted_zone_id=hosted_zone(client("route53"), domain),
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        deployer_arn=arn,
        access_key_id=key["AccessKeyId"],
        secret_access_key=key["SecretAccessKey"],
    )


def hosted_zone(route53, domain: str) -> str:
    zone = route53.create_hosted_zone(Name=domain, CallerReference="the account as it was")
    return zone["HostedZone"]["Id"].removeprefix("/hostedzone/")


def network(ec2, region: str) -> tuple[str, tuple[str, ...]]:
    """A VPC and its public subnets in two zones, tagged as load balancer controllers look for them."""
    vpc_id = ec2.create_vpc(CidrBlock="10.42.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc_id], Tags=[{"Key": "Name", "Value": "sandbox"}])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    subnet_ids = []
    for number, zone in enumerate("ab"):
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.42.{number}.0/24", AvailabilityZone=f"{region}{zone}")
        subnet_ids.append(subnet["Subnet"]["SubnetId"])
    tags = [{"Key": "kubernetes.io/role/elb", "Value": "1"}, {"Key": "Name", "Value": "sandbox-public"}]
    ec2.create_tags(Resources=subnet_ids, Tags=tags)
    return vpc_id, tuple(subnet_ids)


def deployer(iam) -> tuple[str, dict[str, str]]:
    arn = iam.create_user(UserName="deployer")["User"]["Arn"]
    iam.attach_user_policy(UserName="deployer", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    return arn, iam.create_access_key(UserName="deployer")["AccessKey"]
