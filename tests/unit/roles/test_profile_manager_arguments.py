"""What the role says about the function's settings is what the function takes, and what it would refuse is refused before."""

from __future__ import annotations

import dataclasses

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .conftest import ROOT, Role

SPECS = yaml.safe_load((ROOT / "roles" / "profile_manager" / "meta" / "argument_specs.yml").read_text())
OPTIONS = SPECS["argument_specs"]["main"]["options"]["profile_manager_settings"]["options"]
BY_THE_ROLE = {"accessTokenClaims": "profile_manager_access_token_claims", "userPoolId": "profile_manager_user_pool_id"}
"""Settings that the role or the module gives the function by other arguments."""
TYPES = {bool: "bool", int: "int", float: "float", str: "str", tuple: "list", dict: "dict"}


@pytest.fixture
def function(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "lambda" / "profile_manager"))
    from profile_manager import settings

    return settings


def test_every_setting_is_an_argument_of_its_type(function):
    fields = {function._camel_case(field.name): field for field in dataclasses.fields(function.Settings)}
    assert OPTIONS.keys() | BY_THE_ROLE.keys() == fields.keys()
    for name, option in OPTIONS.items():
        field = fields[name]
        default = field.default if field.default is not dataclasses.MISSING else field.default_factory()
        assert option["type"] == TYPES[type(default)], name
        assert tuple(option.get("choices", ())) == tuple(field.metadata.get("choices", ())), name


def test_limits_are_those_of_the_function(function):
    limits = Role("profile_manager", {}).tasks("validate")[CHECK]["vars"]["__profile_manager_limits"]
    ranges = {
        function._camel_case(field.name): list(field.metadata["range"])
        for field in dataclasses.fields(function.Settings)
        if "range" in field.metadata
    }
    assert limits == ranges


def test_a_setting_that_nobody_knows_is_refused():
    spec = {"settings": {"type": "dict", "options": OPTIONS}}
    refused = ArgumentSpecValidator(spec).validate({"settings": {"groupPrefx": "kubeflow-"}}).error_messages
    assert len(refused) == 1 and "groupPrefx" in refused[0]


CHECK = "Check that the settings of the function agree"
NAMES = {"profile_manager_name": "kubeflow"}
NIGHTLY = {"profile_manager_schedule": "cron(0 3 * * ? *)"}
FAULTS = {
    "claims in version 1": ({"profile_manager_trigger_version": "V1_0"}, {}, "needs version V2_0"),
    "a schedule that is none": ({"profile_manager_schedule": "daily"}, {}, "must be rate(1 day)"),
    "an end of access that nobody carries out": ({}, {"accessTtlDays": 30}, "set profile_manager_schedule too"),
    "an end of access without a record": (
        NIGHTLY,
        {"accessTtlDays": 30, "personalProfile": "none"},
        "receiptNamespace",
    ),
    "a schedule that does nothing": (NIGHTLY, {"scheduledRun": False}, "Set one of them only"),
    "a rule without a namespace": ({}, {"mapping": [{"group": "a"}]}, "holds a rule without a namespace"),
    "a rule for everybody": ({}, {"mapping": [{"namespace": "a"}]}, "either a group or a pattern"),
    "a rule with both": ({}, {"mapping": [{"group": "a", "pattern": "a", "namespace": "a"}]}, "either a group or"),
    "a deadline after Cognito's": ({}, {"deadlineSeconds": 5}, "deadlineSeconds is 5: it must be from 0.5 to 4.5"),
    "no connection": ({}, {"connections": 0}, "connections is 0: it must be from 1 to 32"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_refused(fault):
    arguments, settings, sentence = FAULTS[fault]
    role = Role("profile_manager", NAMES | arguments | {"profile_manager_settings": settings})
    assert sentence in role.problem("__profile_manager_fault", CHECK)


TAKEN = {
    "nothing": ({}, {}),
    "all that goes together": (
        NIGHTLY,
        {
            "accessTtlDays": 30,
            "mapping": [{"pattern": "ml-(.+)", "namespace": "{1}", "role": "{1}"}, {"group": "a", "namespace": "b"}],
            "deadlineSeconds": 4.5,
            "connections": 32,
        },
    ),
    "no own Profile, but receipts": (NIGHTLY, {"accessTtlDays": 1, "personalProfile": "none", "receiptNamespace": "r"}),
    "a rate": ({"profile_manager_schedule": "rate(12 hours)"}, {}),
}


@pytest.mark.parametrize("case", TAKEN)
def test_taken(case):
    arguments, settings = TAKEN[case]
    role = Role("profile_manager", NAMES | arguments | {"profile_manager_settings": settings})
    assert role.problem("__profile_manager_fault", CHECK) == ""


@pytest.mark.parametrize("ids", [[], ["subnet-1"]], ids=["none", "one"])
def test_the_function_is_in_the_network_that_the_inventory_names(ids):
    """Also in none: what is taken out of the inventory must not stay."""
    network = {"profile_manager_subnet_ids": ids, "profile_manager_security_group_ids": ids}
    role = Role("profile_manager", NAMES | network)
    given = role.tasks("present")["Ensure that logins give users their namespaces"][
        "multitenant.kubeflow.profile_manager"
    ]
    assert [role.value(given[option]) for option in ("subnet_ids", "security_group_ids")] == [ids, ids]
