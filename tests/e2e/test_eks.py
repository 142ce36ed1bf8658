"""The role eks by itself: with the load balancer controller from a chart, by way of eksctl, and with a cluster of others."""

from __future__ import annotations

import configparser
import json
import stat
import sys
from pathlib import Path

import boto3
import pytest
import yaml

from .conftest import Finished, Sandbox

ACCOUNT = "arn:aws:iam::123456789012"
ROLE = {
    "hosts": "platform",
    "gather_facts": False,
    "environment": "{{ site_environment }}",
    "vars": {"eks_account_arn_prefix": ACCOUNT},
    "roles": [{"role": "multitenant.kubeflow.eks"}],
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), "emulator")
    started = running.command("up")
    assert started.code == 0, started.output
    yield running
    running.command("down")


@pytest.fixture(scope="module")
def aws(sandbox):
    """A boto3 client of the deployer, by the name of the service."""
    addresses = json.loads((sandbox.state / "addresses.json").read_text())
    keys = configparser.ConfigParser()
    keys.read(sandbox.state / "aws" / "credentials")

    def client(service):
        return boto3.client(
            service,
            endpoint_url=addresses["aws_endpoint_url"],
            region_name=addresses["region"],
            aws_access_key_id=keys["default"]["aws_access_key_id"],
            aws_secret_access_key=keys["default"]["aws_secret_access_key"],
        )

    return client


@pytest.fixture
def play(sandbox, tmp_path):
    """`play(**variables)` runs the role; `play(playbook=[…])` runs a playbook of the test's own."""

    def run(playbook: list | None = None, **variables) -> Finished:
        (tmp_path / "play.yml").write_text(yaml.safe_dump(playbook or [ROLE]))
        (tmp_path / "variables.json").write_text(json.dumps(variables))
        return sandbox.run(
            "ansible-playbook",
            str(tmp_path / "play.yml"),
            "-i",
            "inventories/sandbox",
            "-e",
            f"@{tmp_path / 'variables.json'}",
        )

    return run


def kubectl(sandbox: Sandbox, *arguments: str) -> dict:
    kubeconfig = str(sandbox.state / "kubeconfig")
    printed = sandbox.run("kubectl", "--kubeconfig", kubeconfig, "get", *arguments, "-o", "json").output
    return json.loads(printed)


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """The least that the load balancer controller's chart could be: it tells what it was told."""
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: aws-load-balancer-controller, version: 1.2.3}\n")
    (folder / "templates" / "told.yaml").write_text(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: told}, data: {values: {{ toJson .Values | quote }}}}\n"
    )
    return folder


