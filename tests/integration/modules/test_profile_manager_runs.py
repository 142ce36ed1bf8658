"""What profile_manager has deployed really runs: a login gives access, the schedule takes it from who is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from sandbox.controllers.profile_controller import ProfileController
from sandbox.kubernetes.client import KubernetesClient

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "lambda" / "profile_manager"
EVENTS = SOURCE / "tests" / "events"
KUBEFLOW = ROOT / "sandbox" / "kubeflow"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/rolebindings"
PATHS = {
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
}


class NoAws:
    iam = None


@pytest.fixture
def kubeflow(backends):
    """`kubeflow(cluster)` puts Kubeflow's kinds, roles and profile controller into a cluster; answers its administrator."""
    controllers = []

    def installed(name):
        admin = KubernetesClient(backends[name].url, backends[name].ca_pem, backends[name].admin_token)
        for file in (*sorted(KUBEFLOW.glob("crds/*.yaml")), *sorted(KUBEFLOW.glob("roles/*.yaml"))):
            for found in yaml.safe_load_all(file.read_text()):
                if found and found["kind"] in PATHS:
                    admin.create(PATHS[found["kind"]], found)
        controllers.append(ProfileController(admin, NoAws()))
        controllers[-1].start()
        return admin

    yield installed
    for controller in controllers:
        controller.stop()


@pytest.fixture
def invoke(aws):
    """`invoke(function, event, service, source)` is the call that the service makes; answers what the function says."""

    def called(function, event, service, source):
        client = aws("lambda")

        def as_service(params, **_):
            params["headers"].update({"X-Sandbox-Service-Principal": service, "X-Sandbox-Source-Arn": source})

        client.meta.events.register("before-call.lambda.Invoke", as_service)
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event))
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said

    return called


def login(email, groups):
    event = json.loads((EVENTS / "hosted_auth_v1.json").read_text())
    attributes = event["request"]["userAttributes"]
    attributes.update({"email": email, "custom:groups": groups})
    attributes["identities"] = json.dumps([{"userId": email, "providerName": "ADFS", "providerType": "SAML"}])
    return {**event, "userName": email.split("@")[0]}


def members(admin, namespace):
    """Who has been let into the namespace by the function."""
    ours = [item["metadata"] for item in admin.items(BINDINGS) if item["metadata"]["namespace"] == namespace]
    return {item["annotations"]["user"] for item in ours if "kubeflow-profile-manager" in str(item.get("labels"))}


def test_logins_give_access_and_the_schedule_takes_it_from_who_is_gone(run_module, aws, cluster, kubeflow, invoke):
    pool = aws("cognito-idp").create_user_pool(
        PoolName="people", Schema=[{"Name": "groups", "AttributeDataType": "String", "Mutable": True}]
    )["UserPool"]
    base = {**cluster("alive", "API"), "function_name": "alive", "user_pool_id": pool["Id"]}
    admin = kubeflow("alive")
    made = run_module("profile_manager", **base, source=str(SOURCE), timeout=60, schedule="rate(1 day)")
    assert made["admission_policy"], made
    staying, leaving = "stays@example.com", "leaves@example.com"
    for email in (staying, leaving):
        invoke("alive", login(email, "[vision]"), "cognito-idp.amazonaws.com", pool["Arn"])
    assert members(admin, "vision") == {staying, leaving}
    assert aws("logs").describe_log_streams(logGroupName=made["log_group"]["name"])["logStreams"]

    attributes = [{"Name": "email", "Value": staying}, {"Name": "custom:groups", "Value": "[vision]"}]
    aws("cognito-idp").admin_create_user(UserPoolId=pool["Id"], Username="stays", UserAttributes=attributes)
    rule = made["schedule"]["permission"]["source_arn"]
    scheduled = json.loads((EVENTS / "scheduled.json").read_text())
    said = invoke("alive", scheduled, "events.amazonaws.com", rule)
    assert (said["ended"], said["failed"]) == ("complete", 0)
    assert members(admin, "vision") == {staying}

    with pytest.raises(aws("lambda").exceptions.ClientError, match="not authorized"):
        invoke("alive", scheduled, "events.amazonaws.com", rule.replace("rule/alive", "rule/other"))
