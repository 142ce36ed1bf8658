"""Login domains: CREATING for as long as CloudFront takes, and refused when DNS or the certificate are not in place.

Sources: developer guide, "Using your own domain for managed login" (certificate in us-east-1, A record of the parent);
terraform-provider-aws#16479 (domain before pool); serverless#10135 (names are shared by all pools).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from moto.acm.models import acm_backends
from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPoolDomain, cognitoidp_backends

from sandbox.aws import route53
from sandbox.aws.calls import Call, refuse
from sandbox.pace import Deadline, Pace

PREFIX = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")
CUSTOM = re.compile(r"^(?=.{1,63}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.){2,}[a-z0-9-]+$")
RESERVED = ("aws", "amazon", "cognito")
CERTIFICATE_REGION = "us-east-1"
BAD_CERTIFICATE = (
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid "
    "certificate chain."
)
UNCOVERED = "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME)"
NO_PARENT = (
    "Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the parent domain or domain parent "
    "is a top-level domain."
)


class LoginDomain(CognitoIdpUserPoolDomain):
    """A domain whose status follows the clock."""

    def __init__(
        self, pool_id: str, name: str, config: dict[str, Any] | None, login_version: int, ready: Deadline
    ) -> None:
        super().__init__(pool_id, name, config)
        self.login_version = login_version
        self.ready = ready
        self.busy_as = "CREATING"
        self.gone: Deadline | None = None

    @property
    def is_custom(self) -> bool:
        return bool(self.custom_domain_config)

    @property
    def status(self) -> str:
        if self.gone:
            return "DELETING"
        return "ACTIVE" if self.ready.passed else self.busy_as

    @property
    def distribution(self) -> str:
        """CloudFront's name, which a change of the certificate does not change."""
        return f"d{hashlib.sha256(self.domain.encode()).hexdigest()[:13]}.cloudfront.net"

    def described(self, account: str) -> dict[str, Any]:
        custom = {"CustomDomainConfig": self.custom_domain_config} if self.is_custom else {}
        return {
            "UserPoolId": self.user_pool_id,
            "AWSAccountId": account,
            "Domain": self.domain,
            "S3Bucket": "aws-cognito-prod-dub-assets",
            "CloudFrontDistribution": self.distribution,
            "Version": "20261124000000",
            "Status": self.status,
            "ManagedLoginVersion": self.login_version,
            **custom,
        }


def living(backend: CognitoIdpBackend) -> Iterator[LoginDomain]:
    """The domains that are not gone yet; those whose deletion is over are dropped."""
    for name, domain in list(backend.user_pool_domains.items()):
        if domain.gone and domain.gone.passed:
            del backend.user_pool_domains[name]
        else:
            yield domain


def domain_named(account: str, region: str, name: str) -> LoginDomain | None:
    """The domain as its distribution knows it."""
    return next((domain for domain in living(cognitoidp_backends[account][region]) if domain.domain == name), None)


def names_of(backend: CognitoIdpBackend, pool_id: str) -> dict[str, str]:
    """The pool's part that names its domains: Domain for a prefix, CustomDomain for one of its own."""
    own = [domain for domain in living(backend) if domain.user_pool_id == pool_id]
    return {("CustomDomain" if domain.is_custom else "Domain"): domain.domain for domain in own}