def test_a_cluster_gets_the_load_balancer_controller_with_a_role_of_its_own(sandbox, aws, play, chart):
    before = sandbox.resources()
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    wanted = {
        "eks_addons": [{"name": "eks-pod-identity-agent"}],
        "eks_encryption_key_arn": key,
        "eks_load_balancer_controller": "helm",
        "eks_load_balancer_controller_chart": str(chart),
        "eks_load_balancer_controller_repository": "",
        "eks_load_balancer_controller_version": "",
        "eks_load_balancer_controller_values": {"replicaCount": 1},
        "eks_load_balancer_subnet_role": "internal-elb",
        "eks_oidc_provider": True,
    }
    first = play(**wanted)
    assert first.code == 0, first.output
    again = play(**wanted)
    assert (again.code, again.recap["changed"]) == (0, 0), again.output

    cluster = aws("eks").describe_cluster(name="kubeflow-sandbox")["cluster"]
    told = json.loads(kubectl(sandbox, "configmap", "told", "-n", "kube-system")["data"]["values"])
    assert told["clusterName"] == "kubeflow-sandbox" and told["replicaCount"] == 1
    assert told["vpcId"] == cluster["resourcesVpcConfig"]["vpcId"]
    assert cluster["encryptionConfig"][0]["provider"]["keyArn"] == key

    [association] = aws("eks").list_pod_identity_associations(clusterName="kubeflow-sandbox")["associations"]
    assert (association["namespace"], association["serviceAccount"]) == ("kube-system", told["serviceAccount"]["name"])
    policy = aws("iam").get_role_policy(
        RoleName="kubeflow-sandbox-load-balancer-controller", PolicyName="load-balancers"
    )["PolicyDocument"]
    wide = {
        action
        for statement in policy["Statement"]
        if statement["Resource"] == "*"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert wide and all(action.split(":")[1].startswith(("Describe", "Get", "List")) for action in wide)

    storage = kubectl(sandbox, "storageclass", "gp3")
    assert storage["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    tags = [tag["Key"] for subnet in aws("ec2").describe_subnets()["Subnets"] for tag in subnet.get("Tags", [])]
    assert tags.count("kubernetes.io/role/internal-elb") == 2

    gone = play(**wanted, eks_state="absent")
    assert gone.code == 0, gone.output
    assert sandbox.resources() == before


FAKE = """
import json, os, sys, time
import boto3, yaml

here = os.path.dirname(__file__)
with open(os.path.join(here, "calls"), "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
eks, iam = boto3.client("eks"), boto3.client("iam")
options = dict(zip(sys.argv, sys.argv[1:]))
if "--config-file" in options:
    with open(options["--config-file"]) as file:
        config = yaml.safe_load(file)
    name, vpc = config["metadata"]["name"], config["vpc"]

def role(name, service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    time.sleep(0.2)
    return arn

def nodes(groups):
    for group in groups:
        eks.create_nodegroup(clusterName=name, nodegroupName=group["name"], subnets=group["subnets"],
                             nodeRole=iam.get_role(RoleName="eksctl-nodes")["Role"]["Arn"])

match sys.argv[1:3]:
    case ["create", "cluster"]:
        role("eksctl-nodes", "ec2.amazonaws.com")
        eks.create_cluster(name=name, roleArn=role("eksctl-cluster", "eks.amazonaws.com"),
                           version=config["metadata"]["version"],
                           resourcesVpcConfig={"subnetIds": vpc["controlPlaneSubnetIDs"]},
                           accessConfig={"authenticationMode": config["accessConfig"]["authenticationMode"]},
                           tags={**config["metadata"]["tags"], "alpha.eksctl.io/cluster-name": name})
        eks.get_waiter("cluster_active").wait(name=name, WaiterConfig={"Delay": 1})
        nodes(config["managedNodeGroups"])
        for addon in config["addons"]:
            eks.create_addon(clusterName=name, addonName=addon["name"], resolveConflicts="OVERWRITE")
        for given in config["iam"]["podIdentityAssociations"]:
            eks.create_pod_identity_association(clusterName=name, namespace=given["namespace"], tags=given["tags"],
                                                serviceAccount=given["serviceAccountName"], roleArn=given["roleARN"])
    case ["create", "nodegroup"]:
        included = sys.argv[-1].removeprefix("--include=").split(",")
        nodes([group for group in config["managedNodeGroups"] if group["name"] in included])
    case ["delete", "cluster"]:
        name = options["--name"]
        for group in eks.list_nodegroups(clusterName=name)["nodegroups"]:
            eks.delete_nodegroup(clusterName=name, nodegroupName=group)
        while eks.list_nodegroups(clusterName=name)["nodegroups"]:
            time.sleep(0.1)
        eks.delete_cluster(name=name)
        while eks.list_clusters()["clusters"]:
            time.sleep(0.1)
        for made in ("eksctl-nodes", "eksctl-cluster"):
            iam.delete_role(RoleName=made)
"""


@pytest.fixture
def eksctl(sandbox, tmp_path, monkeypatch):
    """A program of that name on the PATH, which does the least; `eksctl()` answers how it was called since the last time."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "eksctl"
    program.write_text(f"#!{sys.executable}\n{FAKE}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setitem(sandbox.environment, "PATH", f"{folder}:{sandbox.environment['PATH']}")

    def calls() -> list[list[str]]:
        said = [json.loads(line) for line in (folder / "calls").read_text().splitlines()]
        (folder / "calls").write_text("")
        return [call for call in said if call != ["version"]]

    return calls


GROUP = {"name": "main", "instance_types": ["m6i.xlarge"], "labels": {"team": "a"}, "min_size": 2}
GPU = {"name": "gpu", "instance_types": ["g5.xlarge"], "min_size": 0, "max_size": 2}


def test_eksctl_makes_a_cluster_that_is_used_and_kept_until_eksctl_removes_it(sandbox, play, eksctl, chart, tmp_path):
    before = sandbox.resources()
    config = tmp_path / "cluster.yaml"
    wanted = {
        "eks_provisioner": "eksctl",
        "eks_eksctl_config": str(config),
        "eks_addons": [
            {"name": "vpc-cni", "configuration": {"enableNetworkPolicy": "true"}},
            {"name": "eks-pod-identity-agent"},
        ],
        "eks_node_groups": [GROUP],
        "eks_load_balancer_controller": "helm",
        "eks_load_balancer_controller_chart": str(chart),
        "eks_load_balancer_controller_repository": "",
        "eks_load_balancer_controller_version": "",
    }
    first = play(**wanted)
    assert first.code == 0, first.output
    assert eksctl() == [["create", "cluster", "--config-file", str(config), "--write-kubeconfig=false"]]
    changed = {name.removeprefix("multitenant.kubeflow.eks : ") for name in first.changed_tasks}
    assert "Ensure that the load balancer controller runs" in changed
    assert "Ensure that the load balancer controller has its role" not in changed, "eksctl has seen to that"
    written = yaml.safe_load(config.read_text())
    assert written["metadata"]["version"] == "1.36", "the newest version in standard support"
    assert json.loads(written["addons"][0]["configurationValues"]) == {"enableNetworkPolicy": "true"}

    used = {"eks_provisioner": "existing"}
    later = [
        used,
        {**used, "eks_state": "absent"},
        {**wanted, "eks_node_groups": [GROUP, GPU]},
        {**wanted, "eks_state": "absent"},
    ]
    done = play([{**ROLE, "vars": {**ROLE["vars"], **variables}} for variables in later])
    assert done.code == 0, done.output
    assert eksctl() == [
        ["create", "nodegroup", "--config-file", str(config), "--include=gpu"],
        ["delete", "cluster", "--name", "kubeflow-sandbox", "--region", "eu-west-1", "--wait"],
    ]
    assert not config.exists()
    assert sandbox.resources() == before
