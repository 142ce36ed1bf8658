"""The playbooks of docs/modules, taken from there and run: each changes something, nothing the second time, and is undone.

Those of modules that only look change nothing at any time.

All run in one process of ansible-playbook, in the order of the index, and are undone in the reverse order.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sandbox.aws import Cloud
from sandbox.kubernetes.backend import EMULATOR, admin_kubeconfig, open_backend
from sandbox.kubernetes.certificates import signing_certificate
from sandbox.pace import Pace
from sandbox.saml import metadata

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = ROOT / "docs" / "modules"
MODULES = re.findall(r"^\| \[(\w+)\]\(\1\.md\)", (DOCUMENTS / "README.md").read_text(), re.MULTILINE)
PLAYBOOK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
OUTCOME = re.compile(
    r"^TASK \[(?P<task>.*?)\] \**$|^(?P<outcome>ok|changed|skipping|fatal): \[localhost\]", re.MULTILINE
)
CLUSTER = "prepared"


def nobody(token):
    raise PermissionError("only the administrator's token is known here")


@pytest.fixture(scope="module")
def backends():
    """The Kubernetes APIs of the account's clusters, by the cluster's name."""
    return {}


@pytest.fixture(scope="module")
def cloud(backends, tmp_path_factory):
    def kubernetes(record):
        backends[record.name] = open_backend(record.name, nobody, EMULATOR, tmp_path_factory.mktemp("kubernetes"))
        return backends[record.name]

    cloud = Cloud(Pace(0.0001), kubernetes)
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture
def role(aws):
    """`role(name, service, *policies)` makes a role and answers its ARN."""

    def made(name, service, *policies):
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        for policy in policies:
            aws("iam").attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        return arn

    return made


@pytest.fixture
def user_pool_id(aws):
    schema = [
        {"Name": "email", "AttributeDataType": "String", "Mutable": True, "Required": True},
        {"Name": "groups", "AttributeDataType": "String", "Mutable": True},
    ]
    return aws("cognito-idp").create_user_pool(PoolName="prepared", Schema=schema)["UserPool"]["Id"]


@pytest.fixture
def certificate_arn(aws, run_module, account):
    """A certificate for the login domain, whose parent has an address."""
    record = {"Name": account.domain, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    change = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    aws("route53").change_resource_record_sets(HostedZoneId=account.hosted_zone_id, ChangeBatch=change)
    wanted = {"domain_name": f"login.{account.domain}", "hosted_zone_id": account.hosted_zone_id}
    return run_module("acm_public_certificate", region="us-east-1", **wanted)["certificate_arn"]


@pytest.fixture
def metadata_file(account, tmp_path):
    path = tmp_path / "FederationMetadata.xml"
    host = f"adfs.{account.domain}"
    path.write_text(metadata(host, signing_certificate(host)[0]))
    return str(path)


@pytest.fixture
def values(aws, role, run_module, account, backends, user_pool_id, certificate_arn, metadata_file, tmp_path):
    """What a reader gives the playbooks, each by the name that the pages use."""
    cluster_role = role("cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy")
    subnets = list(account.subnet_ids)
    wanted = {"role_arn": cluster_role, "subnet_ids": subnets, "authentication_mode": "API_AND_CONFIG_MAP"}
    run_module("eks_cluster", name=CLUSTER, **wanted)
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"]}
    trust = {"Version": "2012-10-17", "Statement": [{**statement, "Principal": {"Service": "pods.eks.amazonaws.com"}}]}
    iam = aws("iam")
    pods = iam.create_role(RoleName="pods", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(admin_kubeconfig(backends[CLUSTER]))
    return {
        "domain": account.domain,
        "hosted_zone_id": account.hosted_zone_id,
        "pool_name": "documented",
        "user_pool_id": user_pool_id,
        "metadata_file": metadata_file,
        "certificate_arn": certificate_arn,
        "new_cluster_name": "documented",
        "cluster_role_arn": cluster_role,
        "subnet_ids": subnets,
        "cluster_name": CLUSTER,
        "principal_arn": role("platform-team", "ec2.amazonaws.com"),
        "node_role_arn": role("nodes", "ec2.amazonaws.com"),
        "pod_role_arn": pods,
        "oidc_issuer": aws("eks").describe_cluster(name=CLUSTER)["cluster"]["identity"]["oidc"]["issuer"],
        "kubeconfig": str(kubeconfig),
        "source": str(ROOT / "lambda" / "profile_manager"),
    }


def playbook_of(module):
    """The one playbook on the page of a module, as its text."""
    (text,) = PLAYBOOK.findall((DOCUMENTS / f"{module}.md").read_text())
    return text


def task_of(module):
    (play,) = yaml.safe_load(playbook_of(module))
    (task,) = play["tasks"]
    return task


def outcomes(printed):
    """`(task, outcome)` of each task that ansible-playbook tells of, in order."""
    found, task = [], ""
    for match in OUTCOME.finditer(printed):
        task = match["task"] or task
        if match["outcome"]:
            found.append((task, match["outcome"]))
    return found


def test_the_index_lists_every_module_and_each_has_a_page():
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert set(MODULES) == modules
    assert {path.stem for path in DOCUMENTS.glob("*.md")} - {"README"} == modules


@pytest.mark.parametrize("module", MODULES)
def test_the_playbook_of_a_page_is_short_and_about_its_module(module):
    assert f"multitenant.kubeflow.{module}" in task_of(module)
    assert len(playbook_of(module).splitlines()) <= 16


def test_each_playbook_changes_something_once_and_is_undone(environment, values, tmp_path):
    for module in MODULES:
        (tmp_path / f"{module}.yml").write_text(playbook_of(module))
    again = [{"import_playbook": f"{module}.yml"} for module in MODULES]
    undone = [{"import_playbook": f"{module}.yml", "vars": {"state": "absent"}} for module in reversed(MODULES)]
    (tmp_path / "all.yml").write_text(yaml.safe_dump([*again, *again, *undone]))
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", tmp_path / "all.yml", "--extra-vars", json.dumps(values)],
        cwd=ROOT,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORCE_COLOR": "",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tasks = [(task_of(module)["name"], "ok" if module.endswith("_info") else "changed") for module in MODULES]
    assert outcomes(done.stdout) == [
        *tasks,
        *((task, "ok") for task, outcome in tasks),
        *reversed(tasks),
    ]
