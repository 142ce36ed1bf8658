from __future__ import annotations

import json

import pytest

INGRESSES = "/apis/networking.k8s.io/v1/namespaces/{}/ingresses"
PREFIX = "alb.ingress.kubernetes.io/"


@pytest.fixture(scope="module")
def platform(world):
    """A certificate in the site's region, one in us-east-1, and a user pool with its client."""
    cognito = world.aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]
    client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="alb", GenerateSecret=True)
    return {
        "certificate": certificate(world, "eu-west-1"),
        "foreign_certificate": certificate(world, "us-east-1"),
        "pool_arn": pool["Arn"],
        "client_id": client["UserPoolClient"]["ClientId"],
    }


def certificate(world, region: str) -> str:
    """An issued certificate, validated by its record in the hosted zone."""
    acm, domain = world.aws("acm", region), f"kubeflow.{world.account.domain}"
    arn = acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    while "ResourceRecord" not in (option := described(acm, arn)["DomainValidationOptions"][0]):
        pass
    record = option["ResourceRecord"]
    change = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    world.aws("route53").change_resource_record_sets(
        HostedZoneId=world.account.hosted_zone_id,
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]},
    )
    while described(acm, arn)["Status"] != "ISSUED":
        pass
    return arn


def described(acm, arn: str) -> dict:
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


@pytest.fixture
def gateway(world, unique):
    """A namespace with the gateway's service."""
    name = world.namespace(unique("gateway"))
    ports = [{"name": "http2", "port": 80, "protocol": "TCP"}]
    service = {"metadata": {"name": "istio-ingressgateway"}, "spec": {"selector": {"app": "gw"}, "ports": ports}}
    world.admin.create(f"/api/v1/namespaces/{name}/services", service)
    return name


def annotations(platform, **changes) -> dict[str, str]:
    """Those of the kubeflow role; a change to None removes one."""
    cognito = {
        "userPoolARN": platform["pool_arn"],
        "userPoolClientID": platform["client_id"],
        "userPoolDomain": "cognito.auth.platform.example.com",
    }
    given = {
        "scheme": "internet-facing",
        "target-type": "ip",
        "listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
        "ssl-redirect": "443",
        "certificate-arn": platform["certificate"],
        "auth-type": "cognito",
        "auth-idp-cognito": json.dumps(cognito),
        "auth-scope": "openid email",
        "auth-session-timeout": "28800",
        "healthcheck-path": "/healthz/ready",
        **{key.replace("_", "-"): value for key, value in changes.items()},
    }
    return {PREFIX + key: value for key, value in given.items() if value is not None}


def ingress(notes: dict[str, str], host: str = "", service: str = "istio-ingressgateway") -> dict:
    backend = {"service": {"name": service, "port": {"number": 80}}}
    rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    if host:
        rule["host"] = host
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "istio-ingress", "annotations": notes},
        "spec": {"ingressClassName": "alb", "rules": [rule]},
    }


def hostname(world, namespace: str) -> str | None:
    found = world.admin.get(INGRESSES.format(namespace) + "/istio-ingress")
    entries = found.get("status", {}).get("loadBalancer", {}).get("ingress")
    return entries[0]["hostname"] if entries else None


def balancer_of(world, namespace: str) -> dict | None:
    """The load balancer that carries the stack's tag."""
    elb = world.aws("elbv2")
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        tags = elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"]])["TagDescriptions"][0]["Tags"]
        if {"Key": "ingress.k8s.aws/stack", "Value": f"{namespace}/istio-ingress"} in tags:
            return {**balancer, "Tags": {tag["Key"]: tag["Value"] for tag in tags}}
    return None


