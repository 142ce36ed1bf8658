"""An account behind a front, and pools in it as the deployment makes them: what the tests of logins log in to."""

from __future__ import annotations

import io
import json
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox import account
from sandbox.authority import Authority
from sandbox.aws import Cloud
from sandbox.login.adfs.site import adfs
from sandbox.login.browser import Browser
from sandbox.login.claims import GROUPS, MAIL, NAME_ID, VERIFIED
from sandbox.login.cognito.memory import Memory
from sandbox.login.cognito.rooms import Rooms
from sandbox.login.cognito.site import LoginDomains
from sandbox.login.places import Surroundings, open_front
from sandbox.login.web import Request, Response
from sandbox.pace import Pace
from sandbox.state import State

REGION = "eu-west-1"
DOMAIN = "platform.example.com"
CALLBACK = f"https://kubeflow.{DOMAIN}/oauth2/idpresponse"
LANDING = f"https://kubeflow.{DOMAIN}/"
ACCOUNT = 'c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname"]'
RULES = f"""{ACCOUNT} => issue(Type = "{NAME_ID}", Value = c.Value);
{ACCOUNT} => issue(store = "Active Directory", types = ("{MAIL}"), query = ";mail;{{0}}", param = c.Value);
 => issue(Type = "{VERIFIED}", Value = "true");
{ACCOUNT} => add(store = "Active Directory", types = ("t"), query = ";tokenGroups;{{0}}", param = c.Value);
c:[Type == "t", Value =~ "(?i)^kubeflow-"] => issue(Type = "{GROUPS}", Value = c.Value);
 => issue(Type = "{GROUPS}", Value = "none");"""
SCRIPT = """$identifier = 'urn:amazon:cognito:sp:{pool}'
$endpoint = New-AdfsSamlEndpoint -Binding POST -Protocol SAMLAssertionConsumer -IsDefault $true -Index 0 `
    -Uri '{consumer}'
$rules = @'
{rules}
'@
    SamlResponseSignature   = '{signed}'
"""
LOGS_OUT = """$endpoints += New-AdfsSamlEndpoint -Binding POST -Protocol SAMLLogout -Uri 'https://{domain}/saml2/logout'
$certificate = [Convert]::FromBase64String('{certificate}')
"""
MAPPING = {"email": MAIL, "email_verified": VERIFIED, "custom:groups": GROUPS}


