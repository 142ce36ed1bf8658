"""The sample ADFS carries out the claim rules that a deployment writes, and refuses what it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.login.claim_rules import Claim, RuleError, carry_out, parse_rules
from sandbox.login.claims import GROUPS, MAIL, NAME_ID, VERIFIED, claims_by_rules, claims_of
from sandbox.login.directory import sample_directory
from sandbox.login.relying_party import read_relying_party

DIRECTORY = sample_directory("corp.example")
ACCOUNT = 'c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname"]'
RULES = f"""
@RuleName = "Name identifier; a name with => and ; in it"
{ACCOUNT}
 => issue(Type = "{NAME_ID}", Issuer = c.Issuer, OriginalIssuer = c.OriginalIssuer, Value = c.Value,
    ValueType = c.ValueType, Properties["http://x/format"] = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");

# a remark
@RuleName = "Mail"
{ACCOUNT[:-1]}, Issuer == "AD AUTHORITY"]
 => issue(store = "Active Directory", types = ("{MAIL}"), query = ";mail;{{0}}", param = c.Value);
 => issue(Type = "{VERIFIED}", Value = "true");
{ACCOUNT} => add(store = "Active Directory", types = ("http://temp/groups"), query = ";tokenGroups;{{0}}", param = c.Value);
c:[Type == "http://temp/groups", Value =~ "(?i)^kubeflow\\-"] => issue(Type = "{GROUPS}", Value = c.Value);
 => issue(Type = "{GROUPS}", Value = "none");
"""
SCRIPT = f"""$identifier = 'urn:amazon:cognito:sp:eu-west-1_A'
$rules = @'
{RULES}
'@
"""


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_the_rules_mean_what_the_directory_says(name: str) -> None:
    user = DIRECTORY.user(name)
    assert claims_by_rules(DIRECTORY, user, parse_rules(RULES)) == claims_of(DIRECTORY, user)


def issued(rules: str, **attributes: tuple[str, ...]) -> list[tuple[str, str]]:
    found = carry_out(parse_rules(rules), r"CORP\alice", lambda name: attributes.get(name, ()))
    return [(claim.type, claim.value) for claim in found]


LOOK_UP = f'{ACCOUNT} => add(store = "Active Directory", types = ("g"), query = ";tokenGroups;{{0}}", param = c.Value);'
CASES = {
    "what is added is not issued": (LOOK_UP, []),
    "a claim is passed on": (LOOK_UP + 'c:[Type == "g"] => issue(claim = c);', [("g", "AWS-a"), ("g", "b")]),
    "a pattern is searched in case": (LOOK_UP + 'c:[Type == "g", Value =~ "^aws"] => issue(claim = c);', []),
    "a pattern may exclude": (LOOK_UP + 'c:[Type == "g", Value !~ "^AWS-"] => issue(claim = c);', [("g", "b")]),
    "a prefix is cut off": (
        LOOK_UP + 'c:[Type == "g"] => issue(Type = "r", Value = RegExReplace(c.Value, "^AWS-", ""));',
        [("r", "a"), ("r", "b")],
    ),
    "groups of a pattern are kept": (
        LOOK_UP + 'c:[Type == "g", Value != "b"] => issue(Type = "r", Value = RegExReplace(c.Value, "A(.)S", "$1"));',
        [("r", "W-a")],
    ),
    "one query may ask two attributes": (
        f'{ACCOUNT} => issue(store = "Active Directory", types = ("m", "g"), query = ";mail,tokenGroups;{{0}}");',
        [("m", "a@b"), ("g", "AWS-a"), ("g", "b")],
    ),
    "the same claim is issued once": (
        ' => issue(Type = "a", Value = "1"); => issue(Type = "a", Value = "1");',
        [("a", "1")],
    ),
    "quotes inside a text": (' => issue(Type = "a", Value = "say ""x""");', [("a", 'say "x"')]),
    "another authority's claim": (ACCOUNT[:-1] + ', Issuer == "X"] => issue(claim = c);', []),
}


@pytest.mark.parametrize(("rules", "expected"), CASES.values(), ids=CASES)
def test_a_rule_does_what_adfs_does(rules: str, expected: list[tuple[str, str]]) -> None:
    assert issued(rules, mail=("a@b",), tokenGroups=("AWS-a", "b")) == expected


REFUSALS = {
    "another language": ("SELECT * FROM users", "'=>'|not a claim rule|expected"),
    "another store": (' => issue(store = "SQL", types = ("a"), query = ";x;{0}");', "the store SQL is not known"),
    "another action": (' => delete(Type = "a", Value = "b");', "the action delete is not known"),
    "several conditions": (
        'a:[Type == "x"] && b:[Type == "y"] => issue(claim = a);',
        "several conditions is not known",
    ),
    "no end": (' => issue(Type = "a", Value = "b")', "not complete"),
    "a value of nothing": (' => issue(Type = "a", Value = c.Value);', "has no claim to take a value from"),
    "a broken pattern": (ACCOUNT[:-1] + ', Value =~ "("] => issue(claim = c);', "not a regular expression"),
    "another property": ('c:[ValueType == "x"] => issue(claim = c);', "the property ValueType"),
    "another sign": (' => issue(Type = "a", Value = ?);', "not a claim rule"),
}


@pytest.mark.parametrize(("rules", "message"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_not_known_is_refused_by_name(rules: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        issued(rules)


def test_an_issued_claim_can_be_used_by_a_later_rule() -> None:
    rules = parse_rules(' => issue(Type = "a", Value = "1"); c:[Type == "a"] => issue(Type = "b", Value = c.Value);')
    assert carry_out(rules, "x", lambda name: ()) == [
        Claim("a", "1", "LOCAL AUTHORITY"),
        Claim("b", "1", "LOCAL AUTHORITY"),
    ]


def test_the_trust_is_read_from_the_script_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "trust.ps1"
    assert read_relying_party(path) is None
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text(SCRIPT, encoding=encoding)
        found = read_relying_party(path)
        assert found.identifier == "urn:amazon:cognito:sp:eu-west-1_A"
        assert list(found.rules) == parse_rules(RULES)
    assert (found.consumer, found.signed, found.logout, found.certificate) == ("", "AssertionOnly", "", "")
    path.write_text("Write-Host 'something else'")
    assert read_relying_party(path) is None


def test_the_trust_says_where_answers_go_and_what_is_signed_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "trust.ps1"
    endpoints = """$endpoints = @(New-AdfsSamlEndpoint -Binding POST -Protocol SAMLAssertionConsumer -IsDefault $true -Index 0 `
    -Uri 'https://login.example/saml2/idpresponse')
$endpoints += New-AdfsSamlEndpoint -Binding POST -Protocol SAMLLogout -Uri 'https://login.example/saml2/logout'
$certificate = [Convert]::FromBase64String('TUlJ+/A=')
    SamlResponseSignature   = 'MessageAndAssertion'
"""
    path.write_text(SCRIPT + endpoints)
    found = read_relying_party(path)
    assert found.consumer == "https://login.example/saml2/idpresponse"
    assert found.logout == "https://login.example/saml2/logout"
    assert (found.certificate, found.signed) == ("TUlJ+/A=", "MessageAndAssertion")
