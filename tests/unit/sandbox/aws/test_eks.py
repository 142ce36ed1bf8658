"""EKS as the modules and the authenticator see it."""

from __future__ import annotations

import base64

import pytest

CLUSTER_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@pytest.fixture
def eks(world):
    return world.client("eks")


@pytest.fixture
def create(world, eks):
    """Create a cluster and wait until it is ACTIVE; keyword arguments go to CreateCluster."""

    def create(name="kubeflow", **arguments):
        role = world.role(f"{name}-cluster", "eks.amazonaws.com")
        subnets = {"subnetIds": list(world.account.subnet_ids)}
        answer = eks.create_cluster(name=name, roleArn=role, resourcesVpcConfig=subnets, **arguments)["cluster"]
        world.until(lambda: eks.describe_cluster(name=name)["cluster"]["status"] == "ACTIVE")
        return answer

    yield create
    remove_all(world, eks)


def remove_all(world, eks):
    for cluster in eks.list_clusters()["clusters"]:
        remove(world, eks, cluster)
    world.until(lambda: not eks.list_clusters()["clusters"])


def remove(world, eks, cluster):
    for group in eks.list_nodegroups(clusterName=cluster)["nodegroups"]:
        eks.delete_nodegroup(clusterName=cluster, nodegroupName=group)
    world.until(lambda: not eks.list_nodegroups(clusterName=cluster)["nodegroups"])
    world.until(lambda: eks.describe_cluster(name=cluster)["cluster"]["status"] in ("ACTIVE", "DELETING"))
    eks.delete_cluster(name=cluster)


def test_a_new_cluster_is_creating_and_then_has_endpoint_and_network(world, eks, create):
    assert create()["status"] == "CREATING"
    cluster = eks.describe_cluster(name="kubeflow")["cluster"]
    network = cluster["resourcesVpcConfig"]
    groups = world.client("ec2").describe_security_groups(GroupIds=[network["clusterSecurityGroupId"]])
    assert network["vpcId"] == world.account.vpc_id
    assert groups["SecurityGroups"][0]["VpcId"] == world.account.vpc_id
    assert cluster["endpoint"].startswith("https://")
    assert base64.b64decode(cluster["certificateAuthority"]["data"]).startswith(b"-----BEGIN CERTIFICATE-----")
    assert cluster["accessConfig"] == {
        "authenticationMode": "CONFIG_MAP",
        "bootstrapClusterCreatorAdminPermissions": True,
    }
    assert cluster["version"] == "1.35"
    assert world.cloud.creator("kubeflow") == world.account.deployer_arn


def test_a_deleted_cluster_takes_its_security_group_with_it(world, eks, create):
    create()
    eks.delete_cluster(name="kubeflow")
    world.until(lambda: not eks.list_clusters()["clusters"])
    groups = world.client("ec2").describe_security_groups()["SecurityGroups"]
    assert not [group for group in groups if group["GroupName"].startswith("eks-cluster-sg-")]


def test_each_cluster_has_an_issuer_of_its_own(eks, create):
    create("one")
    create("two")
    issuers = {eks.describe_cluster(name=name)["cluster"]["identity"]["oidc"]["issuer"] for name in ("one", "two")}
    assert len(issuers) == 2


