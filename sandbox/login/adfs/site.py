"""The sample ADFS's addresses: sign-in and sign-out at /adfs/ls/, and its federation metadata."""

from __future__ import annotations

import base64
import secrets
import threading
import time
from dataclasses import dataclass

from sandbox.login.adfs import pages
from sandbox.login.adfs.service import Federation, Refused, WrongPassword
from sandbox.login.directory import User
from sandbox.login.front import Door, Finder
from sandbox.login.places import Surroundings
from sandbox.login.relying_party import RelyingParty
from sandbox.login.saml.document import SamlRefused, new_id, serialized
from sandbox.login.saml.issuing import signed
from sandbox.login.saml.metadata import pem_of
from sandbox.login.saml.redirect import inflated, is_signed_by
from sandbox.login.saml.requests import (
    AuthnRequest,
    LogoutRequest,
    kind_of,
    logout_response,
    read_authn_request,
    read_logout_request,
)
from sandbox.login.web import Cookie, Request, Response, plain, posting_page, set_cookie, value_of

LOGIN = "/adfs/ls/"
METADATA = "/FederationMetadata/2007-06/FederationMetadata.xml"
COOKIE = "MSISAuth"


@dataclass(frozen=True)
class Session:
    """A user who has logged in; its id is what assertions call SessionIndex."""

    user: str
    index: str


class Adfs:
    """The site; sessions are kept in memory, as long as the sandbox runs."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        if request.path == METADATA:
            return plain(self._federation.metadata, content_type="application/samlmetadata+xml; charset=utf-8")
        if request.path.rstrip("/") != LOGIN.rstrip("/"):
            return plain("Not found\n", 404)
        try:
            return self.login_service(request)
        except Refused as refusal:
            return pages.failed(self.company, refusal.code, str(refusal))
        except SamlRefused as refusal:
            return pages.failed(self.company, "MSIS7015", f"The SAML message is not valid: {refusal}")

    @property
    def company(self) -> str:
        return self._federation.directory.domain

    def login_service(self, request: Request) -> Response:
        if value_of(request.query, "wa") == "wsignout1.0":
            return self.signed_out(request, pages.signed_out(self.company))
        message, relay_state = self.message_of(request)
        match kind_of(message):
            case "AuthnRequest":
                return self.sign_in(request, read_authn_request(message), relay_state)
            case "LogoutRequest":
                return self.sign_out(request, read_logout_request(message), relay_state)
        raise SamlRefused("neither an AuthnRequest nor a LogoutRequest")

    @staticmethod
    def message_of(request: Request) -> tuple[bytes, str]:
        """The SAML request and its RelayState, by either binding."""
        for fields, read in ((request.query, inflated), (request.form, _decoded)):
            if encoded := value_of(fields, "SAMLRequest"):
                return read(encoded), value_of(fields, "RelayState")
        raise SamlRefused("there is no SAMLRequest")

    def sign_in(self, request: Request, asked: AuthnRequest, relay_state: str) -> Response:
        """The page to log in at, or the response for a user who just did or has a session."""
        here = f"https://{request.host}{LOGIN}"
        if asked.destination and asked.destination.rstrip("/") != here.rstrip("/"):
            raise SamlRefused("Destination is not this identity provider")
        trust = self._federation.checked(asked)
        if request.method == "POST" and value_of(request.form, "UserName"):
            return self.log_in(request, asked, trust, relay_state)
        session = self.session_of(request)
        user = self._federation.still_there(session.user) if session else None
        if session is None or user is None or asked.force:
            return pages.sign_in(self.company, request.target)
        return self.answer(asked, trust, user, session, relay_state)

    def log_in(self, request: Request, asked: AuthnRequest, trust: RelyingParty, relay_state: str) -> Response:
        name = value_of(request.form, "UserName").strip()
        try:
            user = self._federation.let_in(name, value_of(request.form, "Password"))
        except WrongPassword as fault:
            return pages.sign_in(self.company, request.target, str(fault), name)
        token, session = secrets.token_urlsafe(24), Session(user.name, new_id())
        with self._lock:
            self._sessions[token] = session
        return set_cookie(self.answer(asked, trust, user, session, relay_state), Cookie(COOKIE, token))

    def answer(
        self, asked: AuthnRequest, trust: RelyingParty, user: User, session: Session, relay_state: str
    ) -> Response:
        issued = self._federation.issued(asked, trust, user, session.index)
        return posting(issued.consumer, issued.message, relay_state)

    def sign_out(self, request: Request, asked: LogoutRequest, relay_state: str) -> Response:
        """Only for a request that the relying party has signed, as ADFS wants it."""
        trust = self._federation.trusted(asked.issuer)
        if not trust.certificate or not is_signed_by(request.query_string, pem_of(trust.certificate)):
            raise Refused("MSIS7085", "The logout request is not signed by the relying party.")
        if not trust.logout:
            return self.signed_out(request, pages.signed_out(self.company))
        answer = logout_response(new_id(), self._federation.entity_id, trust.logout, asked.id, time.time())
        message = serialized(signed(answer, self._federation.signer))
        return self.signed_out(request, posting(trust.logout, message, relay_state))

    def signed_out(self, request: Request, response: Response) -> Response:
        with self._lock:
            self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        return set_cookie(response, Cookie(COOKIE, "", 0))

    def session_of(self, request: Request) -> Session | None:
        with self._lock:
            return self._sessions.get(request.cookies.get(COOKIE, ""))


def adfs(around: Surroundings) -> Finder:
    """The place of the sample ADFS: the host that its metadata names."""
    site = Adfs(Federation(around.state))
    host = f"adfs.{around.account.domain}"
    return lambda name: Door(site, around.authority.key_pair(host)) if name == host else None


def posting(address: str, message: bytes, relay_state: str) -> Response:
    """The page that carries a message to the relying party."""
    fields = {"SAMLResponse": base64.b64encode(message).decode()}
    return posting_page(address, {**fields, **({"RelayState": relay_state} if relay_state else {})})


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise SamlRefused("the message is not base64-encoded") from error
