"""Check-mode truth: for generated starting states and targets, what check mode announces is what the run then changes.

Hypothesis makes both; it is derandomised, so that every run tries the same. Pools and clients: test_cognito_check_mode.py.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kubernetes.client import KubernetesClient

ACCOUNT = "arn:aws:iam::123456789012"
SOURCE = str(Path(__file__).resolve().parents[3] / "lambda" / "profile_manager")
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
NUMBERS = itertools.count()


def examples(number):
    """So many generated cases, the same in every run; a cloud is slower than hypothesis likes."""
    suppressed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=number, derandomize=True, deadline=None, database=None, suppress_health_check=suppressed
    )


def options(**strategies):
    """Any of the options, or none."""
    return st.fixed_dictionaries({}, optional=strategies)


def some(*values, least=0):
    return st.lists(st.sampled_from(values), unique=True, min_size=least)


TAGS = {"tags": st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy")), "purge_tags": st.booleans()}
STATE = {"state": st.sampled_from(["present", "present", "present", "absent"])}


@pytest.fixture
def one_story(run_module, converge):
    """Check mode and the real run either do the same or refuse in the same words."""

    def told(module, **wanted):
        announced = run_module(module, check=True, **wanted)
        if announced.get("failed"):
            assert run_module(module, **wanted)["msg"] == announced["msg"]
        else:
            converge(module, changed=None, **wanted)

    return told


@pytest.fixture
def new_role(aws):
    """`new_role()` makes a role of a name that nobody has used yet, and answers its ARN."""

    def made():
        document = json.dumps({"Version": "2012-10-17", "Statement": [LAMBDA]})
        return aws("iam").create_role(RoleName=f"role-{next(NUMBERS)}", AssumeRolePolicyDocument=document)["Role"][
            "Arn"
        ]

    return made


POLICIES = [
    f"arn:aws:eks::aws:cluster-access-policy/AmazonEKS{name}Policy" for name in ("View", "Edit", "ClusterAdmin")
]
ACCESS_POLICY = st.one_of(
    st.fixed_dictionaries({"policy_arn": st.sampled_from(POLICIES)}),
    st.fixed_dictionaries(
        {
            "policy_arn": st.sampled_from(POLICIES),
            "scope_type": st.just("namespace"),
            "namespaces": some("m", "n", least=1),
        }
    ),
)
ENTRY = {
    "kubernetes_groups": some("readers", "writers", "system:masters"),
    "username": st.sampled_from(["somebody", "another"]),
    "access_policies": st.lists(ACCESS_POLICY, max_size=2, unique_by=lambda policy: policy["policy_arn"]),
    "purge_access_policies": st.booleans(),
    **TAGS,
}


def test_an_access_entry_does_what_check_mode_announced(run_module, one_story, cluster, new_role):
    name = cluster("entries", "API")["cluster_name"]

    @examples(30)
    @given(start=st.none() | options(**ENTRY), target=options(**ENTRY, **STATE))
    def story(start, target):
        entry = {"cluster_name": name, "principal_arn": new_role()}
        if start is not None:
            run_module("eks_access_entry", **entry, **start)
        one_story("eks_access_entry", **entry, **target)

    story()


OURS, THEIRS, NODES = f"{ACCOUNT}:role/ours", f"{ACCOUNT}:role/theirs", f"{ACCOUNT}:role/nodes"
MAPPED = options(
    username=st.sampled_from(["ours", "system:node:{{EC2PrivateDNSName}}"]),
    groups=some("readers", "writers", "system:nodes"),
)
ROLES = st.lists(
    st.builds(
        lambda arn, entry: {"rolearn": arn, **entry},
        st.sampled_from([OURS, f"{ACCOUNT}:role/with/path/ours", THEIRS, NODES]),
        MAPPED,
    ),
    max_size=4,
)
USERS = st.lists(st.builds(lambda entry: {"userarn": OURS, **entry}, MAPPED), max_size=1)
MAPPING = {
    "username": st.sampled_from(["ours", "another"]),
    "groups": some("readers", "others"),
    "purge": st.booleans(),
}


def test_an_entry_of_aws_auth_does_what_check_mode_announced(one_story, cluster, backends):
    kubeconfig = cluster("mapped", "CONFIG_MAP")["kubeconfig"]
    api = backends["mapped"]
    admin = KubernetesClient(api.url, api.ca_pem, api.admin_token)

    @examples(30)
    @given(roles=st.none() | ROLES, users=USERS, target=options(**MAPPING, **STATE))
    def story(roles, users, target):
        admin.request("DELETE", f"{CONFIG_MAPS}/aws-auth")
        if roles is not None:
            data = {"mapRoles": yaml.safe_dump(roles), "mapUsers": yaml.safe_dump(users)}
            manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": data}
            admin.create(CONFIG_MAPS, manifest)
        one_story("aws_auth", kubeconfig=kubeconfig, arn=OURS, **target)

    story()


CERTIFICATE = {"subject_alternative_names": some("*.{}", "a.{}", "b.{}"), **TAGS}


def test_a_certificate_does_what_check_mode_announced(run_module, one_story, account):
    @examples(8)
    @given(start=options(**CERTIFICATE), target=options(**CERTIFICATE, purge_validation_records=st.booleans(), **STATE))
    def story(start, target):
        name = f"n{next(NUMBERS)}.{account.domain}"
        common = {"domain_name": name, "hosted_zone_id": account.hosted_zone_id}
        for wanted in (start, target):
            names = [pattern.format(name) for pattern in wanted.pop("subject_alternative_names", ())]
            wanted["subject_alternative_names"] = names
        run_module("acm_public_certificate", **common, **start)
        one_story("acm_public_certificate", **common, **target)

    story()


MANAGER = {
    "memory_size": st.sampled_from([256, 512]),
    "reserved_concurrency": st.sampled_from([-1, 5, 10]),
    "tracing": st.sampled_from(["Active", "PassThrough"]),
    "schedule": st.sampled_from(["", "rate(1 day)", "rate(2 days)", "cron(0 3 * * ? *)"]),
    "settings": options(
        groupPrefix=st.sampled_from(["", "team-"]),
        receiptNamespace=st.sampled_from(["", "default", "kube-public"]),
        defaultRole=st.sampled_from(["admin", "view"]),
    ),
    "environment": st.dictionaries(st.sampled_from(["LOG", "MODE"]), st.sampled_from("xy")),
    "trigger_version": st.sampled_from(["V1_0", "V2_0"]),
    "log_retention_days": st.sampled_from([0, 30]),
    "registration": st.sampled_from(["auto", "access_entry", "aws_auth"]),
    **TAGS,
}


def test_a_profile_manager_does_what_check_mode_announced(run_module, one_story, aws, cluster):
    reached = cluster("managed", "API_AND_CONFIG_MAP")

    @examples(8)
    @given(start=st.none() | options(**MANAGER), target=options(**MANAGER, **STATE))
    def story(start, target):
        pool = aws("cognito-idp").create_user_pool(PoolName="people", UserPoolTier="ESSENTIALS")["UserPool"]["Id"]
        manager = {**reached, "function_name": f"pm-{next(NUMBERS)}", "user_pool_id": pool, "source": SOURCE}
        if start is not None:
            run_module("profile_manager", **manager, **start)
        one_story("profile_manager", **manager, **target)

    story()
