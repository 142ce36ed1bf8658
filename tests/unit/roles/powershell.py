"""A script of PowerShell as a tree: whether it is one, and what its assignments come to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

QUOTES = "'\u2018\u2019\u201a\u201b"
"""Any of these ends a text, and two of them stand for one, as PowerShell reads it."""
PARSER = Parser(Language(tree_sitter_powershell.language()))


def parse(text: str) -> Node:
    return PARSER.parse(text.encode()).root_node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def faults(text: str) -> list[str]:
    """What the grammar cannot read, or what it misses."""
    return [f"{node.type} at {node.start_point}" for node in walk(parse(text)) if node.is_error or node.is_missing]


def text_of(node: Node) -> str:
    return node.text.decode()


def literal(text: str) -> str:
    """The value of a text that is not expanded; curly quotation marks count as straight ones."""
    if text.startswith("@'"):
        return re.fullmatch(r"@'\r?\n(.*)\r?\n'@", text, flags=re.DOTALL)[1]
    inside = text[1:-1]
    assert text[0] == text[-1] == "'" and not re.search(f"[{QUOTES}]", re.sub(f"[{QUOTES}]{{2}}", "", inside)), text
    return re.sub(f"([{QUOTES}])[{QUOTES}]", r"\1", inside)


def assignments(text: str) -> dict[str, str]:
    """The right side of every assignment by its left side, e.g. {"$name": "'x'"}."""
    found = {}
    for node in walk(parse(text)):
        if node.type == "assignment_expression":
            left, *_, right = node.children
            found[text_of(left).strip()] = text_of(right).strip()
    return found


def hash_table(text: str) -> dict[str, str]:
    """The entries of a hash table's source, by key."""
    entries = {}
    for node in walk(parse(text)):
        if node.type == "hash_entry":
            key, *_, value = node.children
            entries[text_of(key).strip()] = text_of(value).strip()
    return entries


def commands(text: str, name: str) -> list[dict[str, str]]:
    """The arguments of every call of a command, e.g. [{"-Binding": "POST"}]; a switch's value is empty."""
    found = []
    for node in walk(parse(text)):
        if node.type == "command" and text_of(node.children[0]) == name:
            arguments: dict[str, str] = {}
            for element in (node.child_by_field_name("command_elements") or node).children:
                if element.type == "command_parameter":
                    arguments[last := text_of(element)] = ""
                elif arguments and element.type != "command_argument_sep":
                    arguments[last] = text_of(element).strip()
            found.append(arguments)
    return found
