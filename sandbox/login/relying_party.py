"""The trust that the sample ADFS has in the pool: read from the script that the deployment wrote for its administrator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.login.claim_rules import Rule, parse_rules

RULES = re.compile(r"\$rules = @'\r?\n(.*?)\r?\n'@", re.DOTALL)
IDENTIFIER = re.compile(r"^\$identifier = '([^']*)'", re.MULTILINE)
CONSUMER = re.compile(r"New-AdfsSamlEndpoint\b[^\n]*(?:`\r?\n[^\n]*)*-Uri '([^']*)'")
LOGOUT = re.compile(r"-Protocol SAMLLogout\b[^\n]*(?:`\r?\n[^\n]*)*-Uri '([^']*)'")
CERTIFICATE = re.compile(r"FromBase64String\('([A-Za-z0-9+/=]+)'\)")
SIGNED = re.compile(r"SamlResponseSignature\s*=\s*'(\w+)'")


@dataclass(frozen=True)
class RelyingParty:
    """`identifier` names the pool as Cognito does: urn:amazon:cognito:sp:<pool id>.

    `consumer` is where responses are posted, `signed` what of them is: AssertionOnly, MessageOnly, MessageAndAssertion.
    `logout` is where the answer to a logout is posted, `certificate` (base64 of its DER form) verifies logout requests.
    """

    identifier: str
    rules: tuple[Rule, ...]
    consumer: str = ""
    signed: str = "AssertionOnly"
    logout: str = ""
    certificate: str = ""


def read_relying_party(path: Path) -> RelyingParty | None:
    """What the administrator would have after running the script; None when there is none."""
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8-sig")
    rules, identifier = RULES.search(text), IDENTIFIER.search(text)
    if not rules or not identifier:
        return None
    return RelyingParty(
        identifier.group(1),
        tuple(parse_rules(rules.group(1))),
        _found(CONSUMER, text),
        _found(SIGNED, text) or "AssertionOnly",
        _found(LOGOUT, text),
        _found(CERTIFICATE, text),
    )


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group(1) if match else ""
