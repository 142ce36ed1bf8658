"""profile_manager against the project's own AWS and Kubernetes: deployed, changed, stopped half-way, removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.profile_manager import ProfileManagerClients
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN

SOURCE = Path(__file__).resolve().parents[3] / "lambda" / "profile_manager"
NAME = "profile-manager"
OTHER_FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:somebody-elses"


@pytest.fixture
def pool(aws):
    """The id of a user pool that already has a trigger of somebody else."""
    cognito = aws("cognito-idp")
    made = cognito.create_user_pool(PoolName="people", LambdaConfig={"PostConfirmation": OTHER_FUNCTION})
    return made["UserPool"]["Id"]


def all_that_is_left(aws):
    functions = [item["FunctionName"] for item in aws("lambda").list_functions()["Functions"]]
    groups = [item["logGroupName"] for item in aws("logs").describe_log_groups()["logGroups"]]
    roles = [item["RoleName"] for item in aws("iam").list_roles()["Roles"] if item["RoleName"] != "cluster"]
    return functions + groups + roles


@pytest.mark.parametrize("mode", ["API_AND_CONFIG_MAP", "CONFIG_MAP"])
def test_it_is_deployed_changed_and_removed_as_a_whole(converge, aws, cluster, pool, backends, mode):
    name = mode.lower().replace("_", "-")
    wanted = {**cluster(name, mode), "function_name": name, "user_pool_id": pool}
    made = converge("profile_manager", **wanted, source=str(SOURCE), settings={"groupPrefix": "kubeflow-"})

    assert made["registration"] == ("aws_auth" if mode == "CONFIG_MAP" else "access_entry")
    assert made["trigger"] == {"user_pool_id": pool, "function_arn": made["function_arn"], "version": "V1_0"}
    assert made["log_group"]["retention_days"] == 90
    assert made["permission"]["source_arn"].endswith(f":userpool/{pool}")
    variables = made["function"]["environment"]
    assert variables["clusterEndpoint"] == backends[name].url
    assert json.loads(variables["settings"]) == {"groupPrefix": "kubeflow-"}
    triggers = aws("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]["LambdaConfig"]
    assert triggers["PostConfirmation"] == OTHER_FUNCTION

    changed = converge("profile_manager", **wanted, memory_size=1024, timeout=4, tags={"project": "kubeflow"})
    assert changed["function"]["memory_size"] == 1024
    assert changed["code_sha256"] == made["code_sha256"]
    assert json.loads(changed["function"]["environment"]["settings"]) == {"groupPrefix": "kubeflow-"}

    converge("profile_manager", **wanted, state="absent")
    assert not [left for left in all_that_is_left(aws) if name in left]
    triggers = aws("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]["LambdaConfig"]
    assert triggers == {"PostConfirmation": OTHER_FUNCTION}


class Stopped(ServiceError):
    """Stands for the end of a run that was killed."""


class StoppedAfterThreeCalls:
    """The clients of a run that is killed before its fourth call."""

    def __init__(self, clients):
        self.clients = clients
        self.calls = 0

    def __getattr__(self, name):
        self.calls += 1
        if self.calls > 3:
            raise Stopped("killed")
        return getattr(self.clients, name)


def test_runs_that_are_killed_again_and_again_come_to_their_end(run_module, converge, aws, cluster, pool, monkeypatch):
    wanted = {**cluster("killed", "API"), "function_name": "killed", "user_pool_id": pool}
    together = ProfileManagerClients.together

    def killed_again_and_again(**options):
        for _ in range(5):
            result = run_module("profile_manager", **wanted, **options)
            if not result.get("failed"):
                return result
            assert result["msg"] == "killed"
        raise AssertionError("no progress")

    with monkeypatch.context() as patched:
        patched.setattr(ProfileManagerClients, "together", lambda clients: StoppedAfterThreeCalls(together(clients)))
        made = killed_again_and_again(source=str(SOURCE))
        assert made["trigger"]["function_arn"] == made["function_arn"]
    converge("profile_manager", **wanted, source=str(SOURCE), changed=False)
    with monkeypatch.context() as patched:
        patched.setattr(ProfileManagerClients, "together", lambda clients: StoppedAfterThreeCalls(together(clients)))
        killed_again_and_again(state="absent")
    assert not [name for name in all_that_is_left(aws) if "killed" in name]


def test_it_is_announced_before_there_is_anything_and_removed_after_the_cluster(
    run_module, aws, cluster, pool, account
):
    empty = {"function_name": "early", "user_pool_id": UNKNOWN, "cluster_name": "not-yet", "cluster_endpoint": UNKNOWN}
    announced = run_module("profile_manager", check=True, **empty, source=str(SOURCE), kubeconfig="/nonexistent")
    assert announced["changed"]
    assert announced["registration"] == UNKNOWN
    assert "There is no cluster" in run_module("profile_manager", **empty, source=str(SOURCE))["msg"]

    wanted = {**cluster("passing", "API"), "function_name": "passing", "user_pool_id": pool}
    run_module("profile_manager", **wanted, source=str(SOURCE))
    assert not run_module("eks_cluster", name="passing", state="absent").get("failed")
    removed = run_module("profile_manager", **{**wanted, "kubeconfig": "/nonexistent"}, state="absent")
    assert removed["changed"]
    assert "Only AWS's side" in str(removed["warnings"])
    assert not [name for name in all_that_is_left(aws) if "passing" in name]


def test_a_cluster_that_is_there_but_does_not_answer_is_an_error(run_module, cluster, pool):
    wanted = {**cluster("silent", "API"), "kubeconfig": "/nonexistent", "function_name": "silent", "user_pool_id": pool}
    for options in ({"source": str(SOURCE)}, {"state": "absent"}):
        assert "Give kubeconfig" in run_module("profile_manager", **wanted, **options)["msg"]
    assert run_module("profile_manager", check=True, **wanted, source=str(SOURCE))["changed"]
