"""What the roles' tasks answer in check mode, as verdicts."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.drift import differences, judged_drift

SAME = {"changed": False, "diff": {"before": {"a": 1}, "after": {"a": 1}}}
OTHER = {"changed": True, "diff": {"before": {"a": 1, "b": 2}, "after": {"a": 3, "b": 2}}}
NEW = {"changed": True, "diff": {"before": {}, "after": {"a": 3}}}
SKIPPED = {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}
NO_ITEMS = {"changed": False, "skipped": True, "results": []}

ANSWERS = {
    "as it should be": ("user pool", SAME, [("user pool", "ok", "as the inventory says")]),
    "something else": ("user pool", OTHER, [("user pool", "broken", "a is 1 and should be 3")]),
    "not there": ("user pool", NEW, [("user pool", "broken", "is not there")]),
    "changed, and the module does not say what": (
        "user pool",
        {"changed": True},
        [("user pool", "broken", "is not there, or not what the inventory says")],
    ),
    "a diff as text": (
        "user pool",
        {"changed": True, "diff": {"before": "a\n", "after": "b\n"}},
        [("user pool", "broken", "is not there, or not what the inventory says")],
    ),
    "a task that was not needed": ("address above the login domain", SKIPPED, None),
    "records of which none is wrong": (
        "records of the login domain",
        NO_ITEMS,
        [("records of the login domain", "ok", "as the inventory says")],
    ),
    "an ADFS that is not ours": ("claim rules in ADFS", NO_ITEMS, None),
    "an ADFS out of reach": (
        "addresses of the trust in ADFS",
        {"changed": False, "unreachable": True, "msg": "winrm: timed out"},
        [("addresses of the trust in ADFS", "not asked", "its host could not be reached: winrm: timed out")],
    ),
    "one of two items": (
        "records of the login domain",
        {"results": [{"changed": True, "item": "A"}, {"changed": False, "item": "AAAA"}]},
        [
            ("records of the login domain A", "broken", "is not there, or not what the inventory says"),
            ("records of the login domain AAAA", "ok", "as the inventory says"),
        ],
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_is(case):
    name, answer, expected = ANSWERS[case]
    found = judged_drift("cognito_adfs", {"answers": {name: answer}})
    told = [(verdict.resource, verdict.state, verdict.reason) for verdict in found]
    assert told == (expected or [("state", "not asked", "nothing was compared")])


@pytest.mark.parametrize(
    "side", ["relying-party trust in ADFS", "addresses of the trust in ADFS", "claim rules in ADFS"]
)
def test_what_is_in_adfs_is_shown_there(side):
    (verdict,) = judged_drift("cognito_adfs", {"answers": {side: OTHER}})
    assert verdict.part == "adfs"


def test_a_failure_is_broken_and_names_what_comes_first():
    message = "There is no certificate yet. Run the role acm first (--tags acm)."
    (verdict,) = judged_drift("cognito_adfs", {"failure": {"msg": message}})
    assert (verdict.state, verdict.reason, verdict.part) == ("broken", message, "pool")


def test_of_a_loop_that_failed_the_item_that_did_is_told():
    failure = {"msg": "One or more items failed", "results": [{"msg": "fine"}, {"failed": True, "msg": "It is gone."}]}
    (verdict,) = judged_drift("acm", {"failure": failure})
    assert (verdict.reason, verdict.remedy) == ("It is gone.", "Run site.yml --tags acm.")


FUNCTION = {"name": "f", "code_sha256": "new", "timeout": 5}


def manager(before, after):
    return judged_drift(
        "profile_manager", {"answers": {"profile manager": {"diff": {"before": before, "after": after}}}}
    )


PARTS = {
    "all well": ({"function": FUNCTION}, {"function": FUNCTION}, ("function", "ok", "as the inventory says")),
    "other code": (
        {"function": {**FUNCTION, "code_sha256": "old"}},
        {"function": FUNCTION},
        ("function", "broken", "its code is not that of this release (fingerprint old)"),
    ),
    "other code and another setting": (
        {"function": {**FUNCTION, "code_sha256": "old", "timeout": 3}},
        {"function": FUNCTION},
        ("function", "broken", "its code is not that of this release (fingerprint old); timeout is 3 and should be 5"),
    ),
    "another setting": (
        {"function": {**FUNCTION, "timeout": 3}},
        {"function": FUNCTION},
        ("function", "broken", "timeout is 3 and should be 5"),
    ),
    "no permission": (
        {"permission": None},
        {"permission": {"principal": "cognito-idp.amazonaws.com"}},
        (
            "permission of Cognito to call it",
            "broken",
            "is not there: every login fails with AccessDeniedException",
        ),
    ),
    "no trigger": (
        {"trigger": None},
        {"trigger": {"function_arn": "arn"}},
        (
            "trigger of the user pool",
            "broken",
            "is not there: logins give nobody access, and take it from nobody",
        ),
    ),
    "no registration": (
        {"access": None},
        {"access": {"username": "u"}},
        ("registration in the cluster", "broken", "is not there: the cluster does not know the function (401)"),
    ),
    "a schedule that nobody wants": (
        {"schedule": {"name": "s"}},
        {"schedule": None},
        ("schedule", "broken", "is there, and should not be"),
    ),
    "lists that differ": (
        {"receipt_access": [1]},
        {"receipt_access": [2]},
        ("rights for receipts", "broken", "is not what this release wants"),
    ),
}


@pytest.mark.parametrize("case", PARTS)
def test_a_part_of_the_profile_manager(case):
    before, after, expected = PARTS[case]
    (verdict,) = manager(before, after)
    assert (verdict.resource, verdict.state, verdict.reason) == expected


def test_without_a_profile_manager_every_part_is_missing():
    found = manager({}, {"function": FUNCTION, "trigger": {"a": 1}})
    assert [(verdict.resource, verdict.state) for verdict in found] == [
        ("function", "broken"),
        ("trigger of the user pool", "broken"),
    ]


def judged_objects(before, after, refused=()):
    answer = {"objects": 7, "refused": list(refused), "diff": {"before": before, "after": after}}
    return judged_drift("kubeflow", {"answers": {"objects": answer}})


def test_of_the_objects_only_those_are_named_that_differ():
    before = {"Deployment kubeflow/dashboard": {"spec.replicas": 0}, "VirtualService kubeflow/dex": "(is there)"}
    after = {
        "Deployment kubeflow/dashboard": {"spec.replicas": 1},
        "RequestAuthentication istio-system/cognito": "(as in the manifests)",
    }
    found = judged_objects(before, after, ["Service s: 500 failed calling webhook"])
    assert [(verdict.resource, verdict.part, verdict.reason) for verdict in found] == [
        ("Deployment kubeflow/dashboard", "kubeflow", "spec.replicas is 0 and should be 1"),
        ("RequestAuthentication istio-system/cognito", "gateway", "is not there"),
        ("VirtualService kubeflow/dex", "kubeflow", "is there, and should not be"),
        ("what Kubernetes refuses", "kubeflow", "Service s: 500 failed calling webhook"),
    ]


def test_objects_that_are_all_right_are_one_verdict():
    (verdict,) = judged_objects({}, {})
    assert (verdict.resource, verdict.state) == ("7 objects", "ok")


def test_long_values_are_cut_off():
    told = differences({"text": "x" * 500}, {"text": ""})
    assert told.endswith('… and should be ""') and len(told) < 150


DIFFERENCES = {
    "deep down": ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, "a.c is 2 and should be 3"),
    "names that are missing": ({"urls": ["x"]}, {"urls": ["x", "y"]}, "urls lacks y"),
    "names that are too many": ({"urls": ["x", "y"]}, {"urls": ["x"]}, "urls has y, and should not"),
    "other things": ({"a": [{"b": 1}]}, {"a": []}, 'a is [{"b": 1}] and should be []'),
    "long lists": ({"a": [{"b": "x" * 99}]}, {"a": [{"b": "y" * 99}]}, "a differ"),
    "nothing at all": ({"a": {}}, {"a": {"b": 1}}, 'a is {} and should be {"b": 1}'),
}


@pytest.mark.parametrize("case", DIFFERENCES)
def test_differences(case):
    before, after, told = DIFFERENCES[case]
    assert differences(before, after) == told
