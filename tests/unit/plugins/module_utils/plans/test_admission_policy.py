"""The policy as a value; what it lets through and refuses is tried on an API in tests/integration/lambda/test_rights.py."""

from __future__ import annotations

import copy
import importlib
import json
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import admission_policy, admission_rules

GROUP = "kubeflow-profile-manager"
FUNCTION = Path(__file__).resolve().parents[5] / "lambda" / "profile_manager"
MANIFESTS = {"policy": admission_policy.policy({}, GROUP), "binding": admission_policy.binding()}


@pytest.fixture
def function(monkeypatch):
    """A module of the function's package by name."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(FUNCTION))
    yield lambda name: importlib.import_module(f"profile_manager.{name}")
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "profile_manager":
            del sys.modules[name]


@pytest.mark.parametrize("kind", MANIFESTS)
def test_what_is_missing_is_applied_and_then_stays(kind):
    manifest = MANIFESTS[kind]
    plan = admission_policy.present(None, manifest)
    assert [(call.method, call.arguments) for call in plan.calls] == [("apply_object", {"manifest": manifest})]
    assert (plan.before, plan.after) == (None, admission_policy.record(manifest))
    assert not admission_policy.present(manifest, manifest).changed


def test_what_others_have_added_is_left_alone():
    current = copy.deepcopy(MANIFESTS["policy"])
    current["metadata"] |= {"uid": "x", "generation": 3, "labels": {**current["metadata"]["labels"], "theirs": "y"}}
    current["status"] = {"observedGeneration": 3, "typeChecking": {}}
    assert not admission_policy.present(current, MANIFESTS["policy"]).changed


CHANGES = {
    "a validation less": lambda spec: spec["validations"].pop(),
    "another failure policy": lambda spec: spec.update(failurePolicy="Ignore"),
    "a rule less": lambda spec: spec["matchConstraints"]["resourceRules"].pop(),
    "a kind excluded": lambda spec: spec["matchConstraints"].update(excludeResourceRules=[{"resources": ["*"]}]),
    "a condition more": lambda spec: spec["matchConditions"].append({"name": "never", "expression": "false"}),
    "another variable": lambda spec: spec["variables"][0].update(expression="true"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_somebody_has_loosened_is_set_right(case):
    current = copy.deepcopy(MANIFESTS["policy"])
    CHANGES[case](current["spec"])
    plan = admission_policy.present(current, MANIFESTS["policy"])
    assert [call.method for call in plan.calls] == ["apply_object"]
    assert plan.before != plan.after


def test_a_binding_that_only_warns_is_set_right():
    current = {**MANIFESTS["binding"], "spec": {"policyName": GROUP, "validationActions": ["Warn"]}}
    assert admission_policy.present(current, MANIFESTS["binding"]).changed


@pytest.mark.parametrize("kind", MANIFESTS)
def test_removal(kind):
    manifest = MANIFESTS[kind]
    plan = admission_policy.absent(manifest)
    arguments = {"kind": manifest["kind"], "name": "kubeflow-profile-manager"}
    assert [(call.method, call.arguments) for call in plan.calls] == [("delete_object", arguments)]
    assert (plan.before, plan.after) == (admission_policy.record(manifest), None)
    assert not admission_policy.absent(None).changed


def test_the_policy_is_about_the_functions_group_alone():
    spec = admission_policy.policy({}, 'a "group"')["spec"]
    assert [each["expression"] for each in spec["matchConditions"]] == [
        r'has(request.userInfo.groups) && "a \"group\"" in request.userInfo.groups'
    ]


def test_what_a_server_would_fill_in_is_there():
    constraints = MANIFESTS["policy"]["spec"]["matchConstraints"]
    assert (constraints["matchPolicy"], constraints["namespaceSelector"], constraints["objectSelector"]) == (
        "Equivalent",
        {},
        {},
    )
    assert {rule["scope"] for rule in constraints["resourceRules"]} == {"*"}
    assert MANIFESTS["policy"]["spec"]["failurePolicy"] == "Fail"


def test_every_refusal_says_why_in_one_line():
    for validation in MANIFESTS["policy"]["spec"]["validations"]:
        assert validation["reason"] == "Forbidden"
        assert validation["message"] and "\n" not in validation["message"]


ROLES = {
    "as delivered": ({}, ["edit", "view"]),
    "admin by default": ({"defaultRole": "admin"}, ["admin", "edit", "view"]),
    "admin by a rule": ({"mapping": [{"group": "a", "namespace": "a", "role": "admin"}]}, ["admin", "edit", "view"]),
    "by a rule without role": ({"mapping": [{"group": "a", "namespace": "a"}]}, ["edit", "view"]),
}


@pytest.mark.parametrize("case", ROLES)
def test_the_roles_are_those_that_the_settings_give(case):
    settings, roles = ROLES[case]
    listed = json.dumps([f"kubeflow-{role}" for role in roles])
    assert any(
        f"object.roleRef.name in {listed}" in expression for expression, _ in admission_rules.validations(settings)
    )


def test_config_maps_are_written_only_where_receipts_are():
    kinds = [rule["resources"] for rule in MANIFESTS["policy"]["spec"]["matchConstraints"]["resourceRules"]]
    assert ["configmaps"] not in kinds
    spec = admission_policy.policy({"receiptNamespace": "receipts"}, GROUP)["spec"]
    assert spec["matchConstraints"]["resourceRules"][-1]["resources"] == ["configmaps"]
    assert 'variables.place == "receipts"' in spec["validations"][-1]["expression"]


NAMES = [
    "ops",
    "ops-",
    "ops-one",
    "opsone",
    "x1",
    "x1y",
    "xa",
    "xay",
    "a.b",
    "axb",
    "a-b",
    "default",
    "kubeflow",
    "kube-x",
]
PATTERNS = [
    ["ops"],
    ["ops-*"],
    ["ops?one"],
    ["x[0-9]"],
    ["x[!0-9]?"],
    ["a.b"],
    ["*"],
    ["x[0-9", "a-b"],
    ["ops*", "a?b"],
]


@pytest.mark.parametrize("patterns", PATTERNS, ids=",".join)
def test_patterns_mean_what_they_mean_to_the_function(patterns):
    validations = admission_rules.validations({"reservedNamespaces": patterns})
    text = next(text for text, why in validations if why.endswith("stays out of reserved namespaces"))
    regular = re.compile(json.loads(text.partition("matches(")[2].removesuffix(")")))
    for name in NAMES:
        assert bool(regular.search(name)) is any(fnmatchcase(name, pattern) for pattern in patterns), name


def test_names_are_those_that_the_function_writes(function):
    objects, names, settings = function("objects"), function("names"), function("settings")
    assert admission_rules.RESERVED_NAMESPACES == names.RESERVED_NAMESPACES
    assert (admission_rules.MANAGED_BY, admission_rules.NAME) == (objects.MANAGED_BY_LABEL, objects.MANAGED_BY)
    assert (admission_rules.USER_LABEL, admission_rules.RECEIPT) == (objects.USER_LABEL, objects.RECEIPT_ANNOTATION)
    assert (objects.USER_ANNOTATION, objects.ROLE_ANNOTATION) == ("user", "role")
    defaults = settings.Settings()
    assert defaults.profile_owner == admission_rules.PROFILE_OWNER
    assert defaults.personal_prefix == admission_rules.PERSONAL_PREFIX
