"""Whether a forged header would be believed, read from Istio's objects."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.gateway import judged_gateway

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x"
SELECTOR = {"matchLabels": {"app": "istio-ingressgateway"}}
PLACE = {"namespace": "istio-system", "name": "cognito"}
AUTHENTICATION = {
    "metadata": PLACE,
    "spec": {
        "selector": SELECTOR,
        "jwtRules": [{"issuer": ISSUER, "outputClaimToHeaders": [{"header": "kubeflow-userid", "claim": "email"}]}],
    },
}
DENY = {
    "metadata": PLACE,
    "spec": {
        "action": "DENY",
        "selector": SELECTOR,
        "rules": [
            {"from": [{"source": {"notRequestPrincipals": ["*"]}}], "to": [{"operation": {"notPaths": ["/oauth2/*"]}}]}
        ],
    },
}
INGRESS = {"metadata": {"annotations": {"alb.ingress.kubernetes.io/auth-type": "cognito"}}}


def changed(item, change):
    item = copy.deepcopy(item)
    change(item)
    return item


def other_issuer(item):
    item["spec"]["jwtRules"][0]["issuer"] = "https://elsewhere"


def without_header(item):
    del item["spec"]["jwtRules"][0]["outputClaimToHeaders"]


def of_another_gateway(item):
    item["spec"]["selector"] = {"matchLabels": {"app": "another"}}


def in_another_namespace(item):
    item["metadata"] = {**PLACE, "namespace": "vision"}


def allowing(item):
    item["spec"]["action"] = "ALLOW"


def only_when(item):
    item["spec"]["rules"][0]["when"] = [{"key": "request.headers[x]", "values": ["y"]}]


CASES = {
    "all in order": ([AUTHENTICATION], [DENY], [INGRESS], ""),
    "no RequestAuthentication": ([], [DENY], [INGRESS], "a forged kubeflow-userid would be believed"),
    "tokens of another pool": (
        [changed(AUTHENTICATION, other_issuer)],
        [DENY],
        [INGRESS],
        "believes https://elsewhere",
    ),
    "the header is not filled": ([changed(AUTHENTICATION, without_header)], [DENY], [INGRESS], "does not fill"),
    "for another gateway": ([changed(AUTHENTICATION, of_another_gateway)], [DENY], [INGRESS], "is not there"),
    "in another namespace": ([changed(AUTHENTICATION, in_another_namespace)], [DENY], [INGRESS], "is not there"),
    "no AuthorizationPolicy": ([AUTHENTICATION], [], [INGRESS], "does not refuse requests without a token"),
    "a policy that allows": ([AUTHENTICATION], [changed(DENY, allowing)], [INGRESS], "does not refuse"),
    "a policy with a condition": ([AUTHENTICATION], [changed(DENY, only_when)], [INGRESS], "does not refuse"),
    "no ingress": ([AUTHENTICATION], [DENY], [], "the platform cannot be reached"),
    "an ingress that lets strangers pass": (
        [AUTHENTICATION],
        [DENY],
        [
            {
                "metadata": {
                    "annotations": {
                        "alb.ingress.kubernetes.io/auth-type": "cognito",
                        "alb.ingress.kubernetes.io/auth-on-unauthenticated-request": "allow",
                    }
                }
            }
        ],
        "lets requests pass",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_gateway_with(case):
    authentications, policies, ingresses, words = CASES[case]
    broken = [item for item in judged_gateway(authentications, policies, ingresses, ISSUER) if item.state == "broken"]
    assert len(broken) == bool(words)
    assert all(words in verdict.reason for verdict in broken)
