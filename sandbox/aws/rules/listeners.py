"""Listeners take only what AWS would: issued certificates of their own region, user pools of their own region.

Sources: ELBv2 API reference, CreateListener; aws-load-balancer-controller #2754, #2134 (certificate of another region),
#1057 (user pool of another region); "Authenticate users": HTTPS only, the app client needs a secret.
"""

from __future__ import annotations

from typing import Any

from moto.cognitoidp.models import cognitoidp_backends

from sandbox.aws.acm.certificates import backend as acm_backend
from sandbox.aws.calls import Call, Desk, refuse


def check(call: Call) -> None:
    for certificate in call.get("Certificates", []):
        check_certificate(call, certificate["CertificateArn"])
    for action in [*call.get("DefaultActions", []), *call.get("Actions", [])]:
        if action.get("Type") == "authenticate-cognito":
            check_authentication(call, action.get("AuthenticateCognitoConfig", {}))


def check_certificate(call: Call, arn: str) -> None:
    parts = arn.split(":")
    if len(parts) < 6 or parts[2] not in ("acm", "iam") or (parts[2] == "acm" and parts[3] != call.region):
        raise refuse("ValidationError", f"Certificate ARN '{arn}' is not valid")
    if parts[2] == "iam":
        return
    certificates = acm_backend(call.account, call.region)._certificates
    if arn not in certificates:
        raise refuse("CertificateNotFound", f"Certificate '{arn}' not found")
    certificates[arn].check()
    if certificates[arn].status not in ("ISSUED", "EXPIRED"):
        message = (
            f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, "
            "and a supported key size."
        )
        raise refuse("UnsupportedCertificate", message)


def check_authentication(call: Call, config: dict[str, Any]) -> None:
    if call.get("Protocol") not in (None, "HTTPS"):
        message = "Actions of type 'authenticate-cognito' are supported only on HTTPS listeners"
        raise refuse("InvalidLoadBalancerAction", message)
    arn = config.get("UserPoolArn", "")
    if arn.split(":")[2:4] != ["cognito-idp", call.region]:
        raise refuse("ValidationError", f"'{arn}' is not a valid user pool ARN")
    pool = cognitoidp_backends[call.account][call.region].user_pools.get(arn.rsplit("/", 1)[-1])
    client = pool.clients.get(config.get("UserPoolClientId")) if pool else None
    if client is None:
        raise refuse("InvalidLoadBalancerAction", "The specified user pool or user pool client does not exist")
    if not client.generate_secret:
        raise refuse("InvalidLoadBalancerAction", "The user pool client must have a client secret")


def install(desk: Desk) -> None:
    operations = ("CreateListener", "ModifyListener", "AddListenerCertificates", "CreateRule", "ModifyRule")
    desk.refuse_by(check, "elbv2", operations)
