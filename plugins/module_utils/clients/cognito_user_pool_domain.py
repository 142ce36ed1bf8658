# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Cognito: the login domains of user pools, and what they need beforehand from ACM and DNS."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call, message_of
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import GONE, Cognito
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.waiting import wait_until
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

RESOLVE_SECONDS = 300
"""How long Cognito's resolvers may go on saying that a fresh A record does not exist."""

NOT_RESOLVED = ("resolve the root domain", "not a valid subdomain")
REMEDIES = {
    "LimitExceededException": "Remove a custom domain that is not needed, or ask AWS for a higher quota (4 an account).",
    "InvalidParameterException": "A name that was removed a short time ago can be taken for hours; otherwise check "
    "the certificate in us-east-1 and the A record of the name above the domain.",
}


class UserPoolDomains(Cognito):
    """Login domains; `wait_timeout` in seconds holds for every wait."""

    def __init__(
        self, connection: Any, wait_timeout: float = 3600, progress: Callable[[str], None] = lambda line: None
    ) -> None:
        super().__init__(connection)
        self.wait_timeout = wait_timeout
        self.progress = progress

    def read_user_pool_domain(self, user_pool_id: str | None, domain: str) -> dict[str, Any]:
        """The pool and the domain, None for what is not there."""
        return {
            "pool": self.describe_user_pool(user_pool_id) if user_pool_id else None,
            "domain": self.describe_user_pool_domain(domain),
        }

    @aws_call("describe the domain {domain}", missing=GONE)
    def describe_user_pool_domain(self, domain: str) -> dict[str, Any] | None:
        """One domain of whatever pool, None when there is none."""
        answer = self.connection.describe_user_pool_domain(Domain=domain, aws_retry=True)
        described = answer.get("DomainDescription") or {}
        return {"Domain": domain, "Status": "ACTIVE", **described} if described.get("UserPoolId") else None

    def updatable_domain_keys(self) -> frozenset[str]:
        """The fields that UpdateUserPoolDomain takes, as the installed botocore knows them."""
        return self.input_keys("UpdateUserPoolDomain")

    def create_user_pool_domain(self, **request: Any) -> None:
        """Create a domain, again for some minutes while Cognito's resolvers do not know the parent yet."""
        wait_until(
            lambda: self._create_unless_unresolved(request),
            lambda refusal: not refusal,
            what=f"The domain {request['Domain']}",
            timeout=RESOLVE_SECONDS,
            state=lambda refusal: f"refused ({refusal})",
            remedy="Check that the name above it has an A record in public DNS.",
            progress=self.progress,
        )

    def _create_unless_unresolved(self, request: Mapping[str, Any]) -> str:
        """What Cognito says against the parent's DNS, "" when the domain was created."""
        try:
            self._create(request)
        except ServiceError as error:
            said = message_of(error.cause)
            if any(words in said for words in NOT_RESOLVED):
                return said
            raise
        return ""

    @aws_call("create the domain {request[Domain]} of the user pool {request[UserPoolId]}", remedies=REMEDIES)
    def _create(self, request: Mapping[str, Any]) -> None:
        self.connection.create_user_pool_domain(**request, aws_retry=True)

    @aws_call("update the domain {request[Domain]} of the user pool {request[UserPoolId]}", remedies=REMEDIES)
    def update_user_pool_domain(self, **request: Any) -> None:
        """Replace certificate and settings of a domain in place."""
        self.connection.update_user_pool_domain(**request, aws_retry=True)

    @aws_call("delete the domain {domain} of the user pool {user_pool_id}", missing=GONE)
    def delete_user_pool_domain(self, domain: str, user_pool_id: str) -> None:
        """Begin to delete a domain."""
        self.connection.delete_user_pool_domain(Domain=domain, UserPoolId=user_pool_id, aws_retry=True)

    def wait_until_active(self, domain: str) -> None:
        """Return when the domain is served; it takes AWS minutes, at times an hour."""
        self._wait(domain, _is_active)

    def wait_until_settled(self, domain: str) -> None:
        """Return when AWS has finished what it is doing to the domain, well or not."""
        self._wait(domain, lambda described: _status(described) not in ("CREATING", "UPDATING"))

    def wait_until_gone(self, domain: str) -> None:
        """Return when the domain does not exist any more."""
        self._wait(domain, lambda described: described is None)

    def _wait(self, domain: str, ready: Callable[[Mapping[str, Any] | None], bool]) -> None:
        wait_until(
            lambda: self.describe_user_pool_domain(domain),
            ready,
            what=f"The domain {domain}",
            timeout=self.wait_timeout,
            state=_status,
            remedy="AWS may need an hour; run the task again, it goes on waiting, or raise wait_timeout.",
            progress=self.progress,
        )