def listeners_of(world, balancer: dict) -> dict[int, dict]:
    listeners = world.aws("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    return {listener["Port"]: listener for listener in listeners}


def test_an_ingress_gets_a_load_balancer_and_its_name(world, platform, gateway, eventually):
    world.admin.create(INGRESSES.format(gateway), ingress(annotations(platform)))

    name = eventually(lambda: hostname(world, gateway))
    balancer = balancer_of(world, gateway)
    assert (balancer["DNSName"], balancer["Scheme"], balancer["State"]["Code"]) == (name, "internet-facing", "active")
    assert balancer["Tags"]["elbv2.k8s.aws/cluster"] == "test"
    assert balancer["Tags"]["ingress.k8s.aws/resource"] == "LoadBalancer"
    assert sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]) == sorted(world.account.subnet_ids)
    listeners = listeners_of(world, balancer)
    assert listeners[80]["DefaultActions"][0]["RedirectConfig"]["Protocol"] == "HTTPS"
    assert listeners[443]["Certificates"][0]["CertificateArn"] == platform["certificate"]
    sign_in, forward = listeners[443]["DefaultActions"]
    config = sign_in["AuthenticateCognitoConfig"]
    assert config["UserPoolArn"] == platform["pool_arn"]
    assert (config["Scope"], int(config["SessionTimeout"])) == ("openid email", 28800)
    assert forward["Type"] == "forward"
    target = world.aws("elbv2").describe_target_groups(TargetGroupArns=[forward["TargetGroupArn"]])["TargetGroups"][0]
    assert (target["TargetType"], target["HealthCheckPath"]) == ("ip", "/healthz/ready")
    groups = world.aws("ec2").describe_security_groups(GroupIds=balancer["SecurityGroups"])["SecurityGroups"]
    assert sorted(rule["FromPort"] for rule in groups[0]["IpPermissions"]) == [80, 443]


