"""What belongs to an EKS cluster beside its nodes: add-ons, pod identities, encryption, Auto Mode."""

from __future__ import annotations

import json

import pytest

NAME = {"clusterName": "members"}
PODS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    ],
}


@pytest.fixture(scope="module")
def eks(world):
    """EKS with one cluster that all tests of this file share."""
    eks = world.client("eks")
    role = world.role("members-cluster", "eks.amazonaws.com")
    eks.create_cluster(
        name="members",
        roleArn=role,
        resourcesVpcConfig={"subnetIds": list(world.account.subnet_ids)},
        accessConfig={"authenticationMode": "API"},
    )
    world.until(lambda: status_of(eks) == "ACTIVE")
    return eks


@pytest.fixture(scope="module")
def pod_role(world):
    iam = world.client("iam")
    arn = iam.create_role(RoleName="pods", AssumeRolePolicyDocument=json.dumps(PODS))["Role"]["Arn"]
    world.skip("iam")
    return arn


def status_of(eks, name="members"):
    return eks.describe_cluster(name=name)["cluster"]["status"]


def addon(eks, name):
    return eks.describe_addon(**NAME, addonName=name)["addon"]


def test_an_addon_is_creating_then_active_and_takes_its_identity_with_it(world, eks, pod_role):
    identity = {"serviceAccount": "aws-node", "roleArn": pod_role}
    made = eks.create_addon(
        **NAME, addonName="vpc-cni", resolveConflicts="OVERWRITE", podIdentityAssociations=[identity]
    )
    assert made["addon"]["status"] == "CREATING"
    world.until(lambda: addon(eks, "vpc-cni")["status"] == "ACTIVE")
    [owned] = eks.list_pod_identity_associations(**NAME, serviceAccount="aws-node")["associations"]
    assert owned["ownerArn"] == addon(eks, "vpc-cni")["addonArn"]
    own = world.error_of(eks.delete_pod_identity_association, **NAME, associationId=owned["associationId"])
    assert own[0] == "InvalidRequestException"
    assert world.error_of(eks.create_addon, **NAME, addonName="vpc-cni")[0] == "ResourceInUseException"

    eks.update_addon(**NAME, addonName="vpc-cni", configurationValues='{"env": {}}')
    assert addon(eks, "vpc-cni")["status"] == "UPDATING"
    world.until(lambda: addon(eks, "vpc-cni").get("configurationValues") == '{"env": {}}')
    eks.tag_resource(resourceArn=made["addon"]["addonArn"], tags={"a": "1"})
    assert addon(eks, "vpc-cni")["tags"] == {"a": "1"}

    assert eks.delete_addon(**NAME, addonName="vpc-cni")["addon"]["status"] == "DELETING"
    world.until(lambda: "vpc-cni" not in eks.list_addons(**NAME)["addons"])
    assert not eks.list_pod_identity_associations(**NAME)["associations"]


def test_an_addon_that_needs_nodes_is_degraded_without(world, eks):
    eks.create_addon(**NAME, addonName="coredns", resolveConflicts="OVERWRITE")
    world.until(lambda: addon(eks, "coredns")["status"] == "DEGRADED")
    assert addon(eks, "coredns")["health"]["issues"][0]["code"] == "InsufficientNumberOfReplicas"
    nodes = world.role("members-nodes", "ec2.amazonaws.com")
    group = {**NAME, "nodegroupName": "main"}
    eks.create_nodegroup(**group, nodeRole=nodes, subnets=list(world.account.subnet_ids))
    world.until(lambda: addon(eks, "coredns")["status"] == "ACTIVE")
    eks.delete_nodegroup(**group)
    eks.delete_addon(**NAME, addonName="coredns")
    world.until(lambda: not eks.list_addons(**NAME)["addons"])


def test_an_addon_that_meets_what_eks_had_put_there_fails_unless_it_may_overwrite(world, eks):
    eks.create_addon(**NAME, addonName="kube-proxy")
    world.until(lambda: addon(eks, "kube-proxy")["status"] == "CREATE_FAILED")
    assert addon(eks, "kube-proxy")["health"]["issues"][0]["code"] == "ConfigurationConflict"
    eks.update_addon(**NAME, addonName="kube-proxy", resolveConflicts="OVERWRITE")
    world.until(lambda: addon(eks, "kube-proxy")["status"] == "ACTIVE")


