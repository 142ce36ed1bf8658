"""Which namespaces and roles a user's groups stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_manager.access import wanted_access
from profile_manager.event import Login
from profile_manager.mapping import parse_rule
from profile_manager.names import is_namespace_name, is_reserved
from profile_manager.settings import Settings

TABLE = [
    {"group": "Data Science", "namespace": "data", "role": "edit"},
    {"group": "data-readers", "namespace": "data", "role": "view"},
    {"group": "data-owners", "namespace": "data", "role": "admin"},
    {"pattern": r"ml-(?P<team>.+)-(admin|edit|view)", "namespace": "ml-{team}", "role": "{2}"},
    {"pattern": r"both-(\w+)", "namespace": "{1}-one"},
    {"pattern": r"both-(\w+)", "namespace": "{1}-two", "role": "view"},
    {"pattern": r"odd-(\w+)", "namespace": "odd", "role": "{1}"},
]


def settings(**values) -> Settings:
    table = values.pop("mapping", [])
    return Settings(mapping=tuple(parse_rule(entry) for entry in table), **values)


CASES = {
    "no group": ([], {}, {}),
    "plain groups": (["team-a", "Team B"], {}, {"team-a": "edit", "team-b": "edit"}),
    "another default role": (["team-a"], {"default_role": "view"}, {"team-a": "view"}),
    "two groups that read the same": (["team_a", "team-a"], {}, {"team-a": "edit"}),
    "the prefix is stripped": (["AWS-a", "aws-b"], {"group_prefix": "AWS-"}, {"a": "edit", "b": "edit"}),
    "the prefix is kept": (["AWS-a"], {"group_prefix": "AWS-", "keep_prefix": True}, {"aws-a": "edit"}),
    "groups without the prefix are not ours": (["other-team", "AWS-a"], {"group_prefix": "AWS-"}, {"a": "edit"}),
    "nothing behind the prefix": (["AWS-"], {"group_prefix": "AWS-"}, {}),
    "the sentinel behind the prefix": (["AWS-none"], {"group_prefix": "AWS-"}, {}),
    "strict names": (["Team-A", "Team B"], {"strict_names": True}, {"team-a": "edit"}),
    "a mapped group": (["data science"], {"mapping": TABLE}, {"data": "edit"}),
    "the strongest role wins": (["data-readers", "data-owners", "Data Science"], {"mapping": TABLE}, {"data": "admin"}),
    "in any order": (["data-owners", "Data Science", "data-readers"], {"mapping": TABLE}, {"data": "admin"}),
    "captures": (
        ["ml-vision-view", "ML-Speech-Admin"],
        {"mapping": TABLE},
        {"ml-vision": "view", "ml-speech": "admin"},
    ),
    "a pattern must match it all": (["x-ml-vision-view"], {"mapping": TABLE, "unmapped_groups": "ignore"}, {}),
    "several rules for one group": (["both-x"], {"mapping": TABLE}, {"x-one": "edit", "x-two": "view"}),
    "no such role": (["odd-owner", "odd-view"], {"mapping": TABLE}, {"odd": "view"}),
    "unmapped groups are namespaces": (["team-a"], {"mapping": TABLE}, {"team-a": "edit"}),
    "unmapped groups are ignored": (["team-a"], {"mapping": TABLE, "unmapped_groups": "ignore"}, {}),
    "a mapping sees the stripped name": (
        ["P-Data Science"],
        {"mapping": TABLE, "group_prefix": "P-"},
        {"data": "edit"},
    ),
    "reserved namespaces": (["kube-system", "kubeflow", "a"], {}, {"a": "edit"}),
    "reserved by the installation": (["ops-1", "a"], {"reserved_namespaces": ("ops-*",)}, {"a": "edit"}),
    "reserved by way of the mapping": (["x"], {"mapping": [{"group": "x", "namespace": "Kube-System"}]}, {}),
    "reserved after normalising": (["Kube System"], {}, {}),
    "reserved for receipts": (["receipts", "a"], {"receipt_namespace": "receipts"}, {"a": "edit"}),
    "a namespace of mapped groups is closed to a group of that name": (["DATA", "odd"], {"mapping": TABLE}, {}),
    "also when the table writes it another way": (
        ["payroll"],
        {"mapping": [{"group": "hr", "namespace": "Payroll", "role": "view"}]},
        {},
    ),
    "somebody's own profile": (["profile-bob"], {}, {}),
    "unicode": (["Größe", "日本"], {}, {"gr-e": "edit"}),
}


@pytest.mark.parametrize("case", CASES)
def test_groups_give_namespaces(case):
    groups, values, wanted = CASES[case]
    access = wanted_access(Login("alice", "alice@example.com", tuple(groups)), settings(**values))
    assert {grant.namespace: grant.role for grant in access.grants} == wanted


REASONS = {
    "kube-system": "reserved namespace",
    "profile-bob": "reserved for users' own profiles",
    "日本": "not the name of a namespace",
}


@pytest.mark.parametrize(("group", "reason"), REASONS.items())
def test_a_refused_group_has_a_reason(group, reason):
    assert wanted_access(Login("a", "a@b", (group,)), Settings()).refused == ((group, reason),)


def test_the_reason_for_a_grant_is_the_group_with_the_strongest_role():
    login = Login("a", "a@b", ("data-readers", "data-owners"))
    (grant,) = wanted_access(login, settings(mapping=TABLE)).grants
    assert grant.group == "data-owners"


@given(st.lists(st.text(max_size=40), max_size=20))
def test_no_group_leads_out_of_the_tenants_namespaces(groups):
    for grant in wanted_access(Login("a", "a@b", tuple(groups)), Settings()).grants:
        assert is_namespace_name(grant.namespace)
        assert not is_reserved(grant.namespace, ())
        assert not grant.namespace.startswith("profile-")


def digest(groups=("a",), email="a@b", **values) -> str:
    return wanted_access(Login("a", email, groups), settings(**values)).digest(settings(**values))


DIGEST_CHANGES = {
    "groups": digest(groups=("b",)),
    "user": digest(email="c@b"),
    "role": digest(default_role="view"),
    "header": digest(user_id_header="x"),
    "identity prefix": digest(user_id_prefix="x"),
    "gateway": digest(gateway_principal="x"),
    "pipelines": digest(pipelines_principal="x"),
    "owner": digest(profile_owner="x"),
    "writer": digest(binding_writer="serviceRoleBinding"),
    "own profile": digest(personal_profile="none"),
    "adoption": digest(adopt=("a",)),
}


def test_the_digest_changes_with_whatever_changes_the_objects():
    assert len({digest(), *DIGEST_CHANGES.values()}) == len(DIGEST_CHANGES) + 1


def test_the_digest_does_not_depend_on_the_order_of_groups():
    assert digest(groups=("a", "b")) == digest(groups=("b", "a"))


WRONG_RULES = {
    "not an object": ("x", "must be an object"),
    "both": ({"group": "a", "pattern": "a", "namespace": "n"}, "either group or pattern"),
    "neither": ({"namespace": "n"}, "either group or pattern"),
    "no namespace": ({"group": "a"}, "needs a namespace"),
    "a number": ({"group": "a", "namespace": 1}, "texts only"),
    "an unknown key": ({"group": "a", "namespace": "n", "rol": "edit"}, "no key rol"),
    "an unknown role": ({"group": "a", "namespace": "n", "role": "owner"}, "role must be"),
    "no expression": ({"pattern": "(", "namespace": "n"}, "not a regular expression"),
    "nothing captured": ({"pattern": "a", "namespace": "{1}"}, "{1} is not captured"),
    "nothing captured by that name": ({"pattern": "(a)", "namespace": "{team}"}, "{team} is not captured"),
}


@pytest.mark.parametrize("case", WRONG_RULES)
def test_a_wrong_rule_says_what_is_wrong(case):
    entry, message = WRONG_RULES[case]
    with pytest.raises(ValueError) as caught:
        parse_rule(entry)
    assert message in str(caught.value)
