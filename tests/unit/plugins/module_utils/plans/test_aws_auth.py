"""Which entries of aws-auth change, and which must not."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.aws_auth import (
    Edit,
    WantedMapping,
    applied,
    edits,
    mapping_record,
    plan,
)

ROLE = "arn:aws:iam::123456789012:role/pm"
USER = "arn:aws:iam::123456789012:user/joe"
NODE = {"rolearn": "arn:aws:iam::123456789012:role/nodes", "groups": ["system:bootstrappers", "system:nodes"]}
OURS = {"rolearn": ROLE, "username": "pm", "groups": ["pm"]}
WANTED = WantedMapping(ROLE, username="pm", groups=("pm",))


def document(*roles, users=()):
    return {"mapRoles": [NODE, *roles], "mapUsers": list(users), "mapAccounts": ["1"]}


CASES = {
    "new": (document(), WANTED, [Edit("mapRoles", None, OURS)]),
    "no aws-auth at all": ({}, WANTED, [Edit("mapRoles", None, OURS)]),
    "as wanted": (document(OURS), WANTED, []),
    "another case of letters": (document({**OURS, "rolearn": ROLE.upper().replace("ARN:AWS", "arn:aws")}), WANTED, []),
    "nothing given": (document(OURS), WantedMapping(ROLE), []),
    "group added": (
        document({**OURS, "groups": ["other"]}),
        WANTED,
        [Edit("mapRoles", 1, {**OURS, "groups": ["other", "pm"]})],
    ),
    "groups purged": (
        document({**OURS, "groups": ["other", "pm"]}),
        WantedMapping(ROLE, groups=("pm",), purge=True),
        [Edit("mapRoles", 1, OURS)],
    ),
    "unknown keys stay": (
        document({**OURS, "note": "x", "username": "old"}),
        WANTED,
        [Edit("mapRoles", 1, {**OURS, "note": "x"})],
    ),
    "the last of two counts": (
        document({**OURS, "username": "first"}, {**OURS, "username": "last"}),
        WANTED,
        [Edit("mapRoles", 2, OURS)],
    ),
    "others of two purged": (
        document({**OURS, "username": "first"}, OURS),
        WantedMapping(ROLE, username="pm", groups=("pm",), purge=True),
        [Edit("mapRoles", 1, None)],
    ),
    "the article's role under mapUsers moves": (
        document(users=[{"userarn": ROLE, "username": "lambda", "groups": ["system:masters"]}]),
        WantedMapping(ROLE, groups=("pm",), purge=True),
        [
            Edit("mapRoles", None, {"rolearn": ROLE, "username": "lambda", "groups": ["pm"]}),
            Edit("mapUsers", 0, None),
        ],
    ),
    "a path is stripped": (
        document({**OURS, "rolearn": "arn:aws:iam::123456789012:role/a/pm"}),
        WANTED,
        [Edit("mapRoles", 1, OURS)],
    ),
    "a user": (
        document(),
        WantedMapping(USER, groups=("g",)),
        [Edit("mapUsers", None, {"userarn": USER, "groups": ["g"]})],
    ),
    "removed from both lists": (
        document(OURS, users=[{"userarn": ROLE}]),
        WantedMapping(ROLE, state="absent"),
        [Edit("mapRoles", 1, None), Edit("mapUsers", 0, None)],
    ),
    "nothing to remove": (document(), WantedMapping(ROLE, state="absent"), []),
}


@pytest.mark.parametrize("case", CASES)
def test_one_entry_changes(case):
    before, wanted, expected = CASES[case]
    assert [(edit.section, edit.index, edit.entry) for edit in edits(before, wanted)] == [
        (edit.section, edit.index, edit.entry) for edit in expected
    ]


@pytest.mark.parametrize("case", CASES)
def test_what_was_wanted_once_changes_nothing_again(case):
    before, wanted, _ = CASES[case]
    assert edits(applied(before, edits(before, wanted)), wanted) == []


LOST = {
    "node role removed": WantedMapping(NODE["rolearn"], state="absent"),
    "node role's groups purged": WantedMapping(NODE["rolearn"], groups=("pm",), purge=True),
}


@pytest.mark.parametrize("case", LOST)
def test_nodes_are_never_lost(case):
    with pytest.raises(Refusal, match="system:nodes"):
        edits(document(OURS), LOST[case])


def test_the_plan_shows_the_entry_before_and_after():
    decided = plan(document(), WANTED)
    assert decided.before is None
    assert decided.after == {"arn": ROLE, "section": "mapRoles", "username": "pm", "groups": ["pm"], "entries": 1}
    assert plan(None, WantedMapping(ROLE, state="absent")).calls == ()


def test_roles_are_looked_up_before_users_as_the_authenticator_does():
    both = document(OURS, users=[{"userarn": ROLE, "username": "user"}])
    assert mapping_record(both, ROLE)["username"] == "pm"
