"""Ways to break a deployed platform, each with the step at which the login then ends, and the words that say why.

Where an account is needed that does not exist yet, erin logs in, whom the breakage brings along.
"""

from __future__ import annotations

from dataclasses import dataclass

from .breaking import (
    ISTIO,
    Change,
    app_client,
    binding_of_two,
    edited,
    function_environment,
    mapping,
    newcomer,
    no_access_entry,
    no_permission,
    no_record,
    no_rule,
    other_metadata,
    own_certificate,
    removed,
    rule,
    secret,
    trigger,
    trust,
)


@dataclass(frozen=True)
class Breakage:
    """`message` is searched for in the reason; `user` is who tries to log in."""

    step: int
    message: str
    change: Change
    user: str = "alice"


BREAKAGES = {
    "Kubeflow's name has no record": Breakage(1, "unrecognized name", no_record("kubeflow")),
    "the certificate is signed by nobody": Breakage(1, "certificate verify failed: self-signed", own_certificate),
    "the listener has no rule": Breakage(2, "status 404", no_rule),
    "the network policy is gone": Breakage(
        2,
        "no NetworkPolicy of istio-system lets the load balancer reach",
        removed(
            "/apis/networking.k8s.io/v1/namespaces/istio-system/networkpolicies/istio-ingressgateway-load-balancer"
        ),
    ),
    "the mesh knows no oauth2-proxy": Breakage(
        2,
        "the mesh knows no external authorizer 'oauth2-proxy'",
        edited("/api/v1/namespaces/istio-system/configmaps/istio", {"data": {"mesh": "trustDomain: cluster.local"}}),
    ),
    "oauth2-proxy has no Secret": Breakage(
        2, 'secret "oauth2-proxy" not found', removed("/api/v1/namespaces/oauth2-proxy/secrets/oauth2-proxy")
    ),
    "the cookie secret is too short": Breakage(
        2, "cookie_secret must be 16, 24, or 32 bytes", secret(cookie_secret="short")
    ),
    "the login domain has no record": Breakage(3, "unrecognized name", no_record("cognito.auth")),
    "the client is not the pool's": Breakage(3, "invalid_client|client", secret(client_id="unknown")),
    "the callback address is not registered": Breakage(
        3, "redirect_mismatch", app_client(CallbackURLs=["https://kubeflow.platform.example.com/oauth2/other"])
    ),
    "openid is not among the scopes": Breakage(3, "invalid_scope", app_client(AllowedOAuthScopes=["email"])),
    "the client may not use OAuth": Breakage(
        3, "unauthorized_client", app_client(AllowedOAuthFlowsUserPoolClient=False)
    ),
    "ADFS is not enabled for the client": Breakage(3, "", app_client(SupportedIdentityProviders=["COGNITO"])),
    "ADFS trusts another pool": Breakage(
        4, "MSIS", trust("urn:amazon:cognito:sp:[A-Za-z0-9_-]+", "urn:amazon:cognito:sp:eu-west-1_other")
    ),
    "the user's account is disabled": Breakage(5, "disabled", lambda room: room.with_user("alice", enabled=False)),
    "the pool has the metadata of another signer": Breakage(7, "Invalid SAML response received", other_metadata),
    "the e-mail address is not mapped": Breakage(
        7, r"attributes required: \[email\]", newcomer(mapping(email="")), user="erin"
    ),
    "the client may not write the groups": Breakage(
        7, "A client attempted to write unauthorized attribute", app_client(WriteAttributes=["email"])
    ),
    "too many groups": Breakage(
        7,
        "at most 2048 are allowed",
        lambda room: room.with_user(
            "alice", groups=tuple(f"kubeflow-team-of-many-{number:03}" for number in range(120))
        ),
    ),
    "Cognito may not call the function": Breakage(
        8, "PreTokenGeneration invocation failed due to error AccessDeni", no_permission
    ),
    "the function that is called is not there": Breakage(
        8,
        "PreTokenGeneration invocation failed due to error ResourceNotFoundException",
        trigger("arn:aws:lambda:eu-west-1:123456789012:function:gone"),
    ),
    "the cluster does not know the function": Breakage(8, "PreTokenGeneration failed with error", no_access_entry),
    "the function looks for the cluster elsewhere": Breakage(
        8, "PreTokenGeneration failed with error", function_environment(clusterEndpoint="https://127.0.0.1:9")
    ),
    "the client's secret has been changed": Breakage(9, "invalid_client", secret(client_secret="another")),
    "Istio expects another issuer": Breakage(11, "Jwt issuer is not configured", rule(issuer="https://elsewhere")),
    "Istio expects another audience": Breakage(11, "Audiences in Jwt are not allowed", rule(audiences=["another"])),
    "Istio finds no keys": Breakage(
        11, "Jwks doesn't have key to match", rule(jwksUri="https://nowhere.platform.example.com/jwks.json")
    ),
    "nobody may reach the dashboard": Breakage(
        11, "none of 1 ALLOW policies matches", removed(f"{ISTIO}/kubeflow/authorizationpolicies/dashboard")
    ),
    "a binding has two subjects": Breakage(
        12, "binding subject length not equal to 1, actual length: 2", binding_of_two
    ),
}
