"""Who uses a certificate: load balancers of its region and, in us-east-1, the distributions of Cognito's custom domains."""

from __future__ import annotations

from moto.cognitoidp.models import cognitoidp_backends

from sandbox.aws import load_balancers
from sandbox.aws.cognito.domains import living


def users_of(account: str, region: str, arn: str) -> list[str]:
    """The ARNs of the resources that hold this certificate; while there are any it cannot be deleted."""
    return load_balancers.listeners_with(account, region, arn) + distributions_with(account, arn)


def distributions_with(account: str, arn: str) -> list[str]:
    domains = [
        domain
        for backend in list(cognitoidp_backends[account].values())
        for domain in living(backend)
        if (domain.custom_domain_config or {}).get("CertificateArn") == arn
    ]
    return [f"arn:aws:cloudfront::386365119120:distribution/{domain.domain}" for domain in domains]
