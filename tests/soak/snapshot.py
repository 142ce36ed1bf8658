"""An account and its cluster as one comparable value: names to descriptions, with placeholders for what chance decides."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Mapping
from itertools import chain
from typing import Any

import boto3

from benchmarks.plays import Playground

from . import account, cluster

Snapshot = dict[str, str]

# Fields that tell when or which one, not what.
UNTOLD = {
    "CallerReference",
    "ClientSecret",
    "CodeSize",
    "LastUsedDate",
    "Location",
    "ResponseMetadata",
    "RevisionId",
    "RoleId",
    "RoleLastUsed",
    "Serial",
    "certificateAuthority",
    "creationTime",
    "multitenant.kubeflow/secret",
    "storedBytes",
}
BY_CHANCE = (
    (r"\b(LS0tLS1|MII)[A-Za-z0-9+/]{60,}=*", "<certificate>"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|[+-]\d\d:?\d\d)?", "<time>"),
    (r"(127\.0\.0\.1|localhost):\d+", "<address>"),
    (r"\b(vpc|subnet|sg|sgr|eni|igw|rtb|acl)-[0-9a-f]{8,}\b", r"<\1>"),
    (r"\b(k8s-[a-z0-9]+-[a-z0-9]+)-[0-9a-f]{10}\b", r"\1-<hash>"),
    (r"\b[a-z]{2}-[a-z]+-\d_[A-Za-z0-9]{8,}", "<pool>"),
    (r"_[0-9a-f]{32}\.", "_<proof>."),
    (r"((?:loadbalancer|listener|listener-rule)/app/[^/\"]+|targetgroup/[^/\"]+)(/[0-9a-f]{15,16})+", r"\1/<id>"),
    (r"\ba-[0-9a-z]{17}\b", "<association>"),
    (r"-\d{8,}\b", "-<number>"),
    (r"id/[0-9A-F]{32}", "id/<issuer>"),
    (r"(\b|(?<=%3D))(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{26}\b", "<client>"),
)


def snapshot(ground: Playground) -> Snapshot:
    """Every resource of every service and every object of the cluster, as texts by name."""
    found = ground.addresses()
    own = {found["hosted_zone_id"]: "<zone>", found["state_dir"]: "<state>"}
    read = chain(
        account.resources(session_of(ground, found), found["aws_endpoint_url"]),
        cluster.objects(ground.state.admin_kubeconfig),
    )
    told: Snapshot = {}
    for name, value in read:
        key = without_chance(name, own)
        # Two that are alike but for an id are two all the same.
        while key in told:
            key += " (another)"
        told[key] = json.dumps(comparable(value, own), sort_keys=True, indent=1)
    return told


def session_of(ground: Playground, addresses: Mapping[str, Any]) -> boto3.Session:
    credentials = configparser.ConfigParser()
    credentials.read(ground.state.aws_credentials)
    default = credentials["default"]
    return boto3.Session(
        aws_access_key_id=default["aws_access_key_id"],
        aws_secret_access_key=default["aws_secret_access_key"],
        region_name=addresses["region"],
    )


def comparable(value: Any, own: Mapping[str, str]) -> Any:
    """The value without untold fields, with placeholders, and with its lists in one order."""
    if isinstance(value, dict):
        return {without_chance(key, own): comparable(item, own) for key, item in value.items() if key not in UNTOLD}
    if isinstance(value, (list, tuple)):
        items = [comparable(item, own) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return value if isinstance(value, (bool, int, float, type(None))) else without_chance(str(value), own)


def without_chance(text: str, own: Mapping[str, str]) -> str:
    for name, placeholder in own.items():
        text = text.replace(name, placeholder)
    for pattern, placeholder in BY_CHANCE:
        text = re.sub(pattern, placeholder, text)
    return text


def differences(expected: Snapshot, found: Snapshot) -> list[str]:
    """One line for each resource that is missing, that is too much, or that is otherwise; none when they are equal."""
    lines = [f"missing: {name}" for name in sorted(expected.keys() - found.keys())]
    lines += [f"too much: {name}" for name in sorted(found.keys() - expected.keys())]
    for name in sorted(expected.keys() & found.keys()):
        if expected[name] != found[name]:
            lines.append(f"otherwise: {name}: {first_difference(expected[name], found[name])}")
    return lines


def first_difference(expected: str, found: str) -> str:
    for wanted, is_now in zip(expected.splitlines(), found.splitlines(), strict=False):
        if wanted != is_now:
            return f"{is_now.strip()} instead of {wanted.strip()}"
    return "one of them is longer"
