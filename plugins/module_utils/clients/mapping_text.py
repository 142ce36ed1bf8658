# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lists inside aws-auth as text: one entry is cut out, put in or put in place of another, the rest stays to the byte.

YAML tells where entries begin and end; what is written back is read once more and must say what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

try:
    import yaml
except ImportError:  # the kubernetes package brings it, and its absence is told by the module's base
    yaml = None

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal

NAMES = {"mapRoles": ("rolearn", "sso"), "mapUsers": ("userarn",)}
CORRECT_IT = "Correct it by hand (kubectl -n kube-system edit configmap aws-auth); aws-auth was not changed."


@dataclass(frozen=True)
class Span:
    """Where an entry stands: from the begin of its dash's line to the end of its last value's line."""

    start: int
    end: int
    indent: int


class MappingText:
    """One list of aws-auth; `entries` are its values, in their order."""

    def __init__(self, section: str, text: str) -> None:
        self.section = section
        self.text = text
        self.root = self._composed()
        self.entries = self._checked_entries()

    def changed(self, changes: Sequence[tuple[int | None, Mapping[str, Any] | None]]) -> str:
        """The text after the changes `(index | None to append, entry | None to remove)`."""
        expected = _applied(self.entries, changes)
        if self.root is None or not self.root.flow_style:
            text = self._edited(changes)
            if self._says(text, expected):
                return text
        return _dumped(expected, 0)

    def _says(self, text: str, expected: list[Any]) -> bool:
        """Whether the text is understood, and as it was meant."""
        try:
            return MappingText(self.section, text).entries == expected
        except Refusal:
            return False

    def _edited(self, changes: Sequence[tuple[int | None, Mapping[str, Any] | None]]) -> str:
        text, spans = self.text, self._spans()
        indent = spans[0].indent if spans else 0
        for index, entry in changes:
            if index is None:
                text = f"{text}{_line_end(text)}{_dumped([entry], indent)}"
        for index, entry in sorted(
            ((index, entry) for index, entry in changes if index is not None), key=lambda change: -change[0]
        ):
            span = spans[index]
            text = text[: span.start] + (_dumped([entry], span.indent) if entry else "") + text[span.end :]
        return text

    def _composed(self) -> yaml.SequenceNode | None:
        try:
            root = yaml.compose(self.text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise Refusal(f"{self.section} of aws-auth is no YAML ({_place(error)}). {CORRECT_IT}") from error
        if root is None or (isinstance(root, yaml.ScalarNode) and root.value in ("", "null", "~")):
            return None
        if not isinstance(root, yaml.SequenceNode):
            raise self._malformed("is not a list")
        return root

    def _checked_entries(self) -> list[dict[str, Any]]:
        if self.root is None:
            return []
        return [self._checked(number, node) for number, node in enumerate(self.root.value, 1)]

    def _checked(self, number: int, node: yaml.Node) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise self._malformed(f"holds an entry that is not an object (the {number}.)")
        keys = [key.value for key, value in node.value]
        if len(keys) != len(set(keys)):
            raise self._malformed(f"names a key twice in its {number}. entry")
        entry = yaml.SafeLoader("").construct_document(node)
        if not any(name in entry for name in NAMES[self.section]):
            raise self._malformed(f"holds an entry without {NAMES[self.section][0]} (the {number}.)")
        groups = entry.get("groups")
        if groups is not None and not (isinstance(groups, list) and all(isinstance(item, str) for item in groups)):
            raise self._malformed(f"holds an entry whose groups are no list of names (the {number}.)")
        return entry

    def _malformed(self, what: str) -> Refusal:
        return Refusal(f"{self.section} of aws-auth {what}. {CORRECT_IT}")

    def _spans(self) -> list[Span]:
        dashes = _dashes(self.text)
        nodes = self.root.value if self.root is not None else []
        return [self._span(dash, node) for dash, node in zip(dashes, nodes, strict=True)]

    def _span(self, dash: int, node: yaml.Node) -> Span:
        start = self.text.rfind("\n", 0, dash) + 1
        last = _last_character(node)
        if last > 0 and self.text[last - 1] == "\n":
            end = last
        else:
            newline = self.text.find("\n", last)
            end = len(self.text) if newline < 0 else newline + 1
        return Span(start, end, dash - start)


def account_list(text: str) -> list[str]:
    """The accounts of `mapAccounts`, which we never change but must be able to read."""
    try:
        accounts = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Refusal(f"mapAccounts of aws-auth is no YAML ({_place(error)}). {CORRECT_IT}") from error
    if accounts is None:
        return []
    if not isinstance(accounts, list) or any(isinstance(account, (list, dict)) for account in accounts):
        raise Refusal(f"mapAccounts of aws-auth is not a list of accounts. {CORRECT_IT}")
    return [str(account) for account in accounts]


def _applied(
    entries: Sequence[Mapping[str, Any]], changes: Sequence[tuple[int | None, Mapping[str, Any] | None]]
) -> list[Any]:
    after: list[Any] = list(entries)
    for index, entry in changes:
        if index is not None:
            after[index] = entry
    return [entry for entry in after if entry is not None] + [entry for index, entry in changes if index is None]


def _dashes(text: str) -> list[int]:
    """Where the dashes of the outermost list are."""
    opening = (
        yaml.BlockSequenceStartToken,
        yaml.BlockMappingStartToken,
        yaml.FlowSequenceStartToken,
        yaml.FlowMappingStartToken,
    )
    closing = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
    depth, found = 0, []
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, opening):
            depth += 1
        elif isinstance(token, closing):
            depth -= 1
        elif isinstance(token, yaml.BlockEntryToken) and depth == 1:
            found.append(token.start_mark.index)
    return found


def _last_character(node: yaml.Node) -> int:
    """Where the last value of a node ends; a block's own end mark would take following comments along."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_character(last[1] if isinstance(last, tuple) else last)
    return node.end_mark.index


def _dumped(entries: Sequence[Any], indent: int) -> str:
    if not entries:
        return ""
    text = yaml.safe_dump(list(entries), sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=False)
    return "".join(" " * indent + line for line in text.splitlines(keepends=True))


def _line_end(text: str) -> str:
    return "" if not text or text.endswith("\n") else "\n"


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "malformed"
    return f"line {mark.line + 1}: {problem}" if mark else problem
