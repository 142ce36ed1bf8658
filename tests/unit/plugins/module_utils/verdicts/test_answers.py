"""What real requests tell: one without a login, and one with a forged name."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.answers import judged_answers

HOST, LOGIN = "kubeflow.example.com", "cognito.auth.example.com"
AUTHORIZE = f"https://{LOGIN}/oauth2/authorize?client_id=c&scope=openid+email&response_type=code"


def step(status, location="", host=HOST):
    return {"url": f"https://{host}/", "status": status, "location": location}


def chain(*steps, problem="", kind=""):
    return {"steps": list(steps), "problem": problem, "kind": kind}


TO_LOGIN = step(302, AUTHORIZE)
TO_ADFS = step(302, "https://adfs.example.com/adfs/ls/?SAMLRequest=x", LOGIN)
WELL = chain(TO_LOGIN, TO_ADFS)

CASES = {
    "well": (WELL, chain(TO_LOGIN), ["ok", "ok", "ok"], "adfs.example.com"),
    "by way of oauth2-proxy": (
        chain(step(302, f"https://{HOST}/oauth2/start"), TO_LOGIN, TO_ADFS),
        chain(step(302, f"https://{HOST}/oauth2/start"), TO_LOGIN),
        ["ok", "ok", "ok"],
        "adfs.example.com",
    ),
    "the forged one is refused": (WELL, chain(step(403)), ["ok", "ok", "ok"], "HTTP 403"),
    "the forged one is let in": (WELL, chain(step(200)), ["ok", "ok", "broken"], "is let in"),
    "the forged one is not answered": (WELL, chain(step(503)), ["ok", "ok", "not asked"], "HTTP 503"),
    "nobody is sent to the login": (chain(step(200)), chain(step(403)), ["ok", "broken", "ok"], "HTTP 200"),
    "a scope is missing": (
        chain(step(302, AUTHORIZE.replace("openid+", ""))),
        chain(step(403)),
        ["ok", "broken", "ok"],
        "without the scope openid",
    ),
    "Cognito refuses": (
        chain(TO_LOGIN, step(302, f"https://{LOGIN}/error?error=redirect_mismatch", LOGIN)),
        chain(TO_LOGIN),
        ["ok", "broken", "ok"],
        "redirect_mismatch",
    ),
    "the login domain does not answer": (
        chain(TO_LOGIN, problem="refused", kind="connection"),
        chain(TO_LOGIN),
        ["ok", "ok", "ok"],
        "which was not asked",
    ),
    "the name does not resolve": (
        chain(problem="gaierror", kind="name"),
        chain(problem="gaierror", kind="name"),
        ["not asked"] * 3,
        "does not resolve here",
    ),
    "nobody answers": (
        chain(problem="timed out", kind="connection"),
        chain(),
        ["not asked"] * 3,
        "cannot be reached from here",
    ),
    "the certificate is not trusted": (
        chain(problem="expired", kind="tls"),
        chain(problem="expired", kind="tls"),
        ["broken"],
        "not trusted: expired",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_platform_answers(case):
    anonymous, forged, states, words = CASES[case]
    found = judged_answers({"answers": [anonymous, forged]}, HOST, LOGIN)
    assert [verdict.state for verdict in found] == states
    assert any(words in verdict.reason for verdict in found)


def test_nothing_that_was_not_asked_is_ok():
    assert [verdict.state for verdict in judged_answers({}, HOST, LOGIN)] == ["not asked"]
    failed = judged_answers({"failed": True, "msg": "no such file"}, HOST, LOGIN)
    assert [(verdict.state, "no such file" in verdict.reason) for verdict in failed] == [("not asked", True)]
