"""The ADFS side, by Ansible's modules or by the administrator's script: both are valid, and both come to the same trust."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .conftest import ROOT, Role
from .powershell import assignments, commands, faults, hash_table, literal

COLLECTIONS = ROOT / "collections" / "ansible_collections"
POOL = {"cognito_adfs_result": {"user_pool_id": "eu-west-1_AbCdEf123"}}
SITE = {"cognito_adfs_domain": "platform.example.com", "cognito_adfs_pool_name": "kubeflow"}
CERTIFICATE = "MIIBszCCAVmgAwIBAgIUd+/0123456789abcdefABCDEF=="
SETS = {
    "the defaults": {},
    "a prefix": {"cognito_adfs_group_prefix": "kubeflow-"},
    "a prefix with what expressions use": {"cognito_adfs_group_prefix": r"K.8s (team+) [x]\{1}^$|?*"},
    "quotation marks of all kinds": {
        "cognito_adfs_trust_name": 'O\'Brien \u2018and\u2019 \u201asons\u201b "$(calc)" `n $env:PATH',
        "cognito_adfs_access_control_policy": "Permit 'everyone' \u2019 from the intranet",
    },
    "letters of other countries": {"cognito_adfs_trust_name": "Größe 東京 \U0001f600"},
    "names that end a here-string": {"cognito_adfs_group_prefix": "'@", "cognito_adfs_trust_name": "'@ # @'"},
    "other claims": {
        "cognito_adfs_attribute_mapping": {
            "email": "urn:oid:0.9.2342.19200300.100.1.3",
            "email_verified": "verified",
            "custom:groups": "groups",
        }
    },
    "logout at the provider": {
        "cognito_adfs_single_logout": True,
        "cognito_adfs_signing_certificate": f"-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n",
    },
}


@pytest.fixture(params=SETS)
def role(request: pytest.FixtureRequest) -> Role:
    return Role("cognito_adfs", SITE | SETS[request.param], POOL)


@pytest.fixture
def script(role: Role) -> str:
    written = role.written("relying_party_trust.ps1.j2")
    assert written[0] == "\ufeff", "Windows PowerShell reads a file without this mark in the code page of the country"
    return written[1:]


def arguments(role: Role, task: str, module: str, file: str = "adfs") -> dict:
    return role.value(role.tasks(file)[task][module])


def trust(role: Role) -> dict:
    return arguments(role, "Ensure that ADFS has a trust for Cognito", "microsoft.ad.fs_trust")


def addresses(role: Role) -> dict:
    """The parameters of the script of its own, and its text."""
    task = role.tasks("adfs")["Ensure that the trust names this user pool and this login domain"]
    given = task["ansible.windows.win_powershell"]
    # Ansible's plugins are not loaded here: their finder of collections would stay in the way of other tests.
    file = re.fullmatch(r"{{ lookup\('ansible.builtin.file', '(.+)'\) }}", given["script"])[1]
    return {"parameters": role.value(given["parameters"]), "script": (role.folder / "files" / file).read_text()}


def claim_rules(role: Role) -> list[str]:
    rules = arguments(role, "Ensure that ADFS tells Cognito who the user is", "microsoft.ad.fs_claim_rule")
    return rules["transform_rules"]["value"]


def test_the_grammar_finds_faults() -> None:
    assert faults("$x = 'a'\nif ($x) { exit 0 }\n") == []
    assert faults("$x = 'it's'\n") != []
    assert faults("if ($x {\n") != []


def test_the_script_is_powershell(script: str) -> None:
    assert faults(script) == []


def test_the_script_of_the_module_is_powershell() -> None:
    assert faults((ROOT / "roles" / "cognito_adfs" / "files" / "trust_addresses.ps1").read_text()) == []


def test_the_script_sets_what_the_modules_set(role: Role, script: str) -> None:
    variables, settings, module = assignments(script), hash_table(script), trust(role)
    signatures = {"rsa_sha256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"}
    assert literal(variables["$name"]) == module["name"]
    assert [literal(variables["$identifier"])] == module["identifier"]
    assert literal(settings["AccessControlPolicyName"]) == module["access_control_policy_name"]
    assert literal(settings["SignatureAlgorithm"]) == signatures[module["signature_algorithm"]]
    assert settings["EncryptClaims"] == f"${module['encrypt_claims']}".lower()
    assert [call["-TargetName"] for call in commands(script, "Enable-AdfsRelyingPartyTrust")] == (
        ["$name"] if module["enabled"] else []
    )
    assert settings.keys() == {
        "Identifier",
        "SamlEndpoint",
        "IssuanceTransformRules",
        "AccessControlPolicyName",
        "SignatureAlgorithm",
        "EncryptClaims",
    }


def test_the_script_tells_the_same_claims(role: Role, script: str) -> None:
    assert literal(assignments(script)["$rules"]) == "\n\n".join(claim_rules(role))


def test_the_script_names_the_same_addresses(role: Role, script: str) -> None:
    endpoints = {
        call["-Protocol"]: literal(call["-Uri"])
        for call in commands(script, "New-AdfsSamlEndpoint")
        if call["-Binding"] == "POST"
    }
    wanted = addresses(role)["parameters"]
    assert endpoints.get("SAMLAssertionConsumer") == wanted["LoginAddress"] == trust(role)["saml_endpoint"][0]
    assert endpoints.get("SAMLLogout", "") == wanted["LogoutAddress"]
    certificate = assignments(script).get("$certificate", "[Convert]::FromBase64String('')")
    assert (
        literal(certificate.removeprefix("[Convert]::FromBase64String(").removesuffix(")"))
        == (wanted["SigningCertificate"])
    )


def test_logout_at_the_provider_has_its_address_and_certificate() -> None:
    role = Role("cognito_adfs", SITE | SETS["logout at the provider"], POOL)
    wanted = addresses(role)["parameters"]
    assert wanted["LogoutAddress"] == "https://cognito.auth.platform.example.com/saml2/logout"
    assert wanted["SigningCertificate"] == CERTIFICATE


def test_the_script_of_the_module_takes_these_parameters(role: Role) -> None:
    given = addresses(role)
    declared = {name.strip("$") for name in _parameters(given["script"])}
    assert given["parameters"].keys() == declared


def _parameters(script: str) -> list[str]:
    block = script[script.index("param(") : script.index("\n)")]
    return [line.split("$")[1].strip(" ,") for line in block.splitlines() if "$" in line]


def test_claims_and_their_order(role: Role) -> None:
    rules = claim_rules(role)
    assert ["issue(" in rule for rule in rules] == [True, True, True, False, True, True]
    assert 'Value = "none"' in rules[-1], "without a value Cognito would keep the groups that a user has lost"


def test_only_active_directory_says_who_somebody_is(role: Role) -> None:
    """Another provider that ADFS trusts could name an account of ours, and its user would be known as that one."""
    heard = [
        rule for rule in claim_rules(role) if "c:[" in rule and "http://temp/groups" not in rule.partition("=>")[0]
    ]
    assert len(heard) == 3
    assert [rule for rule in heard if 'Issuer == "AD AUTHORITY"' not in rule.partition("=>")[0]] == []


def documented(module: str) -> dict:
    """The argument spec that a module of PowerShell documents."""
    path = COLLECTIONS / "microsoft" / "ad" / "plugins" / "modules" / f"{module}.yml"
    if not path.exists():
        pytest.skip("microsoft.ad is not installed")
    return _spec(yaml.safe_load(path.read_text())["DOCUMENTATION"]["options"])


def _spec(options: dict) -> dict:
    kept = ("type", "elements", "choices", "default", "required")
    return {
        name: {key: option[key] for key in kept if key in option}
        | ({"options": _spec(option["suboptions"])} if "suboptions" in option else {})
        for name, option in options.items()
    }


@pytest.mark.parametrize(
    ("file", "name", "module"),
    [
        ("adfs", "Ensure that ADFS has a trust for Cognito", "fs_trust"),
        ("adfs", "Ensure that ADFS tells Cognito who the user is", "fs_claim_rule"),
        ("absent", "Remove the relying-party trust from ADFS", "fs_trust"),
    ],
)
def test_the_modules_take_these_arguments(role: Role, file: str, name: str, module: str) -> None:
    given = arguments(role, name, f"microsoft.ad.{module}", file)
    assert ArgumentSpecValidator(documented(module)).validate(given).error_messages == []
    assert given["name"] == trust(role)["name"]


PROBLEMS = {
    "two line ends in the name": ({"cognito_adfs_trust_name": "a\nRemove-Item C:\\"}, "neither line ends nor"),
    "a quotation mark in the prefix": ({"cognito_adfs_group_prefix": 'a"'}, "neither quotation marks nor"),
    "a login domain that is none": ({"cognito_adfs_login_domain": "a'b.example.com"}, "must be a host name"),
    "a login domain below a top-level domain": ({"cognito_adfs_login_domain": "example.com"}, "top-level domain"),
    "no claim for the groups": ({"cognito_adfs_attribute_mapping": {"email": "e"}}, "names no claim for"),
    "logout without a certificate": ({"cognito_adfs_single_logout": True}, "get-signing-certificate"),
    "a certificate that is none": ({"cognito_adfs_signing_certificate": "C:\\cert.cer"}, "in base64 or PEM"),
    "two sources of metadata": ({"cognito_adfs_saml_metadata_file": "/etc/hosts"}, "Set exactly one of"),
}
METADATA = {
    "cognito_adfs_saml_metadata_url": "https://adfs.example.com/FederationMetadata/2007-06/FederationMetadata.xml"
}
CHECK = ("__cognito_adfs_problem", "Check the SAML metadata and the login domain")


@pytest.mark.parametrize("mistake", PROBLEMS)
def test_what_cannot_work_is_refused(mistake: str) -> None:
    given, sentence = PROBLEMS[mistake]
    assert sentence in Role("cognito_adfs", SITE | METADATA | given).problem(*CHECK)


@pytest.mark.parametrize("given", SETS.values(), ids=SETS)
def test_what_can_work_is_not_refused(given: dict) -> None:
    assert Role("cognito_adfs", SITE | METADATA | given).problem(*CHECK) == ""


def test_another_provider_than_adfs_needs_no_claims_for_its_rules() -> None:
    given = {"cognito_adfs_attribute_mapping": {"email": "e", "custom:groups": "g"}, "cognito_adfs_single_logout": True}
    role = Role("cognito_adfs", SITE | METADATA | given | {"cognito_adfs_script_path": ""})
    assert role.problem(*CHECK) == ""
    client = role.tasks("present")["Ensure that the application client exists"]
    written = client["multitenant.kubeflow.cognito_user_pool_client"]["write_attributes"]
    assert role.value(written) == ["custom:groups", "email"]


def test_the_guide_names_what_the_role_does(role: Role) -> None:
    guide = (ROOT / "docs" / "adfs.md").read_text()
    arguments_of_role = yaml.safe_load((role.folder / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    options = arguments_of_role["main"]["options"]
    assert set(re.findall(r"\bcognito_adfs_\w+", guide)) - options.keys() == set()
    told = re.findall(r'@RuleName = "([^":,]+)', "\n".join(claim_rules(role)))
    assert len(told) == 6 and [name for name in told if f"| {name}" not in guide] == []
    assert "/saml2/idpresponse" in trust(role)["saml_endpoint"][0] and "/saml2/idpresponse" in guide


def test_an_adfs_out_of_reach_does_not_end_the_inspection() -> None:
    """An unreachable host ends the play of the host that asks it, and no rescue catches that."""
    compared = Role("cognito_adfs", SITE).tasks("inspect")
    looked = compared["Compare pool, provider, client and login domain with what they should be"]
    assert looked["ignore_unreachable"] is True
    rules = Role("cognito_adfs", SITE, {"__cognito_adfs_trust": {"unreachable": True, "changed": False}})
    assert not rules.holds(rules.tasks("adfs")["Ensure that ADFS tells Cognito who the user is"]["when"])
