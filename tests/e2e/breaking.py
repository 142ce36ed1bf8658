"""Changes that break a deployed platform, each by one call or one edit; each returns what takes it back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from sandbox import saml
from sandbox.kubernetes.certificates import signing_certificate

from .rooms import Room, Undo

ISTIO = "/apis/security.istio.io/v1/namespaces"
TOKEN_RULES = f"{ISTIO}/istio-system/requestauthentications/cognito-id-token"
READ_ONLY = {"CreationDate", "LastModifiedDate", "ClientSecret", "UserPoolId", "ProviderType"}

Change = Callable[[Room], Undo]


def app_client(**changed: Any) -> Change:
    """The application client, updated as a whole."""

    def change(room: Room) -> Undo:
        before, cognito, pool = room.app, room.client("cognito-idp"), room.pool["Id"]

        def write(wanted: dict[str, Any]) -> None:
            cognito.update_user_pool_client(
                UserPoolId=pool, **{key: value for key, value in wanted.items() if key not in READ_ONLY}
            )

        write({**before, **changed})
        return lambda: write(before)

    return change


def provider(**changed: Any) -> Change:
    """The identity provider ADFS of the pool."""

    def change(room: Room) -> Undo:
        cognito, name = room.client("cognito-idp"), {"UserPoolId": room.pool["Id"], "ProviderName": "ADFS"}
        before = cognito.describe_identity_provider(**name)["IdentityProvider"]
        kept = {key: before[key] for key in ("ProviderDetails", "AttributeMapping")}
        cognito.update_identity_provider(**name, **{**kept, **changed})
        return lambda: cognito.update_identity_provider(**name, **kept)

    return change


def mapping(**changed: str) -> Change:
    """The attribute mapping, with `_` for the colon of custom attributes; an empty claim takes the attribute out."""

    def change(room: Room) -> Undo:
        cognito = room.client("cognito-idp")
        found = cognito.describe_identity_provider(UserPoolId=room.pool["Id"], ProviderName="ADFS")["IdentityProvider"]
        named = {key.replace("custom_", "custom:"): claim for key, claim in changed.items()}
        wanted = {key: claim for key, claim in {**found["AttributeMapping"], **named}.items() if claim}
        return provider(AttributeMapping=wanted)(room)

    return change


def trigger(arn: str = "") -> Change:
    """Another function for tokens, or none; the pool's other settings are left as they are."""

    def change(room: Room) -> Undo:
        cognito, before = room.client("cognito-idp"), room.pool
        known = {"Id": "UserPoolId", "LambdaConfig": "LambdaConfig", "AutoVerifiedAttributes": "AutoVerifiedAttributes"}
        kept = {known[key]: value for key, value in before.items() if key in known}
        config = {"PreTokenGenerationConfig": {"LambdaArn": arn, "LambdaVersion": "V2_0"}} if arn else {}
        cognito.update_user_pool(**{**kept, "LambdaConfig": config})
        return lambda: cognito.update_user_pool(**kept)

    return change


def no_permission(room: Room) -> Undo:
    """Cognito may not invoke the function any more."""
    functions, name = room.client("lambda"), _function(room)
    statement = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    own = next(entry for entry in statement if entry["Principal"]["Service"] == "cognito-idp.amazonaws.com")
    functions.remove_permission(FunctionName=name, StatementId=own["Sid"])
    source = own["Condition"]["ArnLike" if "ArnLike" in own["Condition"] else "ArnEquals"]["AWS:SourceArn"]
    return lambda: functions.add_permission(
        FunctionName=name,
        StatementId=own["Sid"],
        Action=own["Action"],
        Principal="cognito-idp.amazonaws.com",
        SourceArn=source,
    )


def no_access_entry(room: Room) -> Undo:
    """The cluster does not know the function's role any more."""
    eks, name = room.client("eks"), _cluster(room)
    role = room.client("lambda").get_function_configuration(FunctionName=_function(room))["Role"]
    entry = eks.describe_access_entry(clusterName=name, principalArn=role)["accessEntry"]
    eks.delete_access_entry(clusterName=name, principalArn=role)
    kept = {
        key: entry[key] for key in ("principalArn", "kubernetesGroups", "username", "type", "tags") if entry.get(key)
    }
    return lambda: eks.create_access_entry(clusterName=name, **kept)


def function_environment(**changed: str) -> Change:
    def change(room: Room) -> Undo:
        functions, name = room.client("lambda"), _function(room)
        before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

        def write(variables: dict[str, str]) -> None:
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
            functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

        write({**before, **changed})
        return lambda: write(before)

    return change


def no_record(prefix: str) -> Change:
    """The address records of a name are gone."""

    def change(room: Room) -> Undo:
        zone, route53 = room.found["hosted_zone_id"], room.client("route53")
        found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        name = f"{prefix}.{room.domain}."
        records = [record for record in found if record["Name"] == name and record["Type"] in ("A", "AAAA")]

        def write(action: str) -> None:
            changes = [{"Action": action, "ResourceRecordSet": record} for record in records]
            route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

        write("DELETE")
        return lambda: write("CREATE")

    return change