def _status(described: Mapping[str, Any] | None) -> str:
    return described["Status"] if described else "absent"


def _is_active(described: Mapping[str, Any] | None) -> bool:
    if described and described["Status"] == "FAILED":
        raise ServiceError(
            f"The domain {described['Domain']} of the user pool {described['UserPoolId']} is FAILED. "
            "Remove it with `state: absent`, check certificate and DNS, and create it again."
        )
    return bool(described) and described["Status"] == "ACTIVE"


class Certificates:
    """Certificates of ACM in the region where Cognito looks for them."""

    def __init__(self, acm: Any) -> None:
        self.acm = acm

    @aws_call(
        "describe the certificate {arn}",
        remedies={
            "ResourceNotFoundException": "Request it in us-east-1 with multitenant.kubeflow.acm_public_certificate."
        },
    )
    def describe(self, arn: str) -> dict[str, Any]:
        """Status and names of a certificate."""
        found = self.acm.describe_certificate(CertificateArn=arn, aws_retry=True)["Certificate"]
        names = {found["DomainName"], *found.get("SubjectAlternativeNames", [])}
        return {"status": found["Status"], "names": sorted(name.lower() for name in names)}


class Names:
    """Whether a name has an address: asked of the account's hosted zones, and of the resolver where none is in charge."""

    def __init__(self, route53: Any, resolve: Callable[..., Any] = socket.getaddrinfo) -> None:
        self.route53 = route53
        self.resolve = resolve

    def has_address(self, name: str) -> bool | None:
        """Whether the name has an A record, None when that cannot be told from here."""
        zones = self._zones_above(name)
        if zones:
            held = [self._holds(zone, name) for zone in zones]
            return any(held) or (None if None in held else False)
        try:
            return bool(self.resolve(name, None, socket.AF_INET))
        except socket.gaierror as error:
            return False if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)) else None
        except OSError:
            return None

    def _zones_above(self, name: str) -> list[str]:
        """The public zones of this account that are in charge of the name: those with the longest matching name."""
        labels = name.split(".")
        for start in range(len(labels) - 1):
            zones = self._zones_named(".".join(labels[start:]) + ".")
            if zones:
                return zones
        return []

    @aws_call("list the hosted zones", missing=("AccessDenied", "AccessDeniedException"))
    def _zones_named(self, name: str) -> list[str] | None:
        listed = self.route53.list_hosted_zones_by_name(DNSName=name, MaxItems="20", aws_retry=True)
        return [
            zone["Id"]
            for zone in listed["HostedZones"]
            if zone["Name"] == name and not zone.get("Config", {}).get("PrivateZone", False)
        ]

    @aws_call("read the records of the hosted zone {zone}", missing=("AccessDenied", "AccessDeniedException"))
    def _holds(self, zone: str, name: str) -> bool | None:
        listed = self.route53.list_resource_record_sets(
            HostedZoneId=zone, StartRecordName=name, StartRecordType="A", MaxItems="5", aws_retry=True
        )
        return any(
            record["Type"] == "A" and record["Name"].rstrip(".").lower() == name
            for record in listed["ResourceRecordSets"]
        )
