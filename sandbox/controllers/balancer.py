"""One load balancer in AWS with all that belongs to it: security group, target groups, listeners and their rules.

What belongs together carries tags with the cluster, the Ingress and the part; deletion finds it by them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from sandbox.controllers.aws import Aws
from sandbox.controllers.ingress import Backend, Mistake, Rule, WantedBalancer

PUBLIC_SUBNET_TAG = "kubernetes.io/role/elb"
PRIVATE_SUBNET_TAG = "kubernetes.io/role/internal-elb"

Resource = dict[str, Any]
Actions = list[dict[str, Any]]


@dataclass(frozen=True)
class TagNames:
    """The tags by which somebody who makes load balancers finds his own again."""

    cluster: str
    stack: str
    resource: str

    def are_in(self, tags: Collection[str]) -> bool:
        return {self.cluster, self.stack, self.resource} <= set(tags)


CONTROLLER_TAGS = TagNames("elbv2.k8s.aws/cluster", "ingress.k8s.aws/stack", "ingress.k8s.aws/resource")
AUTO_MODE_TAGS = TagNames(
    "eks:eks-cluster-name", "ingress.eks.amazonaws.com/stack", "ingress.eks.amazonaws.com/resource"
)


class BalancerInAws:
    """Brings load balancers of one cluster to what is wanted; AWS's refusals come out as Mistakes."""

    def __init__(self, aws: Aws, cluster_name: str, tag_names: TagNames = CONTROLLER_TAGS) -> None:
        self._aws = aws
        self._cluster_name = cluster_name
        self._tag_names = tag_names

    def converge(self, wanted: WantedBalancer) -> Resource:
        """The load balancer, made or changed to what is wanted."""
        try:
            subnets = self._subnets(wanted)
            balancer = self._find(wanted.name) or self._create(wanted, subnets)
            arn = balancer["LoadBalancerArn"]
            if wanted.attributes:
                attributes = [{"Key": key, "Value": value} for key, value in wanted.attributes.items()]
                self._aws.elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
            targets = {each: self._target_group(wanted, each, balancer["VpcId"]) for each in wanted.backends}
            self._converge_listeners(arn, wanted, targets)
            return balancer
        except ClientError as error:
            raise _refusal(error) from error

    def exists(self, wanted: WantedBalancer) -> bool:
        return self._find(wanted.name) is not None

    def is_active(self, balancer: Resource) -> bool:
        """Whether AWS has finished provisioning it."""
        current = self._find(balancer["LoadBalancerName"])
        return current is not None and current["State"]["Code"] == "active"

    def remove(self, stack: str) -> None:
        """Deletes everything of a stack, whatever part of it exists."""
        for balancer in self._tagged(self._all_balancers(), "LoadBalancerArn", stack):
            for listener in self._listeners(balancer["LoadBalancerArn"]):
                self._aws.elb.delete_listener(ListenerArn=listener["ListenerArn"])
            self._aws.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
        groups = self._aws.elb.get_paginator("describe_target_groups").paginate()
        targets = [group for page in groups for group in page["TargetGroups"]]
        for target in self._tagged(targets, "TargetGroupArn", stack):
            self._aws.elb.delete_target_group(TargetGroupArn=target["TargetGroupArn"])
        for group in self._security_groups(stack):
            self._aws.ec2.delete_security_group(GroupId=group["GroupId"])

    # Load balancer

    def _find(self, name: str) -> Resource | None:
        return next((each for each in self._all_balancers() if each["LoadBalancerName"] == name), None)

    def _all_balancers(self) -> list[Resource]:
        pages = self._aws.elb.get_paginator("describe_load_balancers").paginate()
        return [balancer for page in pages for balancer in page["LoadBalancers"]]

    def _create(self, wanted: WantedBalancer, subnets: list[Resource]) -> Resource:
        group = self._security_group(wanted, subnets[0]["VpcId"])
        return self._aws.elb.create_load_balancer(
            Name=wanted.name,
            Subnets=[subnet["SubnetId"] for subnet in subnets],
            SecurityGroups=[group],
            Scheme=wanted.scheme,
            Type="application",
            Tags=self._tags(wanted, "LoadBalancer"),
        )["LoadBalancers"][0]

    def _subnets(self, wanted: WantedBalancer) -> list[Resource]:
        """The subnets that are named, or those of the cluster's VPC that carry the role tag, one per zone."""
        if wanted.subnets:
            return self._aws.ec2.describe_subnets(SubnetIds=list(wanted.subnets))["Subnets"]
        tag = PUBLIC_SUBNET_TAG if wanted.scheme == "internet-facing" else PRIVATE_SUBNET_TAG
        filters = [{"Name": "tag-key", "Values": [tag]}]
        vpc = self._cluster_vpc()
        if vpc:
            filters.append({"Name": "vpc-id", "Values": [vpc]})
        tagged = self._aws.ec2.describe_subnets(Filters=filters)["Subnets"]
        by_zone = {subnet["AvailabilityZone"]: subnet for subnet in sorted(tagged, key=lambda each: each["SubnetId"])}
        if len(by_zone) < 2:
            raise Mistake(
                "couldn't auto-discover subnets: unable to resolve at least 2 subnets in different zones "
                f"({len(by_zone)} match VPC and tags: [{tag}])"
            )
        return list(by_zone.values())

    def _cluster_vpc(self) -> str:
        try:
            cluster = self._aws.eks.describe_cluster(name=self._cluster_name)["cluster"]
        except ClientError:
            # A cluster that EKS does not know: a Kubernetes API started by itself, in tests.
            return ""
        return cluster.get("resourcesVpcConfig", {}).get("vpcId") or ""

    # Security group

    def _security_group(self, wanted: WantedBalancer, vpc: str) -> str:
        known = self._security_groups(wanted.stack)
        if known:
            return known[0]["GroupId"]
        tags = self._tags(wanted, "ManagedLBSecurityGroup")
        group = self._aws.ec2.create_security_group(
            GroupName=wanted.name,
            Description="[k8s] Managed SecurityGroup for LoadBalancer",
            VpcId=vpc,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
        )["GroupId"]
        ranges = [{"CidrIp": cidr} for cidr in wanted.inbound_cidrs]
        ports = [
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges} for _, port in wanted.listeners
        ]
        self._aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ports)
        return group

    def _security_groups(self, stack: str) -> list[Resource]:
        filters = [
            {"Name": f"tag:{self._tag_names.cluster}", "Values": [self._cluster_name]},
            {"Name": f"tag:{self._tag_names.stack}", "Values": [stack]},
        ]
        return self._aws.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]

    # Target groups, listeners, rules

    def _target_group(self, wanted: WantedBalancer, backend: Backend, vpc: str) -> str:
        """The backend's target group; no targets are registered, because the sandbox runs no pods."""
        name = target_group_name(wanted, backend)
        groups = self._aws.elb.get_paginator("describe_target_groups").paginate()
        known = {group["TargetGroupName"]: group for page in groups for group in page["TargetGroups"]}
        if name in known:
            arn = known[name]["TargetGroupArn"]
            if wanted.health_check:
                self._aws.elb.modify_target_group(TargetGroupArn=arn, **wanted.health_check)
            return arn
        return self._aws.elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=backend.port if isinstance(backend.port, int) else 1,
            VpcId=vpc,
            TargetType=wanted.target_type,
            Tags=self._tags(wanted, backend.key),
            **wanted.health_check,
        )["TargetGroups"][0]["TargetGroupArn"]

    def _converge_listeners(self, arn: str, wanted: WantedBalancer, targets: dict[Backend, str]) -> None:
        current = {listener["Port"]: listener for listener in self._listeners(arn)}
        for port in set(current) - {port for _protocol, port in wanted.listeners}:
            self._aws.elb.delete_listener(ListenerArn=current[port]["ListenerArn"])
        for protocol, port in wanted.listeners:
            request = {"Protocol": protocol, "Port": port, **self._listener_options(protocol, wanted, targets)}
            if port in current:
                listener = current[port]["ListenerArn"]
                self._aws.elb.modify_listener(ListenerArn=listener, **request)
            else:
                tags = self._tags(wanted, f"{port}")
                made = self._aws.elb.create_listener(LoadBalancerArn=arn, Tags=tags, **request)
                listener = made["Listeners"][0]["ListenerArn"]
            if protocol == "HTTPS":
                self._converge_extra_certificates(listener, wanted.certificates)
            self._replace_rules(listener, protocol, wanted, targets)

    def _listener_options(self, protocol: str, wanted: WantedBalancer, targets: dict[Backend, str]) -> dict[str, Any]:
        actions = actions_for(wanted.default_backend, protocol, wanted, targets)
        if protocol == "HTTP":
            return {"DefaultActions": actions}
        certificates = [{"CertificateArn": wanted.certificates[0]}]
        return {"DefaultActions": actions, "Certificates": certificates, "SslPolicy": wanted.ssl_policy}

    def _converge_extra_certificates(self, listener: str, certificates: tuple[str, ...]) -> None:
        """All but the first certificate serve by server name."""
        for arn in certificates[1:]:
            self._aws.elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": arn}])

    def _replace_rules(self, listener: str, protocol: str, wanted: WantedBalancer, targets: dict[Backend, str]) -> None:
        for rule in self._aws.elb.describe_rules(ListenerArn=listener)["Rules"]:
            if not rule["IsDefault"]:
                self._aws.elb.delete_rule(RuleArn=rule["RuleArn"])
        if protocol == "HTTP" and wanted.redirect_to:
            return
        rules = [rule for rule in wanted.rules if not rule.is_catch_all]
        for priority, rule in enumerate(rules, start=1):
            self._aws.elb.create_rule(
                ListenerArn=listener,
                Priority=priority,
                Conditions=conditions_of(rule),
                Actions=actions_for(rule.backend, protocol, wanted, targets),
                Tags=self._tags(wanted, f"{listener.rpartition('/')[2]}:{priority}"),
            )

    def _listeners(self, arn: str) -> list[Resource]:
        return self._aws.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]

    # Tags

    def _tags(self, wanted: WantedBalancer, resource: str) -> list[dict[str, str]]:
        names = self._tag_names
        own = {names.cluster: self._cluster_name, names.stack: wanted.stack, names.resource: resource}
        return [{"Key": key, "Value": value} for key, value in {**wanted.tags, **own}.items()]

    def _tagged(self, resources: list[Resource], arn_key: str, stack: str) -> Iterator[Resource]:
        """Those of the resources that carry this cluster's and this stack's tags."""
        wanted = {(self._tag_names.cluster, self._cluster_name), (self._tag_names.stack, stack)}
        for resource in resources:
            described = self._aws.elb.describe_tags(ResourceArns=[resource[arn_key]])["TagDescriptions"]
            tags = {(tag["Key"], tag["Value"]) for each in described for tag in each["Tags"]}
            if wanted <= tags:
                yield resource