@dataclass
class Platform:
    """A pool with its provider, client and domain, and a browser that knows nothing yet."""

    house: House
    name: str
    pool_id: str
    client_id: str
    secret: str

    @cached_property
    def domain(self) -> str:
        return f"{self.name}.auth.{DOMAIN}"

    @cached_property
    def browser(self) -> Browser:
        return self.house.browser()

    def cognito(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return getattr(self.house.client("cognito-idp"), operation)(UserPoolId=self.pool_id, **arguments)

    def change_client(self, **changes: Any) -> None:
        """The client with these settings instead of its own."""
        record = self.cognito("describe_user_pool_client", ClientId=self.client_id)["UserPoolClient"]
        for name in ("UserPoolId", "ClientSecret", "CreationDate", "LastModifiedDate"):
            record.pop(name, None)
        merged = {name: value for name, value in {**record, **changes}.items() if value is not None}
        self.cognito("update_user_pool_client", **merged)

    def change_provider(self, **changes: Any) -> None:
        self.cognito("update_identity_provider", ProviderName="ADFS", **changes)

    def authorize_url(self, **changes: str) -> str:
        asked = {
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid email",
            "state": "a-state",
            "nonce": "a-nonce",
            **changes,
        }
        query = urllib.parse.urlencode({name: value for name, value in asked.items() if value})
        return f"https://{self.domain}/oauth2/authorize?{query}"

    def log_in(self, name: str = "alice", browser: Browser | None = None, **changes: str) -> dict[str, str]:
        """What the callback address is told at the end."""
        browser = browser or self.browser
        step = browser.open(self.authorize_url(**changes))
        if "loginForm" in step.response.text:
            step = browser.submit(step, {"UserName": rf"CORP\{name}", "Password": f"{name}-knows"})
        assert step.url.startswith(CALLBACK), f"{step.url} {step.response.status}: {step.response.text}"
        return dict(step.request.query)

    def ask_token(self, secret: str | None = None, **fields: str) -> Response:
        form = {"client_id": self.client_id, "client_secret": self.secret if secret is None else secret, **fields}
        return self.house.post(f"https://{self.domain}/oauth2/token", form)

    def redeem(self, code: str, **fields: str) -> Response:
        return self.ask_token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **fields)

    def tokens(self, name: str = "alice", **changes: str) -> dict[str, Any]:
        answer = self.redeem(self.log_in(name, **changes)["code"])
        assert answer.status == 200, answer.text
        return answer.json()

    def claims(self, token: str) -> dict[str, Any]:
        """Of a token whose signature the published keys verify."""
        keys = self.house.network.fetch(
            f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool_id}/.well-known/jwks.json"
        )
        return jwt.decode(token, KeySet.import_key_set(keys.json()), algorithms=["RS256"]).claims

    def user_info(self, token: str) -> Response:
        return self.house.network.fetch(
            f"https://{self.domain}/oauth2/userInfo", headers=(("Authorization", f"Bearer {token}"),)
        )

    def trust(self, rules: str = RULES, signed: str = "AssertionOnly", consumer: str = "") -> None:
        """What the ADFS administrator's script makes of this pool."""
        consumer = consumer or f"https://{self.domain}/saml2/idpresponse"
        text = SCRIPT.format(pool=self.pool_id, consumer=consumer, rules=rules, signed=signed)
        self.house.state.relying_party.write_text(text)

    def trust_logouts(self) -> None:
        """The same with what a single logout needs on both sides."""
        details = {"MetadataFile": self.house.state.metadata.read_text(), "IDPSignout": "true"}
        self.change_provider(ProviderDetails=details)
        self.trust()
        text = LOGS_OUT.format(domain=self.domain, certificate=self.cognito("get_signing_certificate")["Certificate"])
        with self.house.state.relying_party.open("a") as script:
            script.write(text)


