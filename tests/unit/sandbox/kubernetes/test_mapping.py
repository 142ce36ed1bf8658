"""aws-auth and access entries: who an ARN is."""

from __future__ import annotations

import pytest
import yaml

from sandbox.kubernetes.access_entries import AccessEntry, groups_of, matching_entry, username_template
from sandbox.kubernetes.aws_auth import Mapped, mapped_user

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Manager"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"


def entry(arn: str, username: str, *groups: str, field: str = "rolearn") -> dict:
    return {field: arn, "username": username, "groups": list(groups)}


def data(**keys) -> dict[str, str]:
    return {key: value if isinstance(value, str) else yaml.safe_dump(value) for key, value in keys.items()}


AWS_AUTH = {
    "role": (data(mapRoles=[entry(ROLE, "m", "g")]), ROLE, Mapped("m", ("g",))),
    "other case": (data(mapRoles=[entry(ROLE.upper(), "m")]), ROLE, Mapped("m", ())),
    "the last of two": (data(mapRoles=[entry(ROLE, "a"), entry(ROLE.lower(), "b")]), ROLE, Mapped("b", ())),
    "role with a path": (data(mapRoles=[entry(ROLE.replace("role/", "role/team/"), "m")]), ROLE, None),
    "user": (data(mapUsers=[entry(USER, "alice", field="userarn")]), USER, Mapped("alice", ())),
    "role before user": (
        data(mapUsers=[entry(ROLE, "as-user", field="userarn")], mapRoles=[entry(ROLE, "as-role")]),
        ROLE,
        Mapped("as-role", ()),
    ),
    "role under users": (data(mapUsers=[entry(ROLE, "m", field="userarn")]), ROLE, Mapped("m", ())),
    "account": (data(mapAccounts=[ACCOUNT]), USER, Mapped(USER, ())),
    "account as a number": (data(mapAccounts="- 123456789012"), USER, Mapped(USER, ())),
    "unparsable roles void only themselves": (
        data(mapRoles="[{", mapUsers=[entry(USER, "alice", field="userarn")]),
        USER,
        Mapped("alice", ()),
    ),
    "unparsable roles": (data(mapRoles="[{"), ROLE, None),
    "a map where a list belongs": (data(mapRoles={"rolearn": ROLE}), ROLE, None),
    "an entry that is text": (data(mapRoles=[ROLE]), ROLE, None),
    "no username": (data(mapRoles=[{"rolearn": ROLE}]), ROLE, Mapped("", ())),
    "no groups": (data(mapRoles=[{"rolearn": ROLE, "username": "m", "groups": None}]), ROLE, Mapped("m", ())),
    "empty": ({}, ROLE, None),
}


@pytest.mark.parametrize(("config", "arn", "mapped"), AWS_AUTH.values(), ids=AWS_AUTH)
def test_aws_auth_maps_as_the_authenticator_does(config, arn, mapped):
    assert mapped_user(config, arn, ACCOUNT) == mapped


ENTRIES = {
    "role": (AccessEntry(ROLE), "AROA1", True),
    "role with a path": (AccessEntry(ROLE.replace("role/", "role/team/")), "AROA1", True),
    "the very role": (AccessEntry(ROLE, principal_id="AROA1"), "AROA1", True),
    "a role made again": (AccessEntry(ROLE, principal_id="AROA1"), "AROA2", False),
    "another role": (AccessEntry(ROLE + "s"), "AROA1", False),
}


@pytest.mark.parametrize(("access_entry", "principal_id", "matches"), ENTRIES.values(), ids=ENTRIES)
def test_an_access_entry_belongs_to_its_role(access_entry, principal_id, matches):
    assert (matching_entry([access_entry], ROLE, principal_id) is access_entry) is matches


USERNAMES = {
    "its own": (AccessEntry(ROLE, username="m"), "m"),
    "of a role": (AccessEntry(ROLE), f"arn:aws:sts::{ACCOUNT}:assumed-role/Manager/{{{{SessionName}}}}"),
    "of a user": (AccessEntry(USER), USER),
    "of a node": (AccessEntry(ROLE, type="EC2_LINUX"), "system:node:{{EC2PrivateDNSName}}"),
}


@pytest.mark.parametrize(("access_entry", "username"), USERNAMES.values(), ids=USERNAMES)
def test_an_access_entry_without_user_name_gets_that_of_eks(access_entry, username):
    assert username_template(access_entry) == username


ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
GROUPS = {
    "its own": (AccessEntry(ROLE, groups=("a", "b")), ("a", "b")),
    "cluster administrator": (AccessEntry(ROLE, policies=((ADMIN_POLICY, "cluster", ()),)), ("system:masters",)),
    "administrator of a namespace only": (AccessEntry(ROLE, policies=((ADMIN_POLICY, "namespace", ("a",)),)), ()),
    "node": (AccessEntry(ROLE, type="EC2_LINUX"), ("system:bootstrappers", "system:nodes")),
}


@pytest.mark.parametrize(("access_entry", "groups"), GROUPS.values(), ids=GROUPS)
def test_an_access_entry_gives_groups(access_entry, groups):
    assert groups_of(access_entry) == groups