def actions_for(backend: Backend | None, protocol: str, wanted: WantedBalancer, targets: dict[Backend, str]) -> Actions:
    """What happens to a request: a redirect to HTTPS; sign-in and then forwarding; 404 without a backend."""
    if protocol == "HTTP" and wanted.redirect_to:
        redirect = {"Protocol": "HTTPS", "Port": str(wanted.redirect_to), "StatusCode": "HTTP_301"}
        return [{"Type": "redirect", "RedirectConfig": redirect}]
    if backend is None:
        return [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]
    forward = {"Type": "forward", "TargetGroupArn": targets[backend]}
    if protocol == "HTTPS" and wanted.authentication:
        sign_in = {"Type": "authenticate-cognito", "AuthenticateCognitoConfig": wanted.authentication}
        return [{**sign_in, "Order": 1}, {**forward, "Order": 2}]
    return [forward]


def conditions_of(rule: Rule) -> list[dict[str, Any]]:
    """The listener rule's conditions for one host and path."""
    conditions: list[dict[str, Any]] = []
    if rule.host:
        conditions.append({"Field": "host-header", "HostHeaderConfig": {"Values": [rule.host]}})
    if rule.path_type == "Exact" or rule.path not in ("", "/", "/*"):
        plain = rule.path.rstrip("/")
        patterns = [plain, f"{plain}/*"] if rule.path_type == "Prefix" else [rule.path]
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": patterns}})
    return conditions


def target_group_name(wanted: WantedBalancer, backend: Backend) -> str:
    """The balancer's name with the backend worked into its last part; at most 32 characters."""
    digest = hashlib.sha256(f"{wanted.name}/{backend.key}/{wanted.target_type}".encode()).hexdigest()[:10]
    return f"{wanted.name[:21].rstrip('-')}-{digest}"


def _refusal(error: ClientError) -> Mistake:
    told = error.response["Error"]
    return Mistake(f"{told.get('Code')}: {told.get('Message')}", "FailedDeployModel")
