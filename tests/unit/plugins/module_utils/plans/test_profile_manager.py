"""The parts of the profile manager one by one, and the order in which they are made and unmade."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import (
    admission_policy,
    cluster_rbac,
    function,
    function_permission,
    function_role,
    function_trigger,
    profile_manager,
    registration,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    OWN_TAG,
    Place,
    WantedProfileManager,
)

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:pm"
KEYS = frozenset({"LambdaConfig", "UserPoolTags", "Policies"})
POOL = {"Id": "eu-west-1_A", "Name": "people", "LambdaConfig": {"PostConfirmation": "arn:theirs"}, "UserPoolTags": {}}
CLUSTER = {
    "name": "k",
    "status": "ACTIVE",
    "endpoint": "https://k",
    "certificate_authority_data": "Q0E=",
    "authentication_mode": "API",
}
NOTHING = {
    "cluster": CLUSTER,
    "cluster_asked": True,
    "mode": "API",
    "log_group": None,
    "role": None,
    "function": None,
    "statements": [],
    "pool": POOL,
    "pool_keys": KEYS,
    "entry": None,
    "entry_created_at": None,
    "role_created_at": None,
    "serves_admission_policies": True,
    "admission_policy": None,
    "admission_policy_binding": None,
    "cluster_role": None,
    "cluster_role_binding": None,
    "receipt_rights": [],
    "config_maps": [],
    "aws_auth": None,
    "aws_auth_problem": "",
    "rule": None,
}
EMPTY_ACCOUNT = {**NOTHING, "cluster": None, "cluster_asked": False, "mode": None, "pool": None}
WANTED = WantedProfileManager(
    function_name="pm",
    role_name="pm",
    package=b"zip",
    user_pool_id="eu-west-1_A",
    cluster_name="k",
    place=Place("123456789012", "eu-west-1"),
)
MADE = [
    "create_log_group",
    "set_retention",
    "create_role",
    "put_role_policy",
    "create_function",
    "add_permission",
    *["apply_object"] * 4,
    "create_access_entry",
    "update_user_pool",
]


def methods(plan):
    return [call.method for call in plan.calls]


def after(plan, current=NOTHING, **changes):
    """What the clients would read after the plan has been carried out."""
    made = plan.after
    triggers = {"PreTokenGenerationConfig": {"LambdaArn": FUNCTION, "LambdaVersion": "V1_0"}}
    return {
        **current,
        "log_group": made["log_group"],
        "role": made["role"],
        "function": made["function"],
        "statements": [made["permission"]],
        "pool": {**POOL, "LambdaConfig": triggers},
        "entry": made["access"],
        "admission_policy": admission_policy.policy({}, "kubeflow-profile-manager"),
        "admission_policy_binding": admission_policy.binding(),
        "cluster_role": cluster_rbac.cluster_role({}),
        "cluster_role_binding": cluster_rbac.cluster_role_binding("kubeflow-profile-manager"),
        **changes,
    }


def test_the_trigger_is_attached_last_and_detached_first():
    made = profile_manager.present(NOTHING, WANTED)
    assert methods(made) == MADE
    again = profile_manager.present(after(made), WANTED)
    assert (methods(again), again.before) == ([], again.after)
    assert methods(profile_manager.absent(after(made), WANTED)) == [
        "update_user_pool",
        "remove_permission",
        "delete_access_entry",
        *["delete_object"] * 4,
        "delete_function",
        "delete_log_group",
        "delete_role",
    ]


def test_the_fence_stands_before_the_rights_and_as_long_as_they_do():
    made = profile_manager.present(NOTHING, WANTED)
    applied = [call.arguments["manifest"]["kind"] for call in made.calls if call.method == "apply_object"]
    assert applied == [
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ClusterRole",
        "ClusterRoleBinding",
    ]
    removed = profile_manager.absent(after(made), WANTED)
    assert [call.arguments["kind"] for call in removed.calls if call.method == "delete_object"] == applied[::-1]


def test_a_cluster_without_admission_policies_is_told_of():
    older = {**NOTHING, "serves_admission_policies": False}
    plan = profile_manager.present(older, WANTED)
    assert methods(plan).count("apply_object") == 2
    assert plan.after["admission_policy"] is None
    assert plan.warnings == (admission_policy.NOT_SERVED,)


def test_an_aws_auth_that_nobody_can_read_comes_last_of_all():
    there = after(profile_manager.present(NOTHING, WANTED))
    plan = profile_manager.absent({**there, "aws_auth_problem": "mapRoles of aws-auth is no YAML."}, WANTED)
    assert methods(plan) == [*methods(profile_manager.absent(there, WANTED)), "forget_in_aws_auth"]
    assert plan.calls[-1].arguments["wanted"].state == "absent"
    assert "mapRoles of aws-auth is no YAML." in plan.warnings[0]


def test_an_empty_account_can_be_announced():
    announced = replace(WANTED, user_pool_id=None, cluster_name=None, announced_only=True)
    plan = profile_manager.present(EMPTY_ACCOUNT, announced)
    assert methods(plan) == MADE
    assert plan.after["trigger"]["user_pool_id"] == plan.after["registration"] == UNKNOWN
    told = profile_manager.present(EMPTY_ACCOUNT, replace(announced, authentication_mode="CONFIG_MAP"))
    assert told.after["registration"] == "aws_auth"
    with pytest.raises(Refusal, match="There is no cluster"):
        profile_manager.present(EMPTY_ACCOUNT, replace(announced, announced_only=False))


@pytest.mark.parametrize("missing", ["log_group", "role", "function", "cluster_role", "entry", "pool"])
def test_whatever_is_left_of_it_is_removed(missing):
    made = profile_manager.present(NOTHING, WANTED)
    left = after(made, **{missing: None}, **({"statements": []} if missing == "function" else {}))
    plan = profile_manager.absent(left, WANTED)
    assert plan.after is None
    removals = {"log_group": "delete_log_group", "role": "delete_role", "pool": "update_user_pool"}
    assert removals.get(missing) not in methods(plan)


def test_without_a_cluster_only_the_side_of_aws_is_removed():
    made = profile_manager.present(NOTHING, WANTED)
    gone = after(made, **{key: EMPTY_ACCOUNT[key] for key in ("cluster", "cluster_asked", "cluster_role")})
    gone.update(cluster_role_binding=None, entry=None, admission_policy=None, admission_policy_binding=None)
    plan = profile_manager.absent(gone, WANTED)
    assert "delete_object" not in methods(plan)
    assert "Only AWS's side" in plan.warnings[0]


REFUSED = {
    "master of the cluster": (NOTHING, {"kubernetes_group": "system:masters"}, "does not become a member"),
    "owner of all": (NOTHING, {"settings": {"profileOwner": "g-function"}, "kubernetes_group": "g"}, "admin of every"),
    "no source": (NOTHING, {"package": None}, "give its source"),
    "no pool": ({**NOTHING, "pool": None}, {}, "There is no user pool eu-west-1_A"),
    "another trigger": (
        {**NOTHING, "pool": {**POOL, "LambdaConfig": {"PreTokenGeneration": "arn:other"}}},
        {},
        "Detach that one first",
    ),
    "a tier without new events": (
        {**NOTHING, "pool": {**POOL, "UserPoolTier": "LITE"}},
        {"trigger_version": "V2_0"},
        "Raise its tier to ESSENTIALS",
    ),
    "a cluster without entries": (
        {**NOTHING, "cluster": {**CLUSTER, "authentication_mode": "CONFIG_MAP"}, "mode": "CONFIG_MAP"},
        {"registration": "access_entry"},
        "API_AND_CONFIG_MAP",
    ),
    "a cluster without aws-auth": (NOTHING, {"registration": "aws_auth"}, "does not read aws-auth"),
    "a cluster without endpoint": ({**NOTHING, "cluster": {**CLUSTER, "endpoint": ""}}, {}, "has no endpoint yet"),
    "somebody's role": (
        {**NOTHING, "role": {"name": "pm", "arn": "arn:r", "tags": {}, "trust_policy": {}, "policy": None}},
        {},
        "role pm exists already",
    ),
    "subnets alone": (NOTHING, {"subnet_ids": ["a"]}, "give security_group_ids"),
    "too long settings": (NOTHING, {"settings": {"x": "y" * 4096}}, "Lambda allows 4096"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_must_not_be_is_refused_before_anything_is_made(case):
    current, options, message = REFUSED[case]
    with pytest.raises(Refusal, match=message):
        profile_manager.present(current, replace(WANTED, **options))


def test_the_role_may_do_the_least():
    rights = function_role.policy(WANTED, function_role.Needs())["Statement"]
    assert {statement["Sid"]: statement["Resource"] for statement in rights} == {
        "WriteOwnLog": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/pm:*",
        "CallItself": FUNCTION,
    }
    all_needs = function_role.Needs(in_vpc=True, is_scheduled=True, is_traced=True)
    rights = function_role.policy(WANTED, all_needs)["Statement"]
    added = {statement["Sid"]: statement["Resource"] for statement in rights[2:]}
    assert added == {"ListUsersOfThePool": WANTED.user_pool_arn, "JoinTheVpc": "*", "WriteTraces": "*"}
    assert not any("*" in action for statement in rights for action in statement["Action"])


def config_map(name, created, **data):
    return {"metadata": {"name": name, "creationTimestamp": created}, "data": data}


SETTINGS = {
    "none": ([], None, {}, {}),
    "of the cluster": (
        [config_map("profiles-config", "1", USERID_HEADER="x-user", USERID_PREFIX="")],
        {"onError": "allow"},
        {},
        {"onError": "allow", "userIdHeader": "x-user"},
    ),
    "explicit ones win": (
        [config_map("profiles-config", "1", USERID_HEADER="x-user")],
        {"userIdHeader": "mine"},
        {},
        {"userIdHeader": "mine"},
    ),
    "not given: those there win": (
        [config_map("profiles-config", "1", USERID_HEADER="x-user", KFP_UI_PRINCIPAL="kfp")],
        None,
        {"settings": '{"userIdHeader":"there"}'},
        {"userIdHeader": "there", "pipelinesPrincipal": "kfp"},
    ),
    "the newest with kustomize's suffix": (
        [
            config_map("profiles-config-46c7tgh6fd", "2", USERID_HEADER="new"),
            config_map("profiles-config-5h9m86f79f", "1", USERID_HEADER="old"),
            config_map("profiles-config-other-thing", "3", USERID_HEADER="foreign"),
        ],
        {},
        {},
        {"userIdHeader": "new"},
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_come_from_the_user_then_from_the_cluster(case):
    config_maps, given, there, expected = SETTINGS[case]
    told = function.cluster_settings(function.profiles_config(config_maps))
    made = function.variables({"LOG": "x", **there}, replace(WANTED, settings=given), told)
    assert json.loads(made["settings"]) == expected
    assert made["LOG"] == "x"


def test_exactly_one_pool_may_call_the_function():
    ours = function_permission.present([], WANTED).after
    other = {**ours, "statement_id": "cognito-eu-west-1_B", "source_arn": "arn:other"}
    theirs = {"statement_id": "by-hand", "principal": "events.amazonaws.com", "source_arn": "", "source_account": ""}
    assert ours["source_arn"] == "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_A"
    assert methods(function_permission.present([ours, theirs], WANTED)) == []
    assert methods(function_permission.present([ours, other, theirs], WANTED)) == ["remove_permission"]
    assert methods(function_permission.present([{**ours, "source_account": ""}], WANTED)) == [
        "remove_permission",
        "add_permission",
    ]
    assert methods(function_permission.absent([ours, theirs], WANTED)) == ["remove_permission"]


def test_other_triggers_of_the_pool_stay():
    attached = function_trigger.present(POOL, KEYS, WANTED).calls[0].arguments
    assert attached["LambdaConfig"] == {
        "PostConfirmation": "arn:theirs",
        "PreTokenGeneration": FUNCTION,
        "PreTokenGenerationConfig": {"LambdaArn": FUNCTION, "LambdaVersion": "V1_0"},
    }
    pool = {**POOL, "LambdaConfig": attached["LambdaConfig"]}
    detached = function_trigger.absent(pool, KEYS, WANTED).calls[0].arguments
    assert detached["LambdaConfig"] == POOL["LambdaConfig"]
    foreign = {**POOL, "LambdaConfig": {"PreTokenGeneration": "arn:other"}}
    assert methods(function_trigger.absent(foreign, KEYS, WANTED)) == []


WAYS = {
    ("auto", "CONFIG_MAP"): "aws_auth",
    ("auto", "API_AND_CONFIG_MAP"): "access_entry",
    ("auto", "API"): "access_entry",
    ("auto", None): UNKNOWN,
    ("aws_auth", "API_AND_CONFIG_MAP"): "aws_auth",
    ("aws_auth", None): "aws_auth",
}


@pytest.mark.parametrize("case", WAYS)
def test_the_mode_decides_about_the_way(case):
    assert registration.way(*case, "k") == WAYS[case]


def test_code_is_uploaded_when_its_fingerprint_or_the_processor_differs():
    made = profile_manager.present(NOTHING, WANTED)
    there = after(made)
    assert methods(profile_manager.present(there, replace(WANTED, package=b"new"))) == ["update_code"]
    assert methods(profile_manager.present(there, replace(WANTED, architecture="x86_64"))) == ["update_code"]
    assert methods(profile_manager.present(there, replace(WANTED, package=None))) == []


def test_no_profile_belongs_to_the_function_itself():
    """The default owner of group Profiles is the group's name; an owner is admin of the namespace."""
    assert profile_manager.present(NOTHING, WANTED).after["access"]["username"] == "kubeflow-profile-manager-function"


