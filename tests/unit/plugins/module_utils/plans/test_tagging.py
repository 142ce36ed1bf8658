"""Which tags are set and which go."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.tagging import TagChanges, tag_changes

CASES = {
    "not given": (({"a": "1"}, None, True), TagChanges({}, [], {"a": "1"})),
    "given": (({"a": "1", "b": "1"}, {"a": "2"}, True), TagChanges({"a": "2"}, ["b"], {"a": "2"})),
    "added only": (({"b": "1"}, {"a": "2"}, False), TagChanges({"a": "2"}, [], {"a": "2", "b": "1"})),
    "AWS's own stay": (({"aws:x": "1"}, {}, True), TagChanges({}, [], {"aws:x": "1"})),
    "numbers are texts": (({"a": "1"}, {"a": 1}, True), TagChanges({}, [], {"a": "1"})),
    "ours stay": (({"o": "1"}, {}, True, {"o": "1"}), TagChanges({}, [], {"o": "1"})),
    "ours come back": (({}, None, True, {"o": "1"}), TagChanges({"o": "1"}, [], {"o": "1"})),
}


@pytest.mark.parametrize("case", CASES)
def test_tags(case):
    arguments, expected = CASES[case]
    assert tag_changes(*arguments) == expected
