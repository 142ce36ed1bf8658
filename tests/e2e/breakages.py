"""Ways to break a deployed platform, each by one call to AWS or Kubernetes, and how verify.yml must name it."""

from __future__ import annotations

import base64
import configparser
import datetime
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

from sandbox import saml
from sandbox.kubernetes.certificates import signing_certificate
from sandbox.kubernetes.client import KubernetesClient
from sandbox.login.cluster import cluster_client
from sandbox.state import State

DOMAIN = "platform.example.com"
NAME = "kubeflow-sandbox"
FUNCTION = f"{NAME}-profile-manager"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ISTIO = "/apis/security.istio.io/v1/namespaces/istio-system"


@dataclass(frozen=True)
class Platform:
    """The account and the cluster, with what breakages have to know of them."""

    session: boto3.Session
    url: str
    zone_id: str

    def aws(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.url)

    @property
    def cluster(self) -> KubernetesClient:
        """A client whose token is new: they live for a minute."""
        return cluster_client(self.session, self.aws("eks"))[1]

    def versions_of_objects(self) -> dict[str, str]:
        """The version of every object in the cluster but of those that its own clock changes."""
        cluster, found = self.cluster, {}
        groups = [
            version["groupVersion"] for group in cluster.call("GET", "/apis")["groups"] for version in group["versions"]
        ]
        for path in ("/api/v1", *(f"/apis/{group}" for group in groups)):
            for kind in cluster.call("GET", path)["resources"]:
                if "list" in kind["verbs"] and "/" not in kind["name"] and kind["name"] not in ("events", "leases"):
                    for item in cluster.items(f"{path}/{kind['name']}"):
                        metadata = item["metadata"]
                        key = f"{path}/{kind['name']}/{metadata.get('namespace', '')}/{metadata['name']}"
                        found[key] = metadata["resourceVersion"]
        return found

    @property
    def pool_id(self) -> str:
        pools = self.aws("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
        return next(pool["Id"] for pool in pools if pool["Name"] == NAME)

    def change_record(
        self, action: str, name: str, kind: str, change: Callable[[dict], None] = lambda record: None
    ) -> None:
        """Change one of the zone's records as it is, after `change`."""
        records = self.aws("route53").list_resource_record_sets(HostedZoneId=self.zone_id)["ResourceRecordSets"]
        record = next(item for item in records if item["Name"].startswith(name) and item["Type"] == kind)
        change(record)
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        self.aws("route53").change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch=batch)


def platform(state: State) -> Platform:
    """The platform of a sandbox that runs."""
    addresses = json.loads((state.folder / "addresses.json").read_text())
    keys = configparser.ConfigParser()
    keys.read(state.aws_credentials)
    session = boto3.Session(**keys["default"], region_name=addresses["region"])
    url = addresses["aws_endpoint_url"]
    return Platform(session, url, addresses["hosted_zone_id"])


def permission_removed(at: Platform) -> None:
    policy = json.loads(at.aws("lambda").get_policy(FunctionName=FUNCTION)["Policy"])
    statement = next(item["Sid"] for item in policy["Statement"] if "cognito" in str(item["Principal"]))
    at.aws("lambda").remove_permission(FunctionName=FUNCTION, StatementId=statement)


def trigger_detached(at: Platform) -> None:
    """As somebody does who changes something else: what is not sent is reset."""
    tags = at.aws("cognito-idp").describe_user_pool(UserPoolId=at.pool_id)["UserPool"]["UserPoolTags"]
    at.aws("cognito-idp").update_user_pool(UserPoolId=at.pool_id, UserPoolTags=tags)


def code_changed(at: Platform) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def lambda_handler(event, context):\n    return event\n")
    at.aws("lambda").update_function_code(FunctionName=FUNCTION, ZipFile=code.getvalue())


def role_policy_removed(at: Platform) -> None:
    (policy,) = at.aws("iam").list_role_policies(RoleName=FUNCTION)["PolicyNames"]
    at.aws("iam").delete_role_policy(RoleName=FUNCTION, PolicyName=policy)


def schedule_disabled(at: Platform) -> None:
    (rule,) = at.aws("events").list_rules(NamePrefix=FUNCTION)["Rules"]
    at.aws("events").disable_rule(Name=rule["Name"])


def access_entry_removed(at: Platform) -> None:
    arn = at.aws("iam").get_role(RoleName=FUNCTION)["Role"]["Arn"]
    at.aws("eks").delete_access_entry(clusterName=NAME, principalArn=arn)


def login_domain_removed(at: Platform) -> None:
    at.aws("cognito-idp").delete_user_pool_domain(Domain=f"cognito.auth.{DOMAIN}", UserPoolId=at.pool_id)


