"""The course of every module: nothing is done in check mode, answers reach later calls, waits are not changes."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal, ServiceError
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Answer, Call, Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import converge, run


class Shelf:
    """A client with one thing on it, which remembers what it was asked to do."""

    def __init__(self, thing: dict | None = None) -> None:
        self.thing = thing
        self.asked: list[tuple[str, dict]] = []

    def read(self) -> dict | None:
        return self.thing

    def create(self, **arguments) -> dict:
        self.asked.append(("create", arguments))
        self.thing = {"id": "42", **arguments}
        return self.thing

    def tag(self, **arguments) -> None:
        self.asked.append(("tag", arguments))

    def wait(self) -> None:
        self.asked.append(("wait", {}))


class Exit(Exception):
    pass


class Module:
    """As much of an AnsibleModule as the runner touches."""

    def __init__(self, check_mode: bool = False) -> None:
        self.check_mode = check_mode
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def exit_json(self, **result) -> None:
        raise Exit(result)

    def fail_json(self, **result) -> None:
        raise Exit({"failed": True, **result})


CREATE = Plan(
    before=None,
    after={"name": "a"},
    calls=(Call("create", {"name": "a"}), Call("tag", {"ids": [Answer("create", "id")], "tags": {"of": "a"}})),
)


def planned(plan: Plan, *, check_mode: bool, shelf: Shelf):
    return converge(shelf.read, lambda current: plan, shelf, check_mode, record=lambda current: current)


def test_check_mode_shows_the_plan_and_calls_nothing() -> None:
    shelf = Shelf()
    outcome = planned(CREATE, check_mode=True, shelf=shelf)
    assert (outcome.changed, outcome.record, outcome.before) == (True, {"name": "a"}, None)
    assert shelf.asked == []


def test_a_later_call_gets_the_answer_of_an_earlier_one() -> None:
    shelf = Shelf()
    planned(CREATE, check_mode=False, shelf=shelf)
    assert shelf.asked == [("create", {"name": "a"}), ("tag", {"ids": ["42"], "tags": {"of": "a"}})]


def test_the_record_is_what_is_there_afterwards() -> None:
    assert planned(CREATE, check_mode=False, shelf=Shelf()).record == {"id": "42", "name": "a"}


def test_no_calls_is_no_change() -> None:
    shelf = Shelf({"name": "a"})
    outcome = planned(Plan({"name": "a"}, {"name": "a"}), check_mode=False, shelf=shelf)
    assert (outcome.changed, shelf.asked) == (False, [])


def test_waiting_is_done_but_is_no_change() -> None:
    shelf = Shelf({"name": "a"})
    plan = Plan({"name": "a"}, {"name": "a"}, (Call("wait", changes=False),))
    outcome = planned(plan, check_mode=False, shelf=shelf)
    assert (outcome.changed, shelf.asked) == (False, [("wait", {})])


def test_a_module_leaves_by_one_exit_with_diff_and_warnings() -> None:
    module, shelf = Module(), Shelf({"name": "a"})
    plan = Plan({"name": "a"}, {"name": "a"}, warnings=("soon",))
    with pytest.raises(Exit) as left:
        run(module, read=shelf.read, plan=lambda current: plan, client=shelf, publish=lambda record: {"thing": record})
    expected = {"changed": False, "diff": {"before": {"name": "a"}, "after": {"name": "a"}}, "thing": {"name": "a"}}
    assert left.value.args[0] == expected
    assert module.warnings == ["soon"]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Refusal("no"), {"failed": True, "msg": "no"}),
        (
            ServiceError("no", ValueError("why")),
            {"failed": True, "msg": "no", "cause": "ValueError: why"},
        ),
    ],
    ids=["refusal", "service-error-names-its-cause"],
)
def test_a_failure_ends_in_a_sentence(failure: Exception, expected: dict) -> None:
    def plan(current):
        raise failure

    with pytest.raises(Exit) as left:
        run(Module(), read=lambda: None, plan=plan, client=None, publish=lambda record: {})
    assert left.value.args[0] == expected


def test_a_failure_of_publishing_ends_in_a_sentence_too() -> None:
    def publish(record):
        raise ServiceError("The secret cannot be read.")

    with pytest.raises(Exit) as left:
        run(Module(), read=lambda: {}, plan=lambda current: Plan({}, {}), client=None, publish=publish)
    assert left.value.args[0] == {"failed": True, "msg": "The secret cannot be read."}
