"""Login domains: every status meets every wish."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_domain import (
    certificate_to_look_up,
    parent_to_look_up,
    plan_absent,
    plan_present,
)

NAME = "login.auth.example.com"
POOL = {"Id": "eu-west-1_abc", "Name": "kubeflow"}
ARN, OTHER = (f"arn:aws:acm:us-east-1:123456789012:certificate/{name}" for name in ("one", "two"))
KEYS = {"Domain", "UserPoolId", "CustomDomainConfig", "ManagedLoginVersion", "Routing"}
ISSUED = {"status": "ISSUED", "names": [NAME]}


def domain(status="ACTIVE", **more):
    configuration = {"CertificateArn": ARN, "SecurityPolicy": "TLS_V1_3_2025"}
    described = {"Domain": NAME, "UserPoolId": POOL["Id"], "Status": status, "CustomDomainConfig": configuration}
    return {**described, "CloudFrontDistribution": "d1.cloudfront.net", "Version": "1", **more}


def present(current=None, arn=ARN, *, pool=POOL, certificate=ISSUED, parent=True, name=NAME, wait=True, **options):
    found = {"pool": pool, "domain": current, "certificate": certificate, "parent": parent}
    desired = {"Domain": name, "UserPoolId": POOL["Id"]}
    if arn:
        desired["CustomDomainConfig"] = {"CertificateArn": arn}
    return plan_present(found, desired, accepted=KEYS, wait=wait, **options)


def methods(plan):
    return [call.method for call in plan.calls]


CREATE, UPDATE, DELETE = (f"{verb}_user_pool_domain" for verb in ("create", "update", "delete"))
WISHES = {
    "new": (None, {}, [CREATE, "wait_until_active"], True),
    "new without waiting": (None, {"wait": False}, [CREATE], True),
    "there": (domain(), {}, [], False),
    "there, certificate not given": (domain(), {"arn": None}, [], False),
    "another certificate": (domain(), {"arn": OTHER}, [UPDATE, "wait_until_active"], True),
    "in the making": (domain("CREATING"), {}, ["wait_until_active"], False),
    "in the making without waiting": (domain("CREATING"), {"wait": False}, [], False),
    "another certificate while in the making": (
        domain("UPDATING"),
        {"arn": OTHER},
        ["wait_until_active", UPDATE, "wait_until_active"],
        True,
    ),
    "on its way out": (domain("DELETING"), {}, ["wait_until_gone", CREATE, "wait_until_active"], True),
}


@pytest.mark.parametrize(("current", "options", "calls", "changed"), WISHES.values(), ids=WISHES)
def test_a_domain_is_brought_about(current, options, calls, changed):
    plan = present(current, **options)
    assert methods(plan) == calls
    assert plan.changed is changed


def test_a_new_certificate_keeps_what_is_set_beside_it():
    request = present(domain(), arn=OTHER).calls[0].arguments
    assert request == {
        "Domain": NAME,
        "UserPoolId": POOL["Id"],
        "CustomDomainConfig": {"CertificateArn": OTHER, "SecurityPolicy": "TLS_V1_3_2025"},
    }


REMOVALS = {
    "nothing there": (None, True, []),
    "there": (domain(), True, [DELETE, "wait_until_gone"]),
    "there without waiting": (domain(), False, [DELETE]),
    "failed": (domain("FAILED"), True, [DELETE, "wait_until_gone"]),
    "in the making": (domain("CREATING"), True, ["wait_until_settled", DELETE, "wait_until_gone"]),
    "on its way out": (domain("DELETING"), True, ["wait_until_gone"]),
}


@pytest.mark.parametrize(("current", "wait", "calls"), REMOVALS.values(), ids=REMOVALS)
def test_a_domain_is_removed(current, wait, calls):
    plan = plan_absent({"pool": POOL, "domain": current}, user_pool_id=POOL["Id"], wait=wait)
    assert methods(plan) == calls
    assert plan.changed is (DELETE in calls)


def test_a_domain_of_another_pool_is_none_of_the_pool_that_is_asked_for():
    theirs = domain(UserPoolId="eu-west-1_def")
    removal = plan_absent({"pool": POOL, "domain": theirs}, user_pool_id=POOL["Id"], wait=True)
    question = present(theirs, arn=None, asked_only=True, foretelling=True)
    for plan in (removal, question):
        assert (plan.before, plan.after, plan.calls) == (None, None, ())
        assert plan.warnings == (f"The domain {NAME} is left alone: it belongs to another user pool, eu-west-1_def.",)


REFUSALS = {
    "failed": ({"current": domain("FAILED")}, "is FAILED and does not recover"),
    "another pool": ({"current": domain(UserPoolId="eu-west-1_def")}, "another user pool, eu-west-1_def"),
    "second domain": ({"pool": {**POOL, "CustomDomain": "a.b.c"}}, "already has the domain a.b.c"),
    "no pool": ({"pool": None}, "There is no user pool eu-west-1_abc"),
    "no certificate": ({"arn": None}, "needs a certificate"),
    "another region": ({"arn": ARN.replace("us-east-1", "eu-west-1")}, "is in the region eu-west-1"),
    "no arn": ({"arn": "certificate"}, "in the region of no ARN"),
    "pending": ({"certificate": {**ISSUED, "status": "PENDING_VALIDATION"}}, "PENDING_VALIDATION and not ISSUED"),
    "not for this name": ({"certificate": {**ISSUED, "names": ["example.com", "*.example.com"]}}, "is for example.com"),
    "parent": ({"parent": False}, "auth.example.com, has no A record"),
    "upper case": ({"name": "Login.auth.example.com"}, "lower case only, login.auth.example.com"),
    "long": ({"name": "a" * 48 + ".auth.example.com"}, "has 65 characters"),
    "label": ({"name": "log_in.auth.example.com"}, "is no name"),
    "top level": ({"name": "example.com"}, "directly below the top-level domain com"),
    "reserved": ({"name": "my-cognito", "arn": None}, "takes none with aws, amazon, cognito"),
    "prefix with certificate": ({"name": "kubeflow"}, "leave `certificate_arn` out"),
}


@pytest.mark.parametrize(("options", "said"), REFUSALS.values(), ids=REFUSALS)
def test_what_cognito_would_not_take_is_refused(options, said):
    with pytest.raises(Refusal) as refused:
        present(**options)
    assert said in str(refused.value)


@pytest.mark.parametrize("options", [{"parent": False}, {"certificate": {**ISSUED, "status": "PENDING_VALIDATION"}}])
def test_check_mode_warns_where_an_earlier_task_may_see_to_it(options):
    plan = present(foretelling=True, **options)
    assert plan.changed
    assert len(plan.warnings) == 1


def test_what_cannot_be_known_from_here_does_not_stand_in_the_way():
    assert present(parent=None, certificate=None).changed


def test_only_what_matters_is_looked_up():
    assert parent_to_look_up(None, NAME) == "auth.example.com"
    assert parent_to_look_up(domain(), NAME) is None
    assert parent_to_look_up(None, "prefix") is None
    assert certificate_to_look_up(None, ARN) == ARN
    assert certificate_to_look_up(domain(), OTHER) == OTHER
    assert certificate_to_look_up(domain(), ARN) is None
    assert certificate_to_look_up(None, UNKNOWN) is None
    assert certificate_to_look_up(None, ARN.replace("us-east-1", "eu-west-1")) is None
