"""What the services that hold a certificate serve: certificate, chain and key, which ACM gives to nobody else."""

from __future__ import annotations

from moto.acm.models import acm_backends

from sandbox.authority import KeyPair
from sandbox.kubernetes.certificates import key_pem


def key_pair_of(arn: str) -> KeyPair | None:
    """Of an issued certificate, also of one that has expired since; None for all others."""
    parts = arn.split(":")
    if len(parts) < 6:
        return None
    certificate = acm_backends[parts[4]][parts[3]]._certificates.get(arn)
    if certificate is None:
        return None
    certificate.check()
    if certificate.status not in ("ISSUED", "EXPIRED"):
        return None
    chain = certificate.own_chain
    return KeyPair(certificate.cert.rstrip() + b"\n" + chain, key_pem(certificate._key))
