"""Requested certificates: pending until their records are in Route 53 and AWS's time has passed, gone only when unused.

moto's certificate stays underneath (load balancers look for it there); its clock-only validation is replaced.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from moto.acm import models
from moto.acm.models import AWSCertificateManagerBackend, CertBundle, acm_backends
from moto.core.utils import utcnow

from sandbox.authority import Authority
from sandbox.aws.acm import validation
from sandbox.aws.acm.use import users_of
from sandbox.aws.calls import Answer, Call, Desk, refuse
from sandbox.pace import Deadline, Pace

NAME = re.compile(r"^(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])$")
TOKEN_LIFETIME = dt.timedelta(hours=1)
MOST_NAMES = 10
MOTO_CHECK = CertBundle.check


@dataclass
class Request:
    """What was asked for, and when it may be answered."""

    account: str
    names: list[str]
    key_algorithm: str
    record_shown: Deadline
    ready: Deadline
    given_up: Deadline
    token: str | None
    options: dict[str, str]
    failure: str | None = None
    issued_at: dt.datetime | None = None
    proven: set[str] = field(default_factory=set)

    @property
    def is_proven(self) -> bool:
        self.proven |= {name for name in self.names if validation.is_proven(self.account, name)}
        return self.proven == set(self.names)

    def status(self, current: str) -> str:
        """The status now; once a request has left PENDING_VALIDATION it stays where it is."""
        if current != "PENDING_VALIDATION" or not self.record_shown.passed:
            return current
        self.failure = next(filter(None, (validation.failure_of(self.account, name) for name in self.names)), None)
        if self.failure:
            return "FAILED"
        if self.is_proven and self.ready.passed:
            self.issued_at = utcnow()
            return "ISSUED"
        return "VALIDATION_TIMED_OUT" if self.given_up.passed else current


class SandboxCertificate(CertBundle):
    """moto's certificate, whose status follows our request when there is one (imported ones have none)."""

    request: Request | None = None
    authority: Authority
    """Of the cloud that serves; it signs every certificate that is not imported."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.own_chain: bytes = named.get("chain") or b""

    @classmethod
    def generate_cert(cls, domain_name: str, account_id: str, region: str, **named: Any) -> SandboxCertificate:
        """moto's certificate, signed by the authority instead of by itself."""
        certificate = super().generate_cert(domain_name, account_id, region, **named)
        certificate.cert = cls.authority.issue(named.get("sans") or [domain_name], certificate._key)
        certificate._cert = certificate.validate_certificate()
        certificate.own_chain = cls.authority.pem
        certificate.chain = cls.authority.pem
        return certificate

    def check(self) -> None:
        if self.request is None:
            MOTO_CHECK(self)
        else:
            self.status = self.request.status(self.status)


def backend(account: str, region: str) -> AWSCertificateManagerBackend:
    return acm_backends[account][region]


def certificate_of(account: str, region: str, arn: str) -> SandboxCertificate:
    if arn.split(":")[3:4] != [region]:
        raise refuse("ResourceNotFoundException", f"Could not find certificate {arn} in account {account}.")
    return backend(account, region).get_certificate(arn)


