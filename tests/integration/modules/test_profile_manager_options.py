"""profile_manager's schedule, reservation, tracing and receipts, and the end of it where aws-auth is malformed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.aws.inventory import list_everything
from sandbox.kubernetes.client import KubernetesClient

SOURCE = str(Path(__file__).resolve().parents[3] / "lambda" / "profile_manager")
DAILY, NIGHTLY = "rate(1 day)", "cron(0 3 * * ? *)"
AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture
def pool(aws):
    return aws("cognito-idp").create_user_pool(PoolName="people")["UserPool"]["Id"]


@pytest.fixture
def admin(backends):
    """`admin(cluster)` is the client of the cluster's administrator."""
    return lambda name: KubernetesClient(backends[name].url, backends[name].ca_pem, backends[name].admin_token)


@pytest.fixture
def left(cloud, account):
    """`left(name)` names everything in the account that bears the name, but for the cluster of that name."""
    key = {"aws_access_key_id": account.access_key_id, "aws_secret_access_key": account.secret_access_key}

    def found(name):
        listed = list_everything(cloud.url, key, account.region)
        cluster = {("eks clusters", name), ("eks clusters", f"{name} access entry {account.deployer_arn}")}
        named = {
            (kind, item) for kind, items in listed.items() if kind != "ec2 network" for item in items if name in item
        }
        return named - cluster

    return found


def rights(aws, name):
    policy = aws("iam").get_role_policy(RoleName=name, PolicyName="profile-manager")["PolicyDocument"]
    return {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}


def settings(result):
    return json.loads(result["function"]["environment"]["settings"])


def test_a_schedule_is_switched_on_moved_and_off(converge, run_module, aws, cluster, pool, left):
    base = {**cluster("timed", "API"), "function_name": "timed", "user_pool_id": pool}
    made = converge("profile_manager", **base, source=SOURCE, timeout=300, schedule=DAILY, tags={"a": "b"})
    assert made["schedule"]["expression"] == DAILY
    assert made["schedule"]["targets"] == {"profile-manager": made["function_arn"]}
    assert made["schedule"]["permission"]["source_arn"] == "arn:aws:events:eu-west-1:123456789012:rule/timed"
    assert made["schedule"]["tags"]["a"] == "b"
    assert rights(aws, "timed")["ListUsersOfThePool"].endswith(f":userpool/{pool}")
    assert settings(made) == {"scheduledRun": True, "userPoolId": pool}

    wanted = {**base, "timeout": 300}
    converge("profile_manager", **wanted, schedule=NIGHTLY)
    aws("events").disable_rule(Name="timed")
    assert converge("profile_manager", **wanted, schedule=NIGHTLY)["schedule"]["state"] == "ENABLED"
    untouched = converge("profile_manager", **wanted, settings={"onError": "allow"})
    assert untouched["schedule"]["expression"] == NIGHTLY
    assert settings(untouched) == {"onError": "allow", "scheduledRun": True, "userPoolId": pool}

    off = converge("profile_manager", **wanted, schedule="")
    assert off["schedule"] is None
    assert "ListUsersOfThePool" not in rights(aws, "timed")
    assert settings(off) == {"onError": "allow", "scheduledRun": False}
    assert not [item for kind, item in left("timed") if "event" in kind or "events" in item]

    assert "is no schedule" in run_module("profile_manager", **wanted, schedule="daily")["msg"]
    converge("profile_manager", **wanted, schedule=DAILY)
    converge("profile_manager", **base, state="absent")
    assert not left("timed")


def test_somebody_elses_rule_of_the_same_name_stays(run_module, aws, cluster, pool):
    aws("events").put_rule(Name="taken", ScheduleExpression=DAILY)
    base = {**cluster("taken", "API"), "function_name": "taken", "user_pool_id": pool}
    refused = run_module("profile_manager", **base, source=SOURCE, schedule=NIGHTLY)
    assert "was not made by this module" in refused["msg"]
    assert run_module("profile_manager", **base, source=SOURCE, schedule="")["changed"]
    assert "left alone" in str(run_module("profile_manager", **base, state="absent")["warnings"])
    assert aws("events").describe_rule(Name="taken")["ScheduleExpression"] == DAILY


