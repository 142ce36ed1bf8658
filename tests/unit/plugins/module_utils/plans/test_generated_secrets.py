"""Published passwords give way to random ones, once."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.generated_secrets import (
    GeneratedSecret,
    completed,
    encoded,
)

PUBLISHED = {
    "kind": "Secret",
    "metadata": {"name": "s", "namespace": "kubeflow"},
    "stringData": {"user": "root", "password": "test"},
}
OTHER = {"kind": "ConfigMap", "metadata": {"name": "s", "namespace": "kubeflow"}, "data": {"password": "x"}}
WANTED = [GeneratedSecret("kubeflow", "s", ["password", "not there"])]

CASES = {
    "not installed yet": (None, "fresh", False),
    "installed by us": ({"password": encoded("kept")}, "kept", False),
    "installed with the published one": ({"password": encoded("test")}, "test", True),
    "installed without this key": ({"other": encoded("x")}, "fresh", False),
}


@pytest.mark.parametrize("case", CASES)
def test_a_secret_that_is(case):
    there, password, warned = CASES[case]
    (secret, other), warnings = completed(
        [PUBLISHED, OTHER], WANTED, lambda manifest: {"data": there} if there else None, lambda: "fresh"
    )
    assert secret["data"] == {"user": encoded("root"), "password": encoded(password)}
    assert "stringData" not in secret and other is OTHER
    assert bool(warnings) is warned
    assert not any(word in text for text in warnings for word in ("test", encoded("test")))


def test_other_secrets_stay_as_published():
    assert completed([PUBLISHED], [], lambda manifest: None, lambda: "fresh") == ([PUBLISHED], ())
