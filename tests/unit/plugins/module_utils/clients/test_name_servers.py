"""One question to a resolver, and what its answers mean."""

from __future__ import annotations

import struct

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.name_servers import name_servers

WORLD = {
    "com": ["a.gtld-servers.net"],
    "example.com": ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"],
    "internal": [],
}


@pytest.fixture
def resolvers(tmp_path):
    path = tmp_path / "resolv.conf"
    path.write_text("search example.com\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n# nameserver 192.0.2.9\n")
    return path


def asked_name(question):
    labels, place = [], 12
    while question[place]:
        labels.append(question[place + 1 : place + 1 + question[place]].decode())
        place += 1 + question[place]
    assert question[place + 1 :] == struct.pack(">2H", 2, 1), "an NS record of the Internet is asked for"
    return ".".join(labels)


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def answered(question, names, code=0):
    """The answer to a question; each record names its owner by a pointer to the question, as servers do."""
    header = question[:2] + struct.pack(">5H", 0x8180 | code, 1, len(names) + 1, 0, 0)
    alias = b"\xc0\x0c" + struct.pack(">2HIH", 16, 1, 60, 3) + b"\x02hi"
    records = [b"\xc0\x0c" + struct.pack(">2HIH", 2, 1, 60, len(encoded(name))) + encoded(name) for name in names]
    return header + question[12:] + alias + b"".join(records)


def world(resolver, question):
    return answered(question, WORLD.get(asked_name(question), []), code=0 if asked_name(question) in WORLD else 3)


CASES = {
    "a domain with name servers": ("Example.com.".lower(), WORLD["example.com"]),
    "a domain without any": ("nowhere.com", []),
    "a closed network, whose top-level domain nobody knows": ("platform.internal", None),
}


@pytest.mark.parametrize("case", CASES)
def test_name_servers_of(resolvers, case):
    domain, names = CASES[case]
    assert name_servers(domain, resolvers, world) == names


def silent(resolver, question):
    raise TimeoutError


FAULTS = {
    "nobody answers": silent,
    "nonsense": lambda resolver, question: b"\0" * 5,
    "another question's answer": lambda resolver, question: b"xx" + world(resolver, question)[2:],
    "a refusal": lambda resolver, question: answered(question, [], code=5),
    "a name that leads to itself": lambda resolver, question: (
        question[:2] + struct.pack(">5H", 0x8180, 1, 0, 0, 0) + b"\xc0\x0c" * 9
    ),
    "cut off": lambda resolver, question: world(resolver, question)[:40],
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_nothing_is_said_when(resolvers, fault):
    assert name_servers("example.com", resolvers, fault) is None


def test_the_second_resolver_is_asked_when_the_first_one_is_silent(resolvers):
    answers = lambda resolver, question: world(resolver, question) if ":" in resolver else silent(resolver, question)  # noqa: E731
    assert name_servers("example.com", resolvers, answers) == WORLD["example.com"]


def test_a_machine_without_resolvers(tmp_path):
    assert name_servers("example.com", tmp_path / "missing", world) is None