def test_a_binding_of_another_role_is_made_anew():
    wanted = cluster_rbac.cluster_role_binding("g")
    other = {**wanted, "roleRef": {**wanted["roleRef"], "name": "cluster-admin"}}
    assert methods(cluster_rbac.present(other, wanted)) == ["delete_object", "apply_object"]


ADMINS = {
    "nobody": ({}, False),
    "a rule without role": ({"mapping": [{"group": "a"}]}, False),
    "a rule": ({"mapping": [{"group": "a", "role": "admin"}]}, True),
    "a rule in capitals": ({"mapping": [{"group": "a", "role": "Admin"}]}, True),
    "maybe what a pattern captures": ({"mapping": [{"pattern": "(.*)-(.*)", "role": "{2}"}]}, True),
    "the default": ({"defaultRole": "admin"}, True),
}


@pytest.mark.parametrize("case", ADMINS)
def test_admin_is_bound_only_where_the_settings_may_give_it(case):
    settings, expected = ADMINS[case]
    bound = next(rule["resourceNames"] for rule in cluster_rbac.rules(settings) if "bind" in rule["verbs"])
    assert ("kubeflow-admin" in bound) == expected
    assert bound[-2:] == ["kubeflow-edit", "kubeflow-view"]


def test_the_function_may_write_one_of_istios_forms_and_delete_no_profile():
    def groups(settings):
        return {group for rule in cluster_rbac.rules(settings) for group in rule["apiGroups"] if "istio" in group}

    assert groups({}) == groups({"bindingWriter": "discover"}) == {"security.istio.io"}
    assert groups({"bindingWriter": "serviceRoleBinding"}) == {"rbac.istio.io"}
    assert not any("delete" in rule["verbs"] for rule in cluster_rbac.rules({}) if "profiles" in rule["resources"])


