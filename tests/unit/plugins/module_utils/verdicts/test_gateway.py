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
        "jwtRules": [
            {
                "issuer": ISSUER,
                "audiences": ["client"],
                "outputClaimToHeaders": [{"header": "kubeflow-userid", "claim": "email"}],
            }
        ],
    },
}
DENY = {
    "metadata": PLACE,
    "spec": {
        "action": "DENY",
        "selector": SELECTOR,
        "rules": [
            {
                "from": [{"source": {"notRequestPrincipals": [f"{ISSUER}/*"]}}],
                "to": [{"operation": {"notPaths": ["/oauth2/*"]}}],
            }
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


def without_audience(item):
    del item["spec"]["jwtRules"][0]["audiences"]


def for_our_client_only(item):
    item["spec"]["rules"].append({"when": [{"key": "request.auth.claims[client_id]", "notValues": ["client"]}]})


def two_issuers(item):
    item["spec"]["jwtRules"].append({**item["spec"]["jwtRules"][0], "issuer": "https://elsewhere"})


def sparing(*paths):
    def change(item):
        item["spec"]["rules"][0]["to"] = [{"operation": {"notPaths": list(paths)}}]

    return change


def of_some_paths(item):
    item["spec"]["rules"][0]["to"] = [{"operation": {"paths": ["/secret"]}}]


def of_whatever_issuer(item):
    item["spec"]["rules"][0]["from"] = [{"source": {"notRequestPrincipals": ["*"]}}]


NO_AUDIENCE = changed(AUTHENTICATION, without_audience)

CASES = {
    "any client of the pool": ([NO_AUDIENCE], [DENY], [INGRESS], "tokens of every client"),
    "one client by its claim": ([NO_AUDIENCE], [changed(DENY, for_our_client_only)], [INGRESS], ""),
    "another issuer beside ours": ([changed(AUTHENTICATION, two_issuers)], [DENY], [INGRESS], "https://elsewhere too"),
    "all paths spared": ([AUTHENTICATION], [changed(DENY, sparing("/*"))], [INGRESS], "does not refuse"),
    "one path too many spared": (
        [AUTHENTICATION],
        [changed(DENY, sparing("/oauth2/*", "/api/*"))],
        [INGRESS],
        "does not",
    ),
    "some paths only": ([AUTHENTICATION], [changed(DENY, of_some_paths)], [INGRESS], "does not refuse"),
    "tokens of whatever issuer": ([AUTHENTICATION], [changed(DENY, of_whatever_issuer)], [INGRESS], "does not refuse"),
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
