# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which name servers the world asks for a domain: one question to the resolver of this machine (RFC 1035).

The standard library resolves addresses only, and a package for one question is too much.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable
from pathlib import Path

RESOLVERS = Path("/etc/resolv.conf")
PORT = 53
SECONDS = 2
NS, INTERNET, RECURSION_DESIRED = 2, 1, 0x0100
NO_ERROR, NAME_ERROR = 0, 3


def name_servers(
    domain: str, resolvers: Path = RESOLVERS, ask: Callable[[str, bytes], bytes] | None = None
) -> list[str] | None:
    """The names, empty where there are none, None where no resolver says so.

    A resolver that knows not even the top-level domain is one of a closed network: its "none" says nothing.
    `ask` sends a question to a resolver and answers its answer.
    """
    for resolver in _resolvers(resolvers):
        try:
            found = _told(resolver, domain, ask or _ask)
            return found or ([] if _told(resolver, domain.rstrip(".").rpartition(".")[2], ask or _ask) else None)
        except (OSError, ValueError, struct.error, IndexError):
            continue
    return None


def _told(resolver: str, domain: str, ask: Callable[[str, bytes], bytes]) -> list[str]:
    question, number = _question(domain)
    return _names(ask(resolver, question), number)


def _resolvers(path: Path) -> list[str]:
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return []
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]


def _ask(resolver: str, question: bytes) -> bytes:
    family = socket.AF_INET6 if ":" in resolver else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        connection.settimeout(SECONDS)
        connection.connect((resolver, PORT))
        connection.send(question)
        return connection.recv(4096)


def _question(domain: str) -> tuple[bytes, int]:
    number = secrets.randbelow(1 << 16)
    labels = b"".join(bytes([len(label)]) + label.encode("idna") for label in domain.rstrip(".").split("."))
    header = struct.pack(">6H", number, RECURSION_DESIRED, 1, 0, 0, 0)
    return header + labels + b"\0" + struct.pack(">2H", NS, INTERNET), number


def _names(answer: bytes, number: int) -> list[str]:
    told_number, flags, questions, answers, _authorities, _others = struct.unpack_from(">6H", answer)
    code = flags & 0xF
    if told_number != number or code not in (NO_ERROR, NAME_ERROR):
        raise ValueError("no answer to this question")
    place = 12
    for _question in range(questions):
        place = _name(answer, place)[1] + 4
    names = []
    for _answer in range(answers):
        place = _name(answer, place)[1]
        kind, _class, _ttl, length = struct.unpack_from(">2HIH", answer, place)
        if kind == NS:
            names.append(_name(answer, place + 10)[0])
        place += 10 + length
    return sorted(names)


def _name(message: bytes, place: int) -> tuple[str, int]:
    """The name at a place, and the place after it; a pointer leads to where its rest is written."""
    labels, after = [], None
    for _label in range(128):
        length = message[place]
        if length & 0xC0 == 0xC0:
            after = place + 2 if after is None else after
            place = struct.unpack_from(">H", message, place)[0] & 0x3FFF
        elif length == 0:
            return ".".join(labels), place + 1 if after is None else after
        else:
            labels.append(message[place + 1 : place + 1 + length].decode("ascii"))
            place += 1 + length
    raise ValueError("a name without end")
