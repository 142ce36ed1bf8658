"""The parts of the soak that decide: when a run is stopped, and whether two ends are equal."""

from __future__ import annotations

import random

import pytest

from .kills import WAYS, random_moment
from .snapshot import comparable, differences, without_chance

OWN = {"Z0123456789": "<zone>"}


def test_the_same_seed_stops_at_the_same_moments() -> None:
    chosen = [[random_moment(random.Random(7), 90) for _ in range(2)] for _ in range(2)]
    assert chosen[0] == chosen[1]


def test_moments_reach_every_task_and_every_way() -> None:
    chance = random.Random(1)
    moments = [random_moment(chance, 5) for _ in range(300)]
    assert {moment.task for moment in moments} == {1, 2, 3, 4, 5}
    assert {moment.way for moment in moments} == set(WAYS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("arn:aws:acm:eu-west-1:1:certificate/6e4a2f0b-1111-2222-3333-444455556666", "certificate/<uuid>"),
        ("eu-west-1_AbCdEf123", "<pool>"),
        ("/hostedzone/Z0123456789", "/hostedzone/<zone>"),
        ("2026-11-26 14:00:01.123+00:00", "<time>"),
        ("http://127.0.0.1:34567", "http://<address>"),
        ("sg-0123456789abcdef0", "<sg>"),
        ("k8s-istiosys-istioing-6b3486193e-1234567890.eu-west-1.elb", "k8s-istiosys-istioing-<hash>-<number>.eu"),
        ("eks-cluster-sg-kubeflow-sandbox-7489270771", "eks-cluster-sg-kubeflow-sandbox-<number>"),
        ("_0123456789abcdef0123456789abcdef.auth.example.com", "_<proof>.auth"),
        ("listener-rule/app/web/f75dd3ceb314e091/8d6d4e124c6202f9/140103149969424", "listener-rule/app/web/<id>"),
        ("1a2b3c4d5e6f7a8b9c0d1e2f3a", "<client>"),
        ("client_id%3D57l3t51uat0jjs3if8z7ku69n8%26logout_uri", "client_id%3D<client>%26logout_uri"),
    ],
)
def test_what_chance_decides_is_not_compared(text: str, told: str) -> None:
    assert told in without_chance(text, OWN)


def test_what_people_decide_is_compared() -> None:
    for text in ("kubeflow-sandbox-profile-manager", "AmazonEKSClusterPolicy", "198.51.100.1", "kubeflow.example.com"):
        assert without_chance(text, OWN) == text


def test_order_and_untold_fields_do_not_count() -> None:
    one = {"Tags": [{"Key": "a"}, {"Key": "b"}], "RevisionId": "1"}
    other = {"Tags": [{"Key": "b"}, {"Key": "a"}], "RevisionId": "2"}
    assert comparable(one, {}) == comparable(other, {})


def test_differences_name_the_resource_and_what_is_otherwise() -> None:
    expected = {"role a": '{\n "Path": "/"\n}', "record b": "1", "record c": "1"}
    found = {"role a": '{\n "Path": "/x/"\n}', "record c": "1", "key d": "1"}
    assert differences(expected, found) == [
        "missing: record b",
        "too much: key d",
        'otherwise: role a: "Path": "/x/" instead of "Path": "/"',
    ]
    assert differences(expected, expected) == []