def test_executions_are_reserved_and_traces_written_while_wanted(converge, run_module, aws, cluster, pool):
    base = {**cluster("tuned", "API"), "function_name": "tuned", "user_pool_id": pool}
    made = converge("profile_manager", **base, source=SOURCE, reserved_concurrency=20, tracing="Active")
    assert (made["function"]["reserved_concurrency"], made["function"]["tracing"]) == (20, "Active")
    assert "WriteTraces" in rights(aws, "tuned")
    kept = converge("profile_manager", **base, memory_size=256)["function"]
    assert (kept["reserved_concurrency"], kept["tracing"]) == (20, "Active")
    off = converge("profile_manager", **base, memory_size=256, reserved_concurrency=-1, tracing="PassThrough")
    assert (off["function"]["reserved_concurrency"], off["function"]["tracing"]) == (None, "PassThrough")
    assert "WriteTraces" not in rights(aws, "tuned")
    for executions, message in ((0, "nobody could log in"), (1000, "Reserve fewer")):
        assert message in run_module("profile_manager", **base, reserved_concurrency=executions)["msg"]


def test_receipts_may_be_kept_in_the_namespace_that_the_settings_name(converge, run_module, cluster, pool, admin):
    base = {**cluster("noted", "API"), "function_name": "noted", "user_pool_id": pool}
    for namespace in ("receipts", "others"):
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        admin("noted").create("/api/v1/namespaces", manifest)
    wanted = {"personalProfile": "none", "receiptNamespace": "receipts"}
    made = converge("profile_manager", **base, source=SOURCE, settings=wanted)
    assert [(item["kind"], item["namespace"]) for item in made["receipt_access"]] == [
        ("Role", "receipts"),
        ("RoleBinding", "receipts"),
    ]
    moved = converge("profile_manager", **base, settings={**wanted, "receiptNamespace": "others"})
    assert {item["namespace"] for item in moved["receipt_access"]} == {"others"}
    refused = run_module("profile_manager", **base, settings={**wanted, "receiptNamespace": "missing"})
    assert "there is no namespace missing" in refused["msg"]
    converge("profile_manager", **base, state="absent")
    for kind in ("roles", "rolebindings"):
        assert not admin("noted").items(f"{RBAC}/namespaces/others/{kind}")


MALFORMED = "- rolearn: arn:aws:iam::123456789012:role/{name}\n  groups: [system:masters\n"


def test_a_malformed_aws_auth_keeps_nothing_else_from_being_removed(run_module, cluster, pool, admin, left):
    base = {**cluster("garbled", "CONFIG_MAP"), "function_name": "garbled", "user_pool_id": pool}
    made = run_module("profile_manager", **base, source=SOURCE)
    assert made["registration"] == "aws_auth"
    text = MALFORMED.format(name="garbled")
    admin("garbled").merge(f"{AWS_AUTH}/aws-auth", {"data": {"mapRoles": text}})
    assert "aws-auth was not changed" in run_module("profile_manager", **base, source=SOURCE, memory_size=256)["msg"]

    announced = run_module("profile_manager", check=True, **base, state="absent")
    assert announced["changed"]
    assert "ends with an error" in str(announced["warnings"])
    for attempt in range(2):
        failed = run_module("profile_manager", **base, state="absent")
        assert (
            "Everything but the entry of arn:aws:iam::123456789012:role/garbled in aws-auth is removed" in failed["msg"]
        )
        assert "kubectl -n kube-system edit configmap aws-auth" in failed["msg"], attempt
        assert not left("garbled")
    assert not [role for role in admin("garbled").items(f"{RBAC}/clusterroles") if "profile-manager" in str(role)]
    assert admin("garbled").get(f"{AWS_AUTH}/aws-auth")["data"]["mapRoles"] == text

    repaired = text.replace("masters", "masters]")
    admin("garbled").merge(f"{AWS_AUTH}/aws-auth", {"data": {"mapRoles": repaired}})
    assert run_module("profile_manager", **base, state="absent")["changed"]
    assert "garbled" not in admin("garbled").get(f"{AWS_AUTH}/aws-auth")["data"]["mapRoles"]


def test_a_malformed_aws_auth_that_does_not_name_the_role_is_nobody_s_business(run_module, cluster, pool, admin, left):
    base = {**cluster("foreign", "API_AND_CONFIG_MAP"), "function_name": "foreign", "user_pool_id": pool}
    made = run_module("profile_manager", **base, source=SOURCE)
    assert made["registration"] == "access_entry"
    metadata = {"name": "aws-auth", "namespace": "kube-system"}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"mapRoles": "- rolearn: ["}}
    admin("foreign").create(AWS_AUTH, manifest)
    assert run_module("profile_manager", **base, state="absent")["changed"]
    assert not left("foreign")
