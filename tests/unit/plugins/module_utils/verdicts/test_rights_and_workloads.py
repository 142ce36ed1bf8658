"""What the function may do, whether Deployments are available, and what the function reports."""

from __future__ import annotations

import json

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts import (
    access_map,
    function_rights,
    workloads,
)

QUESTIONS = function_rights.questions({})


def words(question):
    attributes = question["attributes"]
    return (attributes["verb"], attributes["resource"], attributes.get("subresource", ""), attributes.get("name", ""))


def test_it_asks_for_all_rights_and_for_what_would_be_too_much():
    must = {words(question) for question in QUESTIONS if question["expected"]}
    must_not = {words(question) for question in QUESTIONS if not question["expected"]}
    assert ("create", "rolebindings", "", "") in must
    assert ("bind", "clusterroles", "", "kubeflow-edit") in must
    assert ("bind", "clusterroles", "", "cluster-admin") in must_not
    assert ("create", "pods", "exec", "") in must_not
    assert not must & must_not


def answered(**otherwise):
    """As a cluster answers where everything is right, except for these questions, by verb_resource."""
    return {
        "reviews": [
            {"allowed": otherwise.get("_".join(words(question)[:2]), question["expected"])} for question in QUESTIONS
        ]
    }


RIGHTS = {
    "right": (answered(), ["ok", "ok"], ""),
    "too few": (answered(create_rolebindings=False), ["broken", "ok"], "it cannot create rolebindings"),
    "none": (
        {"reviews": [{"allowed": False}] * len(QUESTIONS)},
        ["broken", "ok"],
        "it cannot do anything of what it must, get profiles among it",
    ),
    "too many": (answered(get_secrets=True), ["ok", "broken"], "it can get secrets"),
    "not asked": ({}, ["not asked", "not asked"], "not registered"),
    "no answer": ({"failed": True, "msg": "401"}, ["not asked", "not asked"], "401"),
}


@pytest.mark.parametrize("case", RIGHTS)
def test_rights_that_are(case):
    answer, states, told = RIGHTS[case]
    found = function_rights.judged_rights(answer, QUESTIONS)
    assert [verdict.state for verdict in found] == states
    assert any(told in verdict.reason for verdict in found)


def deployment(name="dashboard", namespace="kubeflow", available="True", replicas=1):
    conditions = [{"type": "Available", "status": available, "message": "it has no minimum availability"}]
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"replicas": replicas},
        "status": {"conditions": conditions} if available else {},
    }


WORKLOADS = {
    "available": ([deployment()], "ok", "1 Deployments are available"),
    "not available": ([deployment(available="False")], "broken", "dashboard (it has no minimum"),
    "scaled to 0": ([deployment(replicas=0)], "broken", "dashboard (scaled to 0)"),
    "new": ([deployment(available="")], "broken", "dashboard (no status yet)"),
    "elsewhere only": ([deployment(namespace="vision")], "broken", "dashboard (not there)"),
    "beside one that is nobody's": ([deployment(), deployment("other", available="False")], "ok", "1 Deployments"),
}


@pytest.mark.parametrize("case", WORKLOADS)
def test_workloads_that_are(case):
    deployments, state, told = WORKLOADS[case]
    (verdict,) = workloads.judged_deployments(deployments, ["kubeflow/dashboard"])
    assert verdict.state == state and told in verdict.reason


ENTRY = {
    "namespace": "vision",
    "role": "edit",
    "group": "kubeflow-vision",
    "since": "2030-01-01T00:00:00Z",
    "complete": True,
}
ALICE = {"email": "alice@example.com", "lastLogin": "2030-01-01T00:00:00Z", "unfinished": False, "access": [ENTRY]}
BOB = {"email": "bob@example.com", "lastLogin": None, "unfinished": True, "access": []}


def invocation(output):
    return {"result": {"output": output}}


def test_the_access_map_has_a_row_per_user_and_a_column_per_namespace():
    report = access_map.function_report(invocation(json.dumps({"users": [ALICE, BOB]})))
    found = access_map.access_map(report)
    assert (found["is_known"], found["namespaces"]) == (True, ["vision"])
    assert [(row["email"], row["cells"], row["unfinished"]) for row in found["users"]] == [
        ("alice@example.com", [[ENTRY]], False),
        ("bob@example.com", [[]], True),
    ]


def test_an_access_map_that_nobody_reported_is_not_an_empty_one():
    assert access_map.access_map(None) == {"is_known": False, "namespaces": [], "users": []}


HALF = {**ALICE, "access": [{**ENTRY, "complete": False}]}
INVOCATIONS = {
    "a report": (invocation({"users": [ALICE]}), "", ["ok", "ok"], "1 users, 1 memberships"),
    "half an access": (invocation({"users": [HALF]}), "", ["ok", "broken"], "alice@example.com in vision"),
    "an error": (
        invocation({"errorMessage": "403", "errorType": "Refused", "stackTrace": ["File"]}),
        "",
        ["broken", "not asked"],
        "it fails, and so does every login: 403",
    ),
    "a failed task": (
        {"failed": True, "msg": "Function executed, but there was an error"},
        "",
        ["broken", "not asked"],
        "error",
    ),
    "no question": ({"skipped": True}, "its code is not that of this release", ["not asked"] * 2, "its code"),
    "no function": ({}, "", ["not asked"] * 2, "there is no function"),
}


@pytest.mark.parametrize("case", INVOCATIONS)
def test_the_function_answers_with(case):
    answer, why_not, states, told = INVOCATIONS[case]
    found = access_map.judged_invocation(answer, why_not)
    assert [verdict.state for verdict in found] == states
    assert any(told in verdict.reason for verdict in found)
