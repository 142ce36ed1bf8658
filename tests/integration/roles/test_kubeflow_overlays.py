"""What is built of a release by each way to log in: what is gone, what has come, and what it says."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

from .conftest import ROOT, played

POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
LOGIN, HOST = "cognito.auth.platform.example.com", "kubeflow.platform.example.com"
WAYS = ("oauth2_proxy", "alb", "none")
ALB = "alb.ingress.kubernetes.io/"
USERS_HEADERS = [{"header": "kubeflow-userid", "claim": "email"}, {"header": "kubeflow-groups", "claim": "groups"}]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The objects by kind, namespace and name, of each way."""
    folder = tmp_path_factory.mktemp("built")
    variables = {
        "kubeflow_manifests": str(ROOT / "sandbox" / "kubeflow"),
        "kubeflow_tool_folders": [str(ROOT / ".cache" / "bin")],
        "kubeflow_domain": "platform.example.com",
        "kubeflow_certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        "kubeflow_user_pool_arn": POOL,
        "kubeflow_client_id": "client",
        "kubeflow_login_domain": LOGIN,
        "kubeflow_load_balancer_network_cidrs": ["10.0.0.0/16"],
        "kubeflow_access_logs_bucket": "logs",
        "kubeflow_tags": {"team": "ml, ops"},
        "__kubeflow_secret_data": {"client-secret": "never-in-a-manifest"},
    }
    tasks = []
    for way in WAYS:
        place = folder / way
        place.mkdir()
        role = {"name": "multitenant.kubeflow.kubeflow", "tasks_from": "build.yml"}
        special = {"kubeflow_authentication": way, "__kubeflow_overlay": {"path": str(place)}}
        tasks.append({"ansible.builtin.include_role": role, "vars": special})
    code, output = played(folder, tasks, variables)
    assert code == 0, output
    assert not [path for path in folder.glob("*/*") if "never-in-a-manifest" in path.read_text()]
    return {way: objects((folder / way / "built.yaml").read_text()) for way in WAYS}


def objects(text: str) -> dict:
    found = [obj for obj in yaml.safe_load_all(text) if obj]
    return {(obj["kind"], obj["metadata"].get("namespace"), obj["metadata"]["name"]): obj for obj in found}


@pytest.mark.parametrize("way", ["oauth2_proxy", "alb"])
def test_dex_and_the_examples_user_are_gone(built, way):
    names = {place for place in built[way] if "auth" in place[1:] or "dex" in place[2] or place[0] == "Profile"}
    assert not names
    assert ("Deployment", "auth", "dex") in built["none"]


def test_without_a_way_the_release_stays_as_it_is(built):
    assert ("Secret", "oauth2-proxy", "oauth2-proxy") in built["none"]
    assert "Ingress" not in {kind for kind, _, _ in built["none"]}


def test_published_secrets_are_not_applied(built):
    assert not [place for place in built["oauth2_proxy"] if place[0] == "Secret"]
    assert not [place for place in built["alb"] if "oauth2-proxy" in place[1:]]


TOKENS = {
    "oauth2_proxy": ("cognito-id-token", {"name": "Authorization", "prefix": "Bearer "}, ["client"]),
    "alb": ("cognito-access-token", {"name": "x-amzn-oidc-accesstoken"}, None),
}


@pytest.mark.parametrize("way", TOKENS)
def test_istio_believes_one_token_and_overwrites_the_headers(built, way):
    name, header, audiences = TOKENS[way]
    every = [obj for (kind, _, _), obj in built[way].items() if kind == "RequestAuthentication"]
    assert [obj["metadata"]["name"] for obj in every] == [name]
    (rule,) = every[0]["spec"]["jwtRules"]
    assert (rule["issuer"], rule["jwksUri"]) == (ISSUER, f"{ISSUER}/.well-known/jwks.json")
    assert (rule["fromHeaders"], rule.get("audiences")) == ([header], audiences)
    assert rule["outputClaimToHeaders"] == USERS_HEADERS
    assert not rule.get("forwardOriginalToken"), "whoever edits a namespace could collect its visitors' tokens"


def test_a_renewed_session_reaches_the_browser(built):
    """Otherwise every request after the first renewal would ask Cognito for new tokens."""
    told = {}
    for way in ("oauth2_proxy", "none"):
        mesh = yaml.safe_load(built[way]["ConfigMap", "istio-system", "istio"]["data"]["mesh"])
        (provider,) = [item for item in mesh["extensionProviders"] if item["name"] == "oauth2-proxy"]
        told[way] = provider["envoyExtAuthzHttp"]
    assert told["oauth2_proxy"] == {**told["none"], "headersToDownstreamOnAllow": ["set-cookie"]}
    assert "headersToDownstreamOnAllow" not in told["none"]