def client_changed(at: Platform) -> None:
    (client,) = at.aws("cognito-idp").list_user_pool_clients(UserPoolId=at.pool_id, MaxResults=10)["UserPoolClients"]
    at.aws("cognito-idp").update_user_pool_client(
        UserPoolId=at.pool_id,
        ClientId=client["ClientId"],
        CallbackURLs=["https://elsewhere.example.com/oauth2/callback"],
        AllowedOAuthFlows=["code"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["email"],
        SupportedIdentityProviders=["ADFS"],
        WriteAttributes=["email", "custom:groups"],
    )


def signing_certificate_ending(at: Platform) -> None:
    """The mapping of the groups goes with it."""
    now = datetime.datetime.now(datetime.UTC)
    certificate, _ = signing_certificate("adfs", not_before=now, not_after=now + datetime.timedelta(days=12))
    at.aws("cognito-idp").update_identity_provider(
        UserPoolId=at.pool_id,
        ProviderName="ADFS",
        ProviderDetails={"MetadataFile": saml.metadata("adfs.example.com", certificate)},
        AttributeMapping={"email": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"},
    )


def alias_moved(at: Platform) -> None:
    def move(record: dict) -> None:
        record["AliasTarget"]["DNSName"] = "former-1234567890.eu-west-1.elb.amazonaws.com."

    at.change_record("UPSERT", f"kubeflow.{DOMAIN}", "A", move)


def validation_record_removed(at: Platform) -> None:
    at.change_record("DELETE", "_", "CNAME")


def binding_removed(at: Platform) -> None:
    at.cluster.delete(f"{RBAC}/clusterrolebindings/kubeflow-profile-manager")


def rights_added(at: Platform) -> None:
    subject = {"kind": "Group", "name": "kubeflow-profile-manager", "apiGroup": "rbac.authorization.k8s.io"}
    role = {"kind": "ClusterRole", "name": "view-secrets", "apiGroup": "rbac.authorization.k8s.io"}
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    at.cluster.create(f"{RBAC}/clusterroles", {"metadata": {"name": "view-secrets"}, "rules": rules})
    binding = {"metadata": {"name": "view-secrets"}, "roleRef": role, "subjects": [subject]}
    at.cluster.create(f"{RBAC}/clusterrolebindings", binding)


def request_authentication_removed(at: Platform) -> None:
    for item in at.cluster.items(f"{ISTIO}/requestauthentications"):
        at.cluster.delete(f"{ISTIO}/requestauthentications/{item['metadata']['name']}")


def policy_removed(at: Platform) -> None:
    at.cluster.delete(f"{ISTIO}/authorizationpolicies/cognito-id-token-required")


def client_secret_changed(at: Platform) -> None:
    other = base64.b64encode(b"another secret").decode()
    at.cluster.merge("/api/v1/namespaces/oauth2-proxy/secrets/oauth2-proxy", {"data": {"client-secret": other}})


def dashboard_scaled_away(at: Platform) -> None:
    for item in at.cluster.items("/apis/apps/v1/namespaces/kubeflow/deployments"):
        path = f"/apis/apps/v1/namespaces/kubeflow/deployments/{item['metadata']['name']}"
        at.cluster.merge(path, {"spec": {"replicas": 0}})


BREAKAGES: dict[Callable[[Platform], None], list[tuple[str, str]]] = {
    permission_removed: [("permission of Cognito to call it", "AccessDeniedException")],
    trigger_detached: [("trigger of the user pool", "is not there"), ("user pool", "should be")],
    code_changed: [("function", "not that of this release")],
    role_policy_removed: [("IAM role", "should be")],
    schedule_disabled: [("schedule", "ENABLED")],
    access_entry_removed: [("registration in the cluster", "does not know the function (401)")],
    login_domain_removed: [(f"login domain cognito.auth.{DOMAIN}", "the login page cannot be opened")],
    client_changed: [
        ("what the application client allows", "its scopes lack openid"),
        ("what the application client allows", "redirect_mismatch"),
        ("callback and logout addresses", "lacks"),
    ],
    signing_certificate_ending: [
        ("SAML signing certificate", "ends in 11 days"),
        ("identity provider", "custom:groups"),
    ],
    alias_moved: [("records of the platform A", "not what the inventory says")],
    validation_record_removed: [("validation records", "cannot renew without them")],
    binding_removed: [
        ("ClusterRoleBinding", "the cluster refuses the function (403)"),
        ("what the function may do", "it cannot do anything"),
    ],
    rights_added: [("what the function may not do", "it can get secrets")],
    request_authentication_removed: [
        ("RequestAuthentication of the gateway", "a forged kubeflow-userid would be believed"),
        ("RequestAuthentication istio-system/cognito-id-token", "is not there"),
    ],
    policy_removed: [("AuthorizationPolicy of the gateway", "does not refuse requests without a token")],
    client_secret_changed: [("Secret of oauth2-proxy", "not what the inventory says")],
    dashboard_scaled_away: [("workloads in kubeflow", "scaled to 0")],
}
"""What is done, and the resources that must be told as broken, with words of the reason."""