REFUSED = {
    "an unknown add-on": ({"addonName": "nothing"}, "InvalidParameterException", "Addon nothing specified"),
    "an unknown version": (
        {"addonName": "coredns", "addonVersion": "v0"},
        "InvalidParameterException",
        "Addon version specified is not supported, AddonName: coredns, Version: v0",
    ),
    "configuration that is no object": (
        {"addonName": "coredns", "configurationValues": "x"},
        "InvalidParameterException",
        "Json schema validation failed",
    ),
    "a role that pods may not take": (
        {
            "addonName": "aws-ebs-csi-driver",
            "podIdentityAssociations": [
                {"serviceAccount": "e", "roleArn": "arn:aws:iam::123456789012:role/members-cluster"}
            ],
        },
        "InvalidParameterException",
        "sts:TagSession",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_addons_that_eks_refuses(world, eks, name):
    arguments, code, words = REFUSED[name]
    refused = world.error_of(eks.create_addon, **NAME, **arguments)
    assert refused[0] == code and words in refused[1]


def test_the_default_version_is_the_newest(eks):
    [found] = eks.describe_addon_versions(addonName="coredns", kubernetesVersion="1.35")["addons"]
    assert [one["compatibilities"][0]["defaultVersion"] for one in found["addonVersions"]] == [True, False]


def test_a_service_account_has_one_pod_identity(world, eks, pod_role):
    wanted = {**NAME, "namespace": "ns", "serviceAccount": "sa", "roleArn": pod_role}
    made = eks.create_pod_identity_association(**wanted, tags={"a": "1"})["association"]
    again = world.error_of(eks.create_pod_identity_association, **wanted)
    assert again == ("ResourceInUseException", f"Association already exists: {made['associationId']}")
    address = {**NAME, "associationId": made["associationId"]}
    eks.update_pod_identity_association(**address, disableSessionTags=True)
    described = eks.describe_pod_identity_association(**address)["association"]
    assert described["disableSessionTags"] and described["roleArn"] == pod_role
    eks.delete_pod_identity_association(**address)
    assert world.error_of(eks.describe_pod_identity_association, **address)[0] == "ResourceNotFoundException"


def test_a_missing_role_gets_no_pod_identity(world, eks):
    wanted = {**NAME, "namespace": "ns", "serviceAccount": "sa"}
    refused = world.error_of(
        eks.create_pod_identity_association, **wanted, roleArn="arn:aws:iam::123456789012:role/nobody"
    )
    assert refused == ("InvalidParameterException", "Role provided in the request does not exist.")


def test_secrets_are_encrypted_once_by_a_key_that_is_there(world, eks):
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    wanted = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    missing = [{"resources": ["secrets"], "provider": {"keyArn": key[:-4] + "0000"}}]
    refused = world.error_of(eks.associate_encryption_config, **NAME, encryptionConfig=missing)
    assert refused[0] == "InvalidParameterException" and "is not available" in refused[1]
    eks.associate_encryption_config(**NAME, encryptionConfig=wanted)
    world.until(lambda: status_of(eks) == "ACTIVE")
    assert eks.describe_cluster(name="members")["cluster"]["encryptionConfig"] == wanted
    assert world.error_of(eks.associate_encryption_config, **NAME, encryptionConfig=wanted)[0] == (
        "InvalidParameterException"
    )


def test_auto_mode_is_all_or_nothing(world, eks):
    off = {"name": "members", "computeConfig": {"enabled": True}}
    assert "fully enabled or fully disabled" in world.error_of(eks.update_cluster_config, **off)[1]
    eks.update_cluster_config(
        name="members",
        computeConfig={"enabled": True},
        kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": True}},
        storageConfig={"blockStorage": {"enabled": True}},
    )
    world.until(lambda: status_of(eks) == "ACTIVE")
    assert eks.describe_cluster(name="members")["cluster"]["storageConfig"] == {"blockStorage": {"enabled": True}}
