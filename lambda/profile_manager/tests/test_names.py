"""Names that Kubernetes accepts, that KFAM computes, and that no other user gets."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_manager.names import (
    binding_name,
    is_namespace_name,
    is_reserved,
    namespace_name,
    own_profile_names,
    user_label,
)

# Computed with KFAM's own Go function.
KFAM_NAMES = {
    ("alice@example.com", "edit"): "user-alice-example-com-clusterrole-edit",
    ("alice@example.com", "view"): "user-alice-example-com-clusterrole-view",
    ("alice@example.com", "admin"): "user-alice-example-com-clusterrole-admin",
    ("Alice.Smith@Example.COM", "edit"): "user-alice-smith-example-com-clusterrole-edit",
    ("bob+ml@corp.example.co.uk", "edit"): "user-bob-ml-corp-example-co-uk-clusterrole-edit",
    ("_svc_@x.io", "edit"): "user-svc-x-io-clusterrole-edit",
    ("J.Müller@ex.de", "edit"): "user-j-m-ller-ex-de-clusterrole-edit",
    ("a--b@ex.com", "edit"): "user-a-b-ex-com-clusterrole-edit",
}


@pytest.mark.parametrize(("who", "name"), KFAM_NAMES.items())
def test_a_binding_has_the_name_that_kfam_computes(who, name):
    assert binding_name(*who) == name


NAMESPACES = {
    "team-a": "team-a",
    "Team A": "team-a",
    "RIDY_JOSE": "ridy-jose",
    "Data Science (EU)": "data-science-eu",
    "--x--": "x",
    "Größe": "gr-e",
    "日本": "",
    "": "",
    "a" * 63: "a" * 63,
}


@pytest.mark.parametrize(("text", "name"), NAMESPACES.items())
def test_a_text_becomes_a_namespace_name(text, name):
    assert namespace_name(text) == name


def test_long_texts_with_one_beginning_become_different_names():
    one, other = namespace_name("x" * 80 + "a"), namespace_name("x" * 80 + "b")
    assert one != other
    assert len(one) == len(other) == 63


@given(st.text(max_size=200))
def test_every_namespace_name_is_valid_or_empty(text):
    name = namespace_name(text)
    assert name == "" or is_namespace_name(name)
    assert namespace_name(name) == name


@given(st.text(max_size=200), st.text(min_size=1, max_size=80))
def test_own_profile_names_are_valid_differ_and_stay_the_same(user, email):
    names = own_profile_names("profile-", user, email)
    assert all(is_namespace_name(name) and name.startswith("profile-") for name in names)
    assert names[0] != names[1]
    assert names == own_profile_names("profile-", user, email)


@given(st.emails(), st.emails(), st.text(max_size=80))
def test_the_second_name_for_an_own_profile_is_nobody_elses(one, other, user):
    names = {own_profile_names("profile-", user, email)[1] for email in (one, other)}
    assert len(names) == len({one, other})


@given(st.emails(), st.sampled_from(["admin", "edit", "view"]))
def test_binding_names_are_names_of_kubernetes_objects(email, role):
    name = binding_name(email, role)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert name.endswith(f"-clusterrole-{role}")


@given(st.emails())
def test_user_labels_are_label_values(email):
    assert re.fullmatch(r"[0-9a-f]{20}", user_label(email))


RESERVED = {
    "kube-system": True,
    "kube-anything": True,
    "default": True,
    "istio-system": True,
    "kubeflow": True,
    "cert-manager": True,
    "auth": True,
    "oauth2-proxy": True,
    "knative-serving": True,
    "monitoring": True,
    "tenant-root": True,
    "kubeflow-users": False,
    "default-team": False,
    "cube-system": False,
    "team-a": False,
}


@pytest.mark.parametrize(("namespace", "reserved"), RESERVED.items())
def test_reserved_namespaces(namespace, reserved):
    assert is_reserved(namespace, ("monitoring", "tenant-*")) is reserved


def test_a_namespace_name_is_a_dns_label():
    names = {"a": True, "a-1": True, "A": False, "-a": False, "a-": False, "a.b": False, "": False, "a" * 64: False}
    assert {name: is_namespace_name(name) for name in names} == names