@dataclass
class House:
    """The cloud, its front, and a clock that tests move."""

    state: State
    cloud: Cloud
    account: Any
    front: Any = None
    around: Any = None
    rooms: Any = None
    skipped: float = 0.0
    landed: list[Request] = field(default_factory=list)
    number: int = 0

    @property
    def network(self) -> Any:
        return self.around.network

    def clock(self) -> float:
        return time.time() + self.skipped

    def client(self, service: str, region: str = REGION) -> Any:
        return self.around.services.client(service, region)

    def browser(self) -> Browser:
        return Browser(self.network.send)

    def post(self, url: str, form: dict[str, str], *headers: tuple[str, str]) -> Response:
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        return self.network.fetch(url, "POST", (kind, *headers), urllib.parse.urlencode(form).encode())

    def point(self, name: str, target: str) -> None:
        alias = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": target, "EvaluateTargetHealth": False}
        record = {"Name": name, "Type": "A", "AliasTarget": alias}
        self.record(record)

    def record(self, record: dict[str, Any]) -> None:
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
        zone = self.account.hosted_zone_id
        self.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    def certificate(self, name: str) -> str:
        acm = self.client("acm", "us-east-1")
        arn = acm.request_certificate(DomainName=name, ValidationMethod="DNS")["CertificateArn"]
        for _ in range(1000):
            shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
            proof = shown["DomainValidationOptions"][0].get("ResourceRecord")
            if shown["Status"] == "ISSUED":
                return arn
            if proof:
                self.record(proof_record(proof))
            time.sleep(0.005)
        raise AssertionError("the certificate was not issued")

    def platform(self, schema: tuple[dict[str, Any], ...] = (), **client: Any) -> Platform:
        """A pool of its own, trusted by the sample ADFS from now on."""
        self.number += 1
        cognito = self.client("cognito-idp")
        custom = {"Name": "groups", "AttributeDataType": "String", "Mutable": True}
        pool = cognito.create_user_pool(
            PoolName=f"pool-{self.number}",
            Schema=[{**custom, "StringAttributeConstraints": {"MaxLength": "2048"}}, *schema],
            UsernameConfiguration={"CaseSensitive": False},
        )["UserPool"]["Id"]
        details = {"MetadataFile": self.state.metadata.read_text(), "IDPSignout": "false"}
        cognito.create_identity_provider(
            UserPoolId=pool,
            ProviderName="ADFS",
            ProviderType="SAML",
            ProviderDetails=details,
            AttributeMapping=MAPPING,
        )
        settings = {
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email"],
            "CallbackURLs": [CALLBACK],
            "LogoutURLs": [LANDING],
            "SupportedIdentityProviders": ["ADFS"],
            "WriteAttributes": ["email", "custom:groups"],
            **client,
        }
        made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="kubeflow", GenerateSecret=True, **settings)[
            "UserPoolClient"
        ]
        platform = Platform(self, f"p{self.number}", pool, made["ClientId"], made["ClientSecret"])
        self.open_domain(platform)
        platform.trust()
        return platform

    def open_domain(self, platform: Platform) -> None:
        cognito = self.client("cognito-idp")
        cognito.create_user_pool_domain(
            Domain=platform.domain, UserPoolId=platform.pool_id, CustomDomainConfig={"CertificateArn": self.wildcard}
        )
        for _ in range(1000):
            shown = cognito.describe_user_pool_domain(Domain=platform.domain)["DomainDescription"]
            if shown["Status"] == "ACTIVE":
                return self.point(platform.domain, shown["CloudFrontDistribution"])
            time.sleep(0.005)
        raise AssertionError("the domain did not become active")

    @cached_property
    def wildcard(self) -> str:
        self.record({"Name": f"auth.{DOMAIN}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]})
        return self.certificate(f"*.auth.{DOMAIN}")

    def function(self, name: str, body: str, pool: Platform) -> str:
        """A running function with this body that the pool may invoke."""
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", body)
        functions = self.client("lambda")
        time.sleep(0.05)
        arn = functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role["Role"]["Arn"],
            Handler="index.lambda_handler",
            Code={"ZipFile": packed.getvalue()},
        )["FunctionArn"]
        source = self.client("cognito-idp").describe_user_pool(UserPoolId=pool.pool_id)["UserPool"]["Arn"]
        functions.add_permission(
            FunctionName=name,
            StatementId="cognito",
            Action="lambda:InvokeFunction",
            Principal="cognito-idp.amazonaws.com",
            SourceArn=source,
        )
        time.sleep(0.05)
        return arn


def proof_record(proof: dict[str, str]) -> dict[str, Any]:
    return {"Name": proof["Name"], "Type": proof["Type"], "TTL": 60, "ResourceRecords": [{"Value": proof["Value"]}]}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    state, authority = State(tmp_path_factory.mktemp("house")), Authority()
    cloud = Cloud(Pace(0.00001), state_dir=state.folder, authority=authority)
    cloud.start()
    made = House(state, cloud, account.fill(cloud.url, state))

    def cognito(around: Surroundings) -> Any:
        made.around = around
        made.rooms = Rooms(around, Memory(made.clock))
        return LoginDomains(around, made.rooms)

    def kubeflow(around: Surroundings) -> Any:
        def site(request: Request) -> Response:
            made.landed.append(request)
            return Response(200, body=b"landed")

        name = f"kubeflow.{DOMAIN}"
        return lambda asked: around.door(site, name) if asked == name else None

    made.front = open_front(state, made.account, cloud.url, authority, (adfs, cognito, kubeflow))
    yield made
    made.front.stop()
    cloud.stop()


@pytest.fixture
def platform(house: House) -> Iterator[Platform]:
    """A platform of the test's own; the directory and the clock are afterwards as they were."""
    directory = house.state.directory.read_text()
    yield house.platform()
    house.state.directory.write_text(directory)
    house.skipped = 0.0