def test_a_host_gets_a_rule_and_everything_else_gets_404(world, platform, gateway, eventually):
    host = "kubeflow.platform.example.com"
    world.admin.create(INGRESSES.format(gateway), ingress(annotations(platform), host))

    eventually(lambda: hostname(world, gateway))
    listener = listeners_of(world, balancer_of(world, gateway))[443]
    assert listener["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "404"
    rules = world.aws("elbv2").describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    rule = next(each for each in rules if not each["IsDefault"])
    assert [each["Type"] for each in rule["Actions"]] == ["authenticate-cognito", "forward"]
    assert rule["Conditions"][0]["HostHeaderConfig"]["Values"] == [host]


def test_a_changed_annotation_changes_the_listener(world, platform, gateway, eventually):
    world.admin.create(INGRESSES.format(gateway), ingress(annotations(platform), "kubeflow.platform.example.com"))
    eventually(lambda: hostname(world, gateway))
    other = certificate(world, "eu-west-1")
    change = {"metadata": {"annotations": annotations(platform, certificate_arn=other)}}
    world.admin.merge(f"{INGRESSES.format(gateway)}/istio-ingress", change)

    def served() -> str:
        listener = listeners_of(world, balancer_of(world, gateway))[443]
        return listener["Certificates"][0]["CertificateArn"]

    eventually(lambda: served() == other)
    # Its rules were made anew, and still it is one load balancer.
    arn = balancer_of(world, gateway)["LoadBalancerArn"]
    groups = world.aws("elbv2").describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
    assert [group["LoadBalancerArns"] for group in groups] == [[arn]]


def test_deletion_takes_everything_along(world, platform, gateway, eventually):
    world.admin.create(INGRESSES.format(gateway), ingress(annotations(platform)))
    eventually(lambda: hostname(world, gateway))
    balancer = balancer_of(world, gateway)
    path = f"{INGRESSES.format(gateway)}/istio-ingress"
    targets = {group["TargetGroupArn"] for group in world.aws("elbv2").describe_target_groups()["TargetGroups"]}

    world.admin.delete(path)
    eventually(lambda: world.admin.get(path) is None)

    assert balancer_of(world, gateway) is None
    left = {group["TargetGroupArn"] for group in world.aws("elbv2").describe_target_groups()["TargetGroups"]}
    assert len(left) == len(targets) - 1
    groups = world.aws("ec2").describe_security_groups()["SecurityGroups"]
    assert balancer["SecurityGroups"][0] not in {group["GroupId"] for group in groups}


MISTAKES = {
    "certificate of another region": ({"certificate_arn": "foreign_certificate"}, "is not valid"),
    "unknown certificate": ({"certificate_arn": "unknown"}, "not found"),
    "no certificate": ({"certificate_arn": None}, "certificate-arn is not set"),
    "unparsable auth-idp-cognito": ({"auth_idp_cognito": "{userPoolARN:"}, "failed to parse json annotation"),
    "auth-idp-cognito without a client": ({"auth_idp_cognito": '{"userPoolARN": "a"}'}, "lacks UserPoolClientId"),
    "unknown user pool": ({"auth_idp_cognito": "unknown"}, "user pool"),
    "missing auth-idp-cognito": ({"auth_idp_cognito": None}, "missing authIDPConfig"),
    "unparsable listen-ports": ({"listen_ports": "443"}, "failed to parse listen-ports"),
    "redirect to a port nobody serves": ({"ssl_redirect": "8443"}, "listener does not exist for SSLRedirect port"),
    "unknown scheme": ({"scheme": "public"}, "unknown scheme: public"),
    "target type that needs node ports": ({"target_type": "instance"}, "NodePort"),
}


@pytest.mark.parametrize(("changes", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_becomes_an_event_and_no_status(world, platform, gateway, eventually, changes, message):
    values = {
        "foreign_certificate": platform["foreign_certificate"],
        "unknown": "arn:aws:acm:eu-west-1:123456789012:certificate/0000",
    }
    changes = {key: values.get(value, value) for key, value in changes.items()}
    if "auth_idp_cognito" in changes and changes["auth_idp_cognito"] == values["unknown"]:
        pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_unknown"
        cognito = {"userPoolARN": pool, "userPoolClientID": platform["client_id"], "userPoolDomain": "d"}
        changes["auth_idp_cognito"] = json.dumps(cognito)
    world.admin.create(INGRESSES.format(gateway), ingress(annotations(platform, **changes)))

    def events() -> list[dict]:
        return world.admin.items(f"/api/v1/namespaces/{gateway}/events")

    event = eventually(events)[0]
    assert message in event["message"]
    assert (event["type"], event["involvedObject"]["name"]) == ("Warning", "istio-ingress")
    assert hostname(world, gateway) is None
    path = f"{INGRESSES.format(gateway)}/istio-ingress"
    world.admin.delete(path)
    eventually(lambda: world.admin.get(path) is None)
    assert balancer_of(world, gateway) is None


def test_a_missing_service_is_a_mistake_until_it_comes(world, platform, unique, eventually):
    namespace = world.namespace(unique("late"))
    world.admin.create(INGRESSES.format(namespace), ingress(annotations(platform)))
    event = eventually(lambda: world.admin.items(f"/api/v1/namespaces/{namespace}/events"))[0]
    assert 'Service "istio-ingressgateway" not found' in event["message"]

    spec = {"selector": {"app": "gw"}, "ports": [{"port": 80}]}
    service = {"metadata": {"name": "istio-ingressgateway"}, "spec": spec}
    world.admin.create(f"/api/v1/namespaces/{namespace}/services", service)
    eventually(lambda: hostname(world, namespace))


def test_an_ingress_of_another_class_is_left_alone(world, platform, gateway, eventually):
    other = ingress(annotations(platform))
    other["spec"]["ingressClassName"] = "nginx"
    world.admin.create(INGRESSES.format(gateway), other)
    second = ingress(annotations(platform))
    second["metadata"]["name"] = "ours"
    world.admin.create(INGRESSES.format(gateway), second)
    path = f"{INGRESSES.format(gateway)}/ours"
    eventually(lambda: world.admin.get(path)["metadata"].get("finalizers"))

    assert not world.admin.get(f"{INGRESSES.format(gateway)}/istio-ingress")["metadata"].get("finalizers")


def test_the_ingress_class_is_there(world):
    found = world.admin.get("/apis/networking.k8s.io/v1/ingressclasses/alb")

    assert found["spec"]["controller"] == "ingress.k8s.aws/alb"