def test_a_new_role_makes_the_old_access_entry_anew():
    made = profile_manager.present(NOTHING, WANTED)
    plan = profile_manager.present(after(made, role=None), WANTED)
    assert methods(plan) == ["create_role", "put_role_policy", "delete_access_entry", "create_access_entry"]


def test_tags_of_ours_mark_what_is_ours():
    made = profile_manager.present(NOTHING, replace(WANTED, tags={"a": "b"}))
    assert made.after["role"]["tags"] == made.after["function"]["tags"] == {"a": "b", OWN_TAG: "pm"}
    theirs = after(made)
    theirs["role"] = {**theirs["role"], "tags": {}}
    assert "left alone" in profile_manager.absent(theirs, WANTED).warnings[0]


def test_a_function_of_somebody_else_keeps_everything():
    theirs = after(profile_manager.present(NOTHING, WANTED))
    theirs["function"] = {**theirs["function"], "tags": {}}
    plan = profile_manager.absent(theirs, WANTED)
    assert (plan.calls, plan.before) == ((), plan.after)
    assert "left alone" in plan.warnings[0]


def test_logs_of_somebody_else_are_kept():
    theirs = after(profile_manager.present(NOTHING, WANTED))
    theirs["log_group"] = {**theirs["log_group"], "tags": {}}
    assert "delete_log_group" not in methods(profile_manager.absent(theirs, WANTED))


def test_access_of_somebody_elses_role_is_kept():
    theirs = after(profile_manager.present(NOTHING, WANTED))
    assert "delete_access_entry" in methods(profile_manager.absent(theirs, WANTED))
    theirs["role"] = {**theirs["role"], "tags": {}}
    assert "delete_access_entry" not in methods(profile_manager.absent(theirs, WANTED))
