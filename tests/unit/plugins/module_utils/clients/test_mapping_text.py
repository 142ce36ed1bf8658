"""The text of aws-auth: one entry changes, everything else stays to the byte, and what is not understood is refused."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.mapping_text import MappingText, account_list
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal

NODES = """\
# written by EKS
- rolearn: arn:aws:iam::123456789012:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
  groups:
    - system:bootstrappers
    - system:nodes   # never lose these
"""
TEAM = """\
# the platform team, ask them before you touch it
- groups: [system:masters]
  rolearn: "arn:aws:iam::123456789012:role/team"
  note: 'kept'
"""
NEW = {"rolearn": "arn:aws:iam::123456789012:role/pm", "username": "pm", "groups": ["pm"]}
NEW_TEXT = """\
- rolearn: arn:aws:iam::123456789012:role/pm
  username: pm
  groups:
  - pm
"""

EDITS = {
    "append": (NODES + TEAM, [(None, NEW)], NODES + TEAM + NEW_TEXT),
    "append without final newline": ((NODES + TEAM).rstrip("\n"), [(None, NEW)], NODES + TEAM + NEW_TEXT),
    "append to nothing": ("", [(None, NEW)], NEW_TEXT),
    "append to an empty list": ("[]\n", [(None, NEW)], NEW_TEXT),
    "append to a comment": ("# nobody yet\n", [(None, NEW)], "# nobody yet\n" + NEW_TEXT),
    "replace the first": (NODES + TEAM, [(0, NEW)], "# written by EKS\n" + NEW_TEXT + TEAM),
    "replace the last": (
        NODES + TEAM + "# end\n",
        [(1, NEW)],
        NODES + "# the platform team, ask them before you touch it\n" + NEW_TEXT + "# end\n",
    ),
    "remove the first": (NODES + TEAM, [(0, None)], "# written by EKS\n" + TEAM),
    "remove the last": (NODES + TEAM, [(1, None)], NODES + "# the platform team, ask them before you touch it\n"),
    "remove and append": (NODES + TEAM, [(0, None), (None, NEW)], "# written by EKS\n" + TEAM + NEW_TEXT),
    "indented list": (
        "  - rolearn: a\n    groups: [b]\n",
        [(None, NEW)],
        "  - rolearn: a\n    groups: [b]\n" + "".join(f"  {line}\n" for line in NEW_TEXT.splitlines()),
    ),
    "dash on a line of its own": ("-\n  rolearn: a\n- rolearn: b\n", [(0, None)], "- rolearn: b\n"),
    "text in many lines": (
        "- rolearn: a\n  note: |\n    one\n    two\n- rolearn: b\n",
        [(1, None)],
        "- rolearn: a\n  note: |\n    one\n    two\n",
    ),
}


@pytest.mark.parametrize("case", EDITS)
def test_all_other_bytes_stay(case):
    text, changes, expected = EDITS[case]
    assert MappingText("mapRoles", text).changed(changes) == expected


REWRITTEN = {
    "one line": ("[{rolearn: a}, {rolearn: b}]", [(0, None)], [{"rolearn": "b"}]),
    "an anchor that is still needed": (
        "- rolearn: a\n  groups: &g [x]\n- rolearn: b\n  groups: *g\n",
        [(0, None)],
        [{"rolearn": "b", "groups": ["x"]}],
    ),
    "an ending document": ("- rolearn: a\n...\n", [(None, {"rolearn": "b"})], [{"rolearn": "a"}, {"rolearn": "b"}]),
}


@pytest.mark.parametrize("case", REWRITTEN)
def test_where_text_cannot_stay_its_meaning_does(case):
    text, changes, expected = REWRITTEN[case]
    assert yaml.safe_load(MappingText("mapRoles", text).changed(changes)) == expected


MALFORMED = {
    "no YAML": ("- rolearn: [", "is no YAML"),
    "a tab": ("-\trolearn: a\n\tgroups: []", "is no YAML"),
    "not a list": ("rolearn: a", "is not a list"),
    "a text": ("all of them", "is not a list"),
    "entry that is a text": ("- arn:aws:iam::1:role/a", "not an object (the 1.)"),
    "no ARN": ("- rolearn: a\n- username: b", "without rolearn (the 2.)"),
    "a key twice": ("- rolearn: a\n  rolearn: b", "names a key twice in its 1. entry"),
    "groups as text": ("- rolearn: a\n  groups: system:nodes", "groups are no list of names"),
    "two documents": ("- rolearn: a\n---\n- rolearn: b", "is no YAML"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_not_understood_is_refused(case):
    text, message = MALFORMED[case]
    with pytest.raises(Refusal) as refusal:
        MappingText("mapRoles", text)
    assert message in str(refusal.value)
    assert "aws-auth was not changed" in str(refusal.value)


def test_single_sign_on_entries_of_newer_authenticators_are_let_be():
    assert MappingText("mapRoles", "- sso: {permissionSetName: a}\n").entries == [{"sso": {"permissionSetName": "a"}}]


def test_accounts_are_read():
    assert account_list("- 123456789012\n- '000000000001'\n") == ["123456789012", "000000000001"]
    assert account_list("") == []
    for text in ("a: b", "- [", "- {a: b}"):
        with pytest.raises(Refusal):
            account_list(text)


words = st.text("abcdefghijk:/{}*&#'\"-0123456789 ", min_size=1, max_size=20)
entries = st.fixed_dictionaries(
    {"rolearn": words}, optional={"username": words, "groups": st.lists(words, max_size=3), "note": words}
)


@st.composite
def documents(draw):
    """A document as people write it: each entry in one of several styles, with comments and empty lines between."""
    items = draw(st.lists(entries, min_size=1, max_size=5))
    indent = draw(st.sampled_from(["", "  "]))
    parts = []
    for item in items:
        parts.append(draw(st.sampled_from(["", "\n", "# a comment\n", f"{indent}# - rolearn: outcommented\n"])))
        if draw(st.booleans()):
            lines = yaml.safe_dump([item], sort_keys=False, width=10**6).splitlines(keepends=True)
        else:
            lines = ["- " + yaml.safe_dump(item, default_flow_style=True, width=10**6)]
        parts.extend(indent + line for line in lines)
    return items, parts


@settings(max_examples=150, deadline=None)
@given(documents(), st.data())
def test_any_change_means_what_was_meant_and_keeps_other_lines(document, data):
    items, parts = document
    text = "".join(parts)
    index = data.draw(st.one_of(st.none(), st.integers(0, len(items) - 1)))
    entry = NEW if index is None else data.draw(st.sampled_from([NEW, None]))
    changed = MappingText("mapRoles", text).changed([(index, entry)])
    expected = list(items) + [NEW] if index is None else [NEW if n == index else i for n, i in enumerate(items)]
    if index is not None and entry is None:
        del expected[index]
    assert (yaml.safe_load(changed) or []) == expected
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in changed.splitlines() if line.lstrip().startswith("#")] == comments
