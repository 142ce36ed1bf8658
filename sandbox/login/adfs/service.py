"""What the sample ADFS decides: whom it trusts, whom it lets in, what it asserts about him.

Directory, trust and certificate are read for each request, as the files stand then.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass

from sandbox.login import directory as directories
from sandbox.login.adfs.pages import DISABLED, FORMAT, WRONG
from sandbox.login.claim_rules import RuleError
from sandbox.login.claims import NAME_ID, Claims, claims_by_rules
from sandbox.login.directory import Directory, User
from sandbox.login.relying_party import RelyingParty, read_relying_party
from sandbox.login.saml.document import new_id
from sandbox.login.saml.issuing import Signer, Statement, signed_response
from sandbox.login.saml.metadata import read_metadata
from sandbox.login.saml.requests import AuthnRequest
from sandbox.state import State


class Refused(Exception):
    """ADFS ends the request with its error page; the number is that of its own message."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class WrongPassword(Exception):
    """The sign-in page is shown again, with this text."""


@dataclass(frozen=True)
class Issued:
    """A response, and where it is posted."""

    consumer: str
    message: bytes


class Federation:
    """The federation service of one state folder."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._signers: dict[bytes, Signer] = {}

    @property
    def directory(self) -> Directory:
        return directories.load(self._state.directory)

    @property
    def metadata(self) -> str:
        return self._state.metadata.read_text(encoding="utf-8")

    @property
    def entity_id(self) -> str:
        return read_metadata(self.metadata).entity_id

    @property
    def signer(self) -> Signer:
        certificate, key = self._state.signing_certificate.read_bytes(), self._state.signing_key.read_bytes()
        if key not in self._signers:
            self._signers[key] = Signer.of(certificate, key)
        return self._signers[key]

    def trusted(self, issuer: str) -> RelyingParty:
        """The relying party that the script of the deployment has made known."""
        try:
            trust = read_relying_party(self._state.relying_party)
        except RuleError as error:
            raise Refused("MSIS7000", f"The issuance transform rules cannot be read: {error}") from error
        if trust is None or trust.identifier != issuer:
            reason = f"The relying party trust with identifier '{issuer}' could not be located."
            raise Refused("MSIS3020", reason)
        return trust

    def checked(self, request: AuthnRequest) -> RelyingParty:
        """The relying party that asks; Refused when its request does not fit the trust."""
        trust = self.trusted(request.issuer)
        if request.consumer and request.consumer != trust.consumer:
            raise Refused(
                "MSIS3200",
                f"No AssertionConsumerService is configured on the relying party trust '{trust.identifier}' that is a "
                f"prefix match of the AssertionConsumerService URL '{request.consumer}' specified by the request.",
            )
        return trust

    def let_in(self, name: str, password: str) -> User:
        """The user whose name and password these are; WrongPassword with what he is told otherwise."""
        if "\\" not in name and "@" not in name:
            raise WrongPassword(FORMAT)
        user = self.directory.account(name)
        known = user.password if user else ""
        if not hmac.compare_digest(known.encode(), password.encode()) or not known or user is None:
            raise WrongPassword(WRONG)
        if not user.enabled:
            raise WrongPassword(DISABLED)
        return user

    def still_there(self, name: str) -> User | None:
        """The user of an earlier login, unless his account has been disabled or removed since."""
        return next((user for user in self.directory.active if user.name == name), None)

    def issued(self, request: AuthnRequest, trust: RelyingParty, user: User, session: str) -> Issued:
        """The response about this user, by the claim rules of the trust."""
        claims = self.claims(trust, user)
        statement = Statement(
            id=new_id(),
            issuer=self.entity_id,
            audience=trust.identifier,
            recipient=trust.consumer,
            request_id=request.id,
            name_id=claims.get(NAME_ID, ("",))[0],
            attributes={name: values for name, values in claims.items() if name != NAME_ID},
            session_index=session,
            now=time.time(),
        )
        of_assertion, of_message = trust.signed != "MessageOnly", trust.signed != "AssertionOnly"
        return Issued(trust.consumer, signed_response(new_id(), statement, self.signer, of_assertion, of_message))

    def claims(self, trust: RelyingParty, user: User) -> Claims:
        try:
            return claims_by_rules(self.directory, user, trust.rules)
        except RuleError as error:
            raise Refused("MSIS7000", f"The issuance transform rules cannot be carried out: {error}") from error
