"""Where certificates are made: in the platform's region and for CloudFront, once for both where that is one region."""

from __future__ import annotations

import pytest

from .conftest import Role

HERE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
THERE = "arn:aws:acm:us-east-1:123456789012:certificate/2"
REGIONS = {
    "two": ({"acm_region": "eu-west-1"}, ["eu-west-1", "us-east-1"], []),
    "one for both": ({"acm_region": "us-east-1"}, ["us-east-1"], []),
    "the load balancer's is given": (
        {"acm_region": "eu-west-1", "acm_certificate_arn": HERE},
        ["us-east-1"],
        [(HERE, "eu-west-1", ["kubeflow.example.com"])],
    ),
    "Cognito's is given": (
        {"acm_region": "eu-west-1", "acm_cognito_certificate_arn": THERE},
        ["eu-west-1"],
        [(THERE, "us-east-1", ["cognito.auth.example.com"])],
    ),
    "both are given": (
        {"acm_region": "eu-west-1", "acm_certificate_arn": HERE, "acm_cognito_certificate_arn": THERE},
        [],
        [(HERE, "eu-west-1", ["kubeflow.example.com"]), (THERE, "us-east-1", ["cognito.auth.example.com"])],
    ),
}


@pytest.mark.parametrize("case", REGIONS)
def test_regions(case: str) -> None:
    arguments, made, checked = REGIONS[case]
    role = Role("acm", {"acm_domain": "example.com", **arguments})
    assert role.variable("__acm_regions") == made
    assert [(one["arn"], one["region"], one["names"]) for one in role.variable("__acm_existing")] == checked


@pytest.mark.parametrize(
    ("argument", "arn", "wanted"),
    [("acm_certificate_arn", THERE, "eu-west-1"), ("acm_cognito_certificate_arn", HERE, "us-east-1")],
)
def test_an_arn_of_the_wrong_region_is_refused(argument: str, arn: str, wanted: str) -> None:
    role = Role("acm", {"acm_domain": "example.com", "acm_region": "eu-west-1", argument: arn})
    check = "Check that existing certificates are in the regions where they are needed"
    assert f"it must be the ARN of a certificate in {wanted}" in role.problem("__acm_problem", check)


@pytest.mark.parametrize(("state", "asked"), [("present", True), ("absent", False)])
def test_certificates_that_are_to_go_are_not_asked_for_at_the_start(state: str, asked: bool) -> None:
    role = Role("acm", {"acm_state": state})
    request = role.tasks("start")["Ensure that the certificates are requested, and their names proven by DNS"]
    assert role.holds(request["when"]) is asked
