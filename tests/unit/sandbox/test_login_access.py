"""The access table, what the mesh admits, and the comparison with the directory."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sandbox.login.access import Access, Mesh, admits, mesh_of, tabulate
from sandbox.login.check import differences
from sandbox.login.directory import sample_directory
from sandbox.login.run import change, move
from sandbox.login.screen import LoginLine, access_lines, role_lines

DOMAIN = "corp.example"
ALICE, BOB, CAROL = (f"{name}@{DOMAIN}" for name in ("alice", "bob", "carol"))
DIRECTORY = sample_directory(DOMAIN)
OWNERS = {"default": "", "kube-system": "", "vision": "admin", "speech": "admin", "profile-alice": ALICE}
GRANTS = {(ALICE, "vision"), (ALICE, "speech"), (ALICE, "profile-alice"), (BOB, "vision")}
GATEWAY = Mesh().gateway


def table_of(edits: set[tuple[str, str]], views: set[tuple[str, str]] = frozenset(), admitted=None) -> Access:
    opened = edits | views if admitted is None else admitted

    def allowed(user: str, namespace: str, verb: str) -> bool:
        return (user, namespace) in edits or (verb == "list" and (user, namespace) in views)

    return tabulate([ALICE, BOB, CAROL], OWNERS, allowed, lambda user, namespace: (user, namespace) in opened)


def test_the_table_holds_shared_namespaces_and_personal_ones_apart() -> None:
    access = table_of(GRANTS)
    assert access.table == {ALICE: {"speech": "edit", "vision": "edit"}, BOB: {"vision": "edit"}, CAROL: {}}
    assert access.personal == {ALICE: ("profile-alice",), BOB: (), CAROL: ()}
    assert access.namespaces == ("default", "kube-system", "speech", "vision")
    assert differences(DIRECTORY, access) == []


FAULTS = {
    "missing": (table_of(GRANTS - {(BOB, "vision")}), "bob should edit vision and may not"),
    "only view": (table_of(GRANTS - {(BOB, "vision")}, {(BOB, "vision")}), r"bob should edit vision .*\(only view\)"),
    "too much": (table_of(GRANTS | {(BOB, "speech")}), "bob may edit in speech, which none of his groups opens"),
    "a system namespace": (table_of(GRANTS | {(CAROL, "kube-system")}), "carol may edit in kube-system"),
    "another's profile": (table_of(GRANTS | {(CAROL, "profile-alice")}), "carol may edit in profile-alice"),
    "mesh shut": (table_of(GRANTS, admitted=GRANTS - {(BOB, "vision")}), "bob in vision RBAC and the mesh"),
    "mesh open": (table_of(GRANTS, admitted=GRANTS | {(CAROL, "speech")}), "carol in speech RBAC and the mesh"),
}


@pytest.mark.parametrize(("access", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_wrong_cell_is_one_sentence(access: Access, sentence: str) -> None:
    found = differences(DIRECTORY, access)
    assert len(found) == 1
    assert re.search(sentence, found[0])


METADATA = {"namespace": "vision", "name": "it"}


def policy(**rule: object) -> dict:
    usual = {
        "from": [{"source": {"principals": [GATEWAY, "another"]}}],
        "when": [{"key": "request.headers[kubeflow-userid]", "values": [BOB]}],
    }
    return {"metadata": METADATA, "spec": {"rules": [{**usual, **rule}]}}


POLICIES = {
    "as KFAM writes it": (policy(), True),
    "without senders (Kubeflow before 1.8)": (policy(**{"from": None}), True),
    "another user": (policy(when=[{"key": "request.headers[kubeflow-userid]", "values": [ALICE]}]), False),
    "another header": (policy(when=[{"key": "request.headers[x-user]", "values": [BOB]}]), False),
    "another sender": (policy(**{"from": [{"source": {"principals": ["x"]}}]}), False),
    "no condition": (policy(when=[]), True),
    "another path": (policy(to=[{"operation": {"paths": ["/healthz"]}}]), False),
    "another namespace": ({**policy(), "metadata": {**METADATA, "namespace": "speech"}}, False),
    "denial": ({"metadata": METADATA, "spec": {**policy()["spec"], "action": "DENY"}}, False),
    "no rules": ({"metadata": METADATA, "spec": {}}, False),
}


@pytest.mark.parametrize(("document", "expected"), POLICIES.values(), ids=POLICIES)
def test_a_policy_admits_a_user_through_the_gateway(document: dict, expected: bool) -> None:
    assert admits([document], "vision", BOB, Mesh()) is expected


def test_the_mesh_is_what_profiles_config_says() -> None:
    assert mesh_of({}) == Mesh()
    told = mesh_of({"USERID_HEADER": "x-id", "USERID_PREFIX": "u:", "ISTIO_INGRESS_GATEWAY_PRINCIPAL": "p"})
    assert told == Mesh("x-id", "u:", "p")


def test_bob_moves_to_alices_other_group_and_the_next_time_back() -> None:
    there, told = move(DIRECTORY)
    assert there.namespaces_of(there.user("bob")) == {"speech"}
    assert told == "bob is moved from kubeflow-vision to kubeflow-speech and logs in again."
    back, _ = move(there)
    assert back.namespaces_of(back.user("bob")) == {"vision"}


def test_nobody_is_moved_when_the_sample_users_are_gone() -> None:
    assert move(replace(DIRECTORY, users=())) is None
    assert move(replace(DIRECTORY, namespaces={})) is None


def test_a_change_is_told_in_both_directions() -> None:
    after = table_of(GRANTS - {(BOB, "vision")} | {(BOB, "speech")})
    assert change(table_of(GRANTS), after, DIRECTORY.user("bob")) == "bob has lost vision and gained speech."


def test_the_screen_shows_user_by_namespace() -> None:
    assert access_lines(table_of(GRANTS), {ALICE: "alice", BOB: "bob", CAROL: "carol"}) == [
        "       speech  vision  own profile",
        "alice  edit    edit    profile-alice",
        "bob    -       edit    -",
        "carol  -       -       -",
        "nobody: default, kube-system",
    ]


def test_a_login_is_one_line() -> None:
    line = str(LoginLine("bob", ("kubeflow-vision",), 0.125, ("vision",)))
    assert line == "bob      0.12 s   kubeflow-vision  ->  edits vision"
    assert str(LoginLine("carol", (), 1.0, ())).endswith("no group  ->  edits nothing")


def test_role_times_are_a_table_with_a_sum() -> None:
    roles = {"acm": {"seconds": 1.26, "tasks": 4}, "eks": {"seconds": 12.0, "tasks": 11}}
    assert role_lines({"playbook": "site.yml", "seconds": 14.0, "roles": roles}) == [
        "acm     1.3 s   4 tasks",
        "eks     12.0 s  11 tasks",
        "in all  14.0 s  site.yml",
    ]
    assert role_lines({}) == []