class Certificates:
    """The operations of ACM that this sandbox answers itself."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    def request(self, call: Call) -> dict[str, str]:
        names = self.checked_names(call)
        token = call.get("IdempotencyToken")
        known = [certificate for certificate in self.all(call) if certificate.request]
        for certificate in known:
            recent = utcnow() - certificate.created_at < TOKEN_LIFETIME
            if token and recent and certificate.request.token == token and certificate.request.names == names:
                return {"CertificateArn": certificate.arn}
        certificate = SandboxCertificate.generate_cert(names[0], call.account, call.region, sans=names)
        certificate.request = self.new_request(call, names, token)
        backend(call.account, call.region)._certificates[certificate.arn] = certificate
        certificate.tags.add(call.get("Tags", []))
        return {"CertificateArn": certificate.arn}

    @staticmethod
    def checked_names(call: Call) -> list[str]:
        """The domain name first, then the alternative names in their order, each once."""
        names = list(
            dict.fromkeys(name.lower() for name in [call.get("DomainName"), *call.get("SubjectAlternativeNames", [])])
        )
        for name in names:
            if not NAME.match(name) or len(name) > 253:
                raise refuse("ValidationException", f"1 validation error detected: Value '{name}' is not a domain name")
        if len(names[0]) > 64:
            raise refuse("InvalidParameterException", "The first domain name can have no more than 64 characters")
        if len(names) > MOST_NAMES:
            message = "Error: the number of domain names exceeds the limit of 10 of this account"
            raise refuse("LimitExceededException", message)
        return names

    def new_request(self, call: Call, names: list[str], token: str | None) -> Request:
        return Request(
            account=call.account,
            names=names,
            key_algorithm=call.get("KeyAlgorithm", "RSA_2048"),
            record_shown=self.pace.over("certificate_record"),
            ready=self.pace.over("certificate"),
            given_up=self.pace.over("certificate_given_up"),
            token=token,
            options={
                "CertificateTransparencyLoggingPreference": "ENABLED",
                "Export": "DISABLED",
                **call.get("Options", {}),
            },
        )

    @staticmethod
    def all(call: Call) -> list[SandboxCertificate]:
        """This region's certificates, with the status they have now."""
        certificates = list(backend(call.account, call.region)._certificates.values())
        for certificate in certificates:
            certificate.check()
        return certificates

    def describe(self, call: Call) -> dict[str, Any]:
        certificate = certificate_of(call.account, call.region, call.get("CertificateArn"))
        return {"Certificate": described(call, certificate)}

    def list_summaries(self, call: Call) -> dict[str, Any]:
        """ACM lists only RSA keys of up to 2048 bits unless it is asked for others."""
        statuses, includes = call.get("CertificateStatuses"), call.get("Includes", {})
        key_types = includes.get("keyTypes") or ["RSA_1024", "RSA_2048"]
        described_all = [described(call, certificate) for certificate in self.all(call)]
        chosen = [
            summary_of(one)
            for one in described_all
            if one["KeyAlgorithm"] in key_types and (not statuses or one["Status"] in statuses)
        ]
        return {"CertificateSummaryList": chosen}

    def delete(self, call: Call) -> dict[str, Any]:
        arn = call.get("CertificateArn")
        certificate = certificate_of(call.account, call.region, arn)
        if users_of(call.account, call.region, arn):
            raise refuse("ResourceInUseException", f"Certificate {arn} in account {call.account} is in use.")
        del backend(call.account, call.region)._certificates[certificate.arn]
        return {}

    def get(self, call: Call) -> Answer:
        certificate = certificate_of(call.account, call.region, call.get("CertificateArn"))
        if certificate.status == "PENDING_VALIDATION":
            message = f"Certificate is pending issuance: {certificate.arn}"
            raise refuse("RequestInProgressException", message)
        return call.moto()


def described(call: Call, certificate: SandboxCertificate) -> dict[str, Any]:
    result = certificate.describe()["Certificate"]
    result["InUseBy"] = users_of(call.account, call.region, certificate.arn)
    request = certificate.request
    if request is None:
        return result
    if request.issued_at is None:
        for name in ("NotBefore", "NotAfter", "Serial", "Issuer", "IssuedAt"):
            result.pop(name, None)
    else:
        result["IssuedAt"] = request.issued_at
        result["RenewalEligibility"] = "ELIGIBLE" if result["InUseBy"] else "INELIGIBLE"
    if request.failure:
        result["FailureReason"] = request.failure
    options = [option_of(request, name, certificate.status) for name in request.names]
    fixed = {
        "SubjectAlternativeNames": request.names,
        "KeyAlgorithm": request.key_algorithm,
        "Options": request.options,
    }
    return {**result, **fixed, "DomainValidationOptions": options}


def option_of(request: Request, name: str, status: str) -> dict[str, Any]:
    states = {"ISSUED": "SUCCESS", "EXPIRED": "SUCCESS", "FAILED": "FAILED", "VALIDATION_TIMED_OUT": "FAILED"}
    state = states.get(status, "SUCCESS" if name in request.proven and request.ready.passed else "PENDING_VALIDATION")
    option = {"DomainName": name, "ValidationDomain": name, "ValidationStatus": state, "ValidationMethod": "DNS"}
    if request.record_shown.passed:
        option["ResourceRecord"] = validation.record_of(request.account, name)
    return option


def summary_of(one: dict[str, Any]) -> dict[str, Any]:
    copied = ("CertificateArn", "DomainName", "Status", "Type", "KeyAlgorithm", "NotBefore", "NotAfter", "CreatedAt")
    copied += ("IssuedAt", "ImportedAt", "RenewalEligibility", "ExtendedKeyUsages")
    return {
        **{name: one[name] for name in copied if name in one},
        "SubjectAlternativeNameSummaries": one["SubjectAlternativeNames"],
        "HasAdditionalSubjectAlternativeNames": False,
        "InUse": bool(one["InUseBy"]),
        "Exported": False,
    }


def install(desk: Desk, pace: Pace, authority: Authority) -> None:
    SandboxCertificate.authority = authority
    models.CertBundle = SandboxCertificate
    certificates = Certificates(pace)
    operations = {
        "RequestCertificate": certificates.request,
        "DescribeCertificate": certificates.describe,
        "ListCertificates": certificates.list_summaries,
        "DeleteCertificate": certificates.delete,
        "GetCertificate": certificates.get,
    }
    desk.answer_by("acm", operations)
