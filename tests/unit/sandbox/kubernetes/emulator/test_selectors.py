from __future__ import annotations

import pytest

from sandbox.kubernetes.emulator.errors import ApiError
from sandbox.kubernetes.emulator.resources import Registry
from sandbox.kubernetes.emulator.selectors import matches_label_selector, selection

PODS = Registry().find("", "v1", "pods")
POD = {
    "metadata": {"name": "p", "namespace": "n", "labels": {"app": "web", "tier": "1"}},
    "status": {"phase": "Running"},
}

LABELS = {
    "nothing asked": ("", True),
    "equal": ("app=web", True),
    "equal, doubled sign": ("app==web", True),
    "other value": ("app=db", False),
    "unequal": ("app!=db", True),
    "unequal on a missing key": ("zone!=a", True),
    "one of several": ("app in (web, db)", True),
    "none of several": ("app notin (web, db)", False),
    "not in, missing key": ("zone notin (a)", True),
    "key exists": ("app", True),
    "key does not exist": ("!app", False),
    "missing key does not exist": ("!zone", True),
    "both terms": ("app=web,tier=1", True),
    "one of both terms": ("app=web,tier=2", False),
    "greater": ("tier>0", True),
    "not less": ("tier<1", False),
}
FIELDS = {
    "name": ("metadata.name=p", True),
    "other name": ("metadata.name=q", False),
    "unequal name": ("metadata.name!=q", True),
    "status": ("status.phase=Running,metadata.namespace=n", True),
    "a missing field is empty": ("spec.nodeName=", True),
}


@pytest.mark.parametrize("case", LABELS)
def test_label_selector(case):
    selector, chosen = LABELS[case]
    assert selection(PODS, selector, "")(POD) is chosen


@pytest.mark.parametrize("case", FIELDS)
def test_field_selector(case):
    selector, chosen = FIELDS[case]
    assert selection(PODS, "", selector)(POD) is chosen


@pytest.mark.parametrize("labels, fields", [("a b c", ""), ("", "spec.unknown=1"), ("", "name")])
def test_unreadable_selectors_are_refused(labels, fields):
    with pytest.raises(ApiError) as refused:
        selection(PODS, labels, fields)
    assert refused.value.code == 400


EXPRESSIONS = {
    "empty chooses all": ({}, True),
    "labels": ({"matchLabels": {"app": "web"}}, True),
    "in": ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}, True),
    "not in": ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
    "exists": ({"matchExpressions": [{"key": "zone", "operator": "Exists"}]}, False),
    "does not exist": ({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]}, True),
}


@pytest.mark.parametrize("case", EXPRESSIONS)
def test_label_selector_object(case):
    selector, chosen = EXPRESSIONS[case]
    assert matches_label_selector(selector, POD["metadata"]["labels"]) is chosen
