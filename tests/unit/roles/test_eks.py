"""What the role eks gives eksctl and IAM, and what it refuses before anything is made."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import jsonschema
import pytest
import yaml

from .conftest import ROOT, Role

SCHEMA = ROOT.parent / "shared" / "reference" / "data" / "eksctl-schema.json"
PERMISSIONS = ROOT / "roles" / "eks" / "files" / "iam_policy.json"
IAM = "arn:aws:iam::123456789012"
GIVEN = {
    "eks_name": "kubeflow",
    "eks_region": "eu-west-1",
    "eks_account_arn_prefix": IAM,
    "eks_subnet_ids": ["subnet-a", "subnet-b"],
    "ansible_check_mode": False,
}


def subnet(name, zone, **changes):
    return {
        "subnet_id": name,
        "vpc_id": "vpc-1",
        "availability_zone": f"eu-west-1{zone}",
        "available_ip_address_count": 250,
        "map_public_ip_on_launch": True,
        "tags": {"kubernetes.io/role/elb": "1"},
        **changes,
    }


A, B = subnet("subnet-a", "a"), subnet("subnet-b", "b")
NEW = {"__eks_found": {"cluster": {"version": "1.36"}, "diff": {"before": {}}}}


def role(arguments=None, subnets=(A, B), facts=None):
    found = {"__eks_subnets": {"subnets": list(subnets)}}
    return Role("eks", GIVEN | (arguments or {}), NEW | found | (facts or {}))


def cluster_config(arguments=None, subnets=(A, B)):
    return yaml.safe_load(role(arguments, subnets).written("cluster_config.yaml.j2"))


GPU = {
    "name": "gpu",
    "instance_types": ["g5.xlarge"],
    "ami_type": "AL2023_x86_64_NVIDIA",
    "capacity_type": "SPOT",
    "min_size": 0,
    "max_size": 2,
    "max_unavailable": 2,
    "labels": {"team": "a"},
    "taints": [{"key": "nvidia.com/gpu", "effect": "NO_SCHEDULE"}],
}
EVERYTHING = {
    "eks_version": "1.35",
    "eks_tags": {"platform": "kubeflow"},
    "eks_encryption_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/1",
    "eks_oidc_provider": True,
    "eks_permissions_boundary": f"{IAM}:policy/boundary",
    "eks_security_group_ids": ["sg-1"],
    "eks_node_groups": [{"name": "main"}, GPU],
    "eks_addons": [
        {
            "name": "aws-efs-csi-driver",
            "version": "v2",
            "configuration": {"controller": {"replicas": 2}},
            "pod_identities": [{"service_account": "efs", "role_arn": f"{IAM}:role/efs"}],
        },
        {"name": "aws-ebs-csi-driver", "version": "default"},
    ],
}
CONFIGS = {
    "as it comes": {},
    "everything": EVERYTHING,
    "Auto Mode": {"eks_load_balancer_controller": "auto_mode"},
    "private": {"eks_endpoint_public_access": False, "eks_logging_types": []},
}


@pytest.mark.skipif(not SCHEMA.exists(), reason="eksctl's schema is not beside this checkout")
@pytest.mark.parametrize("case", CONFIGS)
def test_the_cluster_config_fits_eksctl_s_own_schema(case):
    jsonschema.validate(cluster_config(CONFIGS[case]), json.loads(SCHEMA.read_text()))


def test_the_cluster_config_says_what_the_api_would_be_told():
    config = cluster_config(EVERYTHING)
    assert (config["metadata"]["name"], config["metadata"]["version"]) == ("kubeflow", "1.35")
    assert config["metadata"]["tags"] == {"platform": "kubeflow"}
    assert config["iam"]["withOIDC"] is True
    assert config["accessConfig"]["authenticationMode"] == "API_AND_CONFIG_MAP"
    assert config["vpc"]["controlPlaneSubnetIDs"] == ["subnet-a", "subnet-b"]
    assert config["secretsEncryption"] == {"keyARN": EVERYTHING["eks_encryption_key_arn"]}
    others, driver = config["addons"]
    assert (others["version"], json.loads(others["configurationValues"])) == ("v2", {"controller": {"replicas": 2}})
    [identity] = driver["podIdentityAssociations"]
    assert identity["permissionPolicyARNs"] == ["arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"]
    assert identity["permissionsBoundaryARN"] == EVERYTHING["eks_permissions_boundary"]
    assert "version" not in driver
    main, gpu = config["managedNodeGroups"]
    assert (main["amiFamily"], main["spot"], main["desiredCapacity"]) == ("AmazonLinux2023", False, 1)
    assert (gpu["amiFamily"], gpu["spot"], gpu["minSize"], gpu["maxSize"]) == ("AmazonLinux2023", True, 0, 2)
    assert gpu["taints"] == [{"key": "nvidia.com/gpu", "value": "", "effect": "NoSchedule"}]
    assert main["disablePodIMDS"] is gpu["disablePodIMDS"] is True


def refused_by_eksctl(config):
    """What eksctl refuses although its schema has it: pkg/apis/eksctl.io/v1alpha5/validation.go, cmdutils/configfile.go."""
    addons, auto_mode = config.get("addons", []), config.get("autoModeConfig", {}).get("enabled")
    identities = [one for addon in addons for one in addon.get("podIdentityAssociations", [])]
    names = {addon["name"] for addon in addons}
    refused = {field for one in identities for field in ("wellKnownPolicies", "tags") if field in one}
    refused |= {"namespace" for one in identities if not one.get("namespace")}
    if auto_mode and (config.get("managedNodeGroups") or names & {"vpc-cni", "kube-proxy", "coredns"}):
        refused.add("autoModeConfig")
    asks = identities or config["iam"].get("podIdentityAssociations")
    if asks and not auto_mode and "eks-pod-identity-agent" not in names:
        refused.add("no eks-pod-identity-agent")
    return refused


@pytest.mark.parametrize("case", CONFIGS)
def test_eksctl_takes_the_cluster_config(case):
    with_agent = {"name": "eks-pod-identity-agent"}
    arguments = CONFIGS[case] | {"eks_provisioner": "eksctl"}
    arguments |= {"eks_addons": [*EVERYTHING["eks_addons"], with_agent]} if case == "everything" else {}
    assert role(arguments).problem("__eks_problem", AGREE) == ""
    assert refused_by_eksctl(cluster_config(arguments)) == set()


def test_eksctl_gives_a_new_cluster_s_load_balancer_controller_its_role_with_the_cluster():
    """A pod that starts before EKS knows the association never gets the role."""
    [given] = cluster_config({"eks_tags": {"team": "a"}})["iam"]["podIdentityAssociations"]
    assert given == {
        "namespace": "kube-system",
        "serviceAccountName": role().variable("__eks_load_balancers_account"),
        "roleARN": f"{IAM}:role/kubeflow-load-balancer-controller",
        "tags": {"team": "a"},
    }
    for other in ("none", "auto_mode"):
        assert "podIdentityAssociations" not in cluster_config({"eks_load_balancer_controller": other})["iam"]


def test_by_way_of_eksctl_a_cluster_that_is_there_gets_the_role_before_anything_else():
    tasks = role().tasks("eksctl")
    order = list(tasks)
    early, late = (name for name in order if tasks[name].get("ansible.builtin.include_tasks") == "load_balancers.yml")
    assert order.index(early) < order.index("Have eksctl make what is missing")
    assert order.index("Read the cluster as it is now") < order.index(late)
    for status, expected in (("ACTIVE", [early]), ("UPDATING", [early]), ("CREATING", [late]), ("", [late])):
        there = {"status": status} if status else {}
        found = role({"eks_provisioner": "eksctl"}, facts={"__eks_found": {"diff": {"before": there}}})
        run = [name for name in (early, late) if all(found.holds(each) for each in tasks[name]["when"])]
        assert run == expected, status


def test_a_new_cluster_gets_the_version_that_eks_tells_and_nodes_in_private_subnets_are_private():
    config = cluster_config({}, [{**A, "map_public_ip_on_launch": False}, {**B, "map_public_ip_on_launch": False}])
    assert config["metadata"]["version"] == "1.36"
    assert list(config["vpc"]["subnets"]) == ["private"]
    assert config["managedNodeGroups"][0]["privateNetworking"] is True


def test_in_auto_mode_eks_provides_nodes_and_software():
    config = cluster_config({"eks_load_balancer_controller": "auto_mode"})
    assert config["autoModeConfig"] == {"enabled": True}
    assert not {"addons", "managedNodeGroups"} & config.keys()
    made = {one["name"]: one for one in role({"eks_load_balancer_controller": "auto_mode"}).variable("__eks_roles")}
    assert "AmazonEKSLoadBalancingPolicy" in made["kubeflow-cluster"]["policies"]
    assert made["kubeflow-cluster"]["actions"] == ["sts:AssumeRole", "sts:TagSession"]
    assert "AmazonEKSWorkerNodeMinimalPolicy" in made["kubeflow-node"]["policies"]
    assert [name for name, one in made.items() if one["wanted"]] == ["kubeflow-cluster", "kubeflow-node"]


def test_the_kinds_of_auto_mode_are_waited_for():
    """Kubernetes refuses objects of kinds that it does not know yet."""
    tasks = role().tasks("contents")
    order = list(tasks)
    waiting = "Wait until EKS Auto Mode has brought its kinds"
    assert order.index(waiting) < order.index("Ensure that the load balancers of Auto Mode answer for the class alb")
    holds = {
        (len(there), attempts): role(facts={"__eks_kinds": {"resources": there, "attempts": attempts}}).holds(
            tasks[waiting]["until"]
        )
        for there in ([], [{"kind": "CustomResourceDefinition"}])
        for attempts in (1, 120)
    }
    assert holds == {(0, 1): False, (0, 120): True, (1, 1): True, (1, 120): True}


def test_pods_with_volumes_of_auto_mode_are_put_on_its_own_nodes():
    """https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html"""
    written = {
        mode: yaml.safe_load(role({"eks_load_balancer_controller": mode}).written("storage_class.yaml.j2"))
        for mode in ("auto_mode", "helm")
    }
    own = [{"matchLabelExpressions": [{"key": "eks.amazonaws.com/compute-type", "values": ["auto"]}]}]
    assert written["auto_mode"]["allowedTopologies"] == own and "allowedTopologies" not in written["helm"]


@pytest.mark.parametrize(("scheme", "spec"), [("", {}), ("internal", {"scheme": "internal"})])
def test_the_class_of_auto_mode_leaves_it_to_each_ingress_where_its_load_balancer_answers(scheme, spec):
    """What it says is obeyed, whatever an ingress asks for: a platform that wants to be internal must not be on the Internet."""
    written = role({"eks_load_balancer_scheme": scheme} if scheme else {}).written("ingress_class.yaml.j2")
    parameters, ingress_class = yaml.safe_load_all(written)
    assert parameters["spec"] == spec
    assert ingress_class["spec"]["controller"] == "eks.amazonaws.com/alb"
    assert ingress_class["spec"]["parameters"]["name"] == parameters["metadata"]["name"]


def test_auto_mode_may_give_load_balancers_our_tags_if_they_are_the_cluster_s():
    [statement] = json.loads(role().written("auto_mode_tags_policy.json.j2"))["Statement"]
    assert {"elasticloadbalancing:CreateLoadBalancer", "ec2:CreateSecurityGroup"} < set(statement["Action"])
    assert statement["Condition"] == {
        "StringEquals": {"aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}"}
    }
    condition = role().tasks("roles")["Ensure that EKS Auto Mode may give load balancers our tags"]["when"]
    given = {
        (mode, way): role({"eks_load_balancer_controller": mode, "eks_provisioner": way}).holds(condition)
        for mode in ("helm", "auto_mode")
        for way in ("api", "eksctl")
    }
    assert [case for case, holds in given.items() if holds] == [("auto_mode", "api")]


def test_the_usual_nodes_keep_pods_from_their_role():
    """EKS lets the metadata of an instance go two hops, to pods too, but where the image is Amazon Linux 2023."""
    example = yaml.safe_load((ROOT / "inventories" / "example" / "group_vars" / "all" / "eks.yml").read_text())
    for group in (*role().variable("eks_node_groups"), *example["eks_node_groups"]):
        assert group["ami_type"].startswith("AL2023_")


ROLES = {
    "as it comes": ({}, ["cluster", "node", "ebs-csi", "load-balancer-controller"]),
    "eksctl": ({"eks_provisioner": "eksctl"}, ["load-balancer-controller"]),
    "without volumes": (
        {"eks_addons": [], "eks_load_balancer_controller": "none"},
        ["cluster", "node"],
    ),
    "existing": ({"eks_provisioner": "existing"}, []),
}


@pytest.mark.parametrize("case", ROLES)
def test_only_the_roles_that_are_needed_are_made(case):
    arguments, names = ROLES[case]
    wanted = [one["name"] for one in role(arguments).variable("__eks_roles") if one["wanted"]]
    assert wanted == [f"kubeflow-{name}" for name in names]


def allowed(action, arn, policy=None):
    """Whether the permissions in the README allow an action on a role."""

    def fits(statement):
        conditions = statement.get("Condition", {}).get("ArnLike", {}).get("iam:PolicyARN", ["*"])
        return (
            action in statement["Action"]
            and any(fnmatchcase(arn, resource) for resource in listed(statement["Resource"]))
            and any(fnmatchcase(policy or "", pattern) for pattern in conditions)
        )

    return any(fits(statement) for statement in json.loads(PERMISSIONS.read_text())["Statement"])


@pytest.mark.parametrize("mode", ["helm", "auto_mode"])
@pytest.mark.parametrize("path", ["/", "/platform/"])
def test_the_permissions_reach_the_roles_that_are_made_and_no_others(mode, path):
    made = role({"eks_load_balancer_controller": mode, "eks_role_path": path})
    prefix, policies = made.variable("__eks_role_arn_prefix"), made.variable("__eks_policy_prefix")
    for one in made.variable("__eks_roles"):
        arn = prefix + one["name"]
        assert allowed("iam:CreateRole", arn) and allowed("iam:PutRolePolicy", arn) and allowed("iam:PassRole", arn)
        for policy in one["policies"]:
            assert allowed("iam:AttachRolePolicy", arn, f"{policies}/{policy}"), policy
        assert not allowed("iam:AttachRolePolicy", arn, f"{policies}/AdministratorAccess")
    for action in (
        "iam:PassRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:PutRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
    ):
        assert not allowed(action, f"{IAM}:role/admin")


def listed(value):
    return [value] if isinstance(value, str) else value


def test_the_load_balancer_controller_writes_in_its_own_vpc_and_to_its_own_things_only():
    made = {"__eks_requested": {"cluster": {"vpc_id": "vpc-1"}}}
    policy = json.loads(role(facts=made).written("load_balancer_policy.json.j2"))
    assert len(json.dumps(policy, separators=(",", ":"))) < 10240, "what a role's own policies may hold"
    for statement in policy["Statement"]:
        actions = [action.split(":")[1] for action in listed(statement["Action"])]
        reads = all(action.startswith(("Describe", "Get", "List")) for action in actions)
        assert (statement["Resource"] == "*") == reads, statement["Sid"]
        for resource in listed(statement["Resource"]):
            assert resource == "*" or ":123456789012:" in resource
    conditions = {one["Sid"]: one.get("Condition") for one in policy["Statement"]}
    own = {"StringEquals": {"aws:ResourceTag/elbv2.k8s.aws/cluster": "kubeflow"}}
    assert conditions["ChangeOwnLoadBalancers"] == conditions["ChangeOwnSecurityGroups"] == own
    assert conditions["LetLoadBalancersReachNodes"] == {
        "ArnEquals": {"ec2:Vpc": "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"}
    }


def test_the_load_balancer_controller_has_its_role_before_there_is_a_node_for_it():
    """A pod that starts before EKS knows the association never gets the role."""
    order = list(role().tasks("api"))
    given = order.index("Give the load balancer controller its role before there is a node for it")
    assert order.index("Wait until the cluster is active") < given
    assert (
        given
        < order.index("Ensure that the cluster has its nodes")
        < order.index("Ensure that the cluster has its add-ons")
    )


AGREE = "Check that the arguments agree"
DISAGREEMENTS = {
    "one subnet": ({"eks_subnet_ids": ["subnet-a"]}, "has 1 subnets"),
    "a key of another region": (
        {"eks_encryption_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1"},
        "must be the ARN of a key (not of an alias) in eu-west-1",
    ),
    "a key's alias": (
        {"eks_encryption_key_arn": "arn:aws:kms:eu-west-1:123456789012:alias/k"},
        "must be the ARN of a key (not of an alias)",
    ),
    "no way to the cluster": (
        {"eks_endpoint_public_access": False, "eks_endpoint_private_access": False},
        "nobody could reach the cluster",
    ),
    "no nodes": ({"eks_node_groups": []}, "without nodes nothing runs"),
    "a group twice": ({"eks_node_groups": [{"name": "a"}, {"name": "a"}]}, "names a group twice: a, a"),
    "Auto Mode without entries": (
        {"eks_load_balancer_controller": "auto_mode", "eks_authentication_mode": "CONFIG_MAP"},
        "EKS Auto Mode needs access entries",
    ),
    "Auto Mode with nodes that get no network": (
        {"eks_load_balancer_controller": "auto_mode", "eks_node_groups": [GPU]},
        "eks_addons lacks kube-proxy and vpc-cni",
    ),
    "Auto Mode with half a network": (
        {"eks_load_balancer_controller": "auto_mode", "eks_node_groups": [GPU], "eks_addons": [{"name": "vpc-cni"}]},
        "eks_addons lacks kube-proxy",
    ),
    "Auto Mode with nodes by way of eksctl": (
        {
            "eks_load_balancer_controller": "auto_mode",
            "eks_provisioner": "eksctl",
            "eks_node_groups": [GPU],
            "eks_addons": [{"name": "vpc-cni"}, {"name": "kube-proxy"}],
        },
        "Leave eks_node_groups and kube-proxy, vpc-cni out, or set eks_provisioner to api",
    ),
    "a controller without a way to its role": ({"eks_addons": []}, "eks_addons lacks eks-pod-identity-agent"),
    "the same by way of eksctl": (
        {"eks_addons": [{"name": "vpc-cni"}], "eks_provisioner": "eksctl"},
        "eks_addons lacks eks-pod-identity-agent",
    ),
}


@pytest.mark.parametrize("case", DISAGREEMENTS)
def test_arguments_that_disagree_are_refused(case):
    arguments, sentence = DISAGREEMENTS[case]
    assert sentence in role(arguments).problem("__eks_problem", AGREE)


@pytest.mark.parametrize("case", CONFIGS)
def test_arguments_that_agree_are_taken(case):
    with_agent = {"eks_addons": [{"name": "eks-pod-identity-agent"}]} if case == "everything" else {}
    assert role(CONFIGS[case] | with_agent).problem("__eks_problem", AGREE) == ""


def test_auto_mode_takes_nodes_that_get_a_network():
    network = {"eks_node_groups": [GPU], "eks_addons": [{"name": "vpc-cni"}, {"name": "kube-proxy"}]}
    assert role({"eks_load_balancer_controller": "auto_mode"} | network).problem("__eks_problem", AGREE) == ""


SUBNETS = {
    "one is missing": ([A], {}, "there is no subnet subnet-b"),
    "two networks": ([A, {**B, "vpc_id": "vpc-2"}], {}, "lie in several VPCs (vpc-1, vpc-2)"),
    "one zone": ([A, {**B, "availability_zone": "eu-west-1a"}], {}, "are all in eu-west-1a"),
    "no addresses left": ([A, {**B, "available_ip_address_count": 5}], {}, "subnet-b have fewer than six"),
    "none for load balancers": (
        [{**A, "tags": {}}, {**B, "tags": {}}],
        {},
        "Set eks_load_balancer_subnet_role to elb or internal-elb",
    ),
    "the role sees to that": ([{**A, "tags": {}}, {**B, "tags": {}}], {"eks_load_balancer_subnet_role": "elb"}, ""),
    "somebody else sees to that": (
        [{**A, "tags": {}}, {**B, "tags": {}}],
        {"eks_load_balancer_controller": "none"},
        "",
    ),
    "good ones": ([A, B], {}, ""),
}


@pytest.mark.parametrize("case", SUBNETS)
def test_subnets_are_checked_before_anything_is_made(case):
    subnets, arguments, sentence = SUBNETS[case]
    said = role(arguments, subnets).problem("__eks_problem", "Check the subnets before anything is made", "subnets")
    assert sentence in said and bool(sentence) == bool(said)


def test_a_missing_eksctl_is_told_with_the_two_ways_out():
    missing = {"__eks_eksctl": {"rc": 2, "msg": "No such file or directory: b'eksctl'", "stderr": ""}}
    without = role({"eks_provisioner": "eksctl"}, facts=missing)
    check = without.tasks("eksctl")["Check that eksctl is there"]["ansible.builtin.assert"]
    said = without.value(check["fail_msg"])
    assert "No such file" in said and "Install it on the PATH" in said and "set eks_provisioner to api" in said


STEPS = {
    "no cluster": ({}, {}, [["create", "cluster"]]),
    "all there": ({"status": "ACTIVE", "version": "1.35"}, {}, []),
    "a newer version": (
        {"status": "ACTIVE", "version": "1.35"},
        {"eks_version": "1.36"},
        [["upgrade", "cluster"]],
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_eksctl_is_run_where_something_is_missing(case):
    there, arguments, commands = STEPS[case]
    facts = {"__eks_found": {"cluster": there, "diff": {"before": there}}}
    steps = role(arguments, facts=facts).variable("__eks_eksctl_steps")
    assert [step["arguments"][:2] for step in steps if step["wanted"]] == commands


@pytest.mark.parametrize(("version", "upgraded"), [("", []), ("1.35", []), ("1.36", ["main"])])
def test_eksctl_upgrades_the_nodes_after_the_cluster(version, upgraded):
    """By itself `eksctl upgrade cluster` leaves them behind, until the cluster can go no further."""
    before = {"main": {"version": "1.35"}, "newer": {"version": version or "1.35"}, "missing": {}}
    groups = {"results": [{"item": {"name": name}, "diff": {"before": group}} for name, group in before.items()]}
    cluster = {"diff": {"before": {"status": "ACTIVE", "version": "1.35"}}}
    there = role({"eks_version": version}, facts={"__eks_groups": groups, "__eks_found": cluster})
    steps = there.value(there.tasks("eksctl")["Have eksctl make what is missing"]["loop"])
    assert [step["arguments"][:2] for step in steps] == [
        *([["upgrade", "cluster"]] if upgraded else []),
        ["create", "nodegroup"],
        *(["upgrade", "nodegroup"] for _ in upgraded),
    ]
    common = ["--cluster", "kubeflow", "--region", "eu-west-1"]
    assert [step["arguments"][2:] for step in steps if step["arguments"][:2] == ["upgrade", "nodegroup"]] == [
        [*common, "--name", name, "--kubernetes-version", version] for name in upgraded
    ]


@pytest.mark.parametrize("way", ["script", "aws"])
@pytest.mark.parametrize("name", ["kubeflow", "2026", "true"])
def test_the_kubeconfig_is_one_whatever_the_cluster_is_called(name, way):
    record = {"endpoint": "https://api", "certificate_authority_data": "Q0E="}
    facts = {"__eks_requested": {"cluster": record}, "ansible_playbook_python": "/opt/a, b/python"}
    config = yaml.safe_load(role({"eks_name": name, "eks_kubeconfig_exec": way}, facts=facts).written("kubeconfig.j2"))
    [cluster], [context], [user] = config["clusters"], config["contexts"], config["users"]
    assert [cluster["name"], context["name"], user["name"], config["current-context"]] == [name] * 4
    assert context["context"] == {"cluster": name, "user": name}
    run = user["user"]["exec"]
    assert run["command"] == {"script": "/opt/a, b/python", "aws": "aws"}[way]
    assert name in run["args"] and "eu-west-1" in run["args"] and all(isinstance(each, str) for each in run["args"])


OWN = {"multitenant.kubeflow/cluster": "kubeflow"}
TAGGED = {
    "ours": (OWN, True),
    "ours, with tags that have changed since": (OWN | {"team": "a"}, True),
    "without any tag": ({}, False),
    "another cluster's": ({"multitenant.kubeflow/cluster": "other"}, False),
}


@pytest.mark.parametrize("case", TAGGED)
@pytest.mark.parametrize("eks_tags", [{}, {"platform": "kubeflow"}])
def test_only_what_carries_our_own_tag_is_removed(case, eks_tags):
    tags, ours = TAGGED[case]
    facts = {"item": {"tags": tags}, "__eks_provider": {"diff": {"before": {"tags": tags}}}}
    found = role({"eks_tags": eks_tags}, facts=facts)
    removed = found.tasks("remove")["Remove the roles that carry our tag"]["when"]
    provider = found.tasks("remove_api")["Remove the OIDC provider that carries our tag"]["when"][-1]
    assert [found.holds(removed), found.holds(provider)] == [ours, ours]


@pytest.mark.parametrize(("provisioner", "number"), [("api", 4), ("eksctl", 1)])
def test_only_roles_that_this_way_makes_are_looked_for(provisioner, number):
    found = role({"eks_provisioner": provisioner})
    looked_for = found.value(found.tasks("remove")["Find the roles of the cluster, its nodes and its pods"]["loop"])
    assert len(looked_for) == number and "kubeflow-load-balancer-controller" in looked_for


def on_aws(kind, name, *hosts):
    status = {"loadBalancer": {"ingress": [{"hostname": host} for host in hosts]}} if hosts else {"loadBalancer": {}}
    return {"kind": kind, "metadata": {"namespace": "ours", "name": name}, "status": status}


LEFT = {
    "nothing": ([], ""),
    "without any": ([on_aws("Ingress", "a"), on_aws("Service", "b")], ""),
    "both": ([on_aws("Service", "b", "n"), on_aws("Ingress", "a", "h")], "Ingress ours/a, Service ours/b. Nothing was"),
    "a service": ([on_aws("Ingress", "a"), on_aws("Service", "b", "n")], "Service ours/b. Nothing was"),
}


@pytest.mark.parametrize("case", LEFT)
def test_no_load_balancer_is_left_behind(case):
    there, sentence = LEFT[case]
    found = {"__eks_balanced": {"results": [{"resources": [one]} for one in there]}}
    said = role(facts=found).problem("__eks_problem", "Check that there is none", "leftovers")
    assert sentence in said and bool(sentence) == bool(said)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ({}, True),
        ({"eks_state": "absent"}, False),
        ({"eks_provisioner": "existing"}, False),
    ],
)
def test_a_cluster_that_is_to_go_is_not_asked_for_at_the_start(arguments, asked):
    found = role(arguments)
    assert found.holds(found.tasks("start")["Ask for the cluster"]["when"]) is asked
    assert found.holds(found.tasks("check")["Check the subnets"]["when"]) is asked


def test_check_mode_goes_on_where_kubeflow_has_only_announced_that_its_load_balancer_goes():
    check = role().tasks("leftovers")["Check that there is none"]["ansible.builtin.assert"]["that"]
    for checking in (False, True):
        facts = {"__eks_problem": "Ingress ours/a", "ansible_check_mode": checking}
        assert role(facts=facts).holds(check) is checking


def volume(name, policy, phase):
    return {"metadata": {"name": name}, "spec": {"persistentVolumeReclaimPolicy": policy}, "status": {"phase": phase}}


def test_volumes_that_their_driver_is_to_remove_are_waited_for():
    there = [
        volume("going", "Delete", "Released"),
        volume("stuck", "Delete", "Failed"),
        volume("used", "Delete", "Bound"),
        volume("kept", "Retain", "Released"),
        {"metadata": {"name": "new"}, "spec": {"persistentVolumeReclaimPolicy": "Delete"}},
    ]
    waiting = role(facts={"__eks_volumes": {"resources": there, "attempts": 1}})
    assert waiting.variable("__eks_going_volumes") == ["going", "stuck"]
    until = waiting.tasks("leftovers")["Wait until the volumes that are to go are gone"]["until"]
    assert not waiting.holds(until)
    assert role(facts={"__eks_volumes": {"resources": there, "attempts": 120}}).holds(until), "the last look"
    assert role(facts={"__eks_volumes": {"resources": there[2:], "attempts": 1}}).holds(until)


OURS = {
    "made by the API": ({"role_arn": f"{IAM}:role/kubeflow-cluster", "tags": {}}, {"api": True, "eksctl": False}),
    "made by eksctl": (
        {"role_arn": f"{IAM}:role/other", "tags": {"alpha.eksctl.io/cluster-name": "kubeflow"}},
        {"api": False, "eksctl": True},
    ),
    "made by somebody else": ({"role_arn": f"{IAM}:role/other", "tags": {}}, {"api": False, "eksctl": False}),
}


@pytest.mark.parametrize("case", OURS)
def test_a_cluster_is_removed_only_by_the_way_that_made_it(case):
    there, ours = OURS[case]
    found = role(facts={"__eks_found": {"diff": {"before": there}}})
    check = found.tasks("protect")["Check that the cluster was made here"]
    assert found.value(check["vars"]["__eks_ours"]) == ours
