"""Another identity provider takes the sample ADFS's place by its metadata alone, stored or fetched."""

from __future__ import annotations

import ast
import base64
import time

import pytest

from sandbox.kubernetes.certificates import signing_certificate
from sandbox.login.browser import Form, filled
from sandbox.login.claims import GROUPS, MAIL, VERIFIED
from sandbox.login.saml.document import new_id
from sandbox.login.saml.issuing import Signer, Statement, signed_response
from sandbox.login.saml.redirect import inflated
from sandbox.login.saml.requests import read_authn_request
from sandbox.login.web import Request, Response, plain, value_of

HOST = "idp.other.example.org"
DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<!-- As other providers write it. -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.other.example.org/metadata">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
      <ds:X509Certificate>{old}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
      <ds:X509Certificate>
{new}
      </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
      Location="https://idp.other.example.org/sso?tenant=1"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
"""


class Other:
    """A provider with another layout: two certificates of which the second signs, an address with a query, no logout."""

    def __init__(self) -> None:
        self.signer = Signer.of(*signing_certificate("new"))
        old = signing_certificate("old")[0]
        self.document = DOCUMENT.format(old=body(old), new=body(self.signer.certificate))

    def __call__(self, request: Request) -> Response:
        if request.path == "/metadata":
            return plain(self.document, content_type="application/xml")
        assert value_of(request.query, "tenant") == "1"
        asked = read_authn_request(inflated(value_of(request.query, "SAMLRequest")))
        statement = Statement(
            id=new_id(),
            issuer="https://idp.other.example.org/metadata",
            audience=asked.issuer,
            recipient=asked.consumer,
            request_id=asked.id,
            name_id="eve-4711",
            attributes={MAIL: ("eve@other.example.org",), VERIFIED: ("true",), GROUPS: ("kubeflow-vision",)},
            session_index="",
            now=time.time(),
        )
        message = signed_response(new_id(), statement, self.signer, False, True)
        fields = {
            "SAMLResponse": base64.encodebytes(message).decode(),
            "RelayState": value_of(request.query, "RelayState"),
        }
        return Response(200, body=b"").with_header("X-Form", asked.consumer).with_header("X-Fields", repr(fields))


def body(pem: bytes) -> str:
    return "\n".join(line for line in pem.decode().splitlines() if "-----" not in line)


@pytest.fixture(scope="module")
def other(house):
    site = Other()
    house.front.know(lambda name: house.around.door(site, HOST) if name == HOST else None)
    return site


DETAILS = {
    "stored": lambda other: {"MetadataFile": other.document},
    "fetched": lambda other: {"MetadataURL": f"https://{HOST}/metadata"},
}


@pytest.mark.parametrize("details", DETAILS.values(), ids=DETAILS.keys())
def test_another_provider_logs_in(platform, other, details) -> None:
    platform.change_provider(ProviderDetails=details(other))
    step = platform.browser.open(platform.authorize_url())
    assert step.request.host == HOST
    fields = ast.literal_eval(step.response.headers.get("X-Fields"))
    form = Form(step.response.headers.get("X-Form"), "POST", tuple(fields.items()))
    back = platform.browser.ask(filled(form, {}))
    code = back.response.location.partition("code=")[2].partition("&")[0]
    told = platform.claims(platform.redeem(code).json()["id_token"])
    assert (told["cognito:username"], told["email"]) == ("adfs_eve-4711", "eve@other.example.org")


def test_metadata_that_cannot_be_had_is_told_on_a_page(platform) -> None:
    platform.change_provider(ProviderDetails={"MetadataURL": "https://nowhere.example.org/metadata"})
    last = platform.browser.open(platform.authorize_url())
    assert last.response.status == 400 and "Error retrieving metadata of ADFS" in last.response.text
