"""What AWS refuses for a while, or for good: modules wait out the former, and explain the latter before or after asking.

The rules are those of sandbox/aws/README.md; here are the ones that no module's own tests meet. Time is slowed down where
a rule is about AWS's first seconds.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients import waiting

SOURCE = str(Path(__file__).resolve().parents[3] / "lambda" / "profile_manager")
SLOW = 0.08
"""A role is believed after 0.64 s, a function works after 0.4 s."""


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def slow(cloud, monkeypatch):
    """`slow()` makes AWS take its time from now on."""
    return lambda: monkeypatch.setattr(cloud.pace, "factor", SLOW)


@pytest.fixture
def pool(aws):
    return aws("cognito-idp").create_user_pool(PoolName="people")["UserPool"]["Id"]


def done(result):
    assert not result.get("failed"), result["msg"]
    return result


def test_a_role_that_nobody_believes_yet_and_a_function_that_is_busy_are_waited_for(run_module, cluster, pool, slow):
    base = {**cluster("patient", "API"), "function_name": "patient", "user_pool_id": pool}
    slow()
    done(run_module("profile_manager", **base, source=SOURCE))
    changed = done(run_module("profile_manager", **base, source=SOURCE, architecture="x86_64", memory_size=256))
    assert (changed["function"]["architecture"], changed["function"]["memory_size"]) == ("x86_64", 256)
    again = run_module("profile_manager", **base, source=SOURCE, architecture="x86_64", memory_size=256)
    assert not done(again)["changed"]


def test_a_function_in_a_vpc_gets_a_role_that_may_join_it_before(run_module, aws, cluster, pool, account):
    group = aws("ec2").create_security_group(GroupName="function", Description="-", VpcId=account.vpc_id)["GroupId"]
    base = {**cluster("inside", "API"), "function_name": "inside", "user_pool_id": pool}
    done(run_module("profile_manager", **base, source=SOURCE))
    subnets = sorted(account.subnet_ids)
    moved = done(run_module("profile_manager", **base, subnet_ids=subnets, security_group_ids=[group]))
    assert moved["function"]["network"] == {"subnet_ids": subnets, "security_group_ids": [group]}
    out = done(run_module("profile_manager", **base, subnet_ids=[]))
    assert out["function"]["network"] == {"subnet_ids": [], "security_group_ids": []}
    assert "JoinTheVpc" not in json.dumps(out["role"]["policy"])


def test_a_permission_of_our_name_for_somebody_else_is_replaced(run_module, aws, cluster, pool):
    base = {**cluster("shared", "API"), "function_name": "shared", "user_pool_id": pool}
    made = done(run_module("profile_manager", **base, source=SOURCE, schedule="rate(1 day)"))
    functions = aws("lambda")
    for statement in (made["permission"], made["schedule"]["permission"]):
        sid = statement["statement_id"]
        functions.remove_permission(FunctionName="shared", StatementId=sid)
        functions.add_permission(
            FunctionName="shared", StatementId=sid, Action="lambda:InvokeFunction", Principal=statement["principal"]
        )
    repaired = done(run_module("profile_manager", **base, schedule="rate(1 day)"))
    assert repaired["permission"] == made["permission"]
    assert repaired["schedule"]["permission"] == made["schedule"]["permission"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"runtime": "python3.8"}, "no longer supported"),
        ({"environment": {"AWS_REGION": "eu-west-1"}}, "reserved keys"),
        ({"settings": {"x": "y" * 4096}}, "Lambda allows 4096"),
    ],
)
def test_what_lambda_does_not_take_is_told_and_no_login_is_led_there(run_module, aws, cluster, pool, options, said):
    base = {**cluster("refused", "API"), "function_name": "refused", "user_pool_id": pool}
    assert said in run_module("profile_manager", **base, source=SOURCE, **options)["msg"]
    described = aws("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
    assert not described.get("LambdaConfig")
    done(run_module("eks_cluster", name="refused", state="absent"))
    done(run_module("profile_manager", **base, state="absent"))


def test_a_role_that_eks_does_not_believe_yet_is_waited_for(run_module, aws, cloud, account, slow, monkeypatch):
    pace = cloud.pace.factor
    slow()
    role = aws("iam").create_role(RoleName="fresh", AssumeRolePolicyDocument=trust("eks.amazonaws.com"))["Role"]["Arn"]
    aws("iam").attach_role_policy(RoleName="fresh", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    monkeypatch.setattr(cloud.pace, "factor", pace)
    done(run_module("eks_cluster", name="fresh", role_arn=role, subnet_ids=list(account.subnet_ids)))
    one_zone = run_module("eks_cluster", name="narrow", role_arn=role, subnet_ids=list(account.subnet_ids)[:1])
    assert "two availability zones at least" in one_zone["msg"]


def test_a_principal_that_does_not_exist_yet_is_waited_for_and_then_told(run_module, cluster, monkeypatch):
    name = cluster("strict", "API")["cluster_name"]
    arn = "arn:aws:iam::123456789012:role/nobody"
    clock = iter(range(0, 10**6, 60))
    patient = waiting.wait_until
    monkeypatch.setattr(
        "ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.settling.wait_until",
        lambda *args, **options: patient(*args, **options, clock=lambda: next(clock), sleep=lambda seconds: None),
    )
    assert "principalArn" in run_module("eks_access_entry", cluster_name=name, principal_arn=arn)["msg"]
    assert next(clock) > 120, "it was not waited for"


def test_a_certificate_in_use_stays_until_it_is_let_go(run_module, aws, account):
    name = f"busy.{account.domain}"
    wanted = {"domain_name": name, "hosted_zone_id": account.hosted_zone_id}
    arn = done(run_module("acm_public_certificate", **wanted))["certificate_arn"]
    elb = aws("elbv2")
    balancer = elb.create_load_balancer(Name="busy", Subnets=list(account.subnet_ids))["LoadBalancers"][0]
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[balancer["LoadBalancerArn"]])
    page = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": arn}],
        DefaultActions=[page],
    )["Listeners"][0]["ListenerArn"]
    refused = run_module("acm_public_certificate", **wanted, state="absent", wait_timeout=0)
    assert "in use by" in refused["msg"]
    assert balancer["LoadBalancerArn"].split("/")[-1] in refused["msg"]
    elb.delete_listener(ListenerArn=listener)
    assert done(run_module("acm_public_certificate", **wanted, state="absent"))["changed"]


def test_validation_records_come_late_and_a_request_that_failed_says_why(run_module, aws, account, slow):
    caa = {"Name": f"closed.{account.domain}", "Type": "CAA", "TTL": 60}
    change = {
        "Action": "UPSERT",
        "ResourceRecordSet": {**caa, "ResourceRecords": [{"Value": '0 issue "other.example"'}]},
    }
    zone = account.hosted_zone_id
    aws("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    closed = run_module("acm_public_certificate", domain_name=f"closed.{account.domain}", hosted_zone_id=zone)
    assert "CAA" in closed["msg"]
    private = run_module("acm_public_certificate", domain_name="kubeflow.corp")
    assert "INVALID_PUBLIC_DOMAIN" in private["msg"] or "public" in private["msg"]
    many = [f"n{number}.{account.domain}" for number in range(11)]
    asked = {"domain_name": many[0], "subject_alternative_names": many[1:], "hosted_zone_id": zone}
    assert "higher quota" in run_module("acm_public_certificate", **asked)["msg"]
    slow()
    late = run_module("acm_public_certificate", domain_name=f"late.{account.domain}", hosted_zone_id=zone, wait=False)
    assert done(late)["certificate"]["validation_records"], "told 0.8 s after the request"


def test_a_validation_record_whose_time_was_changed_can_be_removed(run_module, aws, account):
    wanted = {"domain_name": f"timed.{account.domain}", "hosted_zone_id": account.hosted_zone_id}
    record = done(run_module("acm_public_certificate", **wanted))["certificate"]["validation_records"][0]
    changed = {"Name": record["name"], "Type": "CNAME", "TTL": 17, "ResourceRecords": [{"Value": record["value"]}]}
    change = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": changed}]}
    aws("route53").change_resource_record_sets(HostedZoneId=account.hosted_zone_id, ChangeBatch=change)
    done(run_module("acm_public_certificate", **wanted, state="absent", purge_validation_records=True))
    listed = aws("route53").list_resource_record_sets(HostedZoneId=account.hosted_zone_id)["ResourceRecordSets"]
    assert record["name"] not in str(listed)


def test_a_pool_with_a_domain_stays_and_the_domain_is_named(run_module, aws, pool):
    aws("cognito-idp").create_user_pool_domain(Domain="prefix", UserPoolId=pool)
    refused = run_module("cognito_user_pool", user_pool_id=pool, name="people", state="absent", force=True)
    assert "domain" in refused["msg"]
    assert "prefix" in refused["msg"]


def test_a_new_version_of_the_trigger_needs_another_tier(run_module, aws, cluster):
    lite = aws("cognito-idp").create_user_pool(PoolName="lite", UserPoolTier="LITE")["UserPool"]["Id"]
    base = {**cluster("lite", "API"), "function_name": "lite", "user_pool_id": lite}
    refused = run_module("profile_manager", **base, source=SOURCE, trigger_version="V2_0")
    assert "Raise its tier" in refused["msg"]
    assert "lite" not in [item["FunctionName"] for item in aws("lambda").list_functions()["Functions"]]
    assert done(run_module("profile_manager", **base, source=SOURCE))["trigger"]["version"] == "V1_0"