def policies(built, way) -> dict:
    wanted = ("CUSTOM", "DENY")
    return {
        obj["metadata"]["name"]: obj["spec"]
        for (kind, namespace, _), obj in built[way].items()
        if kind == "AuthorizationPolicy" and namespace == "istio-system" and obj["spec"].get("action") in wanted
    }


def test_without_a_verified_token_nobody_comes_in(built):
    alb, proxy = policies(built, "alb"), policies(built, "oauth2_proxy")
    assert list(alb) == ["cognito-access-token-required"]
    assert alb["cognito-access-token-required"]["rules"] == [
        {"from": [{"source": {"notRequestPrincipals": [f"{ISSUER}/*"]}}]},
        {"when": [{"key": "request.auth.claims[client_id]", "notValues": ["client"]}]},
    ]
    assert set(proxy) == {"cognito-oauth2-proxy", "cognito-id-token-required"}
    (rule,) = proxy["cognito-id-token-required"]["rules"]
    assert rule["from"] == [{"source": {"notRequestPrincipals": [f"{ISSUER}/*"]}}]
    assert rule["to"] == [{"operation": {"notPaths": ["/oauth2/*"]}}]


@pytest.mark.parametrize("way", ["oauth2_proxy", "alb"])
def test_the_load_balancer(built, way):
    notes = built[way]["Ingress", "istio-system", "istio-ingress"]["metadata"]["annotations"]
    assert (notes[f"{ALB}auth-type"] == "cognito") if way == "alb" else (f"{ALB}auth-type" not in notes)
    assert notes.get(f"{ALB}ssl-redirect") == (None if way == "alb" else "443")
    assert (notes[f"{ALB}target-type"], notes[f"{ALB}healthcheck-port"]) == ("ip", "15021")
    assert "access_logs.s3.bucket=logs" in notes[f"{ALB}load-balancer-attributes"]
    assert "routing.http.drop_invalid_header_fields.enabled=true" in notes[f"{ALB}load-balancer-attributes"]
    (ingress,) = built[way]["NetworkPolicy", "istio-system", "istio-ingressgateway-load-balancer"]["spec"]["ingress"]
    assert [port["port"] for port in ingress["ports"]] == [8080, 15021]
    assert ingress["from"] == [{"ipBlock": {"cidr": "10.0.0.0/16"}}]


def test_oauth2_proxy_is_told_about_cognito(built):
    settings = built["oauth2_proxy"]["ConfigMap", "oauth2-proxy", "oauth2-proxy"]["data"]["oauth2_proxy.cfg"]
    for line in (
        f'oidc_issuer_url = "{ISSUER}"',
        f'redirect_url = "https://{HOST}/oauth2/callback"',
        'scope = "openid email"',
        "insecure_oidc_allow_unverified_email = false",
    ):
        assert line in settings.splitlines()
    assert "dex" not in settings
    parameters = built["oauth2_proxy"]["ConfigMap", "oauth2-proxy", "oauth2-proxy-parameters"]["data"]
    assert (parameters["FORCE_HTTPS"], parameters["ALLOW_SELF_SIGNED_ISSUER"]) == ("true", "false")


def cognito_logout(address: str) -> None:
    parts = urlsplit(address)
    assert (parts.hostname or LOGIN, parts.path) == (LOGIN, "/logout")
    assert parse_qs(parts.query) == {"client_id": ["client"], "logout_uri": [f"https://{HOST}/"]}


def test_the_dashboard_logs_out_of_oauth2_proxy_and_of_cognito(built):
    (container,) = built["oauth2_proxy"]["Deployment", "kubeflow", "dashboard"]["spec"]["template"]["spec"][
        "containers"
    ]
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    path, _, address = environment["LOGOUT_URL"].partition("?rd=")
    assert path == "/oauth2/sign_out"
    cognito_logout(unquote(address))
    assert environment["DASHBOARD_CONFIGMAP"], "the other variables are still there"


def test_the_load_balancers_session_ends_with_its_cookie(built):
    (route,) = built["alb"]["VirtualService", "kubeflow", "logout"]["spec"]["http"]
    assert route["match"] == [{"uri": {"exact": "/oauth2/sign_out"}}]
    assert (route["redirect"]["scheme"], route["redirect"]["authority"]) == ("https", LOGIN)
    cognito_logout(route["redirect"]["uri"])
    headers = route["headers"]["response"]
    assert headers["set"]["set-cookie"].startswith("AWSELBAuthSessionCookie-0=; Max-Age=0;")
    assert headers["add"]["set-cookie"].startswith("AWSELBAuthSessionCookie-1=; Max-Age=0;")