def test_access_entries_live_from_creation_to_deletion(world, eks, create):
    create(accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    arn = world.role("manager", path="/team/")
    made = eks.create_access_entry(clusterName="kubeflow", principalArn=arn, kubernetesGroups=["managers"])[
        "accessEntry"
    ]
    assert made["username"] == "arn:aws:sts::123456789012:assumed-role/manager/{{SessionName}}"
    eks.update_access_entry(clusterName="kubeflow", principalArn=arn, kubernetesGroups=["others"], username="boss")
    described = eks.describe_access_entry(clusterName="kubeflow", principalArn=arn)["accessEntry"]
    assert (described["kubernetesGroups"], described["username"]) == (["others"], "boss")
    eks.associate_access_policy(
        clusterName="kubeflow", principalArn=arn, policyArn=CLUSTER_ADMIN, accessScope={"type": "cluster"}
    )
    policies = eks.list_associated_access_policies(clusterName="kubeflow", principalArn=arn)
    assert [policy["policyArn"] for policy in policies["associatedAccessPolicies"]] == [CLUSTER_ADMIN]
    entry = next(entry for entry in world.cloud.access_entries("kubeflow") if entry.principal_arn == arn)
    assert entry.groups == ("others",) and entry.policies == ((CLUSTER_ADMIN, "cluster", ()),)
    assert entry.principal_id.startswith("AROA")
    eks.disassociate_access_policy(clusterName="kubeflow", principalArn=arn, policyArn=CLUSTER_ADMIN)
    eks.delete_access_entry(clusterName="kubeflow", principalArn=arn)
    assert eks.list_access_entries(clusterName="kubeflow")["accessEntries"] == [world.account.deployer_arn]


def test_the_creator_has_an_entry_in_the_api_modes(world, create):
    create(accessConfig={"authenticationMode": "API"})
    [entry] = world.cloud.access_entries("kubeflow")
    assert entry.principal_arn == world.account.deployer_arn
    assert entry.policies == ((CLUSTER_ADMIN, "cluster", ()),)
    assert world.cloud.creator("kubeflow") is None


REFUSED_ENTRIES = {
    "group of the system": (
        {"kubernetesGroups": ["system:masters"]},
        (
            "InvalidParameterException",
            "The kubernetes group name system:masters is invalid, it cannot start with system:",
        ),
    ),
    "name of the system": (
        {"username": "system:admin"},
        ("InvalidParameterException", "The username system:admin is invalid, it cannot start with system:"),
    ),
    "session without colon": (
        {"username": "{{SessionName}}"},
        (
            "InvalidParameterException",
            "The username {{SessionName}} is invalid, {{SessionName}} must be preceded by a colon",
        ),
    ),
    "unknown principal": (
        {"principalArn": "arn:aws:iam::123456789012:role/nobody"},
        (
            "InvalidParameterException",
            "The specified principalArn is invalid: invalid principal: arn:aws:iam::123456789012:role/nobody",
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSED_ENTRIES)
def test_entries_that_eks_refuses(world, eks, create, name):
    arguments, expected = REFUSED_ENTRIES[name]
    create(accessConfig={"authenticationMode": "API"})
    principal = {"clusterName": "kubeflow", "principalArn": world.account.deployer_arn}
    eks.delete_access_entry(**principal)
    assert world.error_of(eks.create_access_entry, **{**principal, **arguments}) == expected


def test_a_second_entry_and_a_missing_one_are_refused(world, eks, create):
    create(accessConfig={"authenticationMode": "API"})
    principal = {"clusterName": "kubeflow", "principalArn": world.account.deployer_arn}
    assert world.error_of(eks.create_access_entry, **principal)[0] == "ResourceInUseException"
    missing = {"clusterName": "kubeflow", "principalArn": world.role("other")}
    assert world.error_of(eks.describe_access_entry, **missing)[0] == "ResourceNotFoundException"


def test_config_map_clusters_have_no_entries_until_they_are_switched(world, eks, create):
    create()
    assert world.error_of(eks.list_access_entries, clusterName="kubeflow") == (
        "InvalidRequestException",
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
    )
    update = eks.update_cluster_config(name="kubeflow", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    identity = {"name": "kubeflow", "updateId": update["update"]["id"]}
    world.until(lambda: eks.describe_update(**identity)["update"]["status"] == "Successful")
    assert world.cloud.mode("kubeflow") == "API_AND_CONFIG_MAP"
    assert eks.list_access_entries(clusterName="kubeflow")["accessEntries"] == [world.account.deployer_arn]
    back = {"name": "kubeflow", "accessConfig": {"authenticationMode": "CONFIG_MAP"}}
    assert world.error_of(eks.update_cluster_config, **back)[0] == "InvalidParameterException"


def test_updates_take_effect_and_a_useless_one_is_refused(world, eks, create):
    create(version="1.34")
    private = {"endpointPrivateAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]}
    eks.update_cluster_config(name="kubeflow", resourcesVpcConfig=private)
    world.until(lambda: eks.describe_cluster(name="kubeflow")["cluster"]["status"] == "ACTIVE")
    network = eks.describe_cluster(name="kubeflow")["cluster"]["resourcesVpcConfig"]
    assert network["endpointPrivateAccess"] and network["publicAccessCidrs"] == ["192.0.2.0/24"]
    again = world.error_of(eks.update_cluster_config, name="kubeflow", resourcesVpcConfig=private)
    assert again[0] == "InvalidParameterException" and again[1].startswith("Cluster is already at the desired")
    assert world.error_of(eks.update_cluster_version, name="kubeflow", version="1.36")[0] == "InvalidParameterException"
    eks.update_cluster_version(name="kubeflow", version="1.35")
    world.until(lambda: eks.describe_cluster(name="kubeflow")["cluster"]["version"] == "1.35")


def test_a_cluster_with_node_groups_cannot_be_deleted(world, eks, create):
    create()
    node_role = world.role("nodes", "ec2.amazonaws.com")
    eks.create_nodegroup(
        clusterName="kubeflow", nodegroupName="main", nodeRole=node_role, subnets=list(world.account.subnet_ids)
    )
    group = {"clusterName": "kubeflow", "nodegroupName": "main"}
    world.until(lambda: eks.describe_nodegroup(**group)["nodegroup"]["status"] == "ACTIVE")
    assert eks.describe_nodegroup(**group)["nodegroup"]["updateConfig"] == {"maxUnavailable": 1}
    expected = ("ResourceInUseException", "Cluster has nodegroups attached")
    assert world.error_of(eks.delete_cluster, name="kubeflow") == expected
    eks.delete_nodegroup(**group)
    world.until(lambda: not eks.list_nodegroups(clusterName="kubeflow")["nodegroups"])
    assert eks.delete_cluster(name="kubeflow")["cluster"]["status"] == "DELETING"


def test_the_node_role_enters_by_the_cluster_s_mode(world, eks, create):
    written = []
    world.cloud.eks.map_node_role = lambda record, arn: written.append((record.name, arn))
    node_role = world.role("nodes", "ec2.amazonaws.com")
    create("old")
    create("new", accessConfig={"authenticationMode": "API"})
    for name in ("old", "new"):
        eks.create_nodegroup(
            clusterName=name, nodegroupName="main", nodeRole=node_role, subnets=list(world.account.subnet_ids)
        )
    world.until(lambda: written == [("old", node_role)])
    assert node_role in eks.list_access_entries(clusterName="new")["accessEntries"]


def test_a_role_that_was_made_again_is_another_principal(world, eks, create):
    create(accessConfig={"authenticationMode": "API"})
    arn = world.role("again")
    eks.create_access_entry(clusterName="kubeflow", principalArn=arn)
    world.client("iam").delete_role(RoleName="again")
    assert world.role("again") == arn
    entry = next(entry for entry in world.cloud.access_entries("kubeflow") if entry.principal_arn == arn)
    assert entry.principal_id != world.client("iam").get_role(RoleName="again")["Role"]["RoleId"]


def test_clusters_that_are_refused(world, eks):
    good = {
        "roleArn": world.role("creator", "eks.amazonaws.com"),
        "resourcesVpcConfig": {"subnetIds": list(world.account.subnet_ids)},
    }
    refused = {
        "a role that trusts another": {"roleArn": world.role("foreigner")},
        "one subnet": {"resourcesVpcConfig": {"subnetIds": [world.account.subnet_ids[0]]}},
        "a subnet that is not there": {"resourcesVpcConfig": {"subnetIds": ["subnet-0", world.account.subnet_ids[0]]}},
        "a version of the past": {"version": "1.18"},
    }
    for name, arguments in refused.items():
        code = world.error_of(eks.create_cluster, name="refused", **{**good, **arguments})[0]
        assert code == "InvalidParameterException", name
    assert "refused" not in eks.list_clusters()["clusters"]


def test_a_protected_or_busy_cluster_is_not_deleted(world, eks, create):
    create(deletionProtection=True)
    assert world.error_of(eks.delete_cluster, name="kubeflow")[0] == "InvalidRequestException"
    eks.update_cluster_config(name="kubeflow", deletionProtection=False)
    assert world.error_of(eks.delete_cluster, name="kubeflow")[0] == "ResourceInUseException"
    both = {"logging": {"clusterLogging": []}, "upgradePolicy": {"supportType": "STANDARD"}}
    world.until(lambda: eks.describe_cluster(name="kubeflow")["cluster"]["status"] == "ACTIVE")
    expected = ("InvalidParameterException", "Only one type of update can be allowed.")
    assert world.error_of(eks.update_cluster_config, name="kubeflow", **both) == expected
    assert eks.delete_cluster(name="kubeflow")["cluster"]["status"] == "DELETING"


class Backend:
    """A Kubernetes API that can be told to fail."""

    url, ca_pem = "https://127.0.0.1:6443", b"a certificate"
    events: list[str] = []
    broken = False

    def __init__(self, record):
        self.name = record.name

    def start(self):
        self.events.append(f"start {self.name}")
        if self.broken:
            raise OSError("no etcd")

    def stop(self):
        self.events.append(f"stop {self.name}")


def test_the_kubernetes_behind_a_cluster_starts_and_ends_with_it(world, eks, create, monkeypatch):
    monkeypatch.setattr(world.cloud.eks, "kubernetes", Backend)
    create("backed")
    cluster = eks.describe_cluster(name="backed")["cluster"]
    assert cluster["endpoint"] == Backend.url
    assert base64.b64decode(cluster["certificateAuthority"]["data"]) == Backend.ca_pem
    remove_all(world, eks)
    assert Backend.events == ["start backed", "stop backed"]


def test_a_cluster_whose_kubernetes_does_not_start_has_failed(world, eks, create, monkeypatch):
    monkeypatch.setattr(world.cloud.eks, "kubernetes", Backend)
    monkeypatch.setattr(Backend, "broken", True)
    role = world.role("failing-cluster", "eks.amazonaws.com")
    subnets = {"subnetIds": list(world.account.subnet_ids)}
    eks.create_cluster(name="failing", roleArn=role, resourcesVpcConfig=subnets)
    world.until(lambda: eks.describe_cluster(name="failing")["cluster"]["status"] == "FAILED")
    [issue] = eks.describe_cluster(name="failing")["cluster"]["health"]["issues"]
    assert issue["message"] == "Kubernetes did not start: no etcd"
    eks.delete_cluster(name="failing")
    world.until(lambda: not eks.list_clusters()["clusters"])


def test_the_default_version_is_marked(eks):
    [version] = eks.describe_cluster_versions(defaultOnly=True)["clusterVersions"]
    assert version["clusterVersion"] == "1.35"
    assert version["versionStatus"] == "STANDARD_SUPPORT"


def test_tags_of_clusters_can_be_changed(eks, create):
    arn = create(tags={"a": "1"})["arn"]
    eks.tag_resource(resourceArn=arn, tags={"b": "2"})
    eks.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_the_bookkeeping_waiters_of_botocore_work(eks, create):
    create()
    eks.get_waiter("cluster_active").wait(name="kubeflow", WaiterConfig={"Delay": 1, "MaxAttempts": 2})
