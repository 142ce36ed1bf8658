"""The names that lead to a load balancer, and what it does with a request; forwarding is handed on to the cluster.

Everything is read anew for each request: what is changed in AWS counts from the next one on.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError
from cryptography import x509

from sandbox.authority import KeyPair
from sandbox.aws.acm.key_pairs import key_pair_of
from sandbox.aws.traffic import Traffic
from sandbox.controllers.balancer import AUTO_MODE_TAGS, CONTROLLER_TAGS
from sandbox.login.balancer.cognito import Action, Authenticator, Session
from sandbox.login.balancer.identity import Signer, identity_headers, with_identity
from sandbox.login.balancer.listener import UnknownCondition, actions_of, redirect_location
from sandbox.login.balancer.names import Balancer, NoSuchName, alias_of, balancer_named, zone_of
from sandbox.login.balancer.pages import Stopped, error_page
from sandbox.login.front import Door
from sandbox.login.places import Surroundings
from sandbox.login.web import Headers, Request, Response, plain, redirect

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """Where a load balancer forwards to: a Service of a cluster (namespace/name), as its controller has tagged it."""

    cluster: str
    service: str


Forward = Callable[[Target, Request], Response]


class LoadBalancers:
    """All load balancers of the account's region; `forward` is what stands behind them."""

    def __init__(self, around: Surroundings, forward: Forward) -> None:
        self._around = around
        self._forward = forward
        account = around.account
        self._traffic = Traffic(account.deployer_arn.split(":")[4], account.region)
        self._signer = Signer()
        self._keys_host = f"public-keys.auth.elb.{account.region}.amazonaws.com"
        self._authenticators: dict[str, Authenticator] = {}
        self._lock = threading.Lock()

    def find(self, name: str) -> Door | None:
        if name == self._keys_host:
            return self._around.door(self._public_key, name)
        try:
            balancer = resolve(name, self._traffic)
        except NoSuchName:
            return None
        listener = self._traffic.https_listener(balancer.arn)
        pair = certificate_for(name, listener["Certificates"]) if listener else None
        return Door(lambda request: self._answer(balancer, request), pair)

    def _answer(self, balancer: Balancer, request: Request) -> Response:
        listener = self._traffic.https_listener(balancer.arn)
        try:
            actions = actions_of(listener["Rules"] if listener else (), request.host, request.path)
            answer = self._carried_out(balancer, actions, _announced(request))
        except Stopped as stop:
            answer = stop.response
        except UnknownCondition as error:
            answer = error_page(500, str(error))
        if answer.status >= 400:
            log.info("%s: %s %s%s: %d", balancer.name, request.method, request.host, request.path, answer.status)
        return answer

    def _carried_out(self, balancer: Balancer, actions: Any, request: Request) -> Response:
        for action in actions:
            match action["Type"]:
                case "authenticate-cognito":
                    config = Action.from_config(action["AuthenticateCognitoConfig"])
                    session, answer = self._authenticator(balancer).authenticate(config, request)
                    if answer:
                        return answer
                    request = self._identified(balancer, config, session, request)
                case "redirect":
                    config = action["RedirectConfig"]
                    status = int(config["StatusCode"].removeprefix("HTTP_"))
                    return redirect(redirect_location(config, request.host, request.path, request.query_string), status)
                case "fixed-response":
                    fixed = action["FixedResponseConfig"]
                    return plain(fixed.get("MessageBody", ""), int(fixed["StatusCode"]), fixed.get("ContentType", ""))
                case "forward":
                    return self._forward(self._target(action), request)
                case other:
                    return error_page(500, f"the action {other} is not known to the sandbox's load balancer")
        return error_page(404, "no rule of the listener matches")

    def _identified(self, balancer: Balancer, action: Action, session: Session | None, request: Request) -> Request:
        own = {}
        if session:
            own = identity_headers(self._signer, balancer.arn, action.issuer, action.client_id, session, time.time())
        return replace(request, headers=with_identity(request.headers, own))

    def _target(self, action: Mapping[str, Any]) -> Target:
        arn = action.get("TargetGroupArn") or action["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"]
        tags = self._traffic.target_tags(arn)
        names = next((names for names in (CONTROLLER_TAGS, AUTO_MODE_TAGS) if names.are_in(tags)), None)
        if names is None:
            raise Stopped(503, "the target group belongs to no Ingress of a cluster and has no targets")
        namespace = tags[names.stack].partition("/")[0]
        return Target(tags[names.cluster], f"{namespace}/{tags[names.resource].partition(':')[0]}")

    def _authenticator(self, balancer: Balancer) -> Authenticator:
        with self._lock:
            if balancer.arn not in self._authenticators:
                self._authenticators[balancer.arn] = Authenticator(
                    self._around.network, secrets.token_bytes(32), self._client_secret
                )
            return self._authenticators[balancer.arn]

    def _client_secret(self, pool_id: str, client_id: str) -> str:
        """As AWS knows it; a client that is gone has none, and Cognito will say so."""
        try:
            cognito = self._around.services.client("cognito-idp")
            described = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
        except ClientError:
            return ""
        return described["UserPoolClient"].get("ClientSecret", "")

    def _public_key(self, request: Request) -> Response:
        if request.path.lstrip("/") != self._signer.kid:
            return plain("", 403)
        return plain(self._signer.public_pem.decode(), content_type="application/x-pem-file")


def resolve(host: str, traffic: Traffic) -> Balancer:
    """The load balancer that the name leads to; NoSuchName says where the way ends."""
    zone = zone_of(host, traffic.zones())
    return balancer_named(host, alias_of(host, traffic.records(zone)), traffic.balancers())


def certificate_for(host: str, arns: list[str]) -> KeyPair | None:
    """The listener's certificate for the name that TLS asks for: the first that fits, else the default one."""
    pairs = [pair for pair in map(key_pair_of, arns) if pair]
    return next((pair for pair in pairs if _is_for(pair, host)), pairs[0] if pairs else None)


def _is_for(pair: KeyPair, host: str) -> bool:
    certificate = x509.load_pem_x509_certificates(pair.certificate)[0]
    wildcard = re.sub(r"^[^.]+", "*", host)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return any(name.lower() in (host, wildcard) for name in names.get_values_for_type(x509.DNSName))


def _announced(request: Request) -> Request:
    """With what a load balancer tells of the client; nothing that a client has written there is kept."""
    fields = {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"}
    fields["X-Forwarded-For"] = ", ".join([*request.headers.all("X-Forwarded-For"), request.client])
    fields["X-Amzn-Trace-Id"] = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return replace(request, headers=Headers((*request.headers.without(*fields).pairs, *fields.items())))