class Domains:
    """The operations on login domains."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    @staticmethod
    def find(call: Call) -> LoginDomain | None:
        return domain_named(call.account, call.region, call.get("Domain"))

    def existing(self, call: Call) -> LoginDomain:
        domain = self.find(call)
        if domain is None or domain.user_pool_id != call.get("UserPoolId"):
            message = f"No such domain or user pool exists: {call.get('Domain')}"
            raise refuse("InvalidParameterException", message)
        return domain

    def create(self, call: Call) -> dict[str, Any]:
        name, pool_id, config = call.get("Domain"), call.get("UserPoolId"), call.get("CustomDomainConfig")
        backend = cognitoidp_backends[call.account][call.region]
        if pool_id not in backend.user_pools:
            raise refuse("ResourceNotFoundException", f"User pool {pool_id} does not exist.")
        check_free(call, name, pool_id, bool(config))
        if config:
            check_custom(call.account, name, config)
        else:
            check_prefix(name)
        what = "user_pool_domain" if config else "profile"
        domain = LoginDomain(pool_id, name, config, call.get("ManagedLoginVersion", 1), self.pace.over(what))
        backend.user_pool_domains[name] = domain
        return self.answer(domain)

    @staticmethod
    def answer(domain: LoginDomain) -> dict[str, Any]:
        custom = {"CloudFrontDomain": domain.distribution} if domain.is_custom else {}
        return {"ManagedLoginVersion": domain.login_version, **custom}

    def describe(self, call: Call) -> dict[str, Any]:
        domain = self.find(call)
        return {"DomainDescription": domain.described(call.account) if domain else {}}

    def update(self, call: Call) -> dict[str, Any]:
        domain, config = self.existing(call), call.get("CustomDomainConfig")
        if domain.status != "ACTIVE":
            message = f"Domain {domain.domain} is {domain.status} and cannot be updated now."
            raise refuse("InvalidParameterException", message)
        if config:
            check_certificate(call.account, domain.domain, config)
            domain.custom_domain_config = {**domain.custom_domain_config, **config}
            domain.busy_as, domain.ready = "UPDATING", self.pace.over("user_pool_domain")
        domain.login_version = call.get("ManagedLoginVersion", domain.login_version)
        return self.answer(domain)

    def delete(self, call: Call) -> dict[str, Any]:
        domain = self.existing(call)
        if domain.status in ("CREATING", "UPDATING"):
            message = f"Domain {domain.domain} is {domain.status} and cannot be deleted now."
            raise refuse("InvalidParameterException", message)
        what = "user_pool_domain_deletion" if domain.is_custom else "profile"
        domain.gone = domain.gone or self.pace.over(what)
        return {}

    @property
    def operations(self) -> dict[str, Any]:
        return {
            "CreateUserPoolDomain": self.create,
            "DescribeUserPoolDomain": self.describe,
            "UpdateUserPoolDomain": self.update,
            "DeleteUserPoolDomain": self.delete,
        }


def check_free(call: Call, name: str, pool_id: str, custom: bool) -> None:
    """A name belongs to one pool in the world; a pool has one domain of each kind."""
    everywhere = [domain for backend in cognitoidp_backends[call.account].values() for domain in living(backend)]
    if any(domain.domain == name for domain in everywhere):
        raise refuse("InvalidParameterException", "Domain already associated with another user pool.")
    if any(domain.user_pool_id == pool_id and domain.is_custom == custom for domain in everywhere):
        raise refuse("InvalidParameterException", f"User pool already has a domain configured: {pool_id}")


def check_prefix(name: str) -> None:
    if not PREFIX.match(name):
        message = (
            f"1 validation error detected: Value '{name}' at 'domain' failed to satisfy constraint: {PREFIX.pattern}"
        )
        raise refuse("InvalidParameterException", message)
    for word in RESERVED:
        if word in name:
            raise refuse("InvalidParameterException", f"Domain cannot contain reserved word: {word}")


def check_custom(account: str, name: str, config: dict[str, Any]) -> None:
    if not CUSTOM.match(name):
        message = (
            f"1 validation error detected: Value '{name}' at 'domain' is not a lower-case name of up to 63 characters"
        )
        raise refuse("InvalidParameterException", message)
    if not route53.public_records(account, name.split(".", 1)[1], "A"):
        raise refuse("InvalidParameterException", NO_PARENT)
    check_certificate(account, name, config)


def check_certificate(account: str, name: str, config: dict[str, Any]) -> None:
    arn = config.get("CertificateArn", "")
    certificate = acm_backends[account][CERTIFICATE_REGION]._certificates.get(arn)
    if certificate is None:
        raise refuse("InvalidParameterException", BAD_CERTIFICATE)
    certificate.check()
    if certificate.status != "ISSUED":
        raise refuse("InvalidParameterException", BAD_CERTIFICATE)
    if not {name, "*." + name.split(".", 1)[1]} & {covered.lower() for covered in certificate.sans}:
        raise refuse("InvalidParameterException", UNCOVERED)
