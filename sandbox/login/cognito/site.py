"""The login domains of all pools: which name is which pool's, and which endpoint answers which path."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.aws import route53
from sandbox.aws.acm.key_pairs import key_pair_of
from sandbox.aws.cognito.domains import domain_named
from sandbox.login.cognito import authorize, federation, logout, pages, token_endpoint, user_info
from sandbox.login.cognito.pages import PageError
from sandbox.login.cognito.pool import Pool, host_of
from sandbox.login.cognito.rooms import Rooms
from sandbox.login.cognito.well_known import well_known
from sandbox.login.front import Door, Finder
from sandbox.login.places import Surroundings
from sandbox.login.web import Request, Response, value_of

Endpoint = Callable[[Rooms, Pool, Request], Response]
# CloudFront serves a domain while a new certificate is being spread.
SERVED = ("ACTIVE", "UPDATING")
ENDPOINTS: dict[str, Endpoint] = {
    **dict.fromkeys(authorize.ADDRESSES, authorize.authorize),
    federation.ADDRESS: federation.idp_response,
    token_endpoint.TOKEN: token_endpoint.token_endpoint,
    token_endpoint.REVOKE: token_endpoint.revoke_endpoint,
    user_info.ADDRESS: user_info.user_info_endpoint,
    logout.LOGOUT: logout.log_out,
    logout.FROM_PROVIDER: logout.logged_out,
}


class LoginDomains:
    """A finder of pools' domains; the site of each is the pool as it is at that request."""

    def __init__(self, around: Surroundings, rooms: Rooms) -> None:
        self._around = around
        self._rooms = rooms
        self._region = around.account.region
        self._account = around.account.deployer_arn.split(":")[4]

    def __call__(self, name: str) -> Door | None:
        if name == host_of(self._region):
            return self._around.door(self.documents, name)
        prefix, dot, rest = name.partition(".")
        own = f"auth.{self._region}.amazoncognito.com"
        is_prefix = bool(dot) and rest == own
        domain = domain_named(self._account, self._region, prefix if is_prefix else name)
        if domain is None or domain.status not in SERVED or domain.is_custom == is_prefix:
            return None
        site = self.site_of(domain.user_pool_id, name)
        if is_prefix:
            return self._around.door(site, name)
        if not self.leads_to(name, domain.distribution):
            return None
        return Door(site, key_pair_of(domain.custom_domain_config["CertificateArn"]))

    @property
    def _cognito(self) -> object:
        return self._around.services.client("cognito-idp")

    def leads_to(self, name: str, distribution: str) -> bool:
        """Whether the account's DNS says so, by an alias or a CNAME."""
        aliases, names = (route53.public_records(self._account, name, kind) for kind in ("A", "CNAME"))
        targets = [record.alias_target["DNSName"] for record in aliases if record.alias_target]
        targets += [value for record in names for value in record.records]
        return any(target.rstrip(".").lower() == distribution for target in targets)

    def site_of(self, pool_id: str, name: str) -> Callable[[Request], Response]:
        def site(request: Request) -> Response:
            return answered(self._rooms, Pool(self._cognito, self._region, pool_id, name), request)

        return site

    def documents(self, request: Request) -> Response:
        def pool_of(pool_id: str) -> Pool:
            return Pool(self._cognito, self._region, pool_id, "")

        return well_known(self._rooms.keys, pool_of, request)


def answered(rooms: Rooms, pool: Pool, request: Request) -> Response:
    """The endpoint's answer; what cannot be told at a callback address is told by a page."""
    if request.path == "/error":
        return pages.failed(value_of(request.query, "error") or "unknown")
    endpoint = ENDPOINTS.get(request.path.rstrip("/") or "/")
    if endpoint is None:
        return pages.failed("Not found", 404)
    try:
        return endpoint(rooms, pool, request)
    except PageError as error:
        return pages.failed(str(error))


def cognito(around: Surroundings) -> Finder:
    """The place of all login domains, and of the documents that tell a pool's keys."""
    return LoginDomains(around, Rooms(around))
