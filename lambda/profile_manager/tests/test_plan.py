"""Which objects are to be deleted and created: a pure comparison, which trusts no list to have been the right one."""

from __future__ import annotations

import copy

import pytest

from profile_manager.access import Grant
from profile_manager.objects import ISTIO_WRITERS, ROLE_BINDING_WRITER, binding, of_user
from profile_manager.plan import Current, belongs_to, compare, gives_the_same, surplus
from profile_manager.settings import Settings

ALICE = "alice@example.com"
WRITERS = (ROLE_BINDING_WRITER, ISTIO_WRITERS["authorizationPolicy"])
GRANT = Grant("team-a", "edit", "Team A")
MANAGED_BY, USER = "app.kubernetes.io/managed-by", "multitenant.kubeflow/user"


def pair(grant: Grant = GRANT, email: str = ALICE) -> list[Current]:
    return [Current(writer.resource, binding(writer, email, grant, Settings())) for writer in WRITERS]


def plan(grants, current):
    return compare(ALICE, grants, current, WRITERS, Settings())


def keys(items) -> set[tuple[str, str, str]]:
    return {item.key for item in items}


def without(found: dict, *path: str) -> dict:
    found = copy.deepcopy(found)
    place = found
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return found


def replaced(found: dict, value: object, *path: str) -> dict:
    found = copy.deepcopy(found)
    place = found
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return found


STRANGERS = {
    "no label of ours": lambda found: without(found, "metadata", "labels", MANAGED_BY),
    "managed by another": lambda found: replaced(found, "helm", "metadata", "labels", MANAGED_BY),
    "no label of the user": lambda found: without(found, "metadata", "labels", USER),
    "the label of another user": lambda found: replaced(found, "0", "metadata", "labels", USER),
    "another address": lambda found: replaced(found, "eve@example.com", "metadata", "annotations", "user"),
    "no labels": lambda found: without(found, "metadata", "labels"),
    "no annotations": lambda found: without(found, "metadata", "annotations"),
}


@pytest.mark.parametrize("case", STRANGERS)
def test_what_is_not_ours_for_this_user_is_never_deleted(case):
    strangers = [Current(item.resource, STRANGERS[case](item.object)) for item in pair()]
    assert not any(belongs_to(item.object, ALICE) for item in strangers)
    assert plan([], strangers).revoke == ()
    assert surplus(ALICE, [], strangers) == ()


def test_nothing_is_done_when_all_is_there():
    assert not plan([GRANT], pair())


def test_what_is_not_wanted_is_deleted():
    assert keys(plan([], pair()).revoke) == keys(pair())


def test_what_is_missing_is_made():
    role_binding, policy = pair()
    (task,) = plan([GRANT], [role_binding]).grant
    assert task.missing == ((policy.resource, policy.object),)


def test_a_changed_object_is_deleted_and_made_again():
    role_binding, policy = pair()
    changed = Current(policy.resource, replaced(policy.object, {}, "spec"))
    result = plan([GRANT], [role_binding, changed])
    assert result.revoke == (changed,)
    assert result.grant[0].missing == ((policy.resource, policy.object),)


def test_a_loser_takes_back_only_what_the_winner_does_not_want():
    other = Grant("team-b", "edit", "b")
    current = [*pair(), *pair(other)]
    assert keys(surplus(ALICE, [("team-a", "edit")], current)) == keys(pair(other))
    assert keys(surplus(ALICE, [("team-a", "view")], current)) == keys(current)


def test_the_users_objects_are_asked_for_by_both_labels():
    assert of_user(ALICE) == "app.kubernetes.io/managed-by=kubeflow-profile-manager,multitenant.kubeflow/user=" + (
        "ff8d9819fc0e12bf0d24"
    )


SAME_ACCESS = {
    "made by the dashboard": (lambda found: without(found, "metadata", "labels"), True),
    "without our group": (lambda found: without(found, "metadata", "annotations", "multitenant.kubeflow/group"), True),
    "of another address": (
        lambda found: replaced(found, "a.lice@example.com", "metadata", "annotations", "user"),
        False,
    ),
    "of another role": (lambda found: replaced(found, "view", "metadata", "annotations", "role"), False),
    "without annotations": (lambda found: without(found, "metadata", "annotations"), False),
    "of other subjects": (lambda found: replaced(found, [], "subjects"), False),
}


@pytest.mark.parametrize("case", SAME_ACCESS)
def test_an_object_of_the_same_name_is_enough_only_when_it_gives_the_same(case):
    change, same = SAME_ACCESS[case]
    wanted = pair()[0].object
    assert gives_the_same(wanted, change(wanted)) is same
