"""The environment is read once; what is missing or wrong names itself."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from pathlib import Path

import pytest
from profile_manager_fakes import variables

from profile_manager.errors import SettingsError
from profile_manager.settings import Environment, Settings, _camel_case, parse_settings

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_articles_environment_is_enough():
    given = variables()
    del given["settings"]
    environment = Environment.from_variables(given)
    assert environment.settings == Settings()
    assert environment.cluster_name == "kubeflow"
    assert environment.group_field == "custom:groups"
    assert environment.cluster_ca.startswith("-----BEGIN CERTIFICATE")


WRONG_VARIABLES = {
    "clusterName": ("", "clusterName is missing"),
    "cognitoGroupField": (" ", "cognitoGroupField is missing"),
    "clusterEndpoint": ("http://cluster", "clusterEndpoint must begin with https://"),
    "clusterCertificateAuthority": ("???", "clusterCertificateAuthority must be base64"),
    "settings": ("{", "settings is not JSON"),
}


@pytest.mark.parametrize("name", WRONG_VARIABLES)
def test_a_wrong_variable_names_itself(name):
    value, message = WRONG_VARIABLES[name]
    with pytest.raises(SettingsError, match=re.escape(message)):
        Environment.from_variables({**variables(), name: value})


@pytest.mark.parametrize("name", ["clusterName", "cognitoGroupField", "clusterEndpoint", "clusterCertificateAuthority"])
def test_a_missing_variable_names_itself(name):
    given = variables()
    del given[name]
    with pytest.raises(SettingsError, match=f"{name} is missing"):
        Environment.from_variables(given)


def test_a_certificate_authority_without_a_certificate_is_refused():
    given = {**variables(), "clusterCertificateAuthority": base64.b64encode(b"hello").decode()}
    with pytest.raises(SettingsError, match="no certificate"):
        Environment.from_variables(given)


WRONG_SETTINGS = {
    "unknown": ({"groupPrefx": "a"}, "settings.groupPrefx is not a setting"),
    "a text": ({"groupPrefix": 1}, "settings.groupPrefix must be a text"),
    "a switch": ({"keepPrefix": "yes"}, "settings.keepPrefix must be true or false"),
    "a choice": ({"onError": "maybe"}, "settings.onError must be one of deny, allow"),
    "a list": ({"reservedNamespaces": "ops"}, "settings.reservedNamespaces must be a list of texts"),
    "a list of texts": ({"adopt": [1]}, "settings.adopt must be a list of texts"),
    "a number": ({"deadlineSeconds": "3"}, "settings.deadlineSeconds must be a number"),
    "a number, not a switch": ({"deadlineSeconds": True}, "settings.deadlineSeconds must be a number"),
    "beyond Cognito's limit": ({"deadlineSeconds": 6}, "settings.deadlineSeconds must be a number from 0.5 to 4.5"),
    "an object": ({"quota": []}, "settings.quota must be an object"),
    "the mapping": ({"mapping": {}}, "settings.mapping must be a list"),
    "a rule of the mapping": ({"mapping": [{"group": "a"}]}, "settings.mapping[0]: needs a namespace"),
    "a prefix": ({"personalPrefix": "Profile_"}, "settings.personalPrefix must be the beginning"),
    "a prefix that no name can have": ({"personalPrefix": "u--"}, "settings.personalPrefix must be the beginning"),
    "an owner": ({"profileOwner": "*"}, "settings.profileOwner must name"),
    "two that must agree": (
        {"accessTtlDays": 30, "personalProfile": "none"},
        "settings.accessTtlDays needs a record of the last login",
    ),
    "no object": ([], "settings must be a JSON object"),
}


@pytest.mark.parametrize("case", WRONG_SETTINGS)
def test_a_wrong_setting_names_itself(case):
    value, message = WRONG_SETTINGS[case]
    with pytest.raises(SettingsError, match=re.escape(message)):
        parse_settings(json.dumps(value))


def test_all_kinds_of_settings_are_read():
    settings = parse_settings(
        json.dumps(
            {
                "groupPrefix": "AWS-",
                "keepPrefix": True,
                "receiptHours": 1,
                "connections": 4,
                "accessTokenClaims": ["email"],
                "quota": {"cpu": 1},
                "mapping": [{"group": "a", "namespace": "b"}],
            }
        )
    )
    assert (settings.group_prefix, settings.keep_prefix, settings.receipt_hours) == ("AWS-", True, 1.0)
    assert (settings.connections, settings.access_token_claims, settings.quota) == (4, ("email",), {"cpu": "1"})
    assert settings.mapping[0].namespace == "b"


def test_the_readme_lists_every_setting_and_no_other():
    listed = set(re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE))
    assert listed == {_camel_case(field.name) for field in dataclasses.fields(Settings)}
