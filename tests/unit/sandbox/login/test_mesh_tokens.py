"""RequestAuthentication: which tokens are believed, which headers come of them, and what a client cannot bring along."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.login.jwt import TokenError, unverified, verified
from sandbox.login.mesh.policies import Workload
from sandbox.login.mesh.request import MeshError
from sandbox.login.mesh.tokens import Authenticated, authenticate

NOW = 1_800_000_000
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool"
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": "one"}) for _ in range(2))
GATEWAY = Workload("istio-system", {"app": "istio-ingressgateway"})
CLAIMS = {"iss": ISSUER, "sub": "1", "aud": "client", "exp": NOW + 60, "email": "alice@example.com", "groups": ["a"]}
RULE = {
    "issuer": ISSUER,
    "audiences": ["client"],
    "forwardOriginalToken": True,
    "outputClaimToHeaders": [
        {"header": "kubeflow-userid", "claim": "email"},
        {"header": "kubeflow-groups", "claim": "groups"},
    ],
}


def token(key: RSAKey = KEY, header: dict | None = None, **claims: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one", **(header or {})}, {**CLAIMS, **claims}, key)


def unsigned(text: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "one"}).encode()).decode().rstrip("=")
    return f"{header}.{text.split('.')[1]}."


def seen(headers: dict[str, str], query: str = "", **rule: Any) -> Authenticated:
    obj = {
        "metadata": {"namespace": "istio-system", "name": "it"},
        "spec": {"selector": {"matchLabels": GATEWAY.labels}, "jwtRules": [{**RULE, **rule}]},
    }
    return authenticate([obj], GATEWAY, headers, query, lambda _: [KEY.as_dict(private=False)], NOW)


def test_a_good_token_names_the_user_whatever_the_client_has_sent() -> None:
    bearer = f"Bearer {token()}"
    forged = {"authorization": bearer, "kubeflow-userid": "boss@example.com", "kubeflow-groups": "admins"}
    found = seen(forged)
    # A list is no header: what the client has sent under its name is gone all the same.
    assert found.headers == {"authorization": bearer, "kubeflow-userid": "alice@example.com"}
    assert found.claims["sub"] == "1"


def test_without_a_token_there_are_no_claims_and_no_forged_header() -> None:
    assert seen({"kubeflow-userid": "boss@example.com", "accept": "x"}) == Authenticated({"accept": "x"}, {})


def test_the_token_can_stand_in_a_header_of_its_own_and_goes_no_further() -> None:
    found = seen({"x-token": token()}, fromHeaders=[{"name": "X-Token"}], forwardOriginalToken=False)
    assert found.headers == {"kubeflow-userid": "alice@example.com"}


def test_the_token_can_stand_in_the_query() -> None:
    assert seen({}, f"access_token={token()}", fromParams=["access_token"]).claims["email"] == "alice@example.com"


FAULTS = {
    "another issuer": (token(iss="https://elsewhere"), 401, "Jwt issuer is not configured"),
    "expired": (token(exp=NOW - 61), 401, "Jwt is expired"),
    "not yet valid": (token(nbf=NOW + 61), 401, "Jwt not yet valid"),
    "another audience": (token(aud="other"), 403, "Audiences in Jwt are not allowed"),
    "another key of the same id": (token(OTHER), 401, "Jwt verification fails"),
    "a key of another id": (
        token(header={"kid": "two"}), 401, "Jwks doesn't have key to match kid or alg from Jwt",
    ),
    "no signature": (unsigned(token()), 401, "Jwt header [alg] is not supported"),
    "two parts": ("a.b", 401, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"),
    "no JSON": ("a.b.c", 401, "Jwt header is an invalid JSON"),
}  # fmt: skip


@pytest.mark.parametrize(("bad", "code", "message"), FAULTS.values(), ids=FAULTS)
def test_a_bad_token_is_refused_in_envoys_words(bad: str, code: int, message: str) -> None:
    with pytest.raises(TokenError) as refusal:
        seen({"authorization": f"Bearer {bad}"})
    assert (refusal.value.code, str(refusal.value)) == (code, message)


def test_a_symmetric_signature_made_with_the_public_key_is_refused() -> None:
    header, claims = unverified(token())
    forged = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({**header, "alg": "HS256"}, claims)
    )
    with pytest.raises(TokenError, match="alg"):
        verified(f"{forged}.AAAA", [KEY.as_dict(private=False)], issuer=ISSUER, now=NOW)


def test_an_unknown_field_of_a_rule_is_refused_by_name() -> None:
    with pytest.raises(MeshError, match="RequestAuthentication istio-system/it: jwtRules.fromCookies"):
        seen({}, fromCookies=["token"])
