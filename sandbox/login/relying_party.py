"""The trust that the sample ADFS has in the pool: read from the script that the deployment wrote for its administrator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.login.claim_rules import Rule, parse_rules

RULES = re.compile(r"\$rules = @'\r?\n(.*?)\r?\n'@", re.DOTALL)
IDENTIFIER = re.compile(r"^\$identifier = '([^']*)'", re.MULTILINE)


@dataclass(frozen=True)
class RelyingParty:
    """`identifier` names the pool as Cognito does: urn:amazon:cognito:sp:<pool id>."""

    identifier: str
    rules: tuple[Rule, ...]


def read_relying_party(path: Path) -> RelyingParty | None:
    """What the administrator would have after running the script; None when there is none."""
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8-sig")
    rules, identifier = RULES.search(text), IDENTIFIER.search(text)
    if not rules or not identifier:
        return None
    return RelyingParty(identifier.group(1), tuple(parse_rules(rules.group(1))))