def own_certificate(room: Room) -> Undo:
    """The listener serves an imported certificate that no authority has signed."""
    elb, acm = room.client("elbv2"), room.client("acm")
    certificate, key = signing_certificate(f"kubeflow.{room.domain}")
    imported = acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    listener = _listener(room)
    name = {"ListenerArn": listener["ListenerArn"]}
    elb.modify_listener(**name, Certificates=[{"CertificateArn": imported}])

    def undo() -> None:
        elb.modify_listener(**name, Certificates=[{"CertificateArn": listener["Certificates"][0]["CertificateArn"]}])
        acm.delete_certificate(CertificateArn=imported)

    return undo


def no_rule(room: Room) -> Undo:
    """The listener has lost the rule that forwards."""
    elb, listener = room.client("elbv2"), _listener(room)["ListenerArn"]
    rule = next(each for each in elb.describe_rules(ListenerArn=listener)["Rules"] if not each["IsDefault"])
    elb.delete_rule(RuleArn=rule["RuleArn"])
    kept = {"Priority": int(rule["Priority"]), "Conditions": rule["Conditions"], "Actions": rule["Actions"]}
    return lambda: elb.create_rule(ListenerArn=listener, **kept)


def edited(path: str, patch: Any) -> Change:
    """An object of the cluster, merged with something, and written back as it was."""

    def change(room: Room) -> Undo:
        cluster = room.cluster
        before = cluster.call("GET", path)
        cluster.merge(path, patch(before) if callable(patch) else patch)

        def undo() -> None:
            now = cluster.call("GET", path)
            cluster.replace(
                path,
                {**before, "metadata": {**before["metadata"], "resourceVersion": now["metadata"]["resourceVersion"]}},
            )

        return undo

    return change


def removed(path: str) -> Change:
    """An object of the cluster is gone, and made anew."""

    def change(room: Room) -> Undo:
        cluster = room.cluster
        before = cluster.call("GET", path)
        cluster.delete(path)
        kept = {
            key: value
            for key, value in before["metadata"].items()
            if key in ("name", "namespace", "labels", "annotations")
        }
        return lambda: cluster.create(path.rpartition("/")[0], {**before, "metadata": kept})

    return change


def secret(**values: str) -> Change:
    """oauth2-proxy's Secret holds something else."""
    data = {key.replace("_", "-"): base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return edited("/api/v1/namespaces/oauth2-proxy/secrets/oauth2-proxy", {"data": data})


def trust(old: str, new: str) -> Change:
    """The script of the ADFS administrator says something else."""

    def change(room: Room) -> Undo:
        before = room.state.relying_party.read_text()
        after = re.sub(old, new, before)
        assert after != before, f"the script has no {old}"
        room.state.relying_party.write_text(after)
        return lambda: room.state.relying_party.write_text(before)

    return change


def newcomer(change: Change | None = None, **user: Any) -> Change:
    """With erin in the directory, whose account no pool knows; afterwards she is gone again."""

    def both(room: Room) -> Undo:
        gone = room.with_user("erin", **{"groups": ("Domain Users", "kubeflow-vision"), **user})
        back = change(room) if change else None

        def undo() -> None:
            gone()
            if back:
                back()

        return undo

    return both


def binding_of_two(room: Room) -> Undo:
    """Somebody has given two users a role with one RoleBinding, in KFAM's form."""
    cluster, mail = room.cluster, f"alice@{room.domain}"
    subjects = [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": name} for name in (mail, "another")]
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "two", "namespace": "speech", "annotations": {"user": mail, "role": "edit"}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "kubeflow-edit"},
        "subjects": subjects,
    }
    collection = "/apis/rbac.authorization.k8s.io/v1/namespaces/speech/rolebindings"
    cluster.create(collection, binding)
    return lambda: cluster.delete(f"{collection}/two")


def other_metadata(room: Room) -> Undo:
    """The pool has the metadata of an ADFS that signs with another certificate."""
    certificate, _ = signing_certificate("ADFS Signing - another")
    details = {"MetadataFile": saml.metadata(f"adfs.{room.domain}", certificate), "IDPSignout": "true"}
    return provider(ProviderDetails=details)(room)


def _function(room: Room) -> str:
    return room.pool["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaArn"]


def _cluster(room: Room) -> str:
    return room.client("eks").list_clusters()["clusters"][0]


def _listener(room: Room) -> dict[str, Any]:
    elb = room.client("elbv2")
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    return next(each for each in listeners if each["Protocol"] == "HTTPS")


def rule(**changed: Any) -> Change:
    def patch(before: dict[str, Any]) -> dict[str, Any]:
        return {"spec": {"jwtRules": [{**before["spec"]["jwtRules"][0], **changed}]}}

    return edited(TOKEN_RULES, patch)
