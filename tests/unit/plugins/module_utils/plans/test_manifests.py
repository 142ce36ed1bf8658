"""What is applied and removed: what a dry run foretells, and what the inventory remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.manifest_order import Ref
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.manifests import (
    Found,
    Wanted,
    absent,
    differences,
    left_over,
    looked_for,
    present,
    staying_adopted,
    wanted_adopted,
)

US, OTHERS = "us", "kubectl"
SETTINGS = Ref.from_text("v1 ConfigMap kubeflow/settings")


def obj(ref: Ref, manager: str = US, operation: str = "Apply", fields=("f:data",), **more) -> dict:
    managed = [{"manager": manager, "operation": operation, "fieldsV1": {field: {} for field in fields}}]
    metadata = {"name": ref.name, "namespace": ref.namespace, "managedFields": managed, "resourceVersion": "1"}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, **more}


def found(live=None, foretold=None, ref=SETTINGS, inventory=(SETTINGS,)) -> Found:
    identity = ref.identity
    return Found(
        wanted=[obj(ref, data={"a": "2"})],
        live={identity: live} if live else {},
        foretold={identity: foretold},
        inventory=list(inventory) if inventory is not None else None,
    )


WANTED = Wanted(manager=US, all_refs=[SETTINGS])
SAME = obj(SETTINGS, data={"a": "2"})
REPORTED = {
    **SAME,
    "status": {"ready": True},
    "metadata": {**SAME["metadata"], "resourceVersion": "9", "generation": 3},
}

DECISIONS = {
    "new": (found(), ["apply_objects"]),
    "the first of all": (found(inventory=None), ["record_objects", "apply_objects"]),
    "as wanted": (found(SAME, SAME), []),
    "only its status and version differ": (found(SAME, REPORTED), []),
    "another value": (found(obj(SETTINGS, data={"a": "1"}), SAME), ["apply_objects"]),
    "made by somebody else, with the same values": (
        found(obj(SETTINGS, OTHERS, data={"a": "2"}), SAME),
        ["apply_objects"],
    ),
    "a field that is ours no more": (
        found(obj(SETTINGS, fields=("f:data", "f:old"), data={"a": "2"}), SAME),
        ["apply_objects"],
    ),
    "the dry run was refused": (found(SAME, None), ["apply_objects"]),
    "installed before there was an inventory": (found(SAME, SAME, inventory=None), ["record_objects"]),
}


@pytest.mark.parametrize("case", DECISIONS)
def test_what_is_done_about(case):
    there, calls = DECISIONS[case]
    plan = present(there, WANTED)
    assert [call.method for call in plan.calls] == calls
    assert plan.changed is bool(calls)


def test_the_inventory_is_written_before_anything_else():
    plan = present(found(inventory=None), WANTED)
    assert plan.calls[0].arguments == {"refs": [SETTINGS], "adopted": []}


def test_new_kinds_are_waited_for():
    crd = Ref.from_text("apiextensions.k8s.io/v1 CustomResourceDefinition a.b")
    plan = present(found(ref=crd, inventory=[crd]), WANTED)
    assert [(call.method, call.changes) for call in plan.calls] == [("apply_objects", True), ("await_kinds", False)]


OLD = Ref.from_text("apps/v1 Deployment kubeflow/centraldashboard")
VOLUME = Ref.from_text("v1 PersistentVolumeClaim kubeflow/mysql")
THEIRS = Ref.from_text("v1 Service kubeflow/taken-over")
DEPARTED = Found(
    live={
        OLD.identity: obj(OLD),
        VOLUME.identity: obj(VOLUME),
        THEIRS.identity: obj(THEIRS, OTHERS, "Update"),
    },
    inventory=[SETTINGS, OLD, VOLUME, THEIRS],
)


def removed(plan) -> list[Ref]:
    return [ref for call in plan.calls if call.method == "delete_objects" for ref in call.arguments["refs"]]


@pytest.mark.parametrize(
    ("wanted", "gone", "left"),
    [
        (WANTED, [], [OLD, VOLUME]),
        (replace(WANTED, prune=True), [OLD], [VOLUME]),
        (replace(WANTED, prune=True, wave="kinds"), [], []),
        (replace(WANTED, prune=True, wave="rest"), [OLD], [VOLUME]),
    ],
    ids=["not asked for", "asked for", "not in the first wave", "in the last wave"],
)
def test_pruning(wanted, gone, left):
    assert removed(present(DEPARTED, wanted)) == gone
    assert left_over(DEPARTED, wanted) == left


def test_what_is_obsolete_goes_whoever_has_made_it():
    wanted = replace(WANTED, obsolete=[THEIRS, Ref.from_text("v1 Service kubeflow/never-was")])
    plan = present(DEPARTED, wanted)
    assert removed(plan) == [THEIRS]
    assert plan.before == {"Service kubeflow/taken-over": "there"}


def test_absent_removes_what_is_still_ours_and_forgets_the_rest():
    plan = absent(DEPARTED, WANTED)
    assert removed(plan) == [VOLUME, OLD]
    assert plan.calls[-1].method == "forget_objects" and plan.calls[-1].arguments["refs"] == DEPARTED.inventory


def test_absent_without_an_inventory_touches_nothing():
    assert absent(Found(live=DEPARTED.live), WANTED).calls == ()


KIND = Ref.from_text("apiextensions.k8s.io/v1 CustomResourceDefinition certificates.cert-manager.io")
KIND_OF_THEIRS = obj(KIND, OTHERS)
SPACE = Ref.from_text("v1 Namespace kubeflow")

FIRST_SIGHT = {
    "not there": (found(ref=KIND, inventory=None), [KIND], []),
    "ours, without an inventory": (found(obj(KIND), obj(KIND), KIND, None), [KIND], []),
    "somebody else's": (found(KIND_OF_THEIRS, obj(KIND), KIND, None), [KIND], [KIND]),
    "ours, only updated": (found(obj(KIND, US, "Update"), obj(KIND), KIND, None), [KIND], [KIND]),
    "somebody else's, but recorded before": (found(KIND_OF_THEIRS, obj(KIND), KIND, [KIND]), None, []),
    "adopted before": (replace(found(obj(KIND), obj(KIND), KIND, [KIND]), adopted=[KIND]), None, [KIND]),
    "adopted before, and gone": (replace(found(ref=KIND, inventory=[KIND]), adopted=[KIND]), [KIND], []),
    "made by a controller in a namespace of ours": (
        found(obj(SETTINGS, OTHERS), SAME, inventory=[SPACE]),
        [SETTINGS],
        [],
    ),
    "in a namespace that was there before": (
        replace(found(obj(SETTINGS, OTHERS), SAME, inventory=[SPACE]), adopted=[SPACE]),
        [SETTINGS],
        [SETTINGS],
    ),
}


@pytest.mark.parametrize("case", FIRST_SIGHT)
def test_what_somebody_else_had_made_is_remembered(case):
    there, recorded, adopted = FIRST_SIGHT[case]
    there = replace(there, wanted=[obj(KIND)]) if "namespace" not in case else there
    calls = {call.method: call.arguments for call in present(there, WANTED).calls}
    assert calls.get("record_objects", {}).get("refs") == recorded
    assert wanted_adopted(there, WANTED) == adopted
    if recorded:
        assert calls["record_objects"]["adopted"] == adopted


ADOPTED = Found(
    live={ref.identity: obj(ref) for ref in (KIND, OLD, SETTINGS)},
    inventory=[KIND, OLD, SETTINGS],
    adopted=[KIND, OLD],
)


def test_absent_leaves_what_was_there_before_and_remembers_it():
    plan = absent(ADOPTED, WANTED)
    assert removed(plan) == [SETTINGS]
    assert plan.calls[-1].arguments["refs"] == [SETTINGS]
    assert staying_adopted(ADOPTED, WANTED) == [KIND, OLD]
    again = replace(ADOPTED, inventory=[KIND, OLD])
    assert absent(again, WANTED).calls == ()
    assert staying_adopted(again, replace(WANTED, wave="kinds")) == [KIND]


@pytest.mark.parametrize("live", [{}, {KIND.identity: KIND_OF_THEIRS}], ids=["gone", "taken over again"])
def test_absent_forgets_what_is_ours_no_more(live):
    plan = absent(Found(live=live, inventory=[KIND], adopted=[KIND]), WANTED)
    assert [call.method for call in plan.calls] == ["forget_objects"]


def test_pruning_leaves_what_was_there_before():
    wanted = replace(WANTED, prune=True)
    assert removed(present(ADOPTED, wanted)) == []
    assert left_over(ADOPTED, wanted) == [KIND, OLD]
    assert removed(present(replace(ADOPTED, adopted=[]), wanted)) == [OLD]


def test_webhooks_are_removed_with_the_rest_whomever_they_call():
    webhook = Ref.from_text("admissionregistration.k8s.io/v1 MutatingWebhookConfiguration istio")
    there = Found(live={webhook.identity: obj(webhook)}, inventory=[webhook])
    wanted = replace(WANTED, foundation=["istio-system"])
    assert removed(absent(there, replace(wanted, wave="rest"))) == [webhook]
    assert removed(absent(there, replace(wanted, wave="foundation"))) == []


def test_only_what_matters_is_read():
    inventory = [SETTINGS, OLD]
    manifests = [obj(SETTINGS)]
    assert looked_for(inventory, manifests, replace(WANTED, wave="kinds"), removing=False) == [SETTINGS]
    assert looked_for(inventory, manifests, replace(WANTED, wave="rest"), removing=False) == [SETTINGS, OLD]
    assert looked_for(inventory, [], replace(WANTED, wave="namespaces"), removing=True) == []
    assert looked_for(None, [], WANTED, removing=True) == []


def test_the_diff_shows_fields_and_hides_secrets():
    before, after = {"data": {"a": "1", "b": "1"}, "x": [1]}, {"data": {"a": "2", "c": "3"}, "x": [1]}
    assert differences(before, after, hidden=False) == ({"data.a": "1", "data.b": "1"}, {"data.a": "2", "data.c": "3"})
    hidden = differences(before, after, hidden=True)
    assert not {"1", "2", "3"} & {*hidden[0].values(), *hidden[1].values()}
    assert hidden[0]["data.a"] != hidden[1]["data.a"]


def test_a_secret_is_never_told():
    secret = Ref.from_text("v1 Secret kubeflow/s")
    plan = present(found(obj(secret, data={"p": "b2xk"}), obj(secret, data={"p": "bmV3"}), secret), WANTED)
    assert "b2xk" not in repr(plan.before) and "bmV3" not in repr(plan.after)
